//! The editor itself: its state, what it asks of the server, and what a test expects of it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    binary,
    document::Document,
    folder::Folder,
    profile::{FileEvents, Profile},
    wire::{Incoming, Server},
};

/// Longer than this nothing is waited for; machines that run tests are slow at times.
const DEADLINE: Duration = Duration::from_secs(60);

/// How an expectation stands after a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Met,
    Unmet,
    /// Whatever comes, it cannot be met any more.
    Unmeetable(String),
}

impl From<bool> for Verdict {
    fn from(met: bool) -> Verdict {
        if met { Verdict::Met } else { Verdict::Unmet }
    }
}

/// An editor with a server.
pub struct Editor {
    pub profile: Profile,
    pub folder: Folder,
    pub server: Server,
    pub(crate) documents: BTreeMap<String, Document>,
    /// What the editor shows, by address.
    pub findings: BTreeMap<String, Vec<Value>>,
    /// What it fetched itself and shows beside them, by address.
    pub(crate) fetched: BTreeMap<String, Vec<Value>>,
    /// The addresses of what is being fetched, by the ids of the requests.
    pub(crate) fetching: BTreeMap<i64, String>,
    /// Whether the server is another one, behind `envls wrap`.
    pub(crate) beside: bool,
    /// The addresses of which a test said what it expects there.
    pub(crate) looked_at: BTreeSet<String>,
    /// Address and version of each publishing that was shown.
    pub published: Vec<(String, Option<i64>)>,
    /// Publishings that were for another version than the one shown.
    pub dropped: usize,
    pub statuses: Vec<Value>,
    pub environments: Vec<Value>,
    /// What was told of packages that came or went.
    pub packages: Vec<Value>,
    pub registrations: Vec<Value>,
    /// How often the server asked for the hints to be asked for again.
    pub refreshes: usize,
    pub progresses: BTreeMap<String, Progress>,
    /// What the user will answer.
    pub(crate) choices: VecDeque<String>,
    pub(crate) unread: Vec<Value>,
    pub(crate) asked: BTreeMap<i64, String>,
    pub(crate) answers: BTreeMap<i64, Value>,
    last_id: i64,
    /// Whose end is the server's end too.
    pub process: u32,
    /// What the server answered to `initialize`.
    pub initialized: Value,
}

/// A progress as the editor shows it.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    pub created: bool,
    pub title: Option<String>,
    pub cancellable: bool,
    pub reports: Vec<String>,
    pub ended: bool,
    pub result: String,
}

impl Editor {
    /// Starts the server in a folder and initializes it, as this editor does.
    #[must_use]
    pub fn start(profile: Profile, folder: Folder) -> Editor {
        let mut editor = Editor::uninitialized(profile, folder);
        editor.initialize();
        editor
    }

    /// Another editor of the same kind in the same folder.
    #[must_use]
    pub fn sibling(other: &Editor) -> Editor {
        Editor::start(other.profile.clone(), other.folder.clone())
    }

    /// Starts the server and says nothing yet.
    #[must_use]
    pub fn uninitialized(profile: Profile, folder: Folder) -> Editor {
        Editor::with(profile, folder, binary::command())
    }

    /// The same, with the command that starts it.
    pub(crate) fn with(profile: Profile, folder: Folder, mut command: Command) -> Editor {
        command.current_dir(folder.path(""));
        command.env("ENVLS_STATE_DIR", folder.state()).env_remove("ENVLS_LOG");
        if folder.tools().is_dir() {
            let before = std::env::var_os("PATH").unwrap_or_default();
            let folders = std::iter::once(folder.tools()).chain(std::env::split_paths(&before));
            command.env("PATH", std::env::join_paths(folders).expect("they are folders"));
        }
        for active in ["VIRTUAL_ENV", "CONDA_PREFIX"] {
            command.env_remove(active);
        }
        Editor {
            profile,
            folder,
            server: Server::start(command),
            documents: BTreeMap::new(),
            findings: BTreeMap::new(),
            fetched: BTreeMap::new(),
            fetching: BTreeMap::new(),
            beside: false,
            looked_at: BTreeSet::new(),
            published: Vec::new(),
            dropped: 0,
            statuses: Vec::new(),
            environments: Vec::new(),
            packages: Vec::new(),
            registrations: Vec::new(),
            refreshes: 0,
            progresses: BTreeMap::new(),
            choices: VecDeque::new(),
            unread: Vec::new(),
            asked: BTreeMap::new(),
            answers: BTreeMap::new(),
            last_id: 0,
            process: std::process::id(),
            initialized: Value::Null,
        }
    }

