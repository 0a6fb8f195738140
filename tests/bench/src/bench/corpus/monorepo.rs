//! A monorepo: many projects of twenty files, half with a small environment, among junk that is no project.
//!
//! At a thousand projects it has some 47,000 files, the size at which editors begin to feel a slow server.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::bench::corpus::{Planted, Tree, bones, put, site_packages};
use crate::bench::dice::{Dice, NAMES, module, name};
use crate::bench::machine::Python;

/// Distributions that a project needs, and that its environment, where it has one, holds.
const NEEDED: usize = 3;

pub(crate) struct Monorepo {
    pub(crate) tree: Tree,
    pub(crate) size: usize,
    sources: Sources,
    /// How many files say what a project needs: what a walk must find.
    pub(crate) manifests: usize,
    pub(crate) absent: Planted,
    pub(crate) mismatched: Planted,
    /// The project that servers are shown. It has an environment, and lacks one distribution.
    pub(crate) shown: Shown,
}

/// What the files of its projects are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sources {
    Python,
    /// As many of the same size and name, that nobody takes for sources.
    None,
}

impl Sources {
    fn suffix(self) -> &'static str {
        match self {
            Self::Python => "py",
            Self::None => "txt",
        }
    }
}

pub(crate) struct Shown {
    pub(crate) manifest: PathBuf,
    pub(crate) source: PathBuf,
    /// The dist-info folder of a distribution that the project needs, and its name.
    pub(crate) installed: (PathBuf, String),
}

/// The name in the line that the measurements edit; each edit puts a number after it.
pub(crate) const ABSENT: &str = "unheard-of";

impl Monorepo {
    pub(super) fn at(folder: &Path, size: usize, sources: Sources, python: &Python) -> Self {
        let tree = Tree::at(folder);
        let root = |number| project_root(&tree, number);
        let planted = |plants: fn(usize) -> bool, name: &dyn Fn(usize) -> String| {
            let numbers = (0..size).filter(|number| plants(*number));
            numbers.map(|number| (root(number).join("pyproject.toml"), name(number))).collect()
        };
        let first = root(0);
        let installed = format!("{}-2.1.0.dist-info", module(&needed(0, 0)));
        Self {
            size,
            sources,
            manifests: (0..size).map(|number| 1 + usize::from(has_requirements(number))).sum(),
            absent: planted(lacks, &|_| format!("{ABSENT}-0")),
            mismatched: planted(mismatches, &|number| needed(number, NEEDED - 1)),
            shown: Shown {
                manifest: first.join("pyproject.toml"),
                source: first.join("src").join(package(0)).join("part_00.py"),
                installed: (
                    site_packages(&first.join(".venv"), python).join(installed),
                    needed(0, 0),
                ),
            },
            tree,
        }
    }
}

fn project_root(tree: &Tree, number: usize) -> PathBuf {
    tree.root.join(format!("teams/team-{:02}/{}", number / 25, package(number).replace('_', "-")))
}

fn package(number: usize) -> String {
    format!("service_{number:04}")
}

fn needed(project: usize, at: usize) -> String {
    name((project * 7 + at * 31) % NAMES)
}

fn has_environment(number: usize) -> bool {
    number.is_multiple_of(2)
}

fn lacks(number: usize) -> bool {
    number.is_multiple_of(50)
}

fn mismatches(number: usize) -> bool {
    number % 40 == 2
}

fn has_requirements(number: usize) -> bool {
    number % 5 == 1
}

pub(super) fn write(monorepo: &Monorepo, python: &Python) -> Result<()> {
    let mut dice = Dice::new(47_000);
    let root = &monorepo.tree.root;
    put(&root.join(".gitignore"), ".venv/\nnode_modules/\n__pycache__/\n")?;
    put(&root.join("README.md"), "# Many services\n")?;
    put(&root.join(".git/HEAD"), "ref: refs/heads/main\n")?;
    for number in 0..monorepo.size {
        let folder = project_root(&monorepo.tree, number);
        project(&folder, number, monorepo.sources.suffix(), &mut dice)?;
        junk(root, &folder, number, &mut dice)?;
        if has_environment(number) {
            environment(&folder.join(".venv"), number, python)?;
        }
    }
    Ok(())
}

/// Twenty files.
fn project(folder: &Path, number: usize, suffix: &str, dice: &mut Dice) -> Result<()> {
    let package = package(number);
    put(&folder.join("pyproject.toml"), &manifest(number))?;
    put(&folder.join("README.md"), &format!("# {package}\n\n{}", dice.prose(600)))?;
    put(&folder.join("CHANGELOG.md"), &dice.prose(900))?;
    if has_requirements(number) {
        put(
            &folder.join("requirements.txt"),
            &format!("{}>=2\n{}\n", needed(number, 0), needed(number, 1)),
        )?;
    } else {
        put(&folder.join("Makefile"), "test:\n\tpytest\n")?;
    }
    let sources = folder.join("src").join(&package);
    put(&sources.join(format!("__init__.{suffix}")), "")?;
    for part in 0..10 {
        let name = format!("part_{part:02}.{suffix}");
        put(&sources.join(name), &source(number, part, dice)?)?;
    }
    put(&folder.join(format!("tests/__init__.{suffix}")), "")?;
    for test in 0..4 {
        let text = format!(
            "import {package}\n\n\ndef test_it() -> None:\n    assert {package} is not None\n"
        );
        put(&folder.join(format!("tests/test_{test}.{suffix}")), &text)?;
    }
    Ok(())
}

