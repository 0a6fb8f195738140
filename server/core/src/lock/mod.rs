//! One file per lock format: text in, facts with their spans out. Reading never fails: what cannot be read is a trouble with
//! its place, and what stands around it is kept.

mod uv;
mod poetry;
mod pdm;
mod pipfile;
mod pylock;
mod pixi;
mod conda_lock;
mod pip_compile;
mod conflict;
mod declared;
mod drift;
mod hash;
mod needed;
mod portable;

use std::{collections::BTreeMap, sync::Arc};

pub use self::{
    declared::{Declared, From},
    drift::{Drift, Inputs, drift},
    needed::{Asked, Differences, differences},
    pip_compile::is_compiled,
    portable::{Unportable, unportable},
};
use crate::{
    standard::name,
    text::{Lines, Location, Range, Span},
    tree,
    world::AbsPath,
};

/// A lock format.
pub struct Format {
    /// How the contract's JSON calls it.
    pub name: &'static str,
    /// What a person reads in the reference.
    pub summary: &'static str,
    /// How the names of such files look, as editors want it.
    pub globs: &'static [&'static str],
    /// Whether a file of this name may be of this format.
    pub matches: fn(&str) -> bool,
    /// The manager whose projects have such a lock beside their manifest, and the name it has there.
    pub of: Option<(&'static str, &'static str)>,
    /// Whether a lock of this version can be understood.
    pub understands: fn(&str) -> bool,
    pub read: fn(&str) -> Lock,
}

/// Every format. The order means nothing: no name is of two formats.
pub static ALL: &[&Format] = &[
    &conda_lock::FORMAT,
    &pdm::FORMAT,
    &pip_compile::FORMAT,
    &pipfile::FORMAT,
    &pixi::FORMAT,
    &poetry::FORMAT,
    &pylock::FORMAT,
    &uv::FORMAT,
];

/// The format of a file, by its name.
#[must_use]
pub fn format_of(path: &AbsPath) -> Option<&'static Format> {
    let name = str::from_utf8(path.name()).ok()?;
    ALL.iter().copied().find(|format| (format.matches)(name))
}

/// Reads the text of the lock at a path; a file whose name is of no format says nothing.
#[must_use]
pub fn read_file(path: &AbsPath, text: Arc<str>) -> LockDocument {
    match format_of(path) {
        Some(format) => read(format, text),
        None => {
            let lines = Lines::of(&text);
            LockDocument { format: "", text, lines, lock: Lock::default() }
        }
    }
}

/// Reads a lock's text.
#[must_use]
pub fn read(format: &'static Format, text: Arc<str>) -> LockDocument {
    let lines = Lines::of(&text);
    let conflicts = conflict::conflicts(&text);
    // A file without content is one that is being written.
    let mut lock = if text.trim().is_empty() { Lock::default() } else { (format.read)(&text) };
    if !conflicts.is_empty() {
        // What else cannot be read follows from them.
        lock.troubles = conflicts;
    }
    LockDocument { format: format.name, text, lines, lock }
}

/// One lock, read.
#[derive(Debug, PartialEq, Eq)]
pub struct LockDocument {
    /// As the contract's JSON calls it.
    pub format: &'static str,
    pub text: Arc<str>,
    pub lines: Lines,
    pub lock: Lock,
}

impl LockDocument {
    #[must_use]
    pub fn range(&self, span: Span) -> Range {
        self.lines.range(&self.text, span)
    }

    #[must_use]
    pub fn location(&self, path: &AbsPath, span: Span) -> Location {
        Location { path: path.clone(), range: self.range(span) }
    }

    /// Whether it can be judged: it was read as a whole, and is of a version that is understood.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.lock.troubles.is_empty() && self.unknown_version().is_none() && !self.is_empty()
    }

    /// Whether it says nothing at all, as a file that is being written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The version of the format, where it is one that is not understood.
    #[must_use]
    pub fn unknown_version(&self) -> Option<&Stated> {
        let format = ALL.iter().find(|it| it.name == self.format)?;
        self.lock.version.as_ref().filter(|it| !(format.understands)(&it.text))
    }
}

/// What a lock says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    /// The version of the format.
    pub version: Option<Stated>,
    /// The Pythons that it was made for (*Version specifiers*).
    pub requires_python: Option<Stated>,
    /// A hash of what was declared when it was made.
    pub hash: Option<Stated>,
    /// The version of the tool that made it, where that changes what its hash is made of.
    pub maker: Option<String>,
    pub packages: Vec<Package>,
    /// The platforms that it was made for, as markers: each stands for one of them.
    pub platforms: Vec<String>,
    pub troubles: Vec<Trouble>,
    /// What a workspace of uv was locked from.
    pub workspace: Option<Box<Workspace>>,
}

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    pub text: String,
    pub span: Span,
}

