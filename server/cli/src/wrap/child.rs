//! One process of the wrapped server, with all that it starts.

use std::{
    ffi::OsString,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use envls_core::model::Activation;
use envls_lsp::{Frames, framed};
use process_wrap::std::{ChildWrapper, CommandWrap};

use super::{inside::There, proxy::News, translation::Translation};
use crate::run;

/// Who leaves so much unread is taken for gone.
const UNREAD_LIMIT: usize = 256 * 1024 * 1024;
/// How long a server may take to end after `exit`: with open documents jedi-language-server takes more than two seconds.
const FAREWELL: Duration = Duration::from_secs(10);
/// The same where there is nobody any more who could say it.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// Where messages go out, written by a thread of their own, so that nobody who does not read stops anybody else.
#[derive(Clone)]
pub(super) struct Outlet {
    bodies: Sender<Vec<u8>>,
    unread: Arc<AtomicUsize>,
}

impl Outlet {
    pub(super) fn start(mut output: impl Write + Send + 'static) -> anyhow::Result<Outlet> {
        let (bodies, waiting) = channel::<Vec<u8>>();
        let unread = Arc::new(AtomicUsize::new(0));
        let written = Arc::clone(&unread);
        let body = move || {
            while let Ok(body) = waiting.recv() {
                // Whoever closed their end has ended, which is seen at the other end of theirs.
                if output.write_all(&framed(&body)).and_then(|()| output.flush()).is_err() {
                    return;
                }
                written.fetch_sub(body.len(), Ordering::Relaxed);
            }
        };
        thread::Builder::new().name("envls output".to_owned()).spawn(body)?;
        Ok(Outlet { bodies, unread })
    }

    /// False when nobody reads any more.
    pub(super) fn send(&self, body: Vec<u8>) -> bool {
        let unread = self.unread.fetch_add(body.len(), Ordering::Relaxed);
        unread <= UNREAD_LIMIT && self.bodies.send(body).is_ok()
    }

    /// Whether everything has been written.
    pub(super) fn is_empty(&self) -> bool {
        self.unread.load(Ordering::Relaxed) == 0
    }
}

/// Reads messages to the end, and says each.
pub(super) fn read(
    input: impl Read + Send + 'static,
    news: Sender<News>,
    say: impl Fn(Option<Vec<u8>>) -> News + Send + 'static,
) -> anyhow::Result<()> {
    let body = move || {
        let mut frames = Frames::new(input);
        loop {
            let next = frames.whole().unwrap_or_default();
            let over = next.is_none();
            if news.send(say(next)).is_err() || over {
                return;
            }
        }
    };
    thread::Builder::new().name("envls input".to_owned()).spawn(body)?;
    Ok(())
}

/// A process that runs, or ends.
pub(super) struct Child {
    process: Box<dyn ChildWrapper>,
    /// Gone once the process was asked to end.
    input: Option<Outlet>,
    /// Where it runs in a layer.
    translation: Option<Translation>,
    /// From when on it is not asked any more.
    patience: Option<Instant>,
}

impl Child {
    /// Starts the server. What it says is told as this generation's.
    pub(super) fn start(
        command: &[OsString],
        activation: Option<&Activation>,
        there: Option<There>,
        generation: u32,
        news: &Sender<News>,
    ) -> anyhow::Result<Child> {
        let command = there.as_ref().map_or(command, |it| &it.command);
        let translation = there.as_ref().map(|it| it.translation.clone());
        let (program, arguments) = command.split_first().context("there is no command")?;
        let mut system = Command::new(found(program));
        system.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        // In a layer the variables are among the arguments.
        if let Some(activation) = activation.filter(|_| translation.is_none()) {
            run::activate(&mut system, activation)?;
        }
        let mut wrapped = CommandWrap::from(system);
        // A group of its own, so that what it starts ends with it.
        #[cfg(unix)]
        wrapped.wrap(process_wrap::std::ProcessGroup::leader());
        #[cfg(windows)]
        wrapped.wrap(process_wrap::std::JobObject);
        let spawned = wrapped.spawn();
        let mut process =
            spawned.with_context(|| format!("`{}` cannot be run", program.display()))?;
        let input = process.stdin().take().context("it has no input")?;
        let output = process.stdout().take().context("it has no output")?;
        let input = Some(Outlet::start(input)?);
        let outward = translation.clone();
        read(output, news.clone(), move |body| {
            let ours = |body: Vec<u8>| match &outward {
                Some(translation) => translation.outward(&body),
                None => body,
            };
            News::Child(generation, body.map(ours))
        })?;
        Ok(Child { process, input, translation, patience: None })
    }

    pub(super) fn send(&self, body: Vec<u8>) {
        if let Some(input) = &self.input {
            let body = self.translation.as_ref().map_or(body.clone(), |it| it.inward(&body));
            // One that does not read is ended, and so seen to have ended.
            input.send(body);
        }
    }

    /// It was asked to end; after a while it is killed. Some do not take it well if their input ends before they do.
    pub(super) fn expire(&mut self) {
        self.patience.get_or_insert_with(|| Instant::now() + FAREWELL);
    }

    /// The same, and nothing more is said to it.
    pub(super) fn end(&mut self) {
        self.input = None;
        self.patience.get_or_insert_with(|| Instant::now() + PATIENCE);
    }

    pub(super) fn is_ending(&self) -> bool {
        self.patience.is_some()
    }

    /// Passes on a signal that we got ourselves.
    pub(super) fn signalled(&mut self) {
        #[cfg(unix)]
        let _ = self.process.signal(rustix::process::Signal::TERM.as_raw());
        self.end();
    }

    /// How it ended, if it has; it is killed once it has had its time.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        if let Ok(Some(status)) = self.process.try_wait() {
            // What it started may have outlived it.
            let _ = self.process.start_kill();
            return Some(status);
        }
        if self.patience.is_some_and(|it| Instant::now() >= it) {
            let _ = self.process.start_kill();
        }
        None
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.start_kill();
    }
}

/// Where the server is, on the search path that we were given. The environment's own folder comes later on that path for it,
/// but nothing in there is started by us: it may be a stranger's.
fn found(program: &OsString) -> PathBuf {
    let typed = Path::new(program);
    if typed.components().count() > 1 {
        return typed.to_owned();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd", ".bat", ""] } else { &[""] };
    let mut places = std::env::split_paths(&path).filter(|it| it.is_absolute()).flat_map(|it| {
        endings.iter().map(move |ending| {
            let mut name = program.clone();
            name.push(ending);
            it.join(name)
        })
    });
    places.find(|it| is_program(it)).unwrap_or_else(|| typed.to_owned())
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}
