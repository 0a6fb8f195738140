//! Runs one command: in a group of its own, with nothing to read, drained, bounded in time and output, and gone afterwards.

pub(crate) mod exchange;
pub(crate) mod lineage;
mod output;

use std::{
    process::{Command as System, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use envls_core::action::Command;
use process_wrap::std::{ChildWrapper, CommandWrap};

use self::output::{Kept, Lines};
use crate::{environment::Environment, gate::Pass, path::native, workspace::Workspace};

/// How long a command may take: building a large package from its sources takes minutes.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(15 * 60);
/// Between asking a command to end and ending it.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the end of the output is waited for after everything of the group has ended: what left the group may hold it
/// open for good.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// At most one line of progress in so long a time; who prints thousands in a second is not read anyway.
const PROGRESS_PAUSE: Duration = Duration::from_millis(50);

/// What leads a Python tool astray: it would look into another environment, or run other code, than the command says.
const ASTRAY: [&str; 18] = [
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "PYTHONEXECUTABLE",
    "PYTHONPLATLIBDIR",
    "PYTHONBREAKPOINT",
    "PYTHONPROFILEIMPORTTIME",
    "PYTHONVERBOSE",
    "__PYVENV_LAUNCHER__",
    "VIRTUAL_ENV",
    "VIRTUAL_ENV_PROMPT",
    "CONDA_PREFIX",
    "CONDA_DEFAULT_ENV",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
];

/// Nobody is there to answer a question, and what is printed is read as lines.
const QUIET: [(&str, &str); 13] = [
    ("PIP_NO_INPUT", "1"),
    ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    // OpenSSH asks a helper with a window where there is no terminal (*ssh(1)*, `SSH_ASKPASS_REQUIRE`).
    ("SSH_ASKPASS_REQUIRE", "never"),
    ("GCM_INTERACTIVE", "never"),
    ("POETRY_NO_INTERACTION", "1"),
    ("PDM_NON_INTERACTIVE", "1"),
    ("HATCH_INTERACTIVE", "0"),
    ("CONDA_ALWAYS_YES", "1"),
    ("UV_NO_PROGRESS", "1"),
    ("NO_COLOR", "1"),
    ("PYTHONUNBUFFERED", "1"),
    ("PYTHONIOENCODING", "utf-8"),
];

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Exited(i32),
    /// By a signal that was not ours, by its number.
    Signalled(i32),
    TimedOut,
    Cancelled,
    /// It never ran, for this reason.
    NotStarted(String),
}

/// What is left of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub ended: Ended,
    /// What it printed, both streams as they came; of much, the beginning and the end.
    pub output: String,
    /// The line that most likely says why it failed; empty when it printed nothing.
    pub decisive: String,
}

impl Outcome {
    /// Whether it failed because somebody wants a password.
    pub(crate) fn tells_of_password(&self) -> bool {
        self.decisive.contains(output::NOBODY_TYPES)
    }

    /// Whether pip found nothing of a name, but does not say whether the index told it so or refused to answer: that it says
    /// only when it is asked to be verbose.
    pub(crate) fn may_hide_a_refusal(&self) -> bool {
        matches!(self.ended, Ended::Exited(code) if code != 0)
            && self.output.contains("(from versions: none)")
    }
}

/// Stops a command from another thread, and all that come after it with the same.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    shared: Arc<Wanted>,
}

#[derive(Debug, Default)]
struct Wanted {
    wanted: AtomicBool,
    /// Wakes the command that runs.
    wake: Mutex<Option<SyncSender<Message>>>,
}

impl Cancel {
    pub fn cancel(&self) {
        self.shared.wanted.store(true, Ordering::Release);
        let wake = self.shared.wake.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wake) = &*wake {
            // When there is no room, there is something to wake up for already.
            let _ = wake.try_send(Message::Wake);
        }
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.shared.wanted.load(Ordering::Acquire)
    }

    fn wakes(&self, wake: Option<SyncSender<Message>>) {
        *self.shared.wake.lock().unwrap_or_else(PoisonError::into_inner) = wake;
    }
}

#[derive(Debug)]
enum Message {
    Printed(Stream, Vec<u8>),
    /// A stream has ended.
    Silent,
    /// The command itself has ended; what it started may not have.
    Ended,
    Wake,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Output,
    Error,
}

