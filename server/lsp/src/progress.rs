//! Work-done progress (LSP 3.17, *Work Done Progress*) under tokens that a person can read, for clients that show it.

use std::collections::BTreeMap;

use envls_core::session::{OperationId, Step};
use tower_lsp::ls_types::{
    ProgressParams, ProgressParamsValue, ProgressToken, WorkDoneProgress, WorkDoneProgressBegin,
    WorkDoneProgressCreateParams, WorkDoneProgressEnd, WorkDoneProgressReport,
    notification::Progress as Notification, request::WorkDoneProgressCreate,
};

use crate::{
    inbox::{Inbox, Message, Told},
    outgoing::{Outgoing, SOON},
};

/// The progresses that are under way.
#[derive(Default)]
pub(crate) struct Progresses {
    by_token: BTreeMap<String, Progress>,
    tokens: BTreeMap<OperationId, String>,
}

struct Progress {
    operation: Option<OperationId>,
    phase: Phase,
}

enum Phase {
    /// Announced to the client, which has not answered; what happened meanwhile.
    Announced(Vec<WorkDoneProgress>),
    Shown,
    /// The client wants nothing of it.
    Unwanted,
}

impl Progresses {
    /// Follows a step of an operation.
    pub(crate) fn step(
        &mut self,
        operation: OperationId,
        step: Step,
        outgoing: &Outgoing,
        inbox: &Inbox,
    ) {
        if let Step::Begin { title } = &step {
            let token = token(operation, title);
            self.tokens.insert(operation, token.clone());
            self.begin(token, Some(operation), title, outgoing, inbox);
            return;
        }
        let Some(token) = self.tokens.get(&operation).cloned() else { return };
        match step {
            Step::Begin { .. } => {}
            Step::Report { line } => {
                let report = WorkDoneProgressReport {
                    message: Some(line),
                    cancellable: Some(true),
                    ..WorkDoneProgressReport::default()
                };
                self.send(&token, WorkDoneProgress::Report(report), outgoing);
            }
            Step::End { words } => {
                self.end(&token, Some(words), outgoing);
                self.tokens.remove(&operation);
            }
        }
    }

    pub(crate) fn begin(
        &mut self,
        token: String,
        operation: Option<OperationId>,
        title: &str,
        outgoing: &Outgoing,
        inbox: &Inbox,
    ) {
        let begin = WorkDoneProgressBegin {
            title: title.to_owned(),
            cancellable: Some(operation.is_some()),
            ..WorkDoneProgressBegin::default()
        };
        let phase = Phase::Announced(vec![WorkDoneProgress::Begin(begin)]);
        self.by_token.insert(token.clone(), Progress { operation, phase });
        let inbox = inbox.clone();
        let params = WorkDoneProgressCreateParams { token: ProgressToken::String(token.clone()) };
        outgoing.request::<WorkDoneProgressCreate>(params, SOON, move |answer| {
            let made = answer.is_ok();
            drop(inbox.send(Message::Told(Told::ProgressMade { token, made })));
        });
    }

    pub(crate) fn end(&mut self, token: &str, words: Option<String>, outgoing: &Outgoing) {
        let end = WorkDoneProgress::End(WorkDoneProgressEnd { message: words });
        self.send(token, end, outgoing);
        // One that the client has not answered for yet stays until it has.
        let announced = |it: &Progress| matches!(it.phase, Phase::Announced(_));
        if !self.by_token.get(token).is_some_and(announced) {
            self.by_token.remove(token);
        }
    }

    /// The client took a progress, or did not.
    pub(crate) fn made(&mut self, token: &str, made: bool, outgoing: &Outgoing) {
        let Some(progress) = self.by_token.get_mut(token) else { return };
        let next = if made { Phase::Shown } else { Phase::Unwanted };
        let Phase::Announced(values) = std::mem::replace(&mut progress.phase, next) else { return };
        let ended = values.iter().any(|it| matches!(it, WorkDoneProgress::End(_)));
        if made {
            values.into_iter().for_each(|it| notify(token, it, outgoing));
        }
        if ended {
            self.by_token.remove(token);
        }
    }

    pub(crate) fn any(&self) -> bool {
        !self.by_token.is_empty()
    }

    /// The operation that a token stands for.
    pub(crate) fn operation(&self, token: &str) -> Option<OperationId> {
        self.by_token.get(token)?.operation
    }

    fn send(&mut self, token: &str, value: WorkDoneProgress, outgoing: &Outgoing) {
        match self.by_token.get_mut(token).map(|it| &mut it.phase) {
            Some(Phase::Announced(values)) => values.push(value),
            Some(Phase::Shown) => notify(token, value, outgoing),
            Some(Phase::Unwanted) | None => {}
        }
    }
}

fn notify(token: &str, value: WorkDoneProgress, outgoing: &Outgoing) {
    let token = ProgressToken::String(token.to_owned());
    let value = ProgressParamsValue::WorkDone(value);
    outgoing.notify::<Notification>(ProgressParams { token, value });
}

/// `envls/create-1`: some clients show the token itself.
fn token(operation: OperationId, title: &str) -> String {
    let verb: String = title.chars().take_while(|it| it.is_ascii_alphabetic()).collect();
    format!("envls/{}-{}", verb.to_ascii_lowercase(), operation.0)
}

/// The number of the operation that a token was made for.
pub(crate) fn number(token: &str) -> Option<u64> {
    token.strip_prefix("envls/")?.rsplit_once('-')?.1.parse().ok()
}
