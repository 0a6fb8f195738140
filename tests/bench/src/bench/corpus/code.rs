//! Real sources: what some well-known distributions bring, at least six thousand Python files, as one project.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::bench::corpus::{Tree, bones, installed, make, put};
use crate::bench::machine::Python;
use crate::bench::process::complaint;
use crate::bench::tools::Tools;

/// Large ones of different kinds, each in one version, so that the files are the same each time.
const DISTRIBUTIONS: [&str; 8] = [
    "django==5.2.8",
    "matplotlib==3.10.1",
    "networkx==3.4.2",
    "pandas==2.2.3",
    "scikit-learn==1.6.1",
    "scipy==1.15.3",
    "sqlalchemy==2.0.44",
    "sympy==1.14.0",
];

/// What the sources import most, and the module by which: declared and installed, as in a project that somebody works on.
const NEEDED: [(&str, &str); 16] = [
    ("asgiref", "asgiref"),
    ("cycler", "cycler"),
    ("hypothesis", "hypothesis"),
    ("joblib", "joblib"),
    ("mpmath", "mpmath"),
    ("mypy", "mypy"),
    ("numpy", "numpy"),
    ("packaging", "packaging"),
    ("pillow", "PIL"),
    ("pyarrow", "pyarrow"),
    ("pyparsing", "pyparsing"),
    ("pytest", "pytest"),
    ("python-dateutil", "dateutil"),
    ("pytz", "pytz"),
    ("sqlparse", "sqlparse"),
    ("threadpoolctl", "threadpoolctl"),
];

/// So many files are asked for.
const ENOUGH: usize = 6_000;

/// So many lines has the file that is edited, about.
const LINES: usize = 3_000;

pub(crate) struct Code {
    pub(crate) tree: Tree,
    /// The file that comes nearest to three thousand lines.
    pub(crate) document: PathBuf,
}

/// The sources, or the reason why they are not to be had: they come from the package index.
pub(crate) fn prepare(cache: &Path, python: &Python, tools: &Tools) -> Result<Code, String> {
    let tree = Tree::at(&cache.join("code"));
    let of = || {
        make(&tree, python, || write(&tree.root, python, tools))?;
        let mut sources = Vec::new();
        collect(&tree.root, &mut sources)?;
        ensure!(sources.len() >= ENOUGH, "there are only {} sources", sources.len());
        let mut nearest = (usize::MAX, PathBuf::new());
        for source in &sources {
            // What is no UTF-8 is no file that an editor would be shown here.
            let Ok(text) = fs::read_to_string(source) else { continue };
            nearest = nearest.min((text.lines().count().abs_diff(LINES), source.clone()));
        }
        Ok(nearest.1)
    };
    let made: Result<_> = of();
    let document = made.map_err(|error| format!("{error:#}"))?;
    Ok(Code { tree, document })
}

fn write(root: &Path, python: &Python, tools: &Tools) -> Result<()> {
    let pip = tools.pip.program.as_ref().map_err(|reason| anyhow::anyhow!("no pip: {reason}"))?;
    let output = Command::new(&python.path)
        .arg(&pip.path)
        .args(["install", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .args(["--no-compile", "--only-binary", ":all:", "--target"])
        .arg(root)
        .args(DISTRIBUTIONS)
        .output()?;
    if !output.status.success() {
        bail!("the sources could not be fetched: {}", complaint(&output));
    }
    strip(root)?;
    let declared: String = NEEDED.iter().map(|it| format!("    \"{}\",\n", it.0)).collect();
    let manifest =
        format!("[project]\nname = \"code\"\nversion = \"1.0\"\ndependencies = [\n{declared}]\n");
    put(&root.join("pyproject.toml"), &manifest)?;
    let prefix = root.join(".venv");
    bones(&prefix, python)?;
    NEEDED.iter().try_for_each(|(name, module)| installed(&prefix, python, name, module))
}

/// Leaves nothing but sources: what was installed is taken for a project's own code.
fn strip(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name();
        if entry.file_type()?.is_dir() {
            if name.as_encoded_bytes().ends_with(b".dist-info") || name == "bin" {
                fs::remove_dir_all(&path)?;
            } else {
                strip(&path)?;
            }
        } else if path.extension().is_none_or(|it| it != "py") {
            fs::remove_file(&path).context("could not remove what is no source")?;
        }
    }
    Ok(())
}

fn collect(folder: &Path, sources: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            if entry.file_name() != ".venv" {
                collect(&entry.path(), sources)?;
            }
        } else if entry.path().extension().is_some_and(|it| it == "py") {
            sources.push(entry.path());
        }
    }
    Ok(())
}
