//! Large documents: a lock of five megabytes, and a requirements file of five hundred lines beside one of ten.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::bench::corpus::{Tree, bones, installed, put};
use crate::bench::dice::{Dice, NAMES, name};
use crate::bench::machine::Python;

/// The lines of the requirements files, by which the folders that they are in are named.
pub(crate) const LINES: [usize; 2] = [10, 500];

pub(crate) struct Large {
    pub(crate) tree: Tree,
}

impl Large {
    pub(super) fn at(folder: &Path) -> Self {
        Self { tree: Tree::at(folder) }
    }

    pub(crate) fn requirements(&self, lines: usize) -> PathBuf {
        self.tree.root.join(format!("lines-{lines}/requirements.txt"))
    }

    /// The manifest of a project with the large lock.
    pub(crate) fn locked(&self) -> PathBuf {
        self.tree.root.join("locked/pyproject.toml")
    }

    pub(crate) fn lock(&self) -> PathBuf {
        self.locked().with_file_name("uv.lock")
    }
}

pub(super) fn write(large: &Large, python: &Python) -> Result<()> {
    for lines in LINES {
        let file = large.requirements(lines);
        let named = |it: usize| format!("{}-{it}", name(it % NAMES));
        let text = (0..lines).map(|it| format!("{}>=1\n", named(it))).collect::<String>();
        put(&file, &text)?;
        let prefix = file.with_file_name(".venv");
        bones(&prefix, python)?;
        for name in (0..lines).map(named) {
            installed(&prefix, python, &name, &name.replace('-', "_"))?;
        }
    }
    let manifest = "[project]\nname = \"locked\"\nversion = \"1.0\"\nrequires-python = \">=3.6\"\ndependencies = [\n    \"unheard-of-0>=1\",\n]\n\n[tool.uv]\n";
    put(&large.locked(), manifest)?;
    bones(&large.locked().with_file_name(".venv"), python)?;
    put(&large.lock(), &lock()?)
}

/// As uv writes it.
fn lock() -> Result<String> {
    let mut dice = Dice::new(5);
    let mut text = "version = 1\nrevision = 3\nrequires-python = \">=3.6\"\n".to_owned();
    for number in 0..1_100 {
        let package = format!("{}-{number}", name(number % NAMES));
        write!(
            text,
            "\n[[package]]\nname = \"{package}\"\nversion = \"1.{number}.0\"\nsource = {{ registry = \"https://packages.example/simple\" }}\nwheels = [\n"
        )?;
        for tag in 0..25 {
            let hash = dice.hexadecimal(64);
            writeln!(
                text,
                "    {{ url = \"https://packages.example/{package}-1.{number}.0-cp3{tag}-manylinux_2_28_x86_64.whl\", hash = \"sha256:{hash}\", size = {number} }},"
            )?;
        }
        text.push_str("]\n");
    }
    text.push_str("\n[[package]]\nname = \"locked\"\nversion = \"1.0\"\nsource = { virtual = \".\" }\ndependencies = [\n    { name = \"unheard-of-0\" },\n]\n");
    Ok(text)
}
