//! An environment of five hundred distributions as years of work leave them, with a project beside it.
//!
//! Sizes follow a real environment of 526 distributions: about ten requirements and 7.5 kB of METADATA each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::bench::corpus::{Planted, Tree, bones, put, site_packages};
use crate::bench::dice::{Dice, NAMES, module, name};
use crate::bench::machine::Python;

/// The project declares every fourth distribution, up to this many.
const DECLARED: usize = 120;

/// Every fortieth or so is installed from a folder, to be edited there.
const EDITABLE_EVERY: usize = 41;

/// Distributions whose own requirements do not hold.
const CONFLICTING: [usize; 7] = [33, 101, 170, 239, 307, 377, 446];

/// Declared distributions that are asked for in a version they do not have.
const MISMATCHED: [usize; 4] = [40, 164, 240, 332];

/// Declared, but not there.
const ABSENT: [&str; 6] = [
    "unheard-alcove",
    "unheard-bramble",
    "unheard-cipher",
    "unheard-delta",
    "unheard-estuary",
    "unheard-fjord",
];

pub(crate) struct Environment {
    pub(crate) tree: Tree,
    pub(crate) project: PathBuf,
    pub(crate) interpreter: PathBuf,
    pub(crate) site_packages: PathBuf,
    /// Normalised.
    pub(crate) names: BTreeSet<String>,
    pub(crate) conflicts: usize,
    pub(crate) absent: Planted,
    pub(crate) mismatched: Planted,
}

impl Environment {
    pub(super) fn at(folder: &Path, python: &Python) -> Self {
        let tree = Tree::at(folder);
        let project = tree.root.join("project");
        let prefix = project.join(".venv");
        let manifest = project.join("pyproject.toml");
        Self {
            interpreter: prefix.join("bin/python"),
            site_packages: site_packages(&prefix, python),
            names: (0..NAMES).map(name).collect(),
            conflicts: CONFLICTING.len(),
            absent: ABSENT.iter().map(|name| (manifest.clone(), (*name).to_owned())).collect(),
            mismatched: MISMATCHED.iter().map(|number| (manifest.clone(), name(*number))).collect(),
            tree,
            project,
        }
    }
}

#[derive(Clone, Copy)]
struct Version(usize, usize, usize);

impl Version {
    fn text(self) -> String {
        format!("{}.{}.{}", self.0, self.1, self.2)
    }

    /// A specifier that this version satisfies, in one of the ways people write them.
    fn satisfied(self, dice: &mut Dice) -> String {
        let Self(major, minor, _) = self;
        let lower = dice.below(minor + 1);
        match dice.below(8) {
            0 => String::new(),
            1 => format!(">={major}.{lower},<{}", major + 1),
            2 => format!("~={major}.{lower}"),
            3 => format!("=={major}.*"),
            4 => format!(">={major}.{lower}.0,!=0.0.1"),
            5 => format!("<{}.0,>={major}", major + 2),
            _ => format!(">={major}.{lower}"),
        }
    }
}

pub(super) fn write(environment: &Environment, python: &Python) -> Result<()> {
    let mut dice = Dice::new(500);
    let versions: Vec<Version> =
        (0..NAMES).map(|_| Version(1 + dice.below(5), dice.below(20), dice.below(10))).collect();
    bones(&environment.project.join(".venv"), python)?;
    for number in 0..NAMES {
        distribution(environment, number, &versions, &mut dice)?;
    }
    project(environment, python, &versions, &mut dice)
}

