//! One file per kind of layer that can be looked into: how its own tool lists what runs, and how that tool runs a program
//! inside. All of it is data and reading of output; the host runs what is said here.

pub mod instance;
pub mod path_map;
pub mod script;
mod base64;
mod docker;
mod engine;
mod hyperv;
mod kubernetes;
mod libvirt;
mod parallels;
mod podman;
mod ssh;
mod virtualbox;
mod vmware;
mod wsl;

use std::{collections::BTreeMap, time::Duration};

use self::{
    instance::{Instance, Unreachable},
    path_map::Shared,
};
use crate::world::AbsPath;

/// A kind of layer.
pub trait Layer: Sync {
    /// As in the contract: `podman`.
    fn name(&self) -> &'static str;

    /// One sentence for the reference.
    fn summary(&self) -> &'static str;

    /// The program that lists and enters it, as it is found on the search path; the first that is there.
    fn programs(&self) -> &'static [&'static str];

    /// The variables of the user that decide which engine the program talks to. They are taken from the user's own
    /// environment and from nowhere else.
    fn variables(&self) -> &'static [&'static str] {
        &[]
    }

    /// The variables of the user that let one into a guest. They decide nothing, and are written down nowhere.
    fn credentials(&self) -> &'static [&'static str] {
        &[]
    }

    /// What a target belongs to that the user agrees to once: the engine, a context and namespace, a host.
    fn endpoint(&self, _target: &str) -> String {
        self.name().to_owned()
    }

    /// How what it has running is listed: the next thing to run, given what was printed so far.
    fn list(&self, _user: &Variables, _said: &[Output]) -> Listing {
        Listing::Done(Ok(Vec::new()))
    }

    /// How a shell script is run inside, and what it prints fetched: the next thing to run, given what was printed so far.
    fn enter(&self, target: &str, script: &[u8], user: &Variables, said: &[Output]) -> Entering;

    /// The arguments with which its program runs a command inside that prints as it goes; `None` where it cannot.
    fn command(&self, _target: &str, _inside: &Inside<'_>) -> Option<Vec<String>> {
        None
    }

    /// How its program has a command done inside, where that takes several steps or the user's credentials: the next thing to run,
    /// given what was printed so far. `None` where it cannot.
    fn work(
        &self,
        _target: &str,
        _inside: &Inside<'_>,
        _user: &Variables,
        _said: &[Output],
    ) -> Option<Working> {
        None
    }

    /// How that is ended before its time.
    fn end_work(&self, _target: &str, _said: &[Output]) -> Option<Invocation> {
        None
    }

    /// Whether what is done inside is done by the administrator, whoever asks: what that leaves in a shared folder would not be
    /// the user's.
    fn works_as_administrator(&self) -> bool {
        false
    }

    /// How the folders that it shares are found in its own table of mounts, where only that says where they are.
    fn mounts(&self) -> Option<Mounted> {
        None
    }

    /// The kinds whose machines a target may be one of: where it is, their tools know what it shares.
    fn may_be(&self) -> &'static [&'static str] {
        &[]
    }

    /// How a target that is there and does not run is started.
    fn start(&self, _target: &str) -> Option<Vec<String>> {
        None
    }
}

/// What of the folders of the outside, by their names, a table of mounts has.
pub type Mounted = fn(&BTreeMap<String, AbsPath>, &str) -> Vec<Shared>;

/// What the user's own environment says of the variables that a kind names.
pub type Variables = BTreeMap<String, String>;

/// Every kind. Their order means nothing.
pub static ALL: &[&dyn Layer] = &[
    &docker::Docker,
    &hyperv::HyperV,
    &kubernetes::Kubernetes,
    &libvirt::Libvirt,
    &parallels::Parallels,
    &podman::Podman,
    &ssh::Ssh,
    &virtualbox::VirtualBox,
    &vmware::VMware,
    &wsl::Wsl,
];

