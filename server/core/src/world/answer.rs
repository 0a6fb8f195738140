//! The answers: what the shell found out, and what each rests on.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use super::{
    path::AbsPath,
    question::{Noun, Question},
    registry::Registry,
};
use crate::{
    declared,
    layer::{
        here::{Layer, Libc},
        share::Share,
    },
    lock::LockDocument,
    manifest::Document,
    model::{Environments, Interpreters},
    place::instance::{Instance, Unreachable},
    source::{Source, Sources},
    standard::{
        dependencies::Dependencies,
        executable::Executable,
        lifetime::Date,
        modules::{self, ModuleTable},
        need::Needs,
    },
};

/// What came back for a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<T> {
    Known(T),
    /// There is no such thing.
    Absent,
    /// It could not be found out.
    Fault(Fault),
}

impl<T> Reply<T> {
    /// What is known, if it is.
    #[must_use]
    pub fn known(self) -> Option<T> {
        match self {
            Reply::Known(it) => Some(it),
            Reply::Absent | Reply::Fault(_) => None,
        }
    }

    #[must_use]
    pub fn as_ref(&self) -> Reply<&T> {
        match self {
            Reply::Known(it) => Reply::Known(it),
            Reply::Absent => Reply::Absent,
            Reply::Fault(fault) => Reply::Fault(fault.clone()),
        }
    }
}

/// Why something could not be found out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The operating system refused.
    Denied,
    /// Larger than what is read of such a thing, in bytes.
    TooLarge { limit: u64 },
    /// A socket, a pipe, a device, or a folder where a file was looked for.
    NotRegular,
    /// Links that lead round in a circle.
    Loop,
    /// Answering would run a program, and the workspace is not trusted.
    Untrusted,
    /// The layer that it is asked of cannot be looked into.
    Unreachable(Unreachable),
    /// Anything else, in the operating system's words.
    Other(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Denied => f.write_str("permission denied"),
            Fault::TooLarge { limit } => write!(f, "it is larger than {limit} bytes"),
            Fault::NotRegular => f.write_str("it is no regular file"),
            Fault::Loop => f.write_str("its links lead round in a circle"),
            Fault::Untrusted => f.write_str("the workspace is not trusted"),
            Fault::Unreachable(why) => write!(f, "{why}"),
            Fault::Other(words) => f.write_str(words),
        }
    }
}

/// One answer, with everything it rests on: a change there makes it stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub question: Question,
    pub content: Content,
    /// The paths that were looked at, beyond the one that the question names.
    pub rests_on: Vec<AbsPath>,
    /// Answers to other questions that were found on the way, so that they need not be asked.
    pub also: Vec<Answer>,
}

impl Answer {
    /// An answer that rests on nothing but the path its question names.
    #[must_use]
    pub fn new(question: Question, content: Content) -> Answer {
        Answer { question, content, rests_on: Vec::new(), also: Vec::new() }
    }
}

/// What an answer says, by the kind of its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Text(Reply<Arc<str>>),
    Listing(Reply<Arc<Listing>>),
    Around(Reply<Arc<Around>>),
    Entry(Reply<Entry>),
    Program(Reply<AbsPath>),
    Machine(Reply<Arc<Machine>>),
    Registry(Reply<Arc<Registry>>),
    Projects(Reply<Arc<ProjectsBelow>>),
    Manifest(Reply<Arc<Document>>),
    Lock(Reply<Arc<LockDocument>>),
    Declaration(Reply<Arc<declared::Document>>),
    Distributions(Reply<Arc<Inventory>>),
    Metadata(Reply<Arc<MetadataTable>>),
    Records(Reply<Arc<RecordTable>>),
    Modules(Reply<Arc<ModuleTable>>),
    Sources(Reply<Arc<Sources>>),
    Source(Reply<Arc<Source>>),
    Opened(Arc<BTreeSet<AbsPath>>),
    Trust(Trust),
    Instances(Reply<Arc<Vec<Instance>>>),
    Today(Reply<Date>),
    Executable(Reply<Executable>),
    ToolVersion(Reply<Arc<str>>),
    Probe(Reply<Arc<str>>),
    Choice(Reply<AbsPath>),
    Interpreters(Arc<Interpreters>),
    Environments(Arc<Environments>),
}

