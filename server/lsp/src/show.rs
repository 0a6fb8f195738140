//! What the session wants shown, asked or said, in the messages that the client understands.

use std::sync::Arc;

use envls_core::{
    action::Edit,
    finding::Finding,
    session::{ActionId, Consent, Effect, Event, Weight},
    world::{AbsPath, Trust},
};
use tower_lsp::ls_types::{
    ApplyWorkspaceEditParams, MessageActionItem, MessageType, PublishDiagnosticsParams,
    ShowDocumentParams, ShowMessageRequestParams,
    notification::PublishDiagnostics,
    request::{ApplyWorkspaceEdit, ShowDocument, ShowMessageRequest},
};

use crate::{
    convert,
    inbox::{Answer, Message, Told},
    offer,
    outgoing::{PATIENT, SOON},
    shell::Shell,
};

const ONCE: &str = "Run once";
const TRUST: &str = "Trust this folder and run";
const CANCEL: &str = "Cancel";

impl Shell {
    pub(crate) fn show(&mut self, effect: Effect) {
        match effect {
            Effect::Publish { path, version, findings } => {
                self.shown.healths.published(&path, &findings);
                self.publish(&path, version, &findings);
            }
            Effect::Quiescent(quiescent) => self.settled(quiescent),
            Effect::AskConsent { action, question } => self.ask_consent(action, question),
            Effect::Edit { label, edits } => self.edit(label, &edits),
            Effect::Progress { operation, step } => {
                if self.announced.progress.yes() {
                    self.progresses.step(operation, step, &self.outgoing, &self.inbox);
                }
            }
            Effect::Say { weight, words } => self.say(weight, &words),
            Effect::Log(words) => tracing::info!("{words}"),
            other => tracing::error!("nobody performs {}", debug_name(&other)),
        }
    }

    fn publish(&self, path: &AbsPath, version: Option<i32>, findings: &[Arc<Finding>]) {
        if self.publish_notebook(path, findings).is_some() {
            return;
        }
        let shown: Vec<_> = findings
            .iter()
            .map(|it| convert::diagnostic(it, &self.announced, &self.documents))
            .collect();
        // A file that is open under two addresses has its findings under both.
        let mut uris: Vec<_> =
            self.documents.of(path).map(|it| (it.uri.clone(), it.version)).collect();
        let latest = uris.last().map(|it| it.1);
        if uris.is_empty() {
            uris.extend(self.documents.uri_of(path).map(|it| (it, 0)));
        }
        for (uri, own) in uris {
            // They count their versions each for itself.
            let version = version.map(|it| if latest == Some(it) { own } else { it });
            let params = PublishDiagnosticsParams { uri, diagnostics: shown.clone(), version };
            self.outgoing.notify::<PublishDiagnostics>(params);
        }
    }

    fn ask_consent(&mut self, action: ActionId, question: String) {
        let folder = self.folder_of_action(&action);
        if folder.is_some_and(|it| self.host.trust().ask(&it) == Trust::Trusted) {
            // Trust was given a moment ago; the session learns of it with its next answers.
            return self.events.push(Event::Chosen { action, consent: Consent::Given });
        }
        let inbox = self.inbox.clone();
        let answered = move |answer| {
            drop(inbox.send(Message::Told(Told::Consented { action, answer })));
        };
        if !self.announced.message_requests.yes() {
            self.say(Weight::Warning, &question);
            return answered(Answer::Unasked);
        }
        let item = |title: &str| MessageActionItem {
            title: title.to_owned(),
            properties: std::collections::HashMap::new(),
        };
        let params = ShowMessageRequestParams {
            typ: MessageType::WARNING,
            message: question,
            actions: Some([ONCE, TRUST, CANCEL].map(item).to_vec()),
        };
        self.outgoing.request::<ShowMessageRequest>(params, PATIENT, move |chosen| {
            answered(match chosen {
                Ok(Some(item)) if item.title == ONCE => Answer::Once,
                Ok(Some(item)) if item.title == TRUST => Answer::Trust,
                Ok(_) => Answer::No,
                Err(_) => Answer::Unasked,
            });
        });
    }

    fn edit(&self, label: String, edits: &[Edit]) {
        if !self.announced.apply_edit.yes() {
            return self.say(Weight::Warning, "this editor takes no edits from a server");
        }
        let edit = offer::workspace_edit(edits, &self.announced, &self.documents);
        let params = ApplyWorkspaceEditParams { label: Some(label), edit };
        self.outgoing.request::<ApplyWorkspaceEdit>(params, SOON, drop);
    }

    /// Opens a file of ours in the editor, or says where it is.
    pub(crate) fn open_file(&self, path: &AbsPath, what: &str) {
        let uri = crate::uri::uri_of(path).filter(|_| self.announced.shows_documents.yes());
        match uri {
            Some(uri) => {
                let params = ShowDocumentParams {
                    uri,
                    external: Some(false),
                    take_focus: Some(true),
                    selection: None,
                };
                self.outgoing.request::<ShowDocument>(params, SOON, drop);
            }
            None => self.say(Weight::Information, &format!("{what} is in `{path}`")),
        }
    }
}

fn debug_name(effect: &Effect) -> String {
    let whole = format!("{effect:?}");
    whole.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default().to_owned()
}
