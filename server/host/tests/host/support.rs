//! A folder of its own for each test, a host whose reports can be waited for, and no sleep.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    collections::VecDeque,
    ffi::OsString,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::{Duration, Instant},
};

use envls_core::world::{AbsPath, Answer, Content, Noun, Question};
use envls_host::{
    environment::Environment,
    host::{Asking, Callback, Host, HostEvent, Ticket},
    path,
};

/// How long a test waits for what must come; far longer than it takes.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) host: Host,
    reports: Receiver<Vec<HostEvent>>,
    kept: VecDeque<HostEvent>,
    next: AtomicU64,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench::with(|_| Vec::new(), Host::new)
    }

    /// A host in a new folder, with the variables that are made of that folder.
    pub(crate) fn with(
        variables: impl Fn(&Path) -> Vec<(&'static str, OsString)>,
        make: impl Fn(Environment, Callback) -> Host,
    ) -> Bench {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // The system's own temporary folder may be reached through a link.
        let real = folder.path().canonicalize().expect("it was just made");
        let environment: Environment = variables(&real).into_iter().collect();
        let (sender, reports) = channel();
        let callback: Callback = Arc::new(move |events| drop(sender.send(events)));
        let host = make(environment, callback);
        Bench { folder, host, reports, kept: VecDeque::new(), next: AtomicU64::new(1) }
    }

    pub(crate) fn path(&self, below: &str) -> AbsPath {
        let real = self.folder.path().canonicalize().expect("it is there");
        let root = path::of(&real).expect("it is absolute");
        if below.is_empty() { root } else { root.join(below) }
    }

    pub(crate) fn write(&self, below: &str, text: impl AsRef<[u8]>) -> AbsPath {
        let path = self.path(below);
        let native = native(&path);
        std::fs::create_dir_all(native.parent().expect("it is in the folder")).expect("a folder");
        std::fs::write(&native, text).expect("a file");
        path
    }

    pub(crate) fn folder(&self, below: &str) -> AbsPath {
        let path = self.path(below);
        std::fs::create_dir_all(native(&path)).expect("a folder");
        path
    }

    pub(crate) fn link(&self, below: &str, target: impl AsRef<Path>) -> AbsPath {
        let path = self.path(below);
        let native = native(&path);
        std::fs::create_dir_all(native.parent().expect("it is in the folder")).expect("a folder");
        std::os::unix::fs::symlink(target, native).expect("a link");
        path
    }

    /// The content of the answer to one question.
    pub(crate) fn ask(&mut self, noun: Noun) -> Content {
        self.answer(noun).content
    }

    pub(crate) fn answer(&mut self, noun: Noun) -> Answer {
        self.answers(noun).remove(0)
    }

    /// All answers that came with one asking, its own first.
    pub(crate) fn answers(&mut self, noun: Noun) -> Vec<Answer> {
        let ticket = self.post(noun, None);
        self.answers_to(ticket)
    }

    pub(crate) fn post(&self, noun: Noun, open: Option<&str>) -> Ticket {
        let ticket = Ticket(self.next.fetch_add(1, Ordering::Relaxed));
        let question = Question::here(noun);
        self.host.ask(vec![Asking { ticket, question, open: open.map(Arc::from) }]);
        ticket
    }

    pub(crate) fn answers_to(&mut self, ticket: Ticket) -> Vec<Answer> {
        let is_it = |event: &HostEvent| match event {
            HostEvent::Answered(all) => all.iter().any(|(it, _)| *it == ticket),
            _ => false,
        };
        let HostEvent::Answered(all) = self.wait("an answer", is_it) else { unreachable!() };
        all.into_iter().filter(|(it, _)| *it == ticket).map(|(_, answer)| answer).collect()
    }

    /// The first event that is looked for; others are kept.
    pub(crate) fn wait(&mut self, what: &str, is_it: impl Fn(&HostEvent) -> bool) -> HostEvent {
        let until = Instant::now() + DEADLINE;
        let mut looked_at = 0;
        loop {
            if let Some(at) = (looked_at..self.kept.len()).find(|at| is_it(&self.kept[*at])) {
                return self.kept.remove(at).expect("it was just found");
            }
            looked_at = self.kept.len();
            match self.reports.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(events) => self.kept.extend(events),
                Err(RecvTimeoutError::Timeout) => panic!("waited in vain for {what}"),
                Err(RecvTimeoutError::Disconnected) => panic!("the host ended"),
            }
        }
    }

    /// Waits until a path, or one that is right below or above it, is reported as touched.
    pub(crate) fn touched(&mut self, path: &AbsPath) {
        self.wait(&format!("{path:?} to be touched"), |event| match event {
            HostEvent::Touched(paths) => paths.contains(path),
            _ => false,
        });
    }

    /// Forgets what was reported so far.
    pub(crate) fn forget(&mut self) {
        self.kept.clear();
        while self.reports.try_recv().is_ok() {}
    }
}

pub(crate) fn native(path: &AbsPath) -> std::path::PathBuf {
    path::native(path).expect("a path of this system").into_owned()
}