fn manifest(number: usize) -> String {
    let mut lines = vec!["[project]".to_owned()];
    lines.push(format!("name = \"{}\"", package(number).replace('_', "-")));
    lines.push("version = \"0.3.1\"\nrequires-python = \">=3.6\"\ndependencies = [".to_owned());
    for at in 0..NEEDED {
        let specifier = if at + 1 == NEEDED && mismatches(number) {
            ">=90"
        } else {
            [">=2,<3", "~=2.0", ""][at]
        };
        lines.push(format!("    \"{}{specifier}\",", needed(number, at)));
    }
    if lacks(number) {
        lines.push(format!("    \"{ABSENT}-0>=1\","));
    }
    lines.push(
        "    \"windows-only>=1; sys_platform == 'win32'\",\n]\n\n[project.optional-dependencies]"
            .to_owned(),
    );
    lines.push("postgres = [\"driver-pool>=3\", \"driver-binary>=3\"]\nmetrics = [\"metrics-client>=0.20\"]".to_owned());
    lines.push("\n[dependency-groups]\ndocs = [\"page-builder>=8\", \"page-theme\"]\n".to_owned());
    lines.join("\n")
}

fn source(number: usize, part: usize, dice: &mut Dice) -> Result<String> {
    let mut text = String::new();
    if part == 0 {
        // The line that ruff and ty are asked about: unused, and not to be found.
        writeln!(text, "import {}_0", module(ABSENT))?;
    }
    writeln!(
        text,
        "import json\nfrom pathlib import Path\n\nimport {}",
        module(&needed(number, part % NEEDED))
    )?;
    for function in 0..3 + dice.below(6) {
        writeln!(
            text,
            "\n\ndef step_{function}(path: Path, depth: int = {}) -> str:\n    \
             data = json.loads(path.read_text())\n    \
             if depth > {}:\n        return str(data)\n    return json.dumps(data, indent=depth)",
            dice.below(9),
            dice.below(30)
        )?;
    }
    writeln!(text, "\n\nDRIVER = {}", module(&needed(number, part % NEEDED)))?;
    Ok(text)
}

/// Eight entries: the bones, and three distributions of two files.
fn environment(prefix: &Path, number: usize, python: &Python) -> Result<()> {
    bones(prefix, python)?;
    for at in 0..NEEDED {
        let name = needed(number, at);
        let info = format!("{}-2.1.0.dist-info", module(&name));
        let folder = site_packages(prefix, python).join(&info);
        let metadata = format!(
            "Metadata-Version: 2.1\nName: {name}\nVersion: 2.1.0\nSummary: A distribution\nRequires-Python: >=3.6\n\
             Requires-Dist: test-helper>=2; extra == \"test\"\nProvides-Extra: test\n\n# {name}\n\nOne of many.\n"
        );
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("METADATA"), metadata)?;
        fs::write(folder.join("RECORD"), format!("{info}/METADATA,,\n{info}/RECORD,,\n"))?;
    }
    Ok(())
}

/// Twenty-three files that say nothing about Python's projects.
fn junk(root: &Path, project: &Path, number: usize, dice: &mut Dice) -> Result<()> {
    let library = root.join(format!("web/node_modules/library-{number:04}"));
    put(
        &library.join("package.json"),
        &format!("{{\"name\": \"library-{number:04}\", \"version\": \"1.0.0\"}}\n"),
    )?;
    for file in 0..14 {
        let folder = ["dist", "lib", "src"][file % 3];
        put(
            &library.join(folder).join(format!("index-{file}.js")),
            &format!("// {}", dice.prose(400)),
        )?;
    }
    for part in 0..3 {
        let cache = project.join("src").join(package(number)).join("__pycache__");
        put(&cache.join(format!("part_{part:02}.cpython-311.pyc")), &dice.hexadecimal(600))?;
    }
    for _ in 0..2 {
        let object = dice.hexadecimal(40);
        put(
            &root.join(".git/objects").join(&object[..2]).join(&object[2..]),
            &dice.hexadecimal(200),
        )?;
    }
    for asset in 0..3 {
        put(
            &project.join(format!("assets/figure-{asset}.svg")),
            &format!("<svg>{}</svg>\n", dice.prose(500)),
        )?;
    }
    Ok(())
}
