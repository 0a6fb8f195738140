//! The loop: everything that comes in becomes events, the session says what is to be done, and it is done.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use envls_core::{
    insight::Hint,
    session::{Effect, Event, Keeping, Session, Step, Weight},
    setting::Settings,
    world::AbsPath,
};
use envls_host::{host::Host, perform};
use tokio::{runtime::Handle, sync::Notify, sync::mpsc};
use tower_lsp::ls_types::{
    InitializeParams, InitializeResult, MessageType, ShowMessageParams, Uri,
    notification::ShowMessage,
};

use crate::{
    announced::{Announced, Can},
    capabilities, configuration,
    document::Documents,
    inbox::{Inbox, Message},
    log::Places,
    notebook::Notebooks,
    outgoing::Outgoing,
    parent,
    progress::Progresses,
    status::Shown,
};

/// A turn that takes longer is worth knowing of.
const SLOW: Duration = Duration::from_millis(20);

/// So many projects are held whole though nobody looks at them, so that whoever has few waits for none when a file is opened.
const BESIDE: usize = 32;

/// What the loop owns.
pub(crate) struct Shell {
    pub(crate) session: Session,
    pub(crate) host: Host,
    pub(crate) announced: Announced,
    pub(crate) documents: Documents,
    pub(crate) notebooks: Notebooks,
    pub(crate) outgoing: Outgoing,
    pub(crate) inbox: Inbox,
    pub(crate) runtime: Handle,
    pub(crate) progresses: Progresses,
    pub(crate) places: Places,
    /// By folder, the address that the client gave.
    pub(crate) folders: BTreeMap<AbsPath, Uri>,
    /// The file that the user had to do with last.
    pub(crate) focus: Option<AbsPath>,
    /// For which file the user is to be asked for an interpreter, once all that could be chosen are known.
    pub(crate) selecting: Option<AbsPath>,
    /// What is to be taken in with the next turn.
    pub(crate) events: Vec<Event>,
    pub(crate) shown: Shown,
    /// The hints that the client has, or would have if it asked.
    pub(crate) hints: BTreeMap<AbsPath, Vec<Hint>>,
    pub(crate) settings_complained: BTreeSet<String>,
    client_gone: Arc<Notify>,
}

/// What a shell is made of.
pub(crate) struct Parts {
    pub(crate) host: Host,
    pub(crate) outgoing: Outgoing,
    pub(crate) inbox: Inbox,
    pub(crate) runtime: Handle,
    pub(crate) places: Places,
    pub(crate) client_gone: Arc<Notify>,
}

impl Shell {
    pub(crate) fn new(parts: Parts) -> Shell {
        let Parts { host, outgoing, inbox, runtime, places, client_gone } = parts;
        let session = Session::keeping(Keeping::LookedAt { beside: BESIDE });
        Shell {
            session: session.started_with(host.variables()),
            host,
            announced: Announced::default(),
            documents: Documents::default(),
            notebooks: Notebooks::default(),
            outgoing,
            inbox,
            runtime,
            progresses: Progresses::default(),
            places,
            folders: BTreeMap::new(),
            focus: None,
            selecting: None,
            events: Vec::new(),
            shown: Shown::default(),
            hints: BTreeMap::new(),
            settings_complained: BTreeSet::new(),
            client_gone,
        }
    }

