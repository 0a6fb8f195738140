//! What the editor says, on its way to the server.

use envls_core::{session::is_source, world::AbsPath};
use serde_json::{Map, Value, json};

use super::{
    message::{self, Kind},
    overlay,
    profile::Packages,
    proxy::{Phase, Proxy},
};

/// What an editor announces that fetches findings again when it is told to (LSP 3.17, `workspace/diagnostic/refresh`). Helix
/// calls it `diagnostic`.
const REFRESHED: [&str; 2] = ["diagnostics/refreshSupport", "diagnostic/refreshSupport"];

impl Proxy {
    pub(super) fn editor_says(&mut self, body: Vec<u8>) {
        match message::kind(&body) {
            Kind::Request { id, method } => self.request(body, &id, &method),
            Kind::Notification { method } => self.notification(body, &method),
            Kind::Answer { id } => self.answer(body, &id),
            Kind::Other => self.pass(body),
        }
    }

    /// To the server, or kept for it until it is there.
    fn pass(&mut self, body: Vec<u8>) {
        match self.phase {
            Phase::Running if self.moving.until.is_some() => self.held.push(body),
            Phase::Running | Phase::Ending => self.tell(body),
            Phase::Waiting => {}
            Phase::Deriving { .. } | Phase::Restarting | Phase::Down { .. } => self.held.push(body),
        }
    }

    fn request(&mut self, body: Vec<u8>, id: &Value, method: &str) {
        match (method, self.phase) {
            ("initialize", Phase::Waiting) => self.begin(id.clone(), message::params(&body)),
            (_, Phase::Waiting) => {
                // LSP 3.17, `initialize`: a request before it is answered so.
                self.say(message::error(id, -32002, "`initialize` has not been said"));
            }
            _ => {
                self.shutting |= method == "shutdown";
                if self.shutting && self.moving.until.is_some() {
                    self.moved();
                }
                if self.shutting && matches!(self.phase, Phase::Down { .. }) {
                    return self.say(message::result(id, &Value::Null));
                }
                let held = self.phase == Phase::Running && self.moving.until.is_some();
                if matches!(self.phase, Phase::Running | Phase::Ending) && !held {
                    self.asked_by_editor.insert(id.to_string(), id.clone());
                }
                self.pass(body);
            }
        }
    }

    fn notification(&mut self, body: Vec<u8>, method: &str) {
        match method {
            "initialized" => self.initialized = true,
            "exit" => {
                if self.child.is_none() {
                    self.end_with(u8::from(!self.shutting));
                }
                self.tell(body);
                self.phase = Phase::Ending;
                if let Some(child) = &mut self.child {
                    child.expire();
                }
                return;
            }
            "textDocument/didOpen" => {
                let params = message::params(&body);
                self.mirror.opened(&params);
                let uri = params.pointer("/textDocument/uri").and_then(Value::as_str);
                self.choosing.want(uri.and_then(envls_lsp::path_of).filter(is_source));
            }
            "textDocument/didChange" => self.mirror.changed(&message::params(&body)),
            "textDocument/didClose" => self.mirror.closed(&message::params(&body)),
            "notebookDocument/didOpen" => {
                self.notebooks.opened(&message::params(&body), &mut self.mirror);
            }
            "notebookDocument/didChange" => {
                self.notebooks.changed(&message::params(&body), &mut self.mirror);
            }
            "notebookDocument/didClose" => {
                self.notebooks.closed(&message::params(&body), &mut self.mirror);
            }
            "workspace/didChangeConfiguration" => return self.configured(&message::params(&body)),
            "workspace/didChangeWorkspaceFolders" => self.folders_changed(&message::params(&body)),
            _ => {}
        }
        let document = matches!(
            method,
            "textDocument/didOpen"
                | "textDocument/didChange"
                | "textDocument/didClose"
                | "notebookDocument/didOpen"
                | "notebookDocument/didChange"
                | "notebookDocument/didClose"
        );
        if document && matches!(self.phase, Phase::Restarting | Phase::Down { .. }) {
            // The next process is given the documents as they are then.
            return;
        }
        if document && !self.moving.documents.is_empty() && self.is_moving(&body, method) {
            return;
        }
        self.pass(body);
    }

    fn begin(&mut self, id: Value, mut params: Value) {
        self.folders = folders(&params);
        self.choosing.want(self.folders.iter().cloned());
        let options = params.get("initializationOptions").cloned().unwrap_or_default();
        if self.profile.unless.iter().any(|it| options.get(it).is_some_and(|it| !it.is_null())) {
            self.laid = &[];
        }
        // Servers that never ask take their first settings from here.
        for setting in self.laid {
            if let (Some(key), Value::Object(settings)) = (setting.path.first(), &mut self.settings)
                && let Some(given) = options.get(key)
            {
                settings.insert((*key).to_owned(), given.clone());
            }
        }
        if let Some(params) = params.as_object_mut() {
            // When we are gone, so shall the server be.
            params.insert("processId".to_owned(), json!(std::process::id()));
        }
        self.initialize = Some((id, params));
        self.derive();
    }

    /// The parameters of `initialize` for a process of the server.
    pub(super) fn introduction(&self) -> Value {
        let Some((_, params)) = &self.initialize else { return Value::Null };
        let mut params = params.clone();
        if !self.laid.is_empty() {
            set(&mut params, &["capabilities", "workspace", "configuration"], json!(true));
        }
        if matches!(self.profile.packages, Packages::Events | Packages::EventsAndTold) {
            let watching = ["capabilities", "workspace", "didChangeWatchedFiles"];
            if !self.editor_can("didChangeWatchedFiles/dynamicRegistration") {
                let can = json!({"dynamicRegistration": true, "relativePatternSupport": true});
                set(&mut params, &watching, can);
            }
        }
        if !self.fetches_again() {
            let capabilities = params.pointer_mut("/capabilities/textDocument");
            if let Some(capabilities) = capabilities.and_then(Value::as_object_mut) {
                capabilities.remove("diagnostic");
            }
        }
        if !self.profile.options.is_empty() && self.main_choice().is_some() {
            let options = params.get("initializationOptions").cloned().unwrap_or_default();
            let laid = overlay::lay(options, self.profile.options, self.main_choice());
            set(&mut params, &["initializationOptions"], laid);
        }
        params
    }

