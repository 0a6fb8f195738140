//! What the editor does with each message of the server, by itself and without being told to.

use serde_json::{Value, json};

use crate::{
    editor::{Editor, Progress},
    profile::{Publishing, Questions},
};

impl Editor {
    /// Takes a message in. What the editor's own ways do not account for stays unread, for an expectation to claim.
    pub(crate) fn take(&mut self, message: Value) {
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        let id = message.get("id").cloned();
        match (method.as_str(), id) {
            // What could not be told to be a request is refused without an id.
            ("", Some(Value::Null)) => self.unread.push(message),
            ("", Some(id)) => {
                let known = id.as_i64().is_some_and(|it| self.asked.remove(&it).is_some());
                assert!(known, "an answer to nothing: {message}");
                if let Some(uri) = id.as_i64().and_then(|it| self.fetching.remove(&it)) {
                    return self.came(uri, &message);
                }
                self.answers.insert(id.as_i64().unwrap_or_default(), message);
            }
            (_, Some(id)) => self.answer(&method, id, message),
            (_, None) => self.notice(&method, message),
        }
    }

    fn answer(&mut self, method: &str, id: Value, message: Value) {
        let params = &message["params"];
        let result = match method {
            "client/registerCapability" => {
                self.registrations
                    .extend(params["registrations"].as_array().cloned().unwrap_or_default());
                // What a server says of itself later counts from then on.
                self.fetch_all();
                Ok(Value::Null)
            }
            "client/unregisterCapability" => {
                // LSP 3.17 has it misspelt.
                let gone = params["unregisterations"].as_array().cloned().unwrap_or_default();
                self.registrations.retain(|it| gone.iter().all(|gone| gone["id"] != it["id"]));
                Ok(Value::Null)
            }
            "workspace/diagnostic/refresh"
                if self.announces("/workspace/diagnostics/refreshSupport") =>
            {
                self.fetch_all();
                Ok(Value::Null)
            }
            _ if self.beside && self.refreshes_nothing(method) => Ok(Value::Null),
            "workspace/configuration" => {
                let items = params["items"].as_array().map_or(0, Vec::len);
                Ok(Value::Array(vec![self.profile.section.clone(); items]))
            }
            "window/workDoneProgress/create" => {
                let progress = self.progresses.entry(token(&params["token"])).or_default();
                if progress.ended {
                    // A token that has ended can be one of another progress.
                    *progress = Progress::default();
                }
                progress.created = true;
                Ok(Value::Null)
            }
            "workspace/applyEdit" => {
                self.apply(&params["edit"]);
                self.unread.push(message.clone());
                Ok(json!({"applied": true}))
            }
            "workspace/inlayHint/refresh"
                if self.announces("/workspace/inlayHint/refreshSupport") =>
            {
                self.refreshes += 1;
                Ok(Value::Null)
            }
            "window/showDocument" if self.announces("/window/showDocument/support") => {
                self.unread.push(message.clone());
                Ok(json!({"success": true}))
            }
            "window/showMessageRequest" if self.profile.questions == Questions::Shown => {
                let choice =
                    self.choices.pop_front().unwrap_or_else(|| panic!("nobody answers {message}"));
                let actions = params["actions"].as_array().cloned().unwrap_or_default();
                let chosen = actions.into_iter().find(|it| it["title"] == json!(choice));
                Ok(chosen.unwrap_or(Value::Null))
            }
            _ => {
                self.unread.push(message.clone());
                Err(json!({"code": -32601, "message": "Method not found"}))
            }
        };
        let answer = match result {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err(error) => json!({"jsonrpc": "2.0", "id": id, "error": error}),
        };
        self.server.send(&answer);
    }

    fn notice(&mut self, method: &str, message: Value) {
        let params = &message["params"];
        match method {
            "textDocument/publishDiagnostics" => self.publish(params),
            "$/progress" => {
                let Some(progress) = self.progresses.get_mut(&token(&params["token"])) else {
                    panic!("a progress that was not created: {message}")
                };
                follow(progress, &params["value"]);
            }
            "envls/status" if self.announces("/experimental/envls/status") => {
                self.statuses.push(params.clone());
            }
            "envls/activeEnvironmentChanged"
                if self.announces("/experimental/envls/activeEnvironmentChanged") =>
            {
                self.environments.push(params.clone());
            }
            "envls/packagesChanged" if self.announces("/experimental/envls/packagesChanged") => {
                self.packages.push(params.clone());
            }
            // Kept in the editor's log.
            "window/logMessage" | "$/logTrace" | "telemetry/event" if self.beside => {}
            _ => self.unread.push(message),
        }
    }

    fn publish(&mut self, params: &Value) {
        let uri = params["uri"].as_str().unwrap_or_default().to_owned();
        if self.profile.publishing == Publishing::Dropped
            && let (Some(version), Some(document)) =
                (params["version"].as_i64(), self.documents.get(&uri))
            && version != document.version
        {
            self.dropped += 1;
            return;
        }
        let findings = params["diagnostics"].as_array().cloned().unwrap_or_default();
        self.published.push((uri.clone(), params["version"].as_i64()));
        self.findings.insert(uri, findings);
    }
}

/// A number or a text (LSP 3.17, `ProgressToken`).
fn token(said: &Value) -> String {
    said.as_str().map_or_else(|| said.to_string(), str::to_owned)
}

fn follow(progress: &mut Progress, value: &Value) {
    let said = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    match value["kind"].as_str() {
        Some("begin") => {
            assert!(
                progress.created && progress.title.is_none(),
                "it begins once, after its creation"
            );
            progress.title = Some(said("title"));
            progress.cancellable = value["cancellable"] == json!(true);
        }
        Some("report") => {
            assert!(
                progress.title.is_some() && !progress.ended,
                "reports come between begin and end"
            );
            progress.reports.push(said("message"));
        }
        Some("end") => {
            assert!(progress.title.is_some() && !progress.ended, "it ends once");
            progress.ended = true;
            progress.result = said("message");
        }
        _ => panic!("no step of a progress: {value}"),
    }
}
