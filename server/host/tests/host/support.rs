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

use envls_core::{
    session::{Asking, Ticket, Urgency},
    world::{AbsPath, Answer, Content, Noun, Question},
};
use envls_host::{
    environment::Environment,
    host::{Callback, Host, HostEvent},
    path,
};

/// How long a test waits for what must come; far longer than it takes.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) host: Host,
    reports: Receiver<Vec<HostEvent>>,
    kept: VecDeque<HostEvent>,
    answered: VecDeque<(Ticket, Answer)>,
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
        Bench::within(tempfile::tempdir().expect("a temporary folder"), variables, make)
    }

    /// For tests of very many files, which take their time on a disk: in memory, where the system has such a place.
    pub(crate) fn in_memory(make: impl Fn(Environment, Callback) -> Host) -> Bench {
        let memory = Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let home = |folder: &Path| vec![("HOME", OsString::from(folder.join("home")))];
        Bench::within(folder.expect("a temporary folder"), home, make)
    }

    fn within(
        folder: tempfile::TempDir,
        variables: impl Fn(&Path) -> Vec<(&'static str, OsString)>,
        make: impl Fn(Environment, Callback) -> Host,
    ) -> Bench {
        // The system's own temporary folder may be reached through a link.
        let real = folder.path().canonicalize().expect("it was just made");
        let environment: Environment = variables(&real).into_iter().collect();
        let (sender, reports) = channel();
        let callback: Callback = Arc::new(move |events| drop(sender.send(events)));
        let host = make(environment, callback);
        Bench {
            folder,
            host,
            reports,
            kept: VecDeque::new(),
            answered: VecDeque::new(),
            next: AtomicU64::new(1),
        }
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
        let ticket = self.post(noun, None);
        self.answer_to(ticket)
    }

    pub(crate) fn post(&self, noun: Noun, open: Option<&str>) -> Ticket {
        let ticket = Ticket(self.next.fetch_add(1, Ordering::Relaxed));
        let question = Question::here(noun);
        self.host.ask(vec![Asking {
            ticket,
            question,
            open: open.map(Arc::from),
            urgency: Urgency::Now,
        }]);
        ticket
    }

    pub(crate) fn answer_to(&mut self, ticket: Ticket) -> Answer {
        let until = Instant::now() + DEADLINE;
        loop {
            let kept = self.answered.iter().position(|(it, _)| *it == ticket);
            if let Some((_, answer)) = kept.and_then(|at| self.answered.remove(at)) {
                return answer;
            }
            self.receive("an answer", until);
        }
    }

    /// The first event that is looked for; those before it are forgotten.
    pub(crate) fn wait(&mut self, what: &str, is_it: impl Fn(&HostEvent) -> bool) -> HostEvent {
        let until = Instant::now() + DEADLINE;
        loop {
            while let Some(event) = self.kept.pop_front() {
                if is_it(&event) {
                    return event;
                }
            }
            self.receive(what, until);
        }
    }

    fn receive(&mut self, what: &str, until: Instant) {
        match self.reports.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(events) => events.into_iter().for_each(|it| match it {
                HostEvent::Answered(all) => self.answered.extend(all),
                other => self.kept.push_back(other),
            }),
            Err(RecvTimeoutError::Timeout) => panic!("waited in vain for {what}"),
            Err(RecvTimeoutError::Disconnected) => panic!("the host ended"),
        }
    }

    /// Waits until a path is reported as touched.
    pub(crate) fn touched(&mut self, path: &AbsPath) {
        self.wait(&format!("{path:?} to be touched"), |event| match event {
            HostEvent::Touched(paths) | HostEvent::Listed(paths) | HostEvent::Written(paths) => {
                paths.contains(path)
            }
            _ => false,
        });
    }
}

/// Waiting for the truth: a report, then an answer, until the answer is right.
impl Bench {
    /// Asks until the answer is right, each time only after the path was reported: what nobody reports is not seen.
    pub(crate) fn until(&mut self, noun: Noun, path: &AbsPath, right: impl Fn(&Content) -> bool) {
        let what = format!("{noun:?} to be right, {path:?} to be touched");
        loop {
            self.wait(&what, |event| match event {
                // The path, something in it, or a folder that it is in.
                HostEvent::Touched(paths)
                | HostEvent::Listed(paths)
                | HostEvent::Written(paths) => {
                    paths.iter().any(|it| it.is_within(path) || path.is_within(it))
                }
                HostEvent::LookAgainAtEverything => true,
                _ => false,
            });
            if right(&self.ask(noun.clone())) {
                return;
            }
        }
    }

    pub(crate) fn all_touched<const N: usize>(&mut self, paths: [&AbsPath; N]) {
        let mut left: Vec<&AbsPath> = paths.to_vec();
        while !left.is_empty() {
            let report = |it: &HostEvent| {
                matches!(it, HostEvent::Touched(_) | HostEvent::Listed(_) | HostEvent::Written(_))
            };
            let (HostEvent::Touched(touched)
            | HostEvent::Listed(touched)
            | HostEvent::Written(touched)) = self.wait(&format!("{left:?}"), report)
            else {
                return;
            };
            left.retain(|it| !touched.contains(it));
        }
    }
}

pub(crate) fn native(path: &AbsPath) -> std::path::PathBuf {
    path::native(path).expect("a path of this system").into_owned()
}