    /// Whether findings may be left to the editor to fetch. One that does not do so again when it is told to, as Neovim before
    /// 0.12, would never have those of another environment; so it is sent them.
    pub(super) fn fetches_again(&self) -> bool {
        REFRESHED.iter().any(|it| self.editor_can(it))
    }

    /// Whether the editor announced a capability of the workspace.
    pub(super) fn editor_can(&self, name: &str) -> bool {
        let pointer = format!("/capabilities/workspace/{name}");
        let said = self.initialize.as_ref().and_then(|(_, it)| it.pointer(&pointer));
        said.is_some_and(|it| *it == json!(true))
    }

    /// The user's settings have changed. A server that is sent settings takes them for all there are, so ours go along; one
    /// that asks does so now.
    fn configured(&mut self, params: &Value) {
        if let Some(settings) = params.get("settings").filter(|it| it.is_object()) {
            // Some send only what has changed.
            self.settings = overlay::merged(std::mem::take(&mut self.settings), settings.clone());
        }
        let body = self.settings_to_send();
        self.pass(body);
    }

    /// All settings, ours laid under the user's.
    pub(super) fn settings_to_send(&self) -> Vec<u8> {
        let settings = overlay::lay(self.settings.clone(), self.laid, self.main_choice());
        let params = json!({ "settings": settings });
        message::notification("workspace/didChangeConfiguration", &params)
    }

    fn folders_changed(&mut self, params: &Value) {
        let listed = |name: &str| paths(params.pointer(&format!("/event/{name}")));
        let (added, removed) = (listed("added"), listed("removed"));
        self.folders.retain(|it| !removed.contains(it));
        self.nested.retain(|it| !added.contains(it));
        self.folders.extend(added);
        self.choosing.want(self.folders.iter().cloned());
        // Another process is told of them from its beginning.
        let listed = self.initialize.as_mut().and_then(|it| it.1.as_object_mut());
        if let Some(Value::Array(known)) = listed.and_then(|it| it.get_mut("workspaceFolders")) {
            let of =
                |name: &str| params.pointer(&format!("/event/{name}")).and_then(Value::as_array);
            let (added, removed) = (of("added"), of("removed"));
            let gone = |it: &Value| {
                removed.into_iter().flatten().any(|gone| gone.get("uri") == it.get("uri"))
            };
            known.retain(|it| !gone(it));
            known.extend(added.into_iter().flatten().cloned());
        }
    }

    /// An answer of the editor to the server, or to us.
    fn answer(&mut self, body: Vec<u8>, id: &Value) {
        let Some(name) = id.as_str().filter(|it| it.starts_with("envls:")) else {
            return self.pass(body);
        };
        // What a process asked that was replaced, and what we asked, needs no answer.
        let Some(asked) = self.asked_by_child.remove(name) else { return };
        if asked.generation != self.generation {
            return;
        }
        let mut answer = message::value(&body);
        if let Some(items) = asked.items {
            let users = answer.get_mut("result").and_then(Value::as_array_mut);
            let users = users.map(std::mem::take).unwrap_or_default();
            let laid = self.laid_under(&items, users);
            self.tell(message::result(&asked.id, &laid));
            return self.has_settings();
        }
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("id".to_owned(), asked.id);
        }
        self.tell(answer.to_string().into_bytes());
    }

    /// The answer to a `workspace/configuration`, from what the user has there.
    pub(super) fn laid_under(&self, items: &[Value], users: Vec<Value>) -> Value {
        let mut users = users.into_iter();
        let laid = items.iter().map(|item| {
            let user = users.next().unwrap_or_default();
            let text = |name: &str| item.get(name).and_then(Value::as_str);
            let (scope, section) = (text("scopeUri"), text("section").unwrap_or_default());
            let laid = overlay::answer(user, section, self.laid, self.choice_at(scope));
            match self.left_out(scope) {
                list if list.is_empty() => laid,
                list => overlay::listed(laid, section, self.profile.leaves_out, list),
            }
        });
        laid.collect()
    }
}

/// The folders that the editor has open; where it names none, the one that we were started in.
fn folders(params: &Value) -> Vec<AbsPath> {
    let mut found = paths(params.get("workspaceFolders"));
    if found.is_empty() {
        let uri = params.get("rootUri").and_then(Value::as_str);
        found.extend(uri.and_then(envls_lsp::path_of));
    }
    if found.is_empty() {
        let path = params.get("rootPath").and_then(Value::as_str);
        found.extend(path.and_then(AbsPath::parse));
    }
    if found.is_empty() {
        found.extend(crate::place::here().ok());
    }
    found
}

fn paths(folders: Option<&Value>) -> Vec<AbsPath> {
    let folders = folders.and_then(Value::as_array);
    let uris = folders.into_iter().flatten().filter_map(|it| it.get("uri")?.as_str());
    uris.filter_map(envls_lsp::path_of).collect()
}

fn set(value: &mut Value, path: &[&str], to: Value) {
    let Some((first, rest)) = path.split_first() else {
        *value = to;
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    if let Some(object) = value.as_object_mut() {
        set(object.entry(*first).or_insert(Value::Null), rest, to);
    }
}