/// A stretch that makes a lock unusable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub span: Span,
    pub words: String,
}

/// One locked distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Normalised (*Names and normalization*), but for packages of conda.
    pub name: Arc<str>,
    pub name_span: Span,
    /// None for what is built from a folder.
    pub version: Option<String>,
    pub version_span: Span,
    pub source: Source,
    /// When it is needed, as written; none for always.
    pub markers: Vec<String>,
    /// The extras that it is locked with.
    pub extras: Vec<String>,
    /// The groups, categories or environments that it belongs to, where the format tells.
    pub groups: Option<Vec<String>>,
    pub dependencies: Vec<Dependency>,
    /// The tags of its wheels, where only they can be installed: it has no source, and no wheel for every platform and Python.
    pub only_for: Option<Box<[Box<str>]>>,
    /// What it itself declared when it was locked, where it is one of the project's own.
    pub declares: Option<Box<Declares>>,
}

/// Where a locked distribution comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    #[default]
    Index,
    Git,
    Url,
    /// A file or a folder.
    Path,
    /// A folder of the project itself, installed so that its sources are used where they are.
    Editable,
    /// A folder of the project itself, which is not installed.
    Virtual,
    Conda,
}

impl Source {
    /// As a person reads it in the drawing of a lock.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Source::Index => "index",
            Source::Git => "git",
            Source::Url => "url",
            Source::Path => "path",
            Source::Editable => "editable",
            Source::Virtual => "virtual",
            Source::Conda => "conda",
        }
    }
}

/// What a locked distribution needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependency {
    /// Normalised.
    pub name: String,
    pub version: Option<String>,
    pub marker: Option<String>,
    /// The extras that are asked for of it.
    pub extras: Vec<String>,
    /// The extra or the group of the needing one that this belongs to.
    pub of: Belongs,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Belongs {
    #[default]
    Always,
    Extra(String),
    Group(String),
}

/// What one of the project's own distributions declared when it was locked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declares {
    /// The folder, relative to the lock's.
    pub folder: String,
    pub requires: Vec<Declared>,
    /// By normalised name.
    pub groups: BTreeMap<String, Vec<Declared>>,
    pub extras: Vec<String>,
}

/// What a workspace of uv declared as a whole when it was locked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace {
    /// Named only where there are several.
    pub members: Vec<String>,
    /// What is declared in a root without a project.
    pub requires: Vec<Declared>,
    pub groups: BTreeMap<String, Vec<Declared>>,
    pub constraints: Vec<Declared>,
    pub overrides: Vec<Declared>,
    pub build_constraints: Vec<Declared>,
    pub excludes: Vec<String>,
    /// The environments that it was made for, and those that it must serve, as markers.
    pub environments: Vec<String>,
    pub required_environments: Vec<String>,
    /// Each set as it is written in short: `extra fast, group dev`.
    pub conflicts: Vec<String>,
    /// `[options]`, by key.
    pub options: BTreeMap<String, String>,
}

impl Package {
    fn new(name: &str, span: Span) -> Package {
        Package {
            name: name::normalised(name).into(),
            name_span: span,
            version: None,
            version_span: span,
            source: Source::default(),
            markers: Vec::new(),
            extras: Vec::new(),
            groups: None,
            dependencies: Vec::new(),
            only_for: None,
            declares: None,
        }
    }

    /// One whose name and version stand below these keys.
    fn read(node: tree::Node<'_, '_>) -> Option<Package> {
        let name = node.get("name")?;
        let mut package = Package::new(name.text()?, name.span());
        if let Some(version) = node.get("version") {
            package.version = version.word().map(str::to_owned);
            package.version_span = version.span();
        }
        Some(package)
    }
}

/// The value below several keys, with its place.
fn stated(node: tree::Node<'_, '_>, keys: &[&str]) -> Option<Stated> {
    let found = node.at(keys)?;
    Some(Stated { text: found.word()?.to_owned(), span: found.span() })
}

/// Whether a version's first number is at most this one.
fn up_to(newest: u64) -> impl Fn(&str) -> bool {
    move |version| {
        let first = version.split('.').next().and_then(|it| it.parse::<u64>().ok());
        first.is_some_and(|it| it <= newest)
    }
}