impl Content {
    /// In place of an answer that could not be found out; `None` for a question that the session answers itself.
    #[must_use]
    pub fn fault(noun: &Noun, fault: Fault) -> Option<Content> {
        Some(match noun {
            Noun::Text(_) => Content::Text(Reply::Fault(fault)),
            Noun::Listing(_) => Content::Listing(Reply::Fault(fault)),
            Noun::Entry(_) => Content::Entry(Reply::Fault(fault)),
            Noun::Program(_) => Content::Program(Reply::Fault(fault)),
            Noun::Machine => Content::Machine(Reply::Fault(fault)),
            Noun::Registry => Content::Registry(Reply::Fault(fault)),
            Noun::Around(_) => Content::Around(Reply::Fault(fault)),
            Noun::Declaration(_) => Content::Declaration(Reply::Fault(fault)),
            Noun::Projects(_) => Content::Projects(Reply::Fault(fault)),
            Noun::Manifest(_) => Content::Manifest(Reply::Fault(fault)),
            Noun::Lock(_) => Content::Lock(Reply::Fault(fault)),
            Noun::Distributions(_) => Content::Distributions(Reply::Fault(fault)),
            Noun::Metadata(_) => Content::Metadata(Reply::Fault(fault)),
            Noun::Records(..) => Content::Records(Reply::Fault(fault)),
            Noun::Modules(_) => Content::Modules(Reply::Fault(fault)),
            Noun::Sources(_) => Content::Sources(Reply::Fault(fault)),
            Noun::Source(_) => Content::Source(Reply::Fault(fault)),
            Noun::Trust(_) => Content::Trust(Trust::Untrusted),
            Noun::Instances(_) => Content::Instances(Reply::Fault(fault)),
            Noun::Today => Content::Today(Reply::Fault(fault)),
            Noun::Executable(_) => Content::Executable(Reply::Fault(fault)),
            Noun::ToolVersion(_) => Content::ToolVersion(Reply::Fault(fault)),
            Noun::Probe(_) => Content::Probe(Reply::Fault(fault)),
            Noun::Choice(_) => Content::Choice(Reply::Fault(fault)),
            Noun::Opened(_) | Noun::Interpreters | Noun::Environments => return None,
        })
    }

    /// Whether this is an answer to that kind of question.
    #[must_use]
    pub fn fits(&self, noun: &Noun) -> bool {
        matches!(
            (self, noun),
            (Content::Text(_), Noun::Text(_))
                | (Content::Listing(_), Noun::Listing(_))
                | (Content::Around(_), Noun::Around(_))
                | (Content::Entry(_), Noun::Entry(_))
                | (Content::Program(_), Noun::Program(_))
                | (Content::Machine(_), Noun::Machine)
                | (Content::Registry(_), Noun::Registry)
                | (Content::Projects(_), Noun::Projects(_))
                | (Content::Manifest(_), Noun::Manifest(_))
                | (Content::Lock(_), Noun::Lock(_))
                | (Content::Declaration(_), Noun::Declaration(_))
                | (Content::Distributions(_), Noun::Distributions(_))
                | (Content::Metadata(_), Noun::Metadata(_))
                | (Content::Records(_), Noun::Records(..))
                | (Content::Modules(_), Noun::Modules(_))
                | (Content::Sources(_), Noun::Sources(_))
                | (Content::Source(_), Noun::Source(_))
                | (Content::Opened(_), Noun::Opened(_))
                | (Content::Trust(_), Noun::Trust(_))
                | (Content::Instances(_), Noun::Instances(_))
                | (Content::Today(_), Noun::Today)
                | (Content::Executable(_), Noun::Executable(_))
                | (Content::ToolVersion(_), Noun::ToolVersion(_))
                | (Content::Probe(_), Noun::Probe(_))
                | (Content::Choice(_), Noun::Choice(_))
                | (Content::Interpreters(_), Noun::Interpreters)
                | (Content::Environments(_), Noun::Environments)
        )
    }
}

/// The names in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Sorted by name.
    pub entries: Vec<Listed>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    pub name: Arc<[u8]>,
    pub kind: ListedKind,
}

/// What a folder says of an entry, links not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListedKind {
    File,
    Folder,
    Link,
    Other,
}

impl Listing {
    #[must_use]
    pub fn find(&self, name: impl AsRef<[u8]>) -> Option<&Listed> {
        let name = name.as_ref();
        let at = self.entries.binary_search_by(|it| (*it.name).cmp(name)).ok()?;
        self.entries.get(at)
    }

    #[must_use]
    pub fn has(&self, name: impl AsRef<[u8]>) -> bool {
        self.find(name).is_some()
    }

    /// The names that are text, in order.
    pub fn names(&self) -> impl Iterator<Item = (&str, ListedKind)> {
        self.entries.iter().filter_map(|it| Some((str::from_utf8(&it.name).ok()?, it.kind)))
    }
}

