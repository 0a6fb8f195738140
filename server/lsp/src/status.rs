//! What the client's status line shows: whether all is known, how the projects are, and which environment is in force.

use std::{collections::BTreeMap, time::Duration};

use envls_core::{
    finding::{Finding, Reach, Severity},
    model::Model,
    session::Standing,
    world::AbsPath,
};
use serde_json::{Value, json};
use tower_lsp::ls_types::{Uri, notification::Notification};

use crate::{
    inbox::{Message, Told},
    json,
    shell::Shell,
};

/// What takes longer than this to settle is worth a progress.
const LONG: Duration = Duration::from_millis(300);
const TOKEN: &str = "envls/settle";

/// What was last told to the client.
#[derive(Default)]
pub(crate) struct Shown {
    status: BTreeMap<Option<Uri>, Value>,
    active: BTreeMap<Option<Uri>, Value>,
    /// Counts the times that something was to be found out.
    settlings: u64,
    settling: Settling,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Settling {
    #[default]
    Done,
    Quietly,
    Visibly,
}

enum Status {}

impl Notification for Status {
    type Params = Value;
    const METHOD: &'static str = "envls/status";
}

enum ActiveEnvironmentChanged {}

impl Notification for ActiveEnvironmentChanged {
    type Params = Value;
    const METHOD: &'static str = "envls/activeEnvironmentChanged";
}

impl Shell {
    /// Whether nothing is left to be found out has changed.
    pub(crate) fn settled(&mut self, quiescent: bool) {
        if !quiescent {
            return self.settling();
        }
        if self.shown.settling == Settling::Visibly {
            self.progresses.end(TOKEN, None, &self.outgoing);
        }
        self.shown.settling = Settling::Done;
    }

    /// Something is to be found out; should it take long, that is shown.
    pub(crate) fn settling(&mut self) {
        if !self.announced.progress.yes() || self.shown.settling != Settling::Done {
            return;
        }
        self.shown.settling = Settling::Quietly;
        self.shown.settlings += 1;
        let since = self.shown.settlings;
        let inbox = self.inbox.clone();
        self.runtime.spawn(async move {
            tokio::time::sleep(LONG).await;
            drop(inbox.send(Message::Told(Told::StillSettling { since })));
        });
    }

    pub(crate) fn still_settling(&mut self, since: u64) {
        let same = self.shown.settlings == since && self.shown.settling == Settling::Quietly;
        // An operation has a progress of its own.
        if same && !self.progresses.any() {
            self.shown.settling = Settling::Visibly;
            let title = "Looking at Python environments";
            self.progresses.begin(TOKEN.to_owned(), None, title, &self.outgoing, &self.inbox);
        }
    }

    /// Tells the client what stands now, where it differs from what it was told.
    pub(crate) fn tell_standing(&mut self) {
        let (status, active) =
            (self.announced.status.yes(), self.announced.active_environment.yes());
        if !status && !active {
            return;
        }
        let mut places: Vec<(Option<Uri>, Option<AbsPath>)> = self
            .folders
            .iter()
            .map(|(path, uri)| (Some(uri.clone()), Some(path.clone())))
            .collect();
        if places.is_empty() {
            places.push((None, self.focus.clone()));
        }
        for (uri, path) in places {
            if status {
                self.tell_status(uri.clone(), path.as_ref());
            }
            if active && self.session.is_quiescent() {
                self.tell_active(uri, path.as_ref());
            }
        }
    }

    fn tell_status(&mut self, uri: Option<Uri>, path: Option<&AbsPath>) {
        let standing = path.and_then(|it| self.main_project(it));
        let model = standing.and_then(|it| it.outcome.model.as_deref());
        let status = json!({
            "health": self.health(path),
            "quiescent": self.session.is_quiescent(),
            "message": model.map(message),
            "workspaceFolder": uri,
        });
        if self.shown.status.get(&uri) != Some(&status) {
            self.shown.status.insert(uri, status.clone());
            self.outgoing.notify::<Status>(status);
        }
    }

    fn tell_active(&mut self, uri: Option<Uri>, path: Option<&AbsPath>) {
        let encoding = self.announced.encoding;
        let standing = path.and_then(|it| self.main_project(it));
        let model = standing.and_then(|it| it.outcome.model.as_deref());
        let environment = json::active(model, encoding);
        let before = self.shown.active.get(&uri).cloned().unwrap_or(Value::Null);
        if before == environment {
            return;
        }
        let changed = json!({
            "workspaceFolder": uri,
            "environment": environment,
            "previous": before.get("python").cloned().unwrap_or(Value::Null),
            "because": json::because(model, encoding),
            "origin": "detected",
        });
        self.shown.active.insert(uri, environment);
        self.outgoing.notify::<ActiveEnvironmentChanged>(changed);
    }

    /// The project of a folder itself, or else the first one below it.
    fn main_project(&self, folder: &AbsPath) -> Option<Standing<'_>> {
        let below = || self.session.projects().find(|it| it.root.is_within(folder));
        self.session.project_of(folder).or_else(below)
    }

    fn health(&self, folder: Option<&AbsPath>) -> &'static str {
        let here = |it: &AbsPath| folder.is_none_or(|folder| it.is_within(folder));
        let findings = self.session.published().filter(|(path, _)| here(path)).flat_map(|it| it.1);
        let weight = |it: &Finding| match (it.severity, it.reach) {
            (Severity::Error, Reach::Project) => 2,
            (Severity::Error | Severity::Warning, _) => 1,
            (Severity::Information | Severity::Hint, _) => 0,
        };
        match findings.map(weight).max() {
            Some(2) => "error",
            Some(1) => "warning",
            _ => "ok",
        }
    }
}

/// `3.12.4 (.venv)`.
fn message(model: &Model) -> String {
    let Some(selection) = &model.selection else { return "no environment".to_owned() };
    let environment = &selection.environment;
    let shown = model.shown(&environment.prefix);
    match &environment.version {
        Some(version) => format!("{version} ({shown})"),
        None => shown,
    }
}
