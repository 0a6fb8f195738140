//! One file per manifest format: text in, facts with their spans out. Reading never fails: an unreadable stretch is itself
//! a fact, and what stands around it is kept.

mod pyproject;
mod requirements;
mod python_version;
mod setup_cfg;
mod setup_py;
mod pipfile;
mod hatch;
mod pixi;
mod environment;
mod script;
mod toml_parts;
mod toml_text;

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    standard::{
        match_spec,
        requirement::{Invalid, Requirement},
    },
    text::{Lines, Location, Range, Span},
    world::AbsPath,
};

/// A manifest format.
pub struct Format {
    /// How the contract's JSON calls it.
    pub name: &'static str,
    /// What a person reads in the reference.
    pub summary: &'static str,
    /// How the names of such files look, as editors want it: globs of a file name or of the end of a path.
    pub globs: &'static [&'static str],
    /// Whether a file of this name, in this folder, is of this format. The folder's own name is the second argument.
    pub matches: fn(&str, &str) -> bool,
    /// Whether such a file makes its folder a project.
    pub marks_project: bool,
    /// Whether what it says is said of the project that its folder belongs to, and not of the file alone.
    pub of_project: bool,
    /// Reads a text. The names of the file and of its folder come along, for they say which set a requirements file is.
    pub read: fn(&str, &str, &str) -> Vec<Fact>,
}

/// Every format. The order means nothing: no name is of two formats.
pub static ALL: &[&Format] = &[
    &pyproject::FORMAT,
    &requirements::FORMAT,
    &python_version::FORMAT,
    &setup_cfg::FORMAT,
    &setup_py::FORMAT,
    &pipfile::FORMAT,
    &hatch::FORMAT,
    &pixi::FORMAT,
    &environment::FORMAT,
    &script::FORMAT,
];

/// The format of a file, by its name.
#[must_use]
pub fn format_of(path: &AbsPath) -> Option<&'static Format> {
    let name = str::from_utf8(path.name()).ok()?;
    let folder = String::from_utf8_lossy(path.folder_name());
    ALL.iter().copied().find(|format| (format.matches)(name, &folder))
}

/// The format of a file that makes its folder a project, by their names. A list of constraints asks for nothing, so it makes none.
#[must_use]
pub fn marking(name: &str, folder: &str) -> Option<&'static Format> {
    let format = ALL.iter().copied().find(|it| (it.matches)(name, folder))?;
    let bounds_only = || {
        format.name == requirements::FORMAT.name
            && requirements::set_of(name, folder) == Set::Constraint
    };
    (format.marks_project && !bounds_only()).then_some(format)
}

/// Whether a file makes its folder a project.
#[must_use]
pub fn marks_project(path: &AbsPath) -> bool {
    let folder = String::from_utf8_lossy(path.folder_name());
    str::from_utf8(path.name()).is_ok_and(|name| marking(name, &folder).is_some())
}

/// Whether a folder's name is to be filled in by a tool that makes projects: `{{ cookiecutter.name }}` (Cookiecutter and Copier, both
/// by Jinja's *Expressions*). What is in there is no project yet.
#[must_use]
pub fn is_template(name: &[u8]) -> bool {
    memchr::memmem::find(name, b"{{").is_some()
}

/// Whether a file's name says that it is a manifest, and one that speaks for the whole project.
pub(crate) fn is_of_project(path: &AbsPath) -> bool {
    format_of(path).is_some_and(|it| it.of_project)
}

/// Which set a requirements file is, by its name; `None` for one whose name does not say that it is one.
pub(crate) fn set_of_file(path: &AbsPath) -> Option<Set> {
    format_of(path).filter(|it| it.name == requirements::FORMAT.name)?;
    let folder = path.parent().map(|it| it.name_text()).unwrap_or_default();
    Some(requirements::set_of(&path.name_text(), &folder))
}