/// Runs a command to its end. The gate alone makes passes.
pub(crate) fn run(
    pass: &Pass,
    environment: &Environment,
    workspace: &Workspace,
    cancel: &Cancel,
    limit: Duration,
    started: &dyn Fn(u32),
    progress: &dyn Fn(&str),
) -> Outcome {
    let command = pass.command();
    let mut system = match prepared(command, environment, workspace) {
        Ok(system) => system.wrapped,
        Err(words) => return not_started(Ended::NotStarted(words)),
    };
    // So little room that a command that prints without end waits for us.
    let (sender, messages) = sync_channel(16);
    cancel.wakes(Some(sender.clone()));
    if cancel.is_wanted() {
        return not_started(Ended::Cancelled);
    }
    let outcome = match system.spawn() {
        Ok(child) => {
            started(child.id());
            let running = Running::new(child, &sender, messages, cancel, progress);
            // From here on the streams end when the last thread that reads one does.
            drop(sender);
            running.follow(limit)
        }
        Err(error) => {
            let words = format!("`{}` cannot be started: {error}", command.program);
            not_started(Ended::NotStarted(words))
        }
    };
    cancel.wakes(None);
    outcome
}

fn not_started(ended: Ended) -> Outcome {
    Outcome { ended, output: String::new(), decisive: String::new() }
}

/// What is left of a command that ran elsewhere, whose output came all at once.
pub(crate) fn elsewhere(ended: Ended, printed: &[u8]) -> Outcome {
    let mut kept = Kept::default();
    kept.take_in(printed);
    let output = kept.text();
    Outcome { ended, decisive: output::decisive(&output), output }
}

/// A command with its variables, its folder and its streams.
struct Prepared {
    wrapped: CommandWrap,
}

fn prepared(
    command: &Command,
    environment: &Environment,
    workspace: &Workspace,
) -> Result<Prepared, String> {
    let elsewhere = |what: &str| format!("`{what}` is a path of another system");
    let program =
        native(&command.program).ok_or_else(|| elsewhere(&command.program.to_string()))?;
    let directory =
        native(&command.directory).ok_or_else(|| elsewhere(&command.directory.to_string()))?;
    if !directory.is_dir() {
        return Err(format!("the folder `{}` is not there", command.directory));
    }
    let mut system = System::new(&*program);
    system.args(&command.arguments).current_dir(&*directory).env_clear();
    system.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, value) in environment.iter() {
        if !ASTRAY.iter().any(|it| name.eq_ignore_ascii_case(it)) {
            system.env(name, value);
        }
    }
    if let Some(path) = environment.get("PATH").and_then(|it| workspace.without(it)) {
        system.env("PATH", path);
    }
    system.envs(QUIET).envs(&command.variables);
    let mut wrapped = CommandWrap::from(system);
    // In a session of its own a command has no terminal, so that nothing it starts can ask there and wait.
    #[cfg(unix)]
    wrapped.wrap(process_wrap::std::ProcessSession);
    #[cfg(windows)]
    wrapped.wrap(process_wrap::std::JobObject);
    Ok(Prepared { wrapped })
}

/// A command that runs.
struct Running<'run> {
    child: Box<dyn ChildWrapper>,
    messages: Receiver<Message>,
    cancel: &'run Cancel,
    progress: &'run dyn Fn(&str),
    kept: Kept,
    lines: [Lines; 2],
    /// How many streams have not ended.
    streams: usize,
    ended: bool,
    /// Whether a thread waits for its end; else it is asked now and then.
    attended: bool,
    /// What it is being stopped for, and when it is not asked any more.
    stopping: Option<(Ended, Instant)>,
    shown: Option<Instant>,
    unshown: Option<String>,
}

