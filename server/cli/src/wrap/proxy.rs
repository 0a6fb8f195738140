//! The proxy: its state, and the loop that takes one message after the other.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    process::ExitStatus,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

use envls_core::world::{AbsPath, Place};
use serde_json::{Value, json};

use super::{
    child::{self, Child, Outlet, PATIENCE},
    choosing::{Choice, Choices, Choosing},
    inside::Where,
    message,
    mirror::Mirror,
    nested::Moving,
    notebook::Notebooks,
    packages::Packages,
    profile::{Profile, Setting},
};
use crate::signal::Signal;

/// How long the server is kept from starting while the choice is not known; afterwards it is told of it.
const DERIVING: Duration = Duration::from_secs(3);
/// The same where it is to run in a layer, which may be slow.
const REACHING: Duration = Duration::from_secs(120);
/// What ends or closes is looked at so often.
const BEAT: Duration = Duration::from_millis(20);
const REST: Duration = Duration::from_secs(60);
/// How long the editor may take to read what was said last.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// A server that ends so often in such a time is not started any more: the editor shall know.
const CRASH_LIMIT: usize = 5;
const CRASH_TIME: Duration = Duration::from_secs(180);
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// What comes in.
pub(super) enum News {
    /// A message of the editor; `None` at its end.
    Editor(Option<Vec<u8>>),
    /// A message of the server's process of this number; `None` at its end.
    Child(u32, Option<Vec<u8>>),
    /// What a folder gets now.
    Chosen(AbsPath, Option<Choice>),
    /// A project that is not trusted has this interpreter, which is not handed over.
    Withheld(AbsPath, AbsPath),
    Signal(Signal),
}

/// Where we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The editor has not said `initialize`.
    Waiting,
    /// It has, and until then we wait for the choice.
    Deriving {
        until: Instant,
    },
    Running,
    /// Another process of the server has not answered `initialize`; what is for it is held.
    Restarting,
    /// The server has ended by itself, and is started again then.
    Down {
        until: Instant,
    },
    /// The editor has left, or wants us to end.
    Ending,
}

/// A request of the server that the editor has not answered.
pub(super) struct Asked {
    pub(super) generation: u32,
    /// As the server called it.
    pub(super) id: Value,
    /// The sections and scopes, where it asks for settings.
    pub(super) items: Option<Vec<Value>>,
}

/// What is to be done about a choice that has changed, once it has held for a moment.
#[derive(Default)]
pub(super) struct Due {
    pub(super) at: Option<Instant>,
    pub(super) environment: bool,
    pub(super) packages: bool,
    pub(super) events: Vec<Value>,
    /// Projects that the server is to be told of as folders.
    pub(super) folders: Vec<AbsPath>,
}

pub(super) struct Proxy {
    pub(super) profile: &'static Profile,
    pub(super) command: Vec<OsString>,
    pub(super) place: Where,
    /// The layer that the present process runs in.
    pub(super) runs_in: Option<Place>,
    pub(super) news: Sender<News>,
    pub(super) choosing: Choosing,
    pub(super) choices: Choices,
    pub(super) installed: BTreeMap<AbsPath, Packages>,
    /// In the editor's order; the first one's variables are the process's.
    pub(super) folders: Vec<AbsPath>,
    /// Projects inside of these that get another environment than the folder around them.
    pub(super) nested: BTreeSet<AbsPath>,
    /// Projects of which it was said that the server cannot have another environment for them.
    pub(super) told_of: BTreeSet<AbsPath>,
    pub(super) editor: Outlet,
    pub(super) child: Option<Child>,
    pub(super) generation: u32,
    /// Processes that were replaced and have not ended.
    pub(super) old: Vec<Child>,
    pub(super) phase: Phase,
    pub(super) held: Vec<Vec<u8>>,
    /// The id and parameters of `initialize`, as the server gets them.
    pub(super) initialize: Option<(Value, Value)>,
    /// The editor has said `initialized`.
    pub(super) initialized: bool,
    /// The editor has said `shutdown`.
    pub(super) shutting: bool,
    /// Which of the profile's settings are laid under the user's.
    pub(super) laid: &'static [Setting],
    /// The last settings that the editor sent.
    pub(super) settings: Value,
    /// The editor's requests that wait for an answer, by their ids as JSON.
    pub(super) asked_by_editor: BTreeMap<String, Value>,
    /// By the id that the editor knows.
    pub(super) asked_by_child: BTreeMap<String, Asked>,
    pub(super) counted: u64,
    /// The methods by the ids of what the server registered with the editor.
    pub(super) registrations: BTreeMap<String, String>,
    /// Ids that were not passed on, since the editor cannot do it.
    pub(super) unheard: BTreeSet<String>,
    pub(super) mirror: Mirror,
    pub(super) notebooks: Notebooks,
    /// The tokens of progress that is shown.
    pub(super) progress: BTreeMap<String, Value>,
    /// The addresses for which findings are shown.
    pub(super) shown: BTreeSet<String>,
    /// Those of the process before, which the present one has not spoken of, and when they are cleared.
    pub(super) stale: BTreeSet<String>,
    pub(super) stale_until: Option<Instant>,
    pub(super) due: Due,
    pub(super) moving: Moving,
    pub(super) crashes: Vec<Instant>,
    code: Option<u8>,
    /// Why the server cannot be started.
    pub(super) trouble: Option<anyhow::Error>,
}