/// What a path is, its links followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: EntryKind,
    /// Where the path itself points, when it is a link: one step.
    pub link: Option<AbsPath>,
    /// Where the path leads in the end, every link on the way resolved; the path itself when there is none. For a link that
    /// leads nowhere, the path that it would lead to, with no link left in as much of it as exists.
    pub real: AbsPath,
    /// Whether anyone may execute it (any of the three execute bits; on Windows, by its suffix).
    pub executable: bool,
    /// Whether the user that the server runs as may write to it.
    pub writable: bool,
    /// The user id of its owner, where the system has one.
    pub owner: Option<u32>,
    /// In bytes.
    pub size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    File,
    Folder,
    /// A link that leads nowhere.
    Dangling,
    /// A socket, a pipe, a device.
    Special,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    pub os: Os,
    /// As `platform.machine()` says it: `x86_64`, `aarch64`, `arm64` on macOS, `AMD64` on Windows.
    pub architecture: String,
    /// The user id that the server runs as, where the system has one.
    pub user: Option<u32>,
    pub libc: Option<Libc>,
    /// The layers that the server runs in, innermost first.
    pub layers: Vec<Layer>,
    /// The folders that are shared with another system.
    pub shares: Vec<Share>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Os {
    Linux,
    Macos,
    Windows,
    /// Some other POSIX system.
    Other,
}

/// The project roots below a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectsBelow {
    /// Sorted.
    pub roots: Vec<AbsPath>,
    /// The walk stopped after this many folders; there may be more projects.
    pub stopped_after: Option<usize>,
    /// Folders that could not be listed.
    pub denied: Vec<AbsPath>,
}

/// What is installed in a site-packages folder, by the names of its metadata folders
/// (`{name}-{version}.dist-info`, *Recording installed projects*, and `{name}-{version}….egg-info`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// By normalised name (*Names and normalization*); more than one where an uninstallation was torn.
    pub distributions: BTreeMap<Arc<str>, Vec<Distribution>>,
    /// What pip moved aside when it uninstalled something, and never removed: entries whose names begin with `~`. Sorted.
    pub leftovers: Vec<Arc<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Distribution {
    /// As the folder spells it.
    pub name: Arc<str>,
    /// As the folder spells it; empty where the name says none.
    pub version: Arc<str>,
    /// The metadata folder's own name.
    pub folder: Arc<str>,
}

/// The metadata of everything in a site-packages folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetadataTable {
    /// By the names of the metadata folders.
    pub headers: BTreeMap<Arc<str>, Arc<Metadata>>,
    /// Who requires whom.
    pub dependencies: Dependencies,
    /// Whether the files are there of what has no INSTALLER, which an installer writes when it is done; and of everything, where
    /// there are no more than a few distributions.
    pub records: RecordTable,
    /// By metadata folder, where each editable installation leads.
    pub editable: BTreeMap<Arc<str>, AbsPath>,
}

/// So many distributions are looked into as quickly as anything else is asked.
pub const FEW_DISTRIBUTIONS: usize = 50;

/// Whether what was installed is still there, by the names of the metadata folders.
pub type RecordTable = BTreeMap<Arc<str>, Record>;

/// How the files that a RECORD lists compare with those on the disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub listed: usize,
    pub missing: usize,
    /// The first of those that are missing, as paths from site-packages.
    pub first: Vec<String>,
}

/// The headers of one METADATA or PKG-INFO file that we use (*Core metadata specifications*).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    pub name: String,
    pub version: String,
    pub requires_python: Option<String>,
    /// Each `Requires-Dist`.
    pub requires: Needs,
    /// Each `Provides-Extra`, as written.
    pub extras: Vec<String>,
    /// In one line.
    pub summary: Option<Box<str>>,
    /// An expression, a name, or what a classifier says.
    pub licence: Option<Box<str>>,
}

/// Whether programs may be run on a workspace's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    Untrusted,
    Trusted,
}

/// What a folder has for the projects in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// There is a repository's `.git`.
    pub is_repository: bool,
    pub has_pyproject: bool,
    /// There is a `setup.py` or a `setup.cfg`.
    pub has_setup: bool,
    /// There is a `src`.
    pub has_source: bool,
    /// The names of modules that can be imported from there.
    pub modules: BTreeSet<String>,
}

impl Around {
    #[must_use]
    pub fn of(listing: &Listing) -> Around {
        let module = |(name, kind): (&str, ListedKind)| {
            let stem = if kind == ListedKind::Folder { name } else { name.strip_suffix(".py")? };
            modules::is_name(stem).then(|| stem.to_owned())
        };
        Around {
            is_repository: listing.has(".git"),
            has_pyproject: listing.has("pyproject.toml"),
            has_setup: listing.has("setup.py") || listing.has("setup.cfg"),
            has_source: listing.has("src"),
            modules: listing.names().filter_map(module).collect(),
        }
    }
}
