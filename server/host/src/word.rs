//! What a program says of itself: the version of a tool, what an interpreter is. Asked of files first; a program is started
//! only where a folder is trusted, and never one that a workspace brings.
//!
//! An interpreter is asked by the path that all links lead to, from `/`, without any variable and with `-I -S`: so neither the
//! folder that it is started in, nor its environment, nor the `pyvenv.cfg` beside a link to it can have it run anything else
//! (`site`, *pyvenv.cfg*; Python's documentation, *Command line and environment*).

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use envls_core::{
    action::Command,
    session::Consent,
    standard::executable::{HEADER_LENGTH, executable},
    world::{AbsPath, EntryKind, Fault, Reply, Trust},
};

use crate::{
    answer::Answers,
    disk::{entry::entry, text},
    environment::Environment,
    gate,
    path::{self, native},
    process::exchange::{Exchanged, exchange},
};

/// Whoever takes longer to say what it is, is taken to hang.
const LIMIT: Duration = Duration::from_secs(5);
/// Or sooner, where nothing but tools is waited for, and whoever waits has said that this was long enough.
const HURRIED: Duration = Duration::ZERO;
/// More is no answer.
const LENGTH_LIMIT: usize = 64 * 1024;

const QUESTION: &str = "import sys; v = sys.version_info; print('{\"implementation\": \"%s\", \"version\": \"%d.%d.%d\", \
     \"level\": \"%s\", \"serial\": %d}' % (sys.implementation.name, v[0], v[1], v[2], v[3], v[4]))";

type Said = (Reply<Arc<str>>, Vec<AbsPath>);

/// What a tool prints when it is asked for its version.
pub(crate) fn version(answers: &Answers, program: &AbsPath) -> Said {
    let directory = path::of(&std::env::temp_dir()).unwrap_or_else(|| AbsPath::new("/"));
    let command = Command::new(program, ["--version"], &directory);
    let limit = || if answers.hurried.load(Ordering::Relaxed) { HURRIED } else { LIMIT };
    said(answers, program, |_| Ok((command, answers.environment.clone())), limit)
}

/// What an interpreter says of itself.
pub(crate) fn probe(answers: &Answers, python: &AbsPath) -> Said {
    let asked = |real: &AbsPath| {
        if !is_binary(real) {
            return Err("it is no program of this machine itself, but has another one run");
        }
        if others_may_change(real) {
            return Err("others than its owner may change it");
        }
        let command = Command::new(real, ["-I", "-S", "-c", QUESTION], &AbsPath::new("/"));
        Ok((command, Environment::default()))
    };
    said(answers, python, asked, || LIMIT)
}

fn said(
    answers: &Answers,
    program: &AbsPath,
    command: impl FnOnce(&AbsPath) -> Result<(Command, Environment), &'static str>,
    limit: impl Fn() -> Duration,
) -> Said {
    // Where trust is given or taken back, it is asked again.
    let mut rests_on: Vec<AbsPath> = answers.trust.file().into_iter().collect();
    let mut folders = answers.workspace.folders().into_iter();
    let Some(folder) = folders.find(|it| answers.trust.ask(it) == Trust::Trusted) else {
        return (Reply::Fault(Fault::Untrusted), rests_on);
    };
    let (found, links) = entry(program);
    rests_on.extend(links);
    let refused = |words: &str| Reply::Fault(Fault::Other(words.to_owned()));
    let found = match found {
        Reply::Known(it) if it.kind == EntryKind::File && it.executable => it,
        Reply::Known(_) | Reply::Absent => return (Reply::Absent, rests_on),
        Reply::Fault(fault) => return (Reply::Fault(fault), rests_on),
    };
    if answers.is_brought(program) {
        return (refused("a workspace brings it"), rests_on);
    }
    let reply = match command(&found.real) {
        Err(words) => refused(words),
        Ok((command, environment)) => answered(answers, &folder, &command, &environment, limit),
    };
    (reply, rests_on)
}

fn answered(
    answers: &Answers,
    folder: &AbsPath,
    command: &Command,
    environment: &Environment,
    limit: impl Fn() -> Duration,
) -> Reply<Arc<str>> {
    let pass = match gate::pass(&answers.trust, folder, command, Consent::None) {
        Ok(pass) => pass,
        Err(_) => return Reply::Fault(Fault::Untrusted),
    };
    tracing::debug!(command = ?command.words(), "a program is asked what it is");
    let fault = |words: &str| Reply::Fault(Fault::Other(words.to_owned()));
    match exchange(&pass, environment, &answers.workspace, Vec::new(), limit) {
        Exchanged::Ended { code: Some(0), printed, .. } if printed.len() <= LENGTH_LIMIT => {
            match String::from_utf8(printed) {
                Ok(text) => Reply::Known(text.trim().into()),
                Err(_) => fault("what it says is no text"),
            }
        }
        Exchanged::Ended { code: Some(0), .. } | Exchanged::TooMuch => {
            fault("it says far too much")
        }
        Exchanged::Ended { .. } => fault("it failed"),
        Exchanged::TimedOut => fault("it did not answer"),
        Exchanged::NotStarted(words) => fault(&words),
    }
}

/// Whether the system itself runs it: a script may have anything run, as the shims of pyenv do by what lies around.
fn is_binary(program: &AbsPath) -> bool {
    let (head, _) = text::first_bytes(program, HEADER_LENGTH);
    head.known().is_some_and(|it| !executable(&it).architectures.is_empty())
}

/// Whether others than its owner may change it, or its owner is somebody else than the user and the administrator.
#[cfg(unix)]
fn others_may_change(program: &AbsPath) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let user = rustix::process::geteuid().as_raw();
    let folder = program.parent();
    [Some(program), folder.as_ref()].into_iter().flatten().any(|it| {
        let Some(Ok(metadata)) = native(it).map(std::fs::metadata) else { return true };
        !matches!(metadata.uid(), 0) && metadata.uid() != user || metadata.mode() & 0o022 != 0
    })
}

#[cfg(not(unix))]
fn others_may_change(program: &AbsPath) -> bool {
    native(program).is_none()
}