impl Proxy {
    pub(super) fn new(
        profile: &'static Profile,
        command: Vec<OsString>,
        place: Where,
        news: Sender<News>,
    ) -> anyhow::Result<Proxy> {
        let choosing = Choosing::start(news.clone(), profile.starts_interpreter)?;
        let editor = Outlet::start(std::io::stdout())?;
        child::read(std::io::stdin(), news.clone(), News::Editor)?;
        Ok(Proxy {
            profile,
            command,
            place,
            runs_in: None,
            news,
            choosing,
            choices: Choices::new(),
            installed: BTreeMap::new(),
            folders: Vec::new(),
            nested: BTreeSet::new(),
            told_of: BTreeSet::new(),
            editor,
            child: None,
            generation: 0,
            old: Vec::new(),
            phase: Phase::Waiting,
            held: Vec::new(),
            initialize: None,
            initialized: false,
            shutting: false,
            laid: profile.settings,
            settings: json!({}),
            asked_by_editor: BTreeMap::new(),
            asked_by_child: BTreeMap::new(),
            counted: 0,
            registrations: BTreeMap::new(),
            unheard: BTreeSet::new(),
            mirror: Mirror::default(),
            notebooks: Notebooks::default(),
            progress: BTreeMap::new(),
            shown: BTreeSet::new(),
            stale: BTreeSet::new(),
            stale_until: None,
            due: Due::default(),
            moving: Moving::default(),
            crashes: Vec::new(),
            code: None,
            trouble: None,
        })
    }

    /// Passes messages on until the server has ended for good. Gives its exit code.
    pub(super) fn run(&mut self, news: &Receiver<News>) -> anyhow::Result<u8> {
        loop {
            match news.recv_timeout(self.rest()) {
                Ok(News::Editor(Some(body))) => self.editor_says(body),
                Ok(News::Editor(None)) => self.editor_has_left(),
                Ok(News::Child(generation, body)) => self.process_says(generation, body),
                Ok(News::Chosen(folder, choice)) => self.chosen(folder, choice),
                Ok(News::Withheld(root, python)) => self.withheld(&root, &python),
                Ok(News::Signal(Signal::End)) => self.told_to_end(),
                Ok(News::Signal(Signal::Redraw)) | Err(RecvTimeoutError::Timeout) => {}
                // We hold a sender ourselves.
                Err(RecvTimeoutError::Disconnected) => {}
            }
            self.pass_time();
            if let Some(code) = self.code {
                self.leave();
                return self.trouble.take().map_or(Ok(code), Err);
            }
        }
    }

    /// Says something to the editor.
    pub(super) fn say(&mut self, body: Vec<u8>) {
        if !self.editor.send(body) {
            self.editor_has_left();
        }
    }

    /// Asks the editor something on our own account; the answer is dropped.
    pub(super) fn ask_editor(&mut self, body: impl FnOnce(&Value) -> Vec<u8>) {
        self.counted += 1;
        let id = Value::String(format!("envls:own:{}", self.counted));
        self.say(body(&id));
    }

    /// Says something to the server.
    pub(super) fn tell(&self, body: Vec<u8>) {
        if let Some(child) = &self.child {
            child.send(body);
        }
    }

    /// The process ends with this code.
    pub(super) fn end_with(&mut self, code: u8) {
        self.code.get_or_insert(code);
    }

    fn process_says(&mut self, generation: u32, body: Option<Vec<u8>>) {
        // What a process says that was replaced is of no interest.
        if generation != self.generation {
            return;
        }
        match body {
            Some(body) => self.server_says(body),
            None => {
                if let Some(child) = &mut self.child {
                    child.end();
                }
            }
        }
    }

    fn editor_has_left(&mut self) {
        self.phase = Phase::Ending;
        match &mut self.child {
            Some(child) => child.end(),
            None => self.end_with(u8::from(!self.shutting)),
        }
    }