/// Writes one distribution: its files, and a RECORD that tells the truth about them.
fn distribution(
    environment: &Environment,
    number: usize,
    versions: &[Version],
    dice: &mut Dice,
) -> Result<()> {
    let (name, version) = (name(number), versions[number].text());
    let module = module(&name);
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    if number.is_multiple_of(EDITABLE_EVERY) {
        let source = environment.tree.root.join("editable").join(&name);
        put(&source.join("src").join(&module).join("__init__.py"), "VALUE = 1\n")?;
        put(
            &source.join("pyproject.toml"),
            &format!("[project]\nname = \"{name}\"\nversion = \"{version}\"\n"),
        )?;
        let folder = source.display();
        files.insert(format!("__editable__.{module}-{version}.pth"), format!("{folder}/src\n"));
        files.insert(
            "direct_url.json".to_owned(),
            format!("{{\"dir_info\": {{\"editable\": true}}, \"url\": \"file://{folder}\"}}"),
        );
    } else {
        files.insert(format!("{module}/__init__.py"), "VALUE = 1\n".to_owned());
        for file in 0..dice.skewed(40) {
            let size = 200 + dice.skewed(4_000);
            let comment = dice.prose(size).replace('\n', "\n# ");
            files.insert(
                format!("{module}/part_{file:02}.py"),
                format!("# {}\n", comment.trim_end_matches("# ")),
            );
        }
    }
    let header = header(number, versions, dice);
    let size = dice.skewed(24_000);
    files.insert("METADATA".to_owned(), format!("{header}\n# {name}\n\n{}", dice.prose(size)));
    files.insert(
        "WHEEL".to_owned(),
        "Wheel-Version: 1.0\nGenerator: hatchling 1.27.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_owned(),
    );
    files.insert("INSTALLER".to_owned(), if dice.one_in(2) { "uv" } else { "pip\n" }.to_owned());
    files.insert("top_level.txt".to_owned(), format!("{module}\n"));
    if dice.one_in(5) {
        files.insert(
            "entry_points.txt".to_owned(),
            format!("[console_scripts]\n{name} = {module}:VALUE\n"),
        );
    }
    if dice.one_in(2) {
        files.insert("licenses/LICENSE".to_owned(), dice.prose(1_060));
    }
    install(environment, &format!("{}-{version}.dist-info", folder_name(number)), &files, dice)
}

/// What lies in the dist-info folder is named without a folder, or as `licenses/`; the rest below site-packages.
fn install(
    environment: &Environment,
    info: &str,
    files: &BTreeMap<String, String>,
    dice: &mut Dice,
) -> Result<()> {
    let mut record = String::new();
    for (file, text) in files {
        let inside = (!file.contains('/') && !file.starts_with("__editable__"))
            || file.starts_with("licenses/");
        let path = if inside { format!("{info}/{file}") } else { file.clone() };
        put(&environment.site_packages.join(&path), text)?;
        writeln!(record, "{path},sha256={},{}", dice.hexadecimal(43), text.len())?;
    }
    writeln!(record, "{info}/RECORD,,")?;
    put(&environment.site_packages.join(info).join("RECORD"), &record)
}

/// Most folders are named by the normalised name, some by the name as older tools wrote it.
fn folder_name(number: usize) -> String {
    if number % 14 == 7 { spelled(number) } else { module(&name(number)) }
}

