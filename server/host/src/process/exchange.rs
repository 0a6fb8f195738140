//! Runs one short command that is given its input and whose output is an answer: bounded in time and size, and gone afterwards.

use std::{
    io::{Read, Write as _},
    process::Stdio,
    sync::mpsc::{RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use super::{Prepared, prepared};
use crate::{environment::Environment, gate::Pass, workspace::Workspace};

/// More than this is no answer, in bytes.
const PRINTED_LIMIT: u64 = 96 * 1024 * 1024;
/// Of complaints so much is kept.
const ERRORS_LIMIT: u64 = 64 * 1024;
/// How long what was printed is waited for after the command has ended: what it left behind may hold its streams open.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Exchanged {
    Ended { code: Option<i32>, printed: Vec<u8>, errors: Vec<u8> },
    TimedOut,
    TooMuch,
    NotStarted(String),
}

enum Part {
    Printed(Vec<u8>),
    Errors(Vec<u8>),
}

/// Gives a command its input, and waits for its end. The limit may become another while it is waited for.
pub(crate) fn exchange(
    pass: &Pass,
    environment: &Environment,
    workspace: &Workspace,
    input: Vec<u8>,
    limit: impl Fn() -> Duration,
) -> Exchanged {
    let command = pass.command();
    let Prepared { mut wrapped } = match prepared(command, environment, workspace) {
        Ok(prepared) => prepared,
        Err(words) => return Exchanged::NotStarted(words),
    };
    wrapped.command_mut().stdin(Stdio::piped());
    let mut child = match wrapped.spawn() {
        Ok(child) => child,
        Err(error) => {
            let words = format!("`{}` cannot be started: {error}", command.program);
            return Exchanged::NotStarted(words);
        }
    };
    let (sender, parts) = channel();
    if let Some(mut stdin) = child.stdin().take() {
        // Whoever does not read to the end has what it needs.
        start("envls input", move || drop(stdin.write_all(&input)));
    }
    let mut open = 0;
    if let Some(stdout) = child.stdout().take() {
        let sender = sender.clone();
        open += 1;
        start("envls answer", move || {
            drop(sender.send(Part::Printed(all(stdout, PRINTED_LIMIT + 1))));
        });
    }
    if let Some(stderr) = child.stderr().take() {
        open += 1;
        start("envls answer", move || drop(sender.send(Part::Errors(all(stderr, ERRORS_LIMIT)))));
    }
    let begun = Instant::now();
    let until = || begun + limit();
    let (mut printed, mut errors, mut code) = (Vec::new(), Vec::new(), None);
    let mut ended: Option<Instant> = None;
    while open > 0 {
        if ended.is_none()
            && let Ok(Some(status)) = child.try_wait()
        {
            code = Some(status.code());
            ended = Some(Instant::now() + LAST_WORDS);
        }
        let until = until();
        let end = ended.map_or(until, |it| it.min(until));
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match parts.recv_timeout(left.min(Duration::from_millis(100))) {
            Ok(Part::Printed(bytes)) => (printed, open) = (bytes, open - 1),
            Ok(Part::Errors(bytes)) => (errors, open) = (bytes, open - 1),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    // Its streams have ended, so that it does at once, or it is ended.
    while code.is_none() && Instant::now() < until() {
        match child.try_wait() {
            Ok(Some(status)) => code = Some(status.code()),
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(_) => break,
        }
    }
    // What it started may still be there, and is of its group.
    let _ = child.start_kill();
    let _ = child.wait();
    match code {
        None => Exchanged::TimedOut,
        Some(_) if printed.len() as u64 > PRINTED_LIMIT => Exchanged::TooMuch,
        Some(code) => Exchanged::Ended { code, printed, errors },
    }
}

fn all(from: impl Read, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut from = from.take(limit);
    let _ = from.read_to_end(&mut bytes);
    // The rest is read and dropped, so that whoever prints it does not wait for us.
    let _ = std::io::copy(&mut from.into_inner(), &mut std::io::sink());
    bytes
}

fn start(name: &str, body: impl FnOnce() + Send + 'static) {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(body);
    if let Err(error) = started {
        tracing::error!(%error, name, "a thread cannot be started");
    }
}