impl<'run> Running<'run> {
    fn new(
        mut child: Box<dyn ChildWrapper>,
        sender: &SyncSender<Message>,
        messages: Receiver<Message>,
        cancel: &'run Cancel,
        progress: &'run dyn Fn(&str),
    ) -> Running<'run> {
        let output = child.stdout().take().map(|it| drain(it, Stream::Output, sender));
        let error = child.stderr().take().map(|it| drain(it, Stream::Error, sender));
        let streams = [output, error].iter().flatten().filter(|it| **it).count();
        let attended = attend(&*child, sender);
        Running {
            child,
            messages,
            cancel,
            progress,
            kept: Kept::default(),
            lines: [Lines::default(), Lines::default()],
            streams,
            ended: false,
            attended,
            stopping: None,
            shown: None,
            unshown: None,
        }
    }

    fn follow(mut self, limit: Duration) -> Outcome {
        let time_limit = Instant::now() + limit;
        while !self.has_ended() {
            let until = self.stopping.as_ref().map_or(time_limit, |(_, until)| *until);
            self.take_in(until);
            if self.stopping.is_none() && self.cancel.is_wanted() {
                self.stop(Ended::Cancelled);
            }
            if Instant::now() >= until {
                match self.stopping {
                    None => self.stop(Ended::TimedOut),
                    Some(_) => self.kill(),
                }
            }
        }
        self.clear_up()
    }

    /// Waits for one message, at most until then.
    fn take_in(&mut self, until: Instant) {
        let mut left = until.saturating_duration_since(Instant::now());
        if let (Some(shown), Some(_)) = (self.shown, &self.unshown) {
            left = left.min((shown + PROGRESS_PAUSE).saturating_duration_since(Instant::now()));
        }
        match self.messages.recv_timeout(left.min(self.beat())) {
            Ok(Message::Printed(stream, bytes)) => self.printed(stream, &bytes),
            Ok(Message::Silent) => self.streams = self.streams.saturating_sub(1),
            Ok(Message::Ended) => self.ended = true,
            // The cancel handle holds a sender, so it is never disconnected.
            Ok(Message::Wake) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            }
        }
        self.show();
    }

    /// How often the command is asked whether it has ended.
    fn beat(&self) -> Duration {
        if self.attended { Duration::MAX } else { Duration::from_millis(50) }
    }

    fn has_ended(&mut self) -> bool {
        if !self.attended && !self.ended {
            self.ended = matches!(self.child.try_wait(), Ok(Some(_)) | Err(_));
        }
        self.ended
    }

    fn printed(&mut self, stream: Stream, bytes: &[u8]) {
        self.kept.take_in(bytes);
        let lines = match stream {
            Stream::Output => &mut self.lines[0],
            Stream::Error => &mut self.lines[1],
        };
        if let Some(newest) = lines.take_in(bytes) {
            self.unshown = Some(newest);
        }
    }

    /// Shows the newest line, unless one was shown just now.
    fn show(&mut self) {
        let pause = self.shown.is_some_and(|it| it.elapsed() < PROGRESS_PAUSE);
        if !pause && let Some(newest) = self.unshown.take() {
            (self.progress)(&newest);
            self.shown = Some(Instant::now());
        }
    }

    /// Asks the whole group to end.
    fn stop(&mut self, why: Ended) {
        #[cfg(unix)]
        let asked = self.child.signal(rustix::process::Signal::TERM.as_raw());
        // There is no way to ask a program without a window, only to end it.
        #[cfg(not(unix))]
        let asked = self.child.start_kill();
        if let Err(error) = asked {
            tracing::debug!(%error, "a command cannot be asked to end");
        }
        self.stopping = Some((why, Instant::now() + PATIENCE));
    }

    fn kill(&mut self) {
        if let Err(error) = self.child.start_kill() {
            tracing::debug!(%error, "a command cannot be ended");
        }
        if let Some((_, until)) = &mut self.stopping {
            *until = Instant::now() + PATIENCE;
        }
    }

    /// Ends what the command left behind, hears its last words, and buries it. As long as it has not been waited for, its
    /// number, which is also that of its group, cannot become another's.
    fn clear_up(mut self) -> Outcome {
        self.kill();
        let until = Instant::now() + LAST_WORDS;
        while self.streams > 0 && Instant::now() < until {
            self.take_in(until);
        }
        let rest = [self.lines[0].rest(), self.lines[1].rest()];
        if let Some(newest) = rest.into_iter().flatten().last().or(self.unshown.take()) {
            (self.progress)(&newest);
        }
        let status = self.child.wait();
        let ended = match (self.stopping.take(), status) {
            (Some((why, _)), _) => why,
            (None, Ok(status)) => ended(status),
            (None, Err(error)) => Ended::NotStarted(format!("it was lost: {error}")),
        };
        let output = self.kept.text();
        Outcome { ended, decisive: output::decisive(&output), output }
    }
}

#[cfg(unix)]
fn ended(status: ExitStatus) -> Ended {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Exited(code),
        (None, signal) => Ended::Signalled(signal.unwrap_or(0)),
    }
}

#[cfg(not(unix))]
fn ended(status: ExitStatus) -> Ended {
    Ended::Exited(status.code().unwrap_or(-1))
}

/// Reads a stream to its end, on a thread of its own. Whether that could be started.
fn drain(
    mut from: impl std::io::Read + Send + 'static,
    stream: Stream,
    sender: &SyncSender<Message>,
) -> bool {
    let sender = sender.clone();
    let reading = move || {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => {
                    let bytes = buffer.get(..read).unwrap_or_default().to_vec();
                    if sender.send(Message::Printed(stream, bytes)).is_err() {
                        break;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let _ = sender.send(Message::Silent);
    };
    std::thread::Builder::new().name("envls output".to_owned()).spawn(reading).is_ok()
}

/// Has a thread wait for the command's end, which leaves it unburied. Whether there is one.
#[cfg(unix)]
fn attend(child: &dyn ChildWrapper, sender: &SyncSender<Message>) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) else { return false };
    let sender = sender.clone();
    let waiting = move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let _ = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(pid), options));
        let _ = sender.send(Message::Ended);
    };
    std::thread::Builder::new().name("envls wait".to_owned()).spawn(waiting).is_ok()
}

#[cfg(not(unix))]
fn attend(_child: &dyn ChildWrapper, _sender: &SyncSender<Message>) -> bool {
    false
}