    fn told_to_end(&mut self) {
        self.phase = Phase::Ending;
        match &mut self.child {
            Some(child) => child.signalled(),
            None => self.end_with(u8::from(!self.shutting)),
        }
    }

    /// How long nothing has to be looked at.
    fn rest(&self) -> Duration {
        let closing = self.child.as_ref().is_some_and(Child::is_ending);
        if closing || !self.old.is_empty() {
            return BEAT;
        }
        let phase = match self.phase {
            Phase::Deriving { until } | Phase::Down { until } => Some(until),
            _ => None,
        };
        let first =
            [phase, self.due.at, self.stale_until, self.moving.until].into_iter().flatten().min();
        first.map_or(REST, |it| it.saturating_duration_since(Instant::now()).max(BEAT / 10))
    }

    /// Does what its time has come for.
    fn pass_time(&mut self) {
        let now = Instant::now();
        self.old.retain_mut(|it| it.ended().is_none());
        let ending = self.child.as_mut().filter(|it| it.is_ending());
        if let Some(status) = ending.and_then(Child::ended) {
            self.child = None;
            self.server_has_ended(status);
        }
        match self.phase {
            Phase::Deriving { until } if now >= until || self.is_derived() => self.start(),
            Phase::Down { until } if now >= until => self.start_again(),
            _ => {}
        }
        if self.due.at.is_some_and(|it| now >= it)
            && self.moving.until.is_none()
            && self.phase == Phase::Running
            && self.initialized
        {
            self.follow_choice();
        }
        if self.moving.until.is_some_and(|it| now >= it) {
            self.moved();
        }
        if self.stale_until.is_some_and(|it| now >= it) {
            self.clear_stale();
        }
    }

    fn is_derived(&self) -> bool {
        self.folders.iter().all(|it| self.choices.contains_key(it))
    }

    /// Until when the choice is waited for.
    pub(super) fn derive(&mut self) {
        // Where the server is to run in a layer, nothing can be begun before that is known.
        let patience = if matches!(self.place, Where::In(_)) { REACHING } else { DERIVING };
        self.phase = Phase::Deriving { until: Instant::now() + patience };
    }

    fn server_has_ended(&mut self, status: ExitStatus) {
        let code = code(status);
        if self.phase == Phase::Ending || self.shutting || !self.initialized {
            return self.end_with(code);
        }
        let now = Instant::now();
        self.crashes.retain(|it| now.saturating_duration_since(*it) < CRASH_TIME);
        self.crashes.push(now);
        if self.crashes.len() >= CRASH_LIMIT {
            return self.end_with(if code == 0 { 1 } else { code });
        }
        tracing::info!("the server has ended with {status}");
        self.forget_process("the language server has ended, and is started again");
        let pause = FIRST_PAUSE * 4_u32.pow(u32::try_from(self.crashes.len() - 1).unwrap_or(0));
        self.phase = Phase::Down { until: now + pause };
    }

    /// Puts everything away.
    fn leave(&mut self) {
        let until = Instant::now() + PATIENCE + LAST_WORDS;
        let words = Instant::now() + LAST_WORDS;
        self.old.extend(self.child.take());
        for child in &mut self.old {
            child.end();
        }
        while Instant::now() < until {
            self.old.retain_mut(|it| it.ended().is_none());
            let written = self.editor.is_empty() || Instant::now() >= words;
            if self.old.is_empty() && written {
                return;
            }
            std::thread::sleep(BEAT / 4);
        }
    }

    /// The choice whose variables the process gets.
    pub(super) fn main_choice(&self) -> Option<&Choice> {
        self.choices.get(self.folders.first()?)?.as_ref()
    }

    /// The choice for an address; for none, the first folder's.
    pub(super) fn choice_at(&self, scope: Option<&str>) -> Option<&Choice> {
        let path = scope.and_then(envls_lsp::path_of);
        let holding = |path: &AbsPath| {
            let holding = self.folders.iter().chain(&self.nested).filter(|it| path.is_within(it));
            holding.max_by_key(|it| it.as_bytes().len())
        };
        match path.as_ref().and_then(holding) {
            Some(folder) => self.choices.get(folder)?.as_ref(),
            None => self.main_choice(),
        }
    }

    /// Fails the editor's open requests.
    pub(super) fn fail_open(&mut self, words: &str) {
        // The state that they were asked of is gone (LSP 3.17, `ContentModified`): editors ask again, or say nothing.
        for id in std::mem::take(&mut self.asked_by_editor).into_values() {
            self.say(message::error(&id, -32801, words));
        }
    }
}

/// As a shell numbers it, where a signal ended the process.
fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(1);
    }
    status.code().and_then(|it| u8::try_from(it).ok()).unwrap_or(1)
}
