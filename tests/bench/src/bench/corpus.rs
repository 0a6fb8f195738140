//! The trees that are measured: made once, outside the checkout, the same bytes each time.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::bench::corpus::environment::Environment;
use crate::bench::corpus::home::Home;
use crate::bench::corpus::large::Large;
use crate::bench::corpus::monorepo::{Monorepo, Sources};
use crate::bench::machine::Python;

pub(crate) mod code;
pub(crate) mod environment;
pub(crate) mod home;
pub(crate) mod large;
pub(crate) mod monorepo;

/// Raise it with any change to what is written, so that trees made before are made anew.
const EDITION: u64 = 3;

/// The numbers of projects that a monorepo is made with.
pub(crate) const SIZES: [usize; 3] = [1, 100, 1000];

pub(crate) struct Corpora {
    pub(crate) environment: Environment,
    pub(crate) home: Home,
    /// By size, smallest first.
    pub(crate) monorepos: Vec<Monorepo>,
    /// The largest once more, without a source in it.
    pub(crate) bare: Monorepo,
    pub(crate) large: Large,
}

/// What is wrong in a tree on purpose: the normalised names of distributions, each with the manifest that asks for it.
pub(crate) type Planted = BTreeSet<(PathBuf, String)>;

pub(crate) fn prepare(cache: &Path, python: &Python) -> Result<Corpora> {
    let environment = Environment::at(&cache.join("environment"), python);
    make(&environment.tree, python, || environment::write(&environment, python))?;
    let home = Home::at(&cache.join("home"));
    make(&home.tree, python, || home::write(&home, python))?;
    let mut monorepos = Vec::new();
    for size in SIZES {
        let folder = cache.join(format!("monorepo-{size}"));
        let monorepo = Monorepo::at(&folder, size, Sources::Python, python);
        make(&monorepo.tree, python, || monorepo::write(&monorepo, python))?;
        monorepos.push(monorepo);
    }
    let size = SIZES[SIZES.len() - 1];
    let bare = Monorepo::at(&cache.join(format!("manifests-{size}")), size, Sources::None, python);
    make(&bare.tree, python, || monorepo::write(&bare, python))?;
    let large = Large::at(&cache.join("large"));
    make(&large.tree, python, || large::write(&large, python))?;
    Ok(Corpora { environment, home, monorepos, bare, large })
}

/// A tree and the stamp beside it that says it is whole.
pub(crate) struct Tree {
    /// What is measured; the stamp lies outside of it.
    pub(crate) root: PathBuf,
    stamp: PathBuf,
}

impl Tree {
    fn at(folder: &Path) -> Self {
        Self { root: folder.join("tree"), stamp: folder.join("stamp.json") }
    }

    /// A place on the same file system for what is moved away, outside of what is measured.
    pub(crate) fn aside(&self, whose: &str) -> PathBuf {
        self.stamp.with_file_name(format!("aside-{whose}"))
    }

    /// Before the tree is changed: a tree without a stamp is made anew by the next run.
    pub(crate) fn take_stamp(&self) -> Result<Vec<u8>> {
        let stamp = fs::read(&self.stamp).context("could not read the stamp of a corpus")?;
        fs::remove_file(&self.stamp).context("could not take the stamp off a corpus")?;
        Ok(stamp)
    }

    /// After every change has been undone.
    pub(crate) fn put_back(&self, stamp: &[u8]) -> Result<()> {
        fs::write(&self.stamp, stamp).context("could not put the stamp back on a corpus")
    }
}

fn make(tree: &Tree, python: &Python, write: impl FnOnce() -> Result<()>) -> Result<()> {
    let wanted =
        json!({"edition": EDITION, "python": python.path, "version": python.version.to_string()});
    let found =
        fs::read(&tree.stamp).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    if found.as_ref() == Some(&wanted) {
        return Ok(());
    }
    let folder = tree.stamp.parent().context("a stamp lies in a folder")?;
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("could not clear `{}`", folder.display()))?;
    }
    write()?;
    fs::write(&tree.stamp, format!("{wanted}\n")).context("could not stamp a corpus")
}

/// Writes a file and the folders above it.
fn put(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .with_context(|| format!("could not write `{}`", path.display()))
}

/// The bones of a virtual environment: just what makes a folder one.
fn bones(prefix: &Path, python: &Python) -> Result<()> {
    let home = python.path.parent().context("a python lies in a folder")?;
    let configuration = format!(
        "home = {}\nimplementation = CPython\nversion_info = {}\ninclude-system-site-packages = false\n",
        home.display(),
        python.version
    );
    put(&prefix.join("pyvenv.cfg"), &configuration)?;
    fs::create_dir_all(prefix.join("bin"))?;
    symlink(&python.path, prefix.join("bin/python"))
        .context("could not link to the interpreter")?;
    fs::create_dir_all(site_packages(prefix, python)).context("could not make site-packages")
}

/// A distribution with one module, as an installer leaves it.
fn installed(prefix: &Path, python: &Python, name: &str, module: &str) -> Result<()> {
    let site_packages = site_packages(prefix, python);
    let info = format!("{}-1.0.dist-info", name.replace('-', "_"));
    let file = format!("{module}/__init__.py");
    put(&site_packages.join(&file), "")?;
    let folder = site_packages.join(&info);
    put(&folder.join("METADATA"), &format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"))?;
    put(&folder.join("INSTALLER"), "pip\n")?;
    let record = format!("{file},,\n{info}/INSTALLER,,\n{info}/METADATA,,\n{info}/RECORD,,\n");
    put(&folder.join("RECORD"), &record)
}

fn site_packages(prefix: &Path, python: &Python) -> PathBuf {
    prefix
        .join("lib")
        .join(format!("python{}.{}", python.version.major, python.version.minor))
        .join("site-packages")
}