/// The name as its author writes it.
fn spelled(number: usize) -> String {
    let name = name(number);
    match number % 7 {
        0 => name.split('-').map(capital).collect::<Vec<_>>().join("."),
        1 => name.split('-').map(capital).collect::<Vec<_>>().join("_"),
        _ => name,
    }
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

fn header(number: usize, versions: &[Version], dice: &mut Dice) -> String {
    let name = spelled(number);
    let mut lines = vec![
        format!("Metadata-Version: {}", ["2.1", "2.2", "2.3", "2.4"][number % 4]),
        format!("Name: {name}"),
        format!("Version: {}", versions[number].text()),
        format!("Summary: {}", dice.prose(60).replace('\n', " ").trim()),
        format!("Project-URL: Homepage, https://example.org/{name}"),
        format!("Project-URL: Source, https://example.org/{name}/source"),
        "Author-email: Someone <someone@example.org>".to_owned(),
        "License: MIT".to_owned(),
        "Keywords: records,reading,writing".to_owned(),
    ];
    for minor in 8..8 + dice.below(7) {
        lines.push(format!("Classifier: Programming Language :: Python :: 3.{minor}"));
    }
    for _ in 0..dice.below(10) {
        lines.push(
            "Classifier: Topic :: Software Development :: Libraries :: Python Modules".to_owned(),
        );
    }
    lines.push("Requires-Python: >=3.6".to_owned());
    lines.push("Description-Content-Type: text/markdown".to_owned());
    lines.extend(requirements(number, versions, dice));
    lines.join("\n") + "\n"
}

fn requirements(number: usize, versions: &[Version], dice: &mut Dice) -> Vec<String> {
    let mut lines = Vec::new();
    let mut asked = BTreeSet::from([number]);
    for _ in 0..dice.skewed(38) {
        let other = dice.below(NAMES);
        if !asked.insert(other) {
            continue;
        }
        let specifier = versions[other].satisfied(dice);
        let extra = if dice.one_in(9) { "[fast]" } else { "" };
        let requirement = format!("{}{extra}{specifier}", spelled(other));
        let marker = match dice.below(10) {
            0 => "; sys_platform == \"win32\"",
            1 => "; python_version < \"3.6\"",
            2 => "; platform_python_implementation == \"CPython\" and python_version >= \"3.6\"",
            3 => {
                "; implementation_name == \"pypy\" or (os_name == \"nt\" and python_version < \"4\")"
            }
            _ => "",
        };
        lines.push(format!("Requires-Dist: {requirement}{marker}"));
    }
    for extra in ["test", "docs", "fast"].into_iter().take(dice.below(4)) {
        lines.push(format!("Provides-Extra: {extra}"));
        for _ in 0..1 + dice.below(4) {
            let helper = dice.below(40);
            // What an extra brings in need not be there, and mostly is not; but `fast` is what other distributions ask for.
            let requirement = match extra {
                "fast" => format!("{}>={}", name(helper), versions[helper].0),
                _ => format!("{extra}-helper-{helper}>=2"),
            };
            lines.push(format!("Requires-Dist: {requirement}; extra == \"{extra}\""));
        }
    }
    // Half of what does not hold is missing, half is there in another version.
    match CONFLICTING.iter().position(|conflicting| *conflicting == number) {
        Some(at) if at % 2 == 0 => lines.push(format!("Requires-Dist: never-made-{at}>=1")),
        Some(at) => lines.push(format!("Requires-Dist: {}>=90", name((number + 7 + at) % NAMES))),
        None => {}
    }
    lines
}

fn project(
    environment: &Environment,
    python: &Python,
    versions: &[Version],
    dice: &mut Dice,
) -> Result<()> {
    let line = |number: usize, dice: &mut Dice| {
        let specifier = if MISMATCHED.contains(&number) {
            ">=90".to_owned()
        } else {
            versions[number].satisfied(dice)
        };
        format!("    \"{}{specifier}\",\n", spelled(number))
    };
    let (direct, extra, group) = (DECLARED - 30, DECLARED - 10, DECLARED);
    let mut manifest = format!(
        "[project]\nname = \"measured\"\nversion = \"1.0\"\nrequires-python = \">={}.{}\"\ndependencies = [\n",
        python.version.major, python.version.minor
    );
    manifest.extend((0..direct).map(|number| line(number * 4, dice)));
    manifest.extend(ABSENT.iter().map(|name| format!("    \"{name}>=1.0\",\n")));
    manifest.push_str("    \"nowhere-needed>=3; sys_platform == 'win32'\",\n");
    manifest.push_str("]\n\n[project.optional-dependencies]\nextra = [\n");
    manifest.extend((direct..extra).map(|number| line(number * 4, dice)));
    manifest.push_str("]\n\n[dependency-groups]\ndev = [\n");
    manifest.extend((extra..group).map(|number| line(number * 4, dice)));
    manifest.push_str("]\n");
    put(&environment.project.join("pyproject.toml"), &manifest)?;
    for file in 0..direct.div_ceil(9) {
        let mut source = String::from("import os\nfrom pathlib import Path\n\n");
        for number in file * 9..direct.min(file * 9 + 9) {
            writeln!(source, "import {}", module(&name(number * 4)))?;
        }
        writeln!(source, "\n\ndef main() -> None:\n    print(os.sep, Path.cwd())")?;
        put(&environment.project.join(format!("src/measured/part_{file:02}.py")), &source)?;
    }
    put(&environment.project.join("src/measured/__init__.py"), "")?;
    fs::write(environment.project.join(".gitignore"), ".venv/\n__pycache__/\n")?;
    Ok(())
}
