//! What the client's status line shows: whether all is known, how the projects are, and which environment is in force.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use envls_core::{
    model::{Environment, Model},
    session::Standing,
    world::{AbsPath, Inventory},
};
use serde_json::{Value, json};
use tower_lsp::ls_types::{Uri, notification::Notification};

use crate::{
    health::Healths,
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
    pub(crate) healths: Healths,
    /// By the root of the project.
    active: BTreeMap<AbsPath, Active>,
    /// Counts the times that something was to be found out.
    settlings: u64,
    settling: Settling,
}

/// What a project gets, and what is installed there.
#[derive(Clone, Default)]
struct Active {
    environment: Option<Arc<Environment>>,
    /// Whether its interpreter may be started.
    trusted: bool,
    installed: Option<Arc<Inventory>>,
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

enum PackagesChanged {}

impl Notification for PackagesChanged {
    type Params = Value;
    const METHOD: &'static str = "envls/packagesChanged";
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
        if self.session.is_quiescent() {
            self.tell_environments();
        }
        if !self.announced.status.yes() {
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
            self.tell_status(uri, path.as_ref());
        }
    }

    fn tell_status(&mut self, uri: Option<Uri>, path: Option<&AbsPath>) {
        let health = self.shown.healths.of(path);
        let standing = path.and_then(|it| self.main_project(it));
        let model = standing.and_then(|it| it.choice());
        let status = json!({
            "health": health.word(),
            "quiescent": self.session.is_quiescent(),
            "message": model.map(message),
            "workspaceFolder": uri,
        });
        if self.shown.status.get(&uri) != Some(&status) {
            self.shown.status.insert(uri, status.clone());
            self.outgoing.notify::<Status>(status);
        }
    }

    /// Of each project: that it gets another environment, or that something was installed or removed there.
    fn tell_environments(&mut self) {
        let (active, packages) = (self.announced.active_environment, self.announced.packages);
        if !active.yes() && !packages.yes() {
            return;
        }
        let now = self.session.projects().map(|it| (it.root.clone(), self.active_of(&it)));
        let now: BTreeMap<AbsPath, Active> = now.collect();
        let before = std::mem::take(&mut self.shown.active);
        for root in before.keys().filter(|it| !now.contains_key(*it)) {
            self.tell_active(root, &before[root]);
        }
        for (root, new) in &now {
            let known = before.get(root).cloned().unwrap_or_default();
            let same = known.environment == new.environment && known.trusted == new.trusted;
            if !same {
                self.tell_active(root, &known);
            } else if known.installed != new.installed && packages.yes() {
                let told = json!({
                    "project": json::spelled(root),
                    "workspaceFolder": self.address_of_folder(root),
                    "environment": self.active_json(root),
                });
                self.outgoing.notify::<PackagesChanged>(told);
            }
        }
        self.shown.active = now;
    }

    fn tell_active(&self, root: &AbsPath, before: &Active) {
        let previous = before.environment.as_ref().and_then(|it| it.python.as_ref());
        let standing = self.session.projects().find(|it| it.root == root);
        let model = standing.and_then(|it| it.choice());
        let changed = json!({
            "project": json::spelled(root),
            "workspaceFolder": self.address_of_folder(root),
            "environment": self.active_json(root),
            "previous": previous.map(json::spelled),
            "because": json::because(model, self.announced.encoding),
            "origin": "detected",
        });
        if self.announced.active_environment.yes() {
            self.outgoing.notify::<ActiveEnvironmentChanged>(changed);
        }
    }

    fn active_of(&self, standing: &Standing<'_>) -> Active {
        let model = standing.choice();
        let selection = model.and_then(|it| it.selection.as_ref());
        let folder = self.folder_of(standing.root);
        let trusted = selection.and(model).map(|it| json::may_be_started(it, folder.as_ref()));
        Active {
            environment: selection.map(|it| Arc::clone(&it.environment)),
            trusted: trusted.unwrap_or_default(),
            installed: model.and_then(|it| it.installed.clone()),
        }
    }

    fn active_json(&self, root: &AbsPath) -> Value {
        let standing = self.session.projects().find(|it| it.root == root);
        let model = standing.and_then(|it| it.choice());
        json::active(model, self.folder_of(root).as_ref(), self.announced.encoding)
    }

    /// The innermost open folder that a project is in, as the client spells it.
    fn address_of_folder(&self, root: &AbsPath) -> Option<Uri> {
        let holding = self.folders.iter().filter(|(it, _)| root.is_within(it));
        holding.max_by_key(|(it, _)| it.as_bytes().len()).map(|(_, uri)| uri.clone())
    }

    /// The project of a folder itself, or else the first one below it.
    fn main_project(&self, folder: &AbsPath) -> Option<Standing<'_>> {
        let below = || self.session.projects().find(|it| it.root.is_within(folder));
        self.session.project_of(folder).or_else(below)
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