/// Reads the text of the file at a path. One whose name says no format was found through an include of a requirements file,
/// so it is read as one.
#[must_use]
pub fn read_file(path: &AbsPath, text: Arc<str>) -> Document {
    let folder = path.parent().map(|it| it.name_text()).unwrap_or_default();
    read_named(format_of(path).unwrap_or(&requirements::FORMAT), text, &path.name_text(), &folder)
}

/// Reads a manifest's text, as that of a file with the format's plainest name.
#[must_use]
pub fn read(format: &'static Format, text: Arc<str>) -> Document {
    read_named(format, text, "", "")
}

fn read_named(format: &'static Format, text: Arc<str>, name: &str, folder: &str) -> Document {
    let mut facts = (format.read)(&text, name, folder);
    facts.sort_by_key(|it| it.span);
    // Kept as long as the file stays as it is: room to grow would be room for nothing.
    facts.shrink_to_fit();
    let lines = Lines::of(&text);
    let ignored = ignored(&text, &lines);
    Document { format: format.name, text, lines, ignored, facts }
}

/// One manifest, read.
#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    pub format: &'static str,
    pub text: Arc<str>,
    pub lines: Lines,
    /// By zero-based line, the codes that a comment on it silences.
    pub ignored: BTreeMap<u32, Vec<String>>,
    /// In the order of the text.
    pub facts: Vec<Fact>,
}

impl Document {
    #[must_use]
    pub fn range(&self, span: Span) -> Range {
        self.lines.range(&self.text, span)
    }

    #[must_use]
    pub fn location(&self, path: &AbsPath, span: Span) -> Location {
        Location { path: path.clone(), range: self.range(span) }
    }

    #[must_use]
    pub fn spelled(&self, span: Span) -> &str {
        self.text.get(span.start..span.end).unwrap_or("")
    }
}

/// Something that a manifest says, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The text that says it: for a requirement the requirement itself, without quotes.
    pub span: Span,
    pub says: Says,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// The project's name.
    Name(String),
    /// Which Pythons the project supports (*Version specifiers*), as written.
    RequiresPython(String),
    /// Something that the project needs.
    Requirement { set: Set, requirement: Arc<Requirement> },
    /// A requirement that cannot be understood.
    InvalidRequirement { set: Set, invalid: Invalid },
    /// Something that conda installs.
    Conda { set: Set, spec: match_spec::Spec },
    /// A bare path or a URL without a name, that something is installed from.
    Direct { set: Set, target: String, editable: bool },
    /// A group or an extra is defined here, though it may hold nothing.
    Defines(Set),
    /// A group includes another (*Dependency groups*).
    IncludesGroup { group: String, included: String },
    /// Another requirements or constraints file belongs to this one; the path is as written, relative to this file.
    Includes { target: String, constraint: bool },
    /// The requirements of a set stand in another file, as setuptools' `dynamic` says; the path is relative to this file.
    Reads { set: Set, target: String },
    /// The distribution of this name is taken from a folder or a file, whose path is as written.
    Source { name: String, target: String },
    /// The distribution of this name is a member of the workspace (`tool.uv.sources`).
    FromWorkspace(String),
    /// A group that is installed only where it is asked for (Poetry).
    OptionalGroup(String),
    /// Which interpreter the project is pinned to, as written: `3.12`, `3.12.4`, `pypy3.10`, the name of a pyenv version.
    Pin(String),
    /// A table of a tool: `uv` for `[tool.uv]`.
    UsesTool(String),
    /// What stands right below the table of a tool whose build backend reads some of it: `group` for
    /// `[tool.poetry.group.dev]`.
    Below { tool: String, key: String },
    /// A field of `[project]` that a build backend fills in.
    Dynamic(String),
    /// The members of a uv workspace, as globs.
    Workspace { members: Vec<String>, exclude: Vec<String> },
    /// The groups that uv installs when it is not told otherwise (`default-groups`); `None` means all of them.
    DefaultGroups(Option<Vec<String>>),
    /// The project is not itself installed (`tool.uv.package = false`).
    NotPackaged,
    /// A dotted name that the project, and nobody else, can be imported by (PEP 794).
    ImportName(String),
    /// A dotted name under which other projects may have something too (PEP 794).
    ImportNamespace(String),
    /// How a build is done: there is a `[build-system]` table.
    BuildSystem,
    /// A severity that `[tool.envls]` gives a code: `off`, `hint`, `information`, `warning`, `error`.
    Severity { code: String, severity: String },
    /// The value of an environment variable is put in here: `${TOKEN}` of a requirements file.
    Variable(String),
    /// A stretch that cannot be read as what this format is; the words say why and what was expected.
    Unreadable(String),
}

