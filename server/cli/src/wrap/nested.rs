//! A project inside an editor's folder that gets another environment than the folder: to the server it is a folder of its own.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use envls_core::world::AbsPath;
use envls_lsp::spelled;
use serde_json::{Value, json};

use super::{
    choosing::Choice,
    message,
    proxy::{Phase, Proxy},
    switch::MOMENT,
};

/// So long the server may take to ask for its settings again; and so long it asks for nothing more when it has them.
const ASKING: Duration = Duration::from_secs(3);

/// Documents that are closed to the server until it has taken in which folders there are.
#[derive(Default)]
pub(super) struct Moving {
    pub(super) until: Option<Instant>,
    pub(super) documents: BTreeSet<String>,
}

impl Proxy {
    /// The project of an open document gets this.
    pub(super) fn found_inside(&mut self, root: AbsPath, choice: Option<Choice>) {
        let around = self.choice_at(Some(&spelled(&root)));
        let differs = choice.as_ref().is_some_and(|it| around.is_none_or(|a| !a.is_same(it)));
        if !differs || matches!(self.phase, Phase::Ending) {
            return;
        }
        if !self.profile.by_folder {
            let around = around.map(|it| it.prefix.shown_from(&root));
            return self.cannot_have(root, choice.as_ref(), around);
        }
        self.choices.insert(root.clone(), choice);
        self.nested.insert(root.clone());
        self.introduce(&root);
        self.due.folders.push(root);
        self.due.at = Some(Instant::now() + MOMENT);
    }

    /// What the server leaves out of a folder, since folders inside of it have it: those, and what it leaves out by itself where
    /// nothing is said (pyright, *Environment Options*, `exclude`).
    pub(super) fn left_out(&self, scope: Option<&str>) -> Vec<Value> {
        let around = scope.and_then(envls_lsp::path_of);
        let Some(around) = around.filter(|_| !self.profile.leaves_out.is_empty()) else {
            return Vec::new();
        };
        let inside = self.nested.iter().filter(|it| **it != around && it.is_within(&around));
        let inside: Vec<Value> = inside.map(|it| json!(it.shown_from(&around))).collect();
        match inside.is_empty() {
            true => inside,
            false => ["**/node_modules", "**/__pycache__", "**/.*"]
                .map(Value::from)
                .into_iter()
                .chain(inside)
                .collect(),
        }
    }

    /// Another process is told of it from its beginning.
    fn introduce(&mut self, root: &AbsPath) {
        let folders: Vec<Value> = self.folders.iter().map(folder).collect();
        let Some((_, Value::Object(params))) = &mut self.initialize else { return };
        let listed = params.entry("workspaceFolders").or_insert(Value::Null);
        if !listed.is_array() {
            *listed = Value::Array(folders);
        }
        if let Value::Array(listed) = listed {
            listed.push(folder(root));
        }
    }

    /// Tells the running server. Documents that it has assigned to the folder around are closed and opened for it, since not
    /// every server assigns them anew by itself.
    pub(super) fn tell_of(&mut self, roots: &[AbsPath]) {
        let moved: Vec<Value> = self.mirror.openings().filter(|it| is_in(it, roots)).collect();
        for opening in &moved {
            let closing = json!({"textDocument": {"uri": opening.pointer("/textDocument/uri")}});
            self.tell(message::notification("textDocument/didClose", &closing));
        }
        let added: Vec<Value> = roots.iter().map(folder).collect();
        let params = json!({"event": {"added": added, "removed": []}});
        self.tell(message::notification("workspace/didChangeWorkspaceFolders", &params));
        if self.profile.leaves_out.is_empty() {
            for opening in &moved {
                self.tell(message::notification("textDocument/didOpen", opening));
            }
            return;
        }
        // Opened before the folder around has left them out, they would be its own too.
        self.tell(self.settings_to_send());
        let uris = moved.iter().filter_map(|it| it.pointer("/textDocument/uri")?.as_str());
        self.moving.documents.extend(uris.map(str::to_owned));
        self.moving.until = Some(Instant::now() + ASKING);
    }

    /// The server has been answered about its settings; it may ask for more.
    pub(super) fn has_settings(&mut self) {
        if self.moving.until.is_some() {
            self.moving.until = Some(Instant::now() + MOMENT);
        }
    }

    /// Whether what the editor says of a document is of one that is closed to the server: it is opened as it is then.
    pub(super) fn is_moving(&mut self, body: &[u8], method: &str) -> bool {
        let params = message::params(body);
        let uri = params.pointer("/textDocument/uri").and_then(Value::as_str);
        let Some(uri) = uri.filter(|it| self.moving.documents.contains(*it)) else { return false };
        if method == "textDocument/didClose" {
            self.moving.documents.remove(uri);
        }
        true
    }

    /// What was closed is opened, and what was held goes to the server.
    pub(super) fn moved(&mut self) {
        let moving = std::mem::take(&mut self.moving);
        for uri in &moving.documents {
            if let Some(document) = self.mirror.document(uri) {
                let opening = json!({ "textDocument": document });
                self.tell(message::notification("textDocument/didOpen", &opening));
            }
        }
        self.release();
    }

    /// Says it plainly, once, where a server has one environment for all that it serves.
    fn cannot_have(&mut self, root: AbsPath, choice: Option<&Choice>, around: Option<String>) {
        let Some(choice) = choice else { return };
        let (server, own) = (self.profile.name, choice.prefix.shown_from(&root));
        let server = if server == "other" { "this server" } else { server };
        let has = around.map_or("no environment".to_owned(), |it| format!("`{it}`"));
        let words = format!(
            "envls: {server} has one environment for all that it serves, {has}; `{root}` has `{own}`: \
             open it as a folder of its own"
        );
        if self.told_of.insert(root) {
            // 3 is information (Language Server Protocol, *MessageType*).
            let params = json!({"type": 3, "message": words});
            self.say(message::notification("window/showMessage", &params));
        }
    }
}

fn is_in(opening: &Value, roots: &[AbsPath]) -> bool {
    let uri = opening.pointer("/textDocument/uri").and_then(Value::as_str);
    let path = uri.and_then(envls_lsp::path_of);
    path.is_some_and(|path| roots.iter().any(|it| path.is_within(it)))
}

/// As the protocol spells a folder (LSP 3.17, `WorkspaceFolder`).
fn folder(path: &AbsPath) -> Value {
    json!({"uri": spelled(path), "name": path.name_text()})
}
