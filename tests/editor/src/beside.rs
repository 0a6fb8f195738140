//! Another server in the editor, behind `envls wrap`: what only such a one needs of it, the fetching of findings above all.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{binary, editor::Editor, folder::Folder, profile::Profile, wire::Incoming};

/// So long a message is waited for before one looks again.
const LOOK: Duration = Duration::from_millis(100);

impl Editor {
    /// Starts another server behind `envls wrap`, as the editor's configuration has it, and initializes it.
    #[must_use]
    pub fn beside(mut profile: Profile, folder: Folder, server: &[String]) -> Editor {
        let mut command = binary::program();
        command.args(["wrap", "--"]).args(server);
        // Nobody has set anything.
        profile.initialization_options = Value::Null;
        profile.section = Value::Null;
        let mut editor = Editor::with(profile, folder, command);
        editor.beside = true;
        editor.initialize();
        editor
    }

    /// What the editor shows in a file: what it was sent and what it fetched, by place.
    pub fn shown_in(&mut self, name: &str) -> Vec<Value> {
        let uri = self.folder.uri(name);
        self.looked_at.insert(uri.clone());
        let both = [self.findings.get(&uri), self.fetched.get(&uri)];
        let mut shown: Vec<Value> = both.into_iter().flatten().flatten().cloned().collect();
        let key = |it: &Value| {
            let start = &it["range"]["start"];
            (start["line"].as_u64(), start["character"].as_u64(), it["message"].to_string())
        };
        shown.sort_by_key(key);
        shown
    }

    /// Whether anything at all was said of a file yet.
    #[must_use]
    pub fn has_heard_of(&self, name: &str) -> bool {
        let uri = self.folder.uri(name);
        self.findings.contains_key(&uri) || self.fetched.contains_key(&uri)
    }

    /// The sentences that were shown to the user, which counts them as read.
    pub fn told(&mut self) -> Vec<String> {
        let is = |it: &Value| it["method"] == json!("window/showMessage");
        let (told, rest) = std::mem::take(&mut self.unread).into_iter().partition(is);
        self.unread = rest;
        let told: Vec<Value> = told;
        told.iter()
            .map(|it| it["params"]["message"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Takes in what comes, until something is so. Other than an expectation it may ask the server.
    ///
    /// # Panics
    /// When it is not in time, or the server ends.
    pub fn look_until(
        &mut self,
        what: &str,
        patience: Duration,
        is_so: impl Fn(&mut Editor) -> bool,
    ) {
        let until = Instant::now() + patience;
        while !is_so(self) {
            assert!(
                Instant::now() < until,
                "in vain: {what}: {}\n{}",
                self.in_words(),
                self.server.errors()
            );
            match self.server.receive(LOOK) {
                Some(Incoming::Message(message)) => self.take(message),
                Some(other) => panic!("{what}: {other:?}: {}", self.server.errors()),
                None => {}
            }
        }
    }

    /// All that is shown, a line each.
    fn in_words(&self) -> String {
        let sent = self.findings.iter().map(|it| ("sent", it));
        let fetched = self.fetched.iter().map(|it| ("fetched", it));
        let lines = sent.chain(fetched).flat_map(|(way, (uri, findings))| {
            let messages = findings.iter().map(|it| it["message"].to_string());
            let line = move |words: String| format!("\n{way} for {uri}: {words}");
            std::iter::once("findings".to_owned()).chain(messages).map(line)
        });
        lines.collect()
    }

    /// Fetches the findings of a document, where both sides have said that this is the way.
    pub(crate) fn fetch(&mut self, uri: &str) {
        let offered = self.initialized.pointer("/capabilities/diagnosticProvider").is_some();
        let registered =
            self.registrations.iter().any(|it| it["method"] == json!("textDocument/diagnostic"));
        if !self.announces("/textDocument/diagnostic") || !(offered || registered) {
            return;
        }
        let params = json!({"textDocument": {"uri": uri}});
        let id = self.ask("textDocument/diagnostic", params);
        self.fetching.insert(id, uri.to_owned());
    }

    pub(crate) fn fetch_all(&mut self) {
        for uri in self.documents.keys().cloned().collect::<Vec<_>>() {
            self.fetch(&uri);
        }
    }

    /// Findings that were fetched have come, or why they have not.
    pub(crate) fn came(&mut self, uri: String, answer: &Value) {
        match answer["error"]["code"].as_i64() {
            // `ServerCancelled` and `ContentModified` (LSP 3.17): it is asked again.
            Some(-32802 | -32801) => self.fetch(&uri),
            Some(_) => panic!("findings could not be fetched: {answer}"),
            None => {
                let items = answer["result"]["items"].as_array().cloned().unwrap_or_default();
                self.fetched.insert(uri, items);
            }
        }
    }

    /// Whether a request wants something to be asked for again that this editor announced and does not show.
    pub(crate) fn refreshes_nothing(&self, method: &str) -> bool {
        let area = method.strip_prefix("workspace/").and_then(|it| it.strip_suffix("/refresh"));
        area.is_some_and(|it| self.announces(&format!("/workspace/{it}/refreshSupport")))
    }
}
