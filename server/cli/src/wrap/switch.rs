//! Starts the server, and lets it follow a choice that has changed: by telling it, or by another process in its place.

use std::time::{Duration, Instant};

use envls_core::world::{AbsPath, Place};
use serde_json::{Value, json};

use super::{
    child::Child,
    choosing::Choice,
    inside::{self, There, Where},
    message,
    nested::Moving,
    profile::{Packages, Switch},
    proxy::{Due, Phase, Proxy},
};

/// Installing changes much in a short time; the server follows when it is over.
pub(super) const MOMENT: Duration = Duration::from_millis(150);
/// The findings of a process that was replaced are cleared then, where the present one has not spoken of them.
const STALE: Duration = Duration::from_secs(10);

/// The id of our own `initialize` to a process.
pub(super) fn introduction_id(generation: u32) -> Value {
    Value::String(format!("envls:initialize:{generation}"))
}

impl Proxy {
    /// A folder gets another environment, or something else is installed there.
    pub(super) fn chosen(&mut self, folder: AbsPath, choice: Option<Choice>) {
        let packages = choice.as_ref().and_then(|it| it.site_packages.as_ref());
        let events = self.installed.entry(folder.clone()).or_default().look(packages);
        if !self.folders.contains(&folder) && !self.nested.contains(&folder) {
            return self.found_inside(folder, choice);
        }
        let mut choice = choice;
        if let Some(choice) = &mut choice {
            choice.runs_in.clone_from(&self.runs_in);
        }
        let before = self.choices.insert(folder, choice.clone());
        if matches!(self.phase, Phase::Waiting | Phase::Deriving { .. } | Phase::Ending) {
            return;
        }
        let same = match (before.flatten(), &choice) {
            (Some(before), Some(choice)) => before.is_same(choice),
            (None, None) => return,
            _ => false,
        };
        self.due.environment |= !same;
        self.due.packages |= same;
        self.due.events.extend(events);
        self.due.at = Some(Instant::now() + MOMENT);
    }

    /// Says why the server does not get what the project has.
    pub(super) fn withheld(&mut self, root: &AbsPath, python: &AbsPath) {
        let (server, shown) = (self.profile.name, python.shown_from(root));
        let server = if server == "other" { "the server" } else { server };
        let words = format!(
            "envls: `{root}` is not trusted, so {server} is not given `{shown}`, which it would start; \
             trust the folder with `envls trust {root}`"
        );
        // 2 is a warning (Language Server Protocol, *MessageType*).
        let params = json!({"type": 2, "message": words});
        self.say(message::notification("window/showMessage", &params));
    }

    /// The first process, with the editor's own `initialize`.
    pub(super) fn start(&mut self) {
        let Some((id, _)) = self.initialize.clone() else { return };
        if !self.spawn() {
            return self.end_with(127);
        }
        self.phase = Phase::Running;
        self.asked_by_editor.insert(id.to_string(), id.clone());
        self.tell(message::request(&id, "initialize", &self.introduction()));
        self.release();
    }

    /// Another process in the place of one that has ended.
    pub(super) fn start_again(&mut self) {
        if !self.spawn() {
            return self.end_with(127);
        }
        self.due = Due::default();
        // Another process is given them all.
        self.moving = Moving::default();
        self.phase = Phase::Restarting;
        let id = introduction_id(self.generation);
        self.tell(message::request(&id, "initialize", &self.introduction()));
    }

    fn spawn(&mut self) -> bool {
        self.generation += 1;
        let there = self.there();
        self.runs_in = there.as_ref().map(|it| it.0.clone());
        self.choices.values_mut().flatten().for_each(|it| it.runs_in.clone_from(&self.runs_in));
        if let (Where::In(place), None) = (&self.place, &there) {
            let words = format!("the server cannot be run in `{place}`");
            self.trouble = Some(anyhow::anyhow!(words));
            return false;
        }
        // Variables of a layer's environment mean nothing here.
        let choice = self.main_choice().filter(|it| it.prefix.is_here());
        let activation = choice.map(|it| &it.activation);
        let there = there.map(|it| it.1);
        match Child::start(&self.command, activation, there, self.generation, &self.news) {
            Ok(child) => {
                self.child = Some(child);
                true
            }
            Err(error) => {
                self.trouble = Some(error);
                false
            }
        }
    }

    /// How the server is run where the environment is, if it is to be and can be.
    fn there(&self) -> Option<(Place, There)> {
        let choice = self.main_choice()?;
        let reached = choice.reached.as_deref()?;
        let wanted = match &self.place {
            Where::Auto => true,
            Where::Here => false,
            Where::In(place) => *place == reached.place,
        };
        let folder = self.folders.first().filter(|_| wanted)?;
        let there = inside::there(reached, &choice.activation, folder, &self.command)?;
        Some((reached.place.clone(), there))
    }

    /// What was held for the server goes to it now.
    pub(super) fn release(&mut self) {
        for body in std::mem::take(&mut self.held) {
            if let message::Kind::Request { id, .. } = message::kind(&body) {
                self.asked_by_editor.insert(id.to_string(), id);
            }
            self.tell(body);
        }
    }