/// Which of its sets a manifest puts a requirement into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Set {
    /// Always needed.
    Main,
    /// A dependency group (*Dependency groups*), by its spelled name.
    Group(String),
    /// An extra of the project, by its spelled name.
    Extra(String),
    /// What building the project needs; it is installed elsewhere.
    Build,
    /// No need, only a bound on whatever else needs it.
    Constraint,
    /// What is taken in the place of whatever else is asked for of that name.
    Override,
    /// An environment that a tool makes beside the project's, by its name (Hatch).
    Environment(String),
}

impl Set {
    /// Whether it is something that the project's environment may be asked to hold, and not a bound, what a build needs, or
    /// what another environment holds.
    #[must_use]
    pub fn is_need(&self) -> bool {
        matches!(self, Set::Main | Set::Group(_) | Set::Extra(_))
    }
}

impl Fact {
    /// The same fact, its spans moved to another text.
    pub(crate) fn relocated(self, moved: impl Fn(Span) -> Span) -> Fact {
        let says = match self.says {
            Says::Requirement { set, requirement } => {
                let requirement = Arc::unwrap_or_clone(requirement).relocated(&moved);
                Says::Requirement { set, requirement: requirement.into() }
            }
            Says::InvalidRequirement { set, invalid } => {
                Says::InvalidRequirement { set, invalid: invalid.relocated(&moved) }
            }
            Says::Conda { set, spec } => Says::Conda { set, spec: spec.relocated(&moved) },
            other => other,
        };
        Fact { span: moved(self.span), says }
    }
}

/// The text as it must be written in place of a stretch of a document: inside of a TOML string, quotes and backslashes need
/// care. `None` where it cannot be written there at all.
#[must_use]
pub fn replacement(document: &Document, span: Span, text: &str) -> Option<String> {
    match document.format {
        // Python's strings and comments look like those of TOML, as far as it matters here.
        "pyproject" | "hatch" | "pixi" | "pipfile" | "setup-py" => {
            toml_text::written(&document.text, span, text)
        }
        "script" => {
            // Each line is a comment of its own.
            let start = document.text.get(..span.start)?.rfind('\n').map_or(0, |it| it + 1);
            let inner = start + document.text.get(start..)?.find(|it| it != '#')?;
            let moved = Span::new(span.start.checked_sub(inner)?, span.end.checked_sub(inner)?);
            toml_text::written(document.text.get(inner..)?, moved, text)
        }
        "environment" => {
            let special = text.contains(['"', '\'', '\n', '\\'])
                || text.contains(": ")
                || text.contains(" #");
            (!special).then(|| text.to_owned())
        }
        _ => Some(text.to_owned()),
    }
}

/// The codes that comments of the form `# envls: ignore[code, code]` silence, by line; without brackets they silence all,
/// written as `*`.
fn ignored(text: &str, lines: &Lines) -> BTreeMap<u32, Vec<String>> {
    let mut ignored = BTreeMap::new();
    for (at, _) in text.match_indices("# envls: ignore") {
        let rest = text.get(at + "# envls: ignore".len()..).unwrap_or("");
        let line = rest.lines().next().unwrap_or("");
        let inside = line.strip_prefix('[').and_then(|it| it.split_once(']')).map(|it| it.0);
        let codes = match inside {
            Some(inside) => inside.split(',').map(|it| it.trim().to_owned()).collect(),
            None => vec!["*".to_owned()],
        };
        ignored.insert(lines.position(text, at).line, codes);
    }
    ignored
}