    /// Takes messages in until the end.
    pub(crate) fn run(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        while let Some(first) = messages.blocking_recv() {
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Host(reports) => {
                        let events = perform::events(reports);
                        self.take_reports(events);
                    }
                    Message::Told(told) => self.told(told),
                    Message::Asked { what, answer } => {
                        // What was told before is taken in first, so that each request is answered at its place in the order.
                        self.turn();
                        let answered = catch_unwind(AssertUnwindSafe(|| answer(&mut self)));
                        if answered.is_err() {
                            tracing::error!("answering `{what}` went wrong");
                        }
                    }
                    Message::End => return,
                }
                next = messages.try_recv().ok();
            }
            self.turn();
        }
    }

    /// One batch of events through the session.
    fn turn(&mut self) {
        while !self.events.is_empty() {
            let events = std::mem::take(&mut self.events);
            let names: Vec<&str> = events.iter().map(name).collect();
            let begun = Instant::now();
            let session = &mut self.session;
            // A fault of ours in one turn must not end the editor's session.
            match catch_unwind(AssertUnwindSafe(|| session.update(events))) {
                Ok(effects) => self.perform(effects),
                Err(_) => tracing::error!("a turn went wrong, of {}", names.join(", ")),
            }
            let taken = begun.elapsed();
            if taken > SLOW {
                tracing::info!("a turn took {} ms, of {}", taken.as_millis(), counted(&names));
            }
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        let said: BTreeSet<String> = effects
            .iter()
            .filter_map(|it| match it {
                Effect::Say { words, .. } => Some(words.clone()),
                _ => None,
            })
            .collect();
        let mut news = false;
        for effect in effects {
            news |= matches!(effect, Effect::Publish { .. } | Effect::Quiescent(_));
            let Some(effect) = self.host.perform(self.vouched(effect)) else { continue };
            if let Effect::Progress { step: Step::End { words }, .. } = &effect
                && !said.contains(words)
            {
                self.say(Weight::Information, words);
            }
            self.show(effect);
        }
        if news {
            self.tell_standing();
            self.refresh_hints();
            self.ask_when_known();
        }
    }

    /// Answers `initialize`, and begins to look at the client's folders.
    pub(crate) fn begin(&mut self, params: &InitializeParams) -> InitializeResult {
        self.announced = Announced::of(params);
        if let Some(process) = params.process_id {
            parent::watch(process, Arc::clone(&self.client_gone));
        }
        self.folders = folders(params);
        self.look_after_folders();
        if let Some(section) = self.announced.settings.clone() {
            self.configure(&section);
        }
        capabilities::answer(&self.announced)
    }

    pub(crate) fn look_after_folders(&mut self) {
        let folders = self.folders.keys().cloned().collect();
        self.events.push(Event::Folders(folders));
    }

    pub(crate) fn configure(&mut self, value: &serde_json::Value) {
        let Some(section) = configuration::section(value) else { return };
        let (settings, faults) = Settings::parse(section);
        for fault in faults {
            if self.settings_complained.insert(fault.clone()) {
                self.say(Weight::Warning, &fault);
            }
        }
        self.events.push(Event::Configured(settings));
    }

    /// Shows the user a sentence.
    pub(crate) fn say(&self, weight: Weight, words: &str) {
        let typ = match weight {
            Weight::Information => MessageType::INFO,
            Weight::Warning => MessageType::WARNING,
            Weight::Error => MessageType::ERROR,
        };
        self.outgoing.notify::<ShowMessage>(ShowMessageParams { typ, message: words.to_owned() });
    }

    /// Notes which file the user has to do with.
    pub(crate) fn attend_to(&mut self, uri: &Uri) {
        if let Some(path) = crate::uri::path_of(uri.as_str()) {
            self.focus = Some(path);
        }
    }

    /// The file last in focus; before there was one, the first folder.
    pub(crate) fn in_focus(&self) -> Option<AbsPath> {
        self.focus.clone().or_else(|| self.folders.keys().next().cloned())
    }

    /// The open folder that a path is in; without one, the root of its project.
    pub(crate) fn folder_of(&self, path: &AbsPath) -> Option<AbsPath> {
        let open = self.folders.keys().filter(|it| path.is_within(it));
        let nearest = open.max_by_key(|it| it.as_bytes().len()).cloned();
        nearest.or_else(|| Some(self.session.project_of(path)?.root.clone()))
    }

    pub(crate) fn is_trusted_by_editor(&self) -> bool {
        self.announced.trusted == Can::Yes
    }
}

/// The folders that the client has open (LSP 3.17, `InitializeParams.workspaceFolders`, and before 3.6 `rootUri`).
#[expect(
    deprecated,
    reason = "clients that know no workspace folders say where they are in the old way"
)]
fn folders(params: &InitializeParams) -> BTreeMap<AbsPath, Uri> {
    let named = params.workspace_folders.as_ref();
    let mut uris: Vec<Uri> = named.into_iter().flatten().map(|it| it.uri.clone()).collect();
    if named.is_none() {
        uris.extend(params.root_uri.clone());
    }
    if named.is_none() && uris.is_empty() {
        let root = params.root_path.as_ref().and_then(AbsPath::parse);
        uris.extend(root.and_then(|it| crate::uri::uri_of(&it)));
    }
    let path = |it: Uri| Some((crate::uri::path_of(it.as_str())?, it));
    uris.into_iter().filter_map(path).collect()
}

/// What a log may say of an event: no path, no text, no variable.
fn name(event: &Event) -> &'static str {
    match event {
        Event::Folders(_) => "Folders",
        Event::Configured(_) => "Configured",
        Event::Edited { .. } => "Edited",
        Event::Saved { .. } => "Saved",
        Event::Closed { .. } => "Closed",
        Event::Attended(_) => "Attended",
        Event::InterpretersWanted => "InterpretersWanted",
        Event::EnvironmentsWanted => "EnvironmentsWanted",
        Event::Touched(_) => "Touched",
        Event::Listed(_) => "Listed",
        Event::Written(_) => "Written",
        Event::Overlooked => "Overlooked",
        Event::Answered(..) => "Answered",
        Event::Woke => "Woke",
        Event::Chosen { .. } => "Chosen",
        Event::Preferred { .. } => "Preferred",
        Event::Wanted { .. } => "Wanted",
        Event::Progressed { .. } => "Progressed",
        Event::Finished { .. } => "Finished",
        Event::Stopped(_) => "Stopped",
    }
}

fn counted(names: &[&str]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let counts: Vec<String> =
        counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    counts.join(", ")
}
