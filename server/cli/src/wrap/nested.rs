//! A project inside an editor's folder that gets another environment than the folder: to the server it is a folder of its own.

use std::time::Instant;

use envls_core::world::AbsPath;
use envls_lsp::spelled;
use serde_json::{Value, json};

use super::{
    choosing::Choice,
    message,
    proxy::{Phase, Proxy},
    switch::MOMENT,
};

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
    pub(super) fn tell_of(&self, root: &AbsPath) {
        let params = json!({"event": {"added": [folder(root)], "removed": []}});
        self.tell(message::notification("workspace/didChangeWorkspaceFolders", &params));
        for opening in self.mirror.openings() {
            let uri = opening.pointer("/textDocument/uri");
            let path = uri.and_then(Value::as_str).and_then(envls_lsp::path_of);
            if path.is_some_and(|it| it.is_within(root)) {
                let closing = json!({"textDocument": {"uri": uri}});
                self.tell(message::notification("textDocument/didClose", &closing));
                self.tell(message::notification("textDocument/didOpen", &opening));
            }
        }
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

/// As the protocol spells a folder (LSP 3.17, `WorkspaceFolder`).
fn folder(path: &AbsPath) -> Value {
    json!({"uri": spelled(path), "name": path.name_text()})
}
