//! What a layer has running, and why one cannot be looked into.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::path_map::Shared;
use crate::world::{AbsPath, Place};

/// A container, a pod's container, a virtual machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    pub place: Place,
    /// As its own tool shows it.
    pub name: String,
    /// Other names that its tool takes for it, the whole identifier among them.
    pub aliases: Vec<String>,
    pub state: State,
    /// Changes whenever it is started anew: what was learned before is of another one.
    pub generation: String,
    /// What it shares with the system that runs it.
    pub shared: Vec<Shared>,
    /// The folders of the system that runs it which it can mount, by the name that a mount has in its own table: where they
    /// are mounted is known inside only.
    pub tags: BTreeMap<String, AbsPath>,
    /// What a machine's own system knows it by, in lower case: the identifier that its firmware has, the addresses of its
    /// network cards.
    pub hardware: BTreeSet<String>,
    pub labels: BTreeMap<String, String>,
    /// The variables that a process in it begins with.
    pub variables: BTreeMap<String, String>,
    /// The folder in which a process in it begins.
    pub directory: Option<String>,
    pub image: Option<String>,
    /// Whether the image of that name is another one than it was made from; `None` where that is not known.
    pub image_is_newer: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Running,
    Stopped,
    Paused,
    Unknown,
}

impl State {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            State::Running => "running",
            State::Stopped => "stopped",
            State::Paused => "paused",
            State::Unknown => "in an unknown state",
        }
    }
}

impl Instance {
    /// One of which nothing but its name and state is known.
    #[must_use]
    pub fn new(place: Place, name: &str, state: State) -> Instance {
        Instance {
            place,
            name: name.to_owned(),
            aliases: Vec::new(),
            state,
            generation: String::new(),
            shared: Vec::new(),
            tags: BTreeMap::new(),
            hardware: BTreeSet::new(),
            labels: BTreeMap::new(),
            variables: BTreeMap::new(),
            directory: None,
            image: None,
            image_is_newer: None,
        }
    }
}

/// Why a layer cannot be looked into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unreachable {
    /// The user has not agreed yet that it is looked into.
    Unasked,
    /// Its tool is not on this machine.
    NoTool { programs: String },
    /// The tool is there, what it talks to is not.
    NoEngine { words: String },
    /// There is no such container or machine.
    NotFound { words: String },
    /// It is there and does not run.
    NotRunning { words: String },
    /// It has no shell, or what answers in the guest is not installed.
    NoShell { words: String },
    /// The layer asks for a name or a key, or refuses ours.
    Refused { words: String },
    /// It is not asked by rule: a cluster that may be one of production.
    Forbidden { words: String },
    /// It has not answered yet; it is asked still.
    Slow,
    /// It did not answer in time, and was given up.
    TimedOut,
    /// What it answered cannot be read.
    Garbled { words: String },
    /// Anything else, in its tool's words.
    Failed { words: String },
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreachable::Unasked => f.write_str("you have not agreed yet that it is looked into"),
            Unreachable::NoTool { programs } => {
                write!(f, "{programs} is not on this machine")
            }
            Unreachable::NoEngine { words } => write!(f, "its engine does not answer: {words}"),
            Unreachable::NotFound { words } => write!(f, "there is none of that name: {words}"),
            Unreachable::NotRunning { words } => write!(f, "it does not run: {words}"),
            Unreachable::NoShell { words } => write!(f, "nothing can be run in it: {words}"),
            Unreachable::Refused { words } => write!(f, "it lets nobody in: {words}"),
            Unreachable::Forbidden { words } => f.write_str(words),
            Unreachable::Slow => f.write_str("it has not answered yet"),
            Unreachable::TimedOut => f.write_str("it did not answer in time"),
            Unreachable::Garbled { words } => {
                write!(f, "what it answered cannot be read: {words}")
            }
            Unreachable::Failed { words } => f.write_str(words),
        }
    }
}