/// The kind of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static dyn Layer> {
    ALL.iter().find(|it| it.name() == name).copied()
}

/// A command to be run inside.
#[derive(Clone, Copy, Debug)]
pub struct Inside<'command> {
    pub words: &'command [String],
    /// The folder to run it in, as the layer spells it.
    pub directory: &'command str,
    pub variables: &'command BTreeMap<String, String>,
    pub input: Input,
}

/// Whether a command that runs inside is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    None,
    Open,
}

/// One run of the layer's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    pub arguments: Vec<Argument>,
    /// What it reads.
    pub input: Vec<u8>,
    /// How long it may take.
    pub limit: Duration,
    /// How long to wait before it: what was asked a moment ago may not be done yet.
    pub wait: Duration,
}

/// One argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    Word(String),
    /// The path of a file on this side that has this in it.
    Given(Vec<u8>),
    /// The path of a file on this side that the program writes; what is in it then comes with the output.
    Taken,
}

/// What one run of the layer's program left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// `None` where it was ended by a signal.
    pub code: Option<i32>,
    pub printed: Vec<u8>,
    pub errors: String,
    /// What is in the file that it was to write.
    pub taken: Vec<u8>,
}

impl Output {
    /// What was printed, as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.printed).into_owned()
    }

    /// Both streams, as some programs complain on the one and some on the other.
    fn complaint(&self) -> String {
        let text = format!("{}\n{}", self.errors, self.text());
        let mut lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
        // The last line says it; what comes before are notices.
        let line = lines.next_back().unwrap_or_default();
        line.chars().take(300).collect()
    }
}

/// The next step of listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    Run(Invocation),
    Done(Result<Vec<Instance>, Unreachable>),
}

/// The next step of running a script inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entering {
    Run(Invocation),
    /// What the script printed.
    Done(Result<Vec<u8>, Unreachable>),
}

/// The next step of having a command done inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Working {
    Run(Invocation),
    Done(Result<Worked, Unreachable>),
}

/// How a command ended that was run inside, and what it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worked {
    pub code: i32,
    pub printed: Vec<u8>,
}

fn word(text: impl Into<String>) -> Argument {
    Argument::Word(text.into())
}

/// The folders that are mounted inside by their names: the last field of a line but one is the source (proc(5),
/// `/proc/pid/mountinfo`).
fn mounted_by_source(tags: &BTreeMap<String, AbsPath>, table: &str) -> Vec<Shared> {
    let shared = table.lines().filter_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let (root, point) = (before.next()?, before.next()?);
        let outside = tags.get(&unescaped(after.split(' ').nth(1)?))?;
        let outside = outside.join(unescaped(root).trim_start_matches('/'));
        Some(Shared { inside: AbsPath::parse(unescaped(point))?, outside: Some(outside) })
    });
    shared.collect()
}

/// Blanks and the like are written as octal numbers there.
fn unescaped(field: &str) -> String {
    let mut text = field.to_owned();
    for (code, character) in [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")] {
        text = text.replace(code, character);
    }
    text
}

fn invocation<'words>(
    words: impl IntoIterator<Item = &'words str>,
    input: &[u8],
    seconds: u64,
) -> Invocation {
    Invocation {
        arguments: words.into_iter().map(|it| Argument::Word(it.to_owned())).collect(),
        input: input.to_vec(),
        limit: Duration::from_secs(seconds),
        wait: Duration::ZERO,
    }
}

/// Runs one thing, and takes what it printed for the script's output; `why` says what is wrong where it is not.
fn at_once(
    said: &[Output],
    run: impl FnOnce() -> Invocation,
    why: impl FnOnce(&Output) -> Unreachable,
) -> Entering {
    match said {
        [] => Entering::Run(run()),
        // A script that a layer runs ends well: whatever it could not read, it says so in what it prints.
        [only, ..] if only.code == Some(0) => Entering::Done(Ok(only.printed.clone())),
        [only, ..] => Entering::Done(Err(why(only))),
    }
}