    /// Lets the server follow what has changed since it was told last.
    pub(super) fn follow_choice(&mut self) {
        let due = std::mem::take(&mut self.due);
        if !due.folders.is_empty() {
            self.tell_of(&due.folders);
        }
        if due.environment {
            let place =
                self.main_choice().and_then(|it| it.reached.as_ref().map(|it| it.place.clone()));
            if place != self.runs_in && self.place != Where::Here {
                // Another place takes another process, whatever the server can be told.
                return self.replace();
            }
            match self.profile.switch {
                Switch::Told => self.tell(self.settings_to_send()),
                Switch::Restarted => return self.replace(),
                Switch::Never => {}
            }
        }
        if !due.packages {
            return;
        }
        if self.runs_in.is_some() && self.profile.packages != Packages::Never {
            // What changed in there nobody can name to it as file events.
            return self.replace();
        }
        match self.profile.packages {
            Packages::Events => self.tell_events(due.events),
            Packages::EventsAndTold => {
                self.tell_events(due.events);
                self.tell(self.settings_to_send());
            }
            Packages::Restarted => self.replace(),
            Packages::Never => {}
        }
    }

    fn tell_events(&self, events: Vec<Value>) {
        if !events.is_empty() {
            let params = json!({ "changes": events });
            self.tell(message::notification("workspace/didChangeWatchedFiles", &params));
        }
    }

    /// Another process takes the place of the present one.
    fn replace(&mut self) {
        if self.shutting {
            return;
        }
        if let Some(mut child) = self.child.take() {
            let id = Value::String("envls:shutdown".to_owned());
            child.send(message::bare(&id, "shutdown"));
            child.send(message::notification("exit", &Value::Null));
            child.expire();
            self.old.push(child);
        }
        self.forget_process("the Python environment has changed");
        self.start_again();
    }

    /// Puts right with the editor what the process that is gone had begun.
    pub(super) fn forget_process(&mut self, words: &str) {
        self.fail_open(words);
        self.asked_by_child.clear();
        self.unheard.clear();
        let registered = std::mem::take(&mut self.registrations);
        if !registered.is_empty() {
            let entry = |(id, method)| json!({"id": id, "method": method});
            let all: Vec<Value> = registered.into_iter().map(entry).collect();
            let params = json!({ "unregisterations": all });
            self.ask_editor(|id| message::request(id, "client/unregisterCapability", &params));
        }
        for token in std::mem::take(&mut self.progress).into_values() {
            let params = json!({"token": token, "value": {"kind": "end"}});
            self.say(message::notification("$/progress", &params));
        }
        self.stale.append(&mut self.shown);
    }

    /// Another process has answered `initialize`: it is brought to where the one before was.
    pub(super) fn arrived(&mut self, answer: &Value) {
        let encoding = answer.pointer("/result/capabilities/positionEncoding");
        self.mirror.counts_as(encoding.and_then(Value::as_str));
        self.tell(message::notification("initialized", &json!({})));
        if self.settings.as_object().is_some_and(|it| !it.is_empty()) {
            self.tell(self.settings_to_send());
        }
        let cells = self.notebooks.cells();
        let is_cell = |it: &Value| {
            let uri = it.pointer("/textDocument/uri").and_then(Value::as_str);
            uri.is_some_and(|it| cells.contains(it))
        };
        for opening in self.mirror.openings().filter(|it| !is_cell(it)) {
            self.tell(message::notification("textDocument/didOpen", &opening));
        }
        for opening in self.notebooks.openings(&self.mirror) {
            self.tell(message::notification("notebookDocument/didOpen", &opening));
        }
        self.phase = Phase::Running;
        self.release();
        self.refresh();
        self.stale_until = Some(Instant::now() + STALE);
    }

    /// The editor asks again for what it keeps (LSP 3.17, `workspace/…/refresh`). Helix calls the first `diagnostic`.
    fn refresh(&mut self) {
        for (capabilities, method) in [
            (&["diagnostics", "diagnostic"][..], "workspace/diagnostic/refresh"),
            (&["inlayHint"], "workspace/inlayHint/refresh"),
            (&["semanticTokens"], "workspace/semanticTokens/refresh"),
            (&["codeLens"], "workspace/codeLens/refresh"),
        ] {
            let can = |it: &&str| self.editor_can(&format!("{it}/refreshSupport"));
            if capabilities.iter().any(can) {
                self.ask_editor(|id| message::bare(id, method));
            }
        }
    }

    /// The findings of the process before that nobody has spoken of since are no more.
    pub(super) fn clear_stale(&mut self) {
        self.stale_until = None;
        if self.phase != Phase::Running {
            return;
        }
        for uri in std::mem::take(&mut self.stale) {
            let params = json!({"uri": uri, "diagnostics": []});
            self.say(message::notification("textDocument/publishDiagnostics", &params));
        }
    }
}
