//! What the client tells, as events of the session.

use envls_core::session::{Consent, Event, Weight};
use tower_lsp::ls_types::{FileChangeType, FileEvent, WorkspaceFoldersChangeEvent};

use crate::{
    inbox::{Answer, Told},
    shell::Shell,
};

impl Shell {
    pub(crate) fn told(&mut self, told: Told) {
        self.outgoing.open();
        match told {
            Told::Initialized => {
                for words in self.host.recover() {
                    self.say(Weight::Information, &words);
                }
                self.client_is_ready();
            }
            Told::Opened { uri, version, text } => {
                self.attend_to(&uri);
                let events = self.documents.open(uri, version, text);
                self.events.extend(events);
            }
            Told::Changed { uri, version, changes } => {
                self.attend_to(&uri);
                let encoding = self.announced.encoding;
                let events = self.documents.change(&uri, version, changes, encoding);
                self.events.extend(events);
            }
            Told::Saved { uri } => {
                self.attend_to(&uri);
                let events = self.documents.save(&uri);
                self.events.extend(events);
            }
            Told::Closed { uri } => {
                let events = self.documents.close(&uri);
                self.events.extend(events);
            }
            Told::Notebook(told) => self.notebook_told(*told),
            Told::Folders(changes) => self.folders_changed(changes),
            Told::Files(changes) => {
                let event = |it: &FileEvent| {
                    let path = crate::uri::path_of(it.uri.as_str())?;
                    let is_there = it.typ == FileChangeType::CHANGED;
                    Some(if is_there { Event::Written(path) } else { Event::Touched(path) })
                };
                self.events.extend(changes.iter().filter_map(event));
            }
            Told::ConfigurationChanged(settings) => self.configuration_changed(&settings),
            Told::Section(section) => self.configure(&section),
            Told::Trusted => self.trusted_by_editor(),
            Told::Consented { action, answer } => self.consented(action, answer),
            Told::Preferred { path, python } => {
                self.events.push(Event::Preferred { path, python });
            }
            Told::ProgressCancelled { token } => {
                if let Some(operation) = self.progresses.operation(&token) {
                    self.events.push(Event::Stopped(Some(operation)));
                }
            }
            Told::ProgressMade { token, made } => {
                self.progresses.made(&token, made, &self.outgoing);
            }
            Told::StillSettling { since } => self.still_settling(since),
            Told::Ending => self.events.push(Event::Stopped(None)),
        }
    }

    fn folders_changed(&mut self, changes: WorkspaceFoldersChangeEvent) {
        for gone in &changes.removed {
            if let Some(path) = crate::uri::path_of(gone.uri.as_str()) {
                self.folders.remove(&path);
            }
        }
        for new in changes.added {
            if let Some(path) = crate::uri::path_of(new.uri.as_str()) {
                self.folders.insert(path, new.uri);
            }
        }
        self.look_after_folders();
    }

    fn consented(&mut self, action: envls_core::session::ActionId, answer: Answer) {
        match answer {
            Answer::No => return,
            Answer::Once => {}
            Answer::Trust => {
                if let Some(folder) = self.folder_of_action(&action) {
                    self.trust(&folder);
                }
            }
            Answer::Unasked => {
                let words = "this editor cannot ask: choose the action that begins with “Trust this folder”, or run the command `envls.trustWorkspace` first";
                return self.say(Weight::Warning, words);
            }
        }
        self.events.push(Event::Chosen { action, consent: Consent::Given });
    }
}