    pub fn initialize(&mut self) {
        let uri = self.folder.uri("");
        let params = json!({
            "processId": self.process,
            "clientInfo": {"name": self.profile.name, "version": self.profile.version},
            "rootPath": self.folder.path(""),
            "rootUri": uri,
            "workspaceFolders": [{"uri": uri, "name": "shop"}],
            "capabilities": self.profile.capabilities,
            "initializationOptions": self.profile.initialization_options,
            "trace": "off",
        });
        self.initialized = self.request("initialize", params);
        self.notify("initialized", json!({}));
    }

    /// Whether the capabilities say yes at a place, or have something there.
    #[must_use]
    pub fn announces(&self, pointer: &str) -> bool {
        let said = self.profile.capabilities.pointer(pointer);
        said.is_some_and(|it| !matches!(it, Value::Null | Value::Bool(false)))
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        let mut notification = json!({"jsonrpc": "2.0", "method": method});
        if !params.is_null() {
            notification["params"] = params;
        }
        self.server.send(&notification);
    }

    /// Sends a request; its answer is fetched with `answer`.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.last_id += 1;
        let id = self.last_id;
        self.asked.insert(id, method.to_owned());
        let mut request = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            request["params"] = params;
        }
        self.server.send(&request);
        id
    }

    /// The whole answer to a request, once it is there.
    pub fn answer_to(&mut self, id: i64) -> Value {
        self.expect(&format!("an answer to request {id}"), |it| {
            it.answers.contains_key(&id).into()
        });
        self.answers.remove(&id).unwrap_or_default()
    }

    /// Asks, and waits for the result.
    ///
    /// # Panics
    /// When the answer is an error.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        let answer = self.answer_to(id);
        assert!(answer.get("error").is_none(), "`{method}` failed: {answer}");
        answer["result"].clone()
    }

    /// Waits until something is so, judging it after each message.
    ///
    /// # Panics
    /// When it cannot become so, or does not in time.
    pub fn expect(&mut self, what: &str, judge: impl Fn(&Editor) -> Verdict) {
        let until = Instant::now() + DEADLINE;
        loop {
            match judge(self) {
                Verdict::Met => return,
                Verdict::Unmeetable(why) => self.fail(&format!("{what}: {why}")),
                Verdict::Unmet => {}
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.server.receive(left) {
                Some(Incoming::Message(message)) => self.take(message),
                Some(Incoming::Garbage(bytes)) => self.fail(&format!("no protocol: {bytes:?}")),
                Some(Incoming::End) => self.fail(&format!("the server ended before {what}")),
                None => self.fail(&format!("in vain: {what}")),
            }
        }
    }

    /// Waits until a file shows findings with just these codes.
    pub fn expect_findings(&mut self, name: &str, codes: &[&str]) {
        let uri = self.folder.uri(name);
        self.looked_at.insert(uri.clone());
        self.expect(&format!("{codes:?} at {name}"), |it| (it.codes(&uri) == codes).into());
    }

    /// The codes of the findings that an address shows.
    #[must_use]
    pub fn codes(&self, uri: &str) -> Vec<String> {
        let shown = self.findings.get(uri).into_iter().flatten();
        shown.map(|it| it["code"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The findings of a file.
    pub fn findings_of(&mut self, name: &str) -> Vec<Value> {
        let uri = self.folder.uri(name);
        self.looked_at.insert(uri.clone());
        self.findings.get(&uri).cloned().unwrap_or_default()
    }

    /// Waits until everything that was sent before has been taken in.
    pub fn catch_up(&mut self) {
        let uri = self.folder.uri("pyproject.toml");
        self.request(
            "textDocument/hover",
            json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}),
        );
    }

    /// Waits for a sentence shown to the user, and counts it as read.
    pub fn expect_said(&mut self, part: &str) -> String {
        let says = |it: &Value| {
            let method = it["method"].as_str();
            let words = it["params"]["message"].as_str().unwrap_or_default();
            method == Some("window/showMessage") && words.contains(part)
        };
        self.expect(&format!("to be told {part:?}"), |it| it.unread.iter().any(says).into());
        let at = self.unread.iter().position(says).unwrap_or_default();
        let said = self.unread.remove(at);
        said["params"]["message"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits for a message of a method that is not answered by the editor's own ways, and counts it as read.
    pub fn expect_message(&mut self, method: &str) -> Value {
        let is = |it: &Value| it["method"].as_str() == Some(method);
        self.expect(&format!("`{method}`"), |it| it.unread.iter().any(is).into());
        let at = self.unread.iter().position(is).unwrap_or_default();
        self.unread.remove(at)
    }

    /// Waits until something that could not be understood is refused, with this code.
    pub fn expect_refused(&mut self, code: i64) {
        let is = |it: &Value| it["id"].is_null() && it["error"]["code"] == json!(code);
        self.expect(&format!("a refusal {code}"), |it| it.unread.iter().any(is).into());
        let at = self.unread.iter().position(is).unwrap_or_default();
        self.unread.remove(at);
    }

    /// The user will choose this when asked next.
    pub fn will_choose(&mut self, title: &str) {
        self.choices.push_back(title.to_owned());
    }

    /// Waits until the user has been asked all that an answer was prepared for.
    pub fn expect_asked(&mut self) {
        self.expect("all questions", |it| it.choices.is_empty().into());
    }

    /// The actions at the start of a file's first finding, as the editor's menu asks for them.
    pub fn actions(&mut self, name: &str) -> Vec<Value> {
        let uri = self.folder.uri(name);
        let findings = self.findings_of(name);
        let range = findings.first().map_or_else(
            || json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}),
            |it| it["range"].clone(),
        );
        let params = json!({
            "textDocument": {"uri": uri},
            "range": {"start": range["start"], "end": range["start"]},
            "context": {"diagnostics": findings, "triggerKind": 1},
        });
        let actions = self.request("textDocument/codeAction", params);
        actions.as_array().cloned().unwrap_or_default()
    }

    /// Chooses an action: its edit is applied, its command executed.
    pub fn choose(&mut self, action: &Value) {
        if action.get("edit").is_some() {
            self.apply(&action["edit"]);
        }
        if let Some(command) = action.get("command").filter(|it| it.is_object()) {
            let arguments = command["arguments"].clone();
            let command = command["command"].as_str().unwrap_or_default().to_owned();
            self.execute(&command, arguments);
        }
    }

    /// Executes a command, as the editor's command line does.
    pub fn execute(&mut self, command: &str, arguments: Value) -> Value {
        self.request(
            "workspace/executeCommand",
            json!({"command": command, "arguments": arguments}),
        )
    }

    /// Another program changed a file; the editor tells, if it is one that sees such things.
    pub fn changed_outside(&mut self, name: &str) {
        let registered = self
            .registrations
            .iter()
            .any(|it| it["method"] == json!("workspace/didChangeWatchedFiles"));
        if self.profile.file_events == FileEvents::All && registered {
            let uri = self.folder.uri(name);
            self.notify(
                "workspace/didChangeWatchedFiles",
                json!({"changes": [{"uri": uri, "type": 2}]}),
            );
        }
    }

    /// Ends the server as this editor does, and checks that nothing is left over.
    ///
    /// # Panics
    /// When something is, or the server ends with another code than 0.
    pub fn quit(mut self) {
        // On a busy machine one may have been shown that nobody waited for.
        self.expect("the end of every progress", |editor| match editor.under_way().is_empty() {
            true => Verdict::Met,
            false => Verdict::Unmet,
        });
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        // `envls wrap` gives the server behind it ten seconds of its own.
        let code = self.server.wait(Duration::from_secs(60));
        assert_eq!(code, Some(0), "it said:\n{}", self.server.errors());
        assert!(self.unread.is_empty(), "nobody read {:#?}", self.unread);
        assert!(self.choices.is_empty(), "nobody asked: {:?}", self.choices);
        let unseen: Vec<_> = self
            .findings
            .iter()
            .filter(|(uri, shown)| !shown.is_empty() && !self.looked_at.contains(*uri))
            .collect();
        assert!(unseen.is_empty(), "nobody looked at {unseen:#?}");
    }

    /// The progresses that were shown and have not ended.
    fn under_way(&self) -> Vec<&String> {
        let open = self.progresses.iter().filter(|(_, it)| it.title.is_some() && !it.ended);
        open.map(|it| it.0).collect()
    }

    /// Leaves the server to its fate, and gives the folder back.
    #[must_use]
    pub fn into_folder(self) -> Folder {
        self.folder
    }

    fn fail(&self, why: &str) -> ! {
        panic!(
            "{}: {why}\nshown: {:#?}\nunread: {:#?}\nprogress: {:#?}\nstandard error:\n{}",
            self.profile.name,
            self.findings,
            self.unread,
            self.progresses,
            self.server.errors()
        )
    }
}
