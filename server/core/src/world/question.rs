//! The questions: nouns, each of a place, and nothing in them can change the world.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use super::{path::AbsPath, place::Place};

/// One thing to know about one place.
///
/// Questions are ordered by a mark of what they ask, which is the same in every run: the paths in one project begin alike for
/// some sixty bytes, and comparing those is most of what looking questions up would cost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    mark: u64,
    pub place: Place,
    pub noun: Noun,
}

impl Hash for Question {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.mark);
    }
}

impl Question {
    /// A question about the place that the path is in which it names; where it names none, about the system that the server
    /// itself runs on.
    #[must_use]
    pub fn here(noun: Noun) -> Question {
        let place = noun.path().map_or(Place::Here, AbsPath::place);
        Question { mark: noun.mark(), place, noun }
    }

    /// A question about a place.
    #[must_use]
    pub fn of(place: Place, noun: Noun) -> Question {
        Question { mark: noun.mark(), place, noun }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Noun {
    /// The content of a regular file, as text.
    Text(AbsPath),
    /// The names in a folder, with their kinds.
    Listing(AbsPath),
    /// What a folder has for the projects in it: modules, and whether it is a project or a repository itself. Other than its
    /// listing, it stays what it is whatever else comes and goes there.
    Around(AbsPath),
    /// What a path is: its kind, where its links lead, whether it can be executed, whose it is.
    Entry(AbsPath),
    /// Where a program of this name is on the search path, outside every workspace.
    Program(String),
    /// The operating system and its architecture.
    Machine,
    /// What the registry of Windows says of Python; there is none elsewhere.
    Registry,
    /// The day that it is.
    Today,
    /// For which system and machine a file was made that can be executed, from its first bytes.
    Executable(AbsPath),
    /// The interpreter that the user chose for the project at this folder; kept outside of the project.
    Choice(AbsPath),
    /// Every project root below a folder, ignore-aware and bounded.
    Projects(AbsPath),
    /// The parsed document of a manifest; the name of the file says its format.
    Manifest(AbsPath),
    /// The parsed document of a lock; the name of the file says its format.
    Lock(AbsPath),
    /// The parsed document of a file that declares layers; the name of the file says its format.
    Declaration(AbsPath),
    /// Names and versions of what is installed in a site-packages folder, by its folder names alone.
    Distributions(AbsPath),
    /// The metadata headers of everything installed in a site-packages folder.
    Metadata(AbsPath),
    /// Whether the files are there that the RECORDs of these metadata folders list, in a site-packages folder.
    Records(AbsPath, Arc<[Arc<str>]>),
    /// What can be imported from a site-packages folder, and who brings it.
    Modules(AbsPath),
    /// What every Python file of the project at this folder imports, as the disk has them.
    Sources(AbsPath),
    /// What one Python file imports; asked of those that the editor holds open.
    Source(AbsPath),
    /// The Python files of the project at this folder that the editor holds open. The session answers it itself.
    Opened(AbsPath),
    /// Whether the user trusts the workspace that this folder is in.
    Trust(AbsPath),
    /// What a kind of layer has on this machine: containers, virtual machines, running or not.
    Instances(&'static str),
    /// What a program says when it is asked for its version. It is run only where a folder is trusted.
    ToolVersion(AbsPath),
    /// What an interpreter says of itself, likewise.
    Probe(AbsPath),
    /// The interpreters of the machine. The session answers it itself, from the one derivation that all projects share.
    Interpreters,
    /// The environments of the machine, answered likewise.
    Environments,
}

impl Noun {
    /// The path that the question is about, where it is about one.
    #[must_use]
    pub fn path(&self) -> Option<&AbsPath> {
        match self {
            Noun::Text(path)
            | Noun::Listing(path)
            | Noun::Around(path)
            | Noun::Entry(path)
            | Noun::Projects(path)
            | Noun::Manifest(path)
            | Noun::Lock(path)
            | Noun::Declaration(path)
            | Noun::Distributions(path)
            | Noun::Metadata(path)
            | Noun::Records(path, _)
            | Noun::Modules(path)
            | Noun::Sources(path)
            | Noun::Source(path)
            | Noun::Trust(path)
            | Noun::Executable(path)
            | Noun::ToolVersion(path)
            | Noun::Probe(path)
            | Noun::Choice(path) => Some(path),
            Noun::Program(_)
            | Noun::Machine
            | Noun::Registry
            | Noun::Today
            | Noun::Opened(_)
            | Noun::Instances(_)
            | Noun::Interpreters
            | Noun::Environments => None,
        }
    }

    /// Whether the session answers it itself, from a derivation that all projects share.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self, Noun::Interpreters | Noun::Environments)
    }

    /// Whether the session answers it itself, of what it holds.
    #[must_use]
    pub fn is_of_session(&self) -> bool {
        self.is_shared() || matches!(self, Noun::Opened(_))
    }

    /// A number that tells most nouns apart: FNV-1a over words of eight bytes.
    fn mark(&self) -> u64 {
        let (kind, bytes): (u64, &[u8]) = match self {
            Noun::Text(path) => (1, path.as_bytes()),
            Noun::Listing(path) => (2, path.as_bytes()),
            Noun::Entry(path) => (3, path.as_bytes()),
            Noun::Program(name) => (5, name.as_bytes()),
            Noun::Machine => (6, &[]),
            Noun::Projects(path) => (7, path.as_bytes()),
            Noun::Manifest(path) => (8, path.as_bytes()),
            Noun::Distributions(path) => (9, path.as_bytes()),
            Noun::Metadata(path) => (10, path.as_bytes()),
            Noun::Trust(path) => (11, path.as_bytes()),
            Noun::Interpreters => (12, &[]),
            Noun::Environments => (13, &[]),
            Noun::Today => (14, &[]),
            Noun::Executable(path) => (15, path.as_bytes()),
            Noun::ToolVersion(path) => (31, path.as_bytes()),
            Noun::Probe(path) => (32, path.as_bytes()),
            Noun::Choice(path) => (16, path.as_bytes()),
            Noun::Lock(path) => (17, path.as_bytes()),
            Noun::Records(path, _) => (18, path.as_bytes()),
            Noun::Modules(path) => (19, path.as_bytes()),
            Noun::Sources(path) => (20, path.as_bytes()),
            Noun::Source(path) => (21, path.as_bytes()),
            Noun::Opened(path) => (22, path.as_bytes()),
            Noun::Instances(kind) => (24, kind.as_bytes()),
            Noun::Declaration(path) => (30, path.as_bytes()),
            Noun::Registry => (23, &[]),
            Noun::Around(path) => (24, path.as_bytes()),
        };
        let fold = |mark: u64, word: u64| (mark ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        let mut mark = fold(0xcbf2_9ce4_8422_2325, kind);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            mark = fold(mark, u64::from_le_bytes(*word)).rotate_left(23);
        }
        rest.iter().fold(mark, |mark, byte| fold(mark, u64::from(*byte)))
    }

    /// Whether what the editor holds open of this path outranks what the disk holds.
    #[must_use]
    pub fn reads_buffer(&self) -> bool {
        let declares = matches!(self, Noun::Manifest(_) | Noun::Lock(_) | Noun::Declaration(_));
        declares || matches!(self, Noun::Text(_) | Noun::Source(_))
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.noun {
            Noun::Machine if self.place != Place::Here => write!(f, "Machine of {}", self.place),
            Noun::Program(name) => write!(f, "program {name}"),
            noun => write!(f, "{noun:?}"),
        }
    }
}
