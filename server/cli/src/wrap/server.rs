//! What the server says, on its way to the editor.

use serde_json::{Value, json};

use super::{
    message::{self, Kind},
    overlay,
    proxy::{Asked, Phase, Proxy},
    switch,
};

impl Proxy {
    pub(super) fn server_says(&mut self, body: Vec<u8>) {
        match message::kind(&body) {
            Kind::Request { id, method } => self.asked(&body, id, &method),
            Kind::Notification { method } => {
                self.notice(&body, &method);
                if method == "$/cancelRequest" {
                    self.cancelled(&body);
                } else {
                    self.say(body);
                }
            }
            Kind::Answer { id } => self.answered(body, &id),
            Kind::Other => self.say(body),
        }
    }

    fn answered(&mut self, body: Vec<u8>, id: &Value) {
        if self.phase == Phase::Restarting && *id == switch::introduction_id(self.generation) {
            let answer = message::value(&body);
            return self.arrived(&answer);
        }
        let name = id.to_string();
        let first = self.initialize.as_ref().is_some_and(|(asked, _)| asked == id);
        let mut body = body;
        if first && !self.initialized {
            let mut answer = message::value(&body);
            let encoding = answer.pointer("/result/capabilities/positionEncoding");
            self.mirror.counts_as(encoding.and_then(Value::as_str));
            let capabilities = answer.pointer_mut("/result/capabilities");
            let fetched = capabilities
                .and_then(Value::as_object_mut)
                .and_then(|it| it.remove("diagnosticProvider"));
            if fetched.is_some() && !self.fetches_again() {
                body = answer.to_string().into_bytes();
            }
        }
        // One that was failed meanwhile has had its answer.
        if self.asked_by_editor.remove(&name).is_some() {
            self.say(body);
        }
    }

    fn asked(&mut self, body: &[u8], id: Value, method: &str) {
        let mut request = message::value(body);
        let mut items = None;
        match method {
            "workspace/configuration" if !self.laid.is_empty() => {
                let listed = request.pointer("/params/items").and_then(Value::as_array);
                let listed = listed.cloned().unwrap_or_default();
                if !self.editor_can("configuration") {
                    // We said that settings can be asked for, so we answer, with what the editor has sent.
                    let section = |it: &Value| {
                        let name = it.get("section").and_then(Value::as_str);
                        overlay::section(&self.settings, name.unwrap_or_default())
                    };
                    let users = listed.iter().map(section).collect();
                    let laid = self.laid_under(&listed, users);
                    self.tell(message::result(&id, &laid));
                    return self.has_settings();
                }
                items = Some(listed);
            }
            "client/registerCapability" if !self.registers(&mut request, "registrations") => {
                return self.tell(message::result(&id, &Value::Null));
            }
            // The protocol's own spelling (LSP 3.17, `UnregistrationParams`).
            "client/unregisterCapability" if !self.registers(&mut request, "unregisterations") => {
                return self.tell(message::result(&id, &Value::Null));
            }
            _ => {}
        }
        self.counted += 1;
        let name = format!("envls:{}:{}", self.generation, self.counted);
        if let Some(request) = request.as_object_mut() {
            request.insert("id".to_owned(), json!(name));
        }
        self.asked_by_child.insert(name, Asked { generation: self.generation, id, items });
        self.say(request.to_string().into_bytes());
    }

    /// Notes what is registered, and takes out what the editor cannot do and was not asked for. False when nothing is left.
    fn registers(&mut self, request: &mut Value, list: &str) -> bool {
        let pointer = format!("/params/{list}");
        let watches = self.editor_can("didChangeWatchedFiles/dynamicRegistration");
        let Some(all) = request.pointer_mut(&pointer).and_then(Value::as_array_mut) else {
            return true;
        };
        all.retain(|it| {
            let text = |name: &str| it.get(name).and_then(Value::as_str).unwrap_or_default();
            let (id, method) = (text("id").to_owned(), text("method").to_owned());
            if list != "registrations" {
                self.registrations.remove(&id);
                return !self.unheard.remove(&id);
            }
            if method == "workspace/didChangeWatchedFiles" && !watches {
                self.unheard.insert(id);
                return false;
            }
            self.registrations.insert(id, method);
            true
        });
        !all.is_empty()
    }

    /// The server takes back a request, which the editor knows by another id.
    fn cancelled(&mut self, body: &[u8]) {
        let params = message::params(body);
        let Some(id) = params.get("id") else { return };
        let named = self.asked_by_child.iter().find(|(_, it)| it.id == *id);
        if let Some((name, _)) = named {
            let params = json!({ "id": name });
            self.say(message::notification("$/cancelRequest", &params));
        }
    }

    /// Notes what has to be put right should the process be replaced.
    fn notice(&mut self, body: &[u8], method: &str) {
        match method {
            "textDocument/publishDiagnostics" => {
                let params = message::params(body);
                let Some(uri) = params.get("uri").and_then(Value::as_str) else { return };
                self.stale.remove(uri);
                let list = params.get("diagnostics").and_then(Value::as_array);
                if list.is_some_and(|it| !it.is_empty()) {
                    self.shown.insert(uri.to_owned());
                } else {
                    self.shown.remove(uri);
                }
            }
            "$/progress" => {
                let params = message::params(body);
                let Some(token) = params.get("token") else { return };
                match params.pointer("/value/kind").and_then(Value::as_str) {
                    Some("begin") => {
                        self.progress.insert(token.to_string(), token.clone());
                    }
                    Some("end") => {
                        self.progress.remove(&token.to_string());
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}
