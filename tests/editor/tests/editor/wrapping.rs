//! `envls wrap` between an editor and a server that tells what reached it.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use envls_editor_tests::{Folder, Incoming, Server, command, python};
use serde_json::{Value, json};

use crate::support::MANIFEST;

const STAND_IN: &str = include_str!("wrapping/stand_in.py");
const FILE: &str = "shop.py";
const DEADLINE: Duration = Duration::from_secs(60);

/// An editor that can do what each test says.
struct Client {
    folder: Folder,
    server: Server,
    last: i64,
    /// What it answers for the section `python`.
    section: Value,
    /// Methods of what the server asked and told.
    heard: Vec<String>,
    answers: Vec<Value>,
    /// What was answered to `initialize`.
    introduced: Value,
}

impl Client {
    fn start(profile: &str, capabilities: Value) -> Client {
        Client::start_in(true, profile, capabilities)
    }

    fn start_in(trusted: bool, profile: &str, capabilities: Value) -> Client {
        let folder = Folder::new(&[("pyproject.toml", MANIFEST), (FILE, "é = 1\n")]);
        // Outside of the workspace, as servers are.
        let script = folder.state().with_extension("py");
        std::fs::write(&script, STAND_IN).expect("it is ours");
        if trusted {
            trust(&folder);
        }
        let mut wrap = Command::new(command().get_program());
        wrap.args(["wrap", "--profile", profile, "--", python()]).arg(script);
        wrap.current_dir(folder.path("")).env("ENVLS_STATE_DIR", folder.state());
        wrap.env_remove("VIRTUAL_ENV").env_remove("CONDA_PREFIX");
        let mut client = Client {
            server: Server::start(wrap),
            folder,
            last: 0,
            section: json!({"analysis": {"a": 1}}),
            heard: Vec::new(),
            answers: Vec::new(),
            introduced: Value::Null,
        };
        let uri = client.folder.uri("");
        let params = json!({
            "processId": std::process::id(), "rootUri": uri,
            "workspaceFolders": [{"uri": uri, "name": "shop"}], "capabilities": capabilities,
        });
        let id = client.ask("initialize", params);
        client.introduced = client.answer_to(id);
        assert!(client.introduced.get("result").is_some(), "it is initialized");
        client.notify("initialized", json!({}));
        let document = json!({
            "uri": client.folder.uri(FILE), "languageId": "python", "version": 1, "text": "é = 1\n",
        });
        client.notify("textDocument/didOpen", json!({ "textDocument": document }));
        client
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.server.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.last += 1;
        let id = self.last;
        self.server.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    fn answer_to(&mut self, id: i64) -> Value {
        let until = Instant::now() + DEADLINE;
        loop {
            if let Some(at) = self.answers.iter().position(|it| it["id"] == json!(id)) {
                return self.answers.remove(at);
            }
            self.take(until);
        }
    }

    fn take(&mut self, until: Instant) {
        let left = until.saturating_duration_since(Instant::now());
        let message = match self.server.receive(left) {
            Some(Incoming::Message(message)) => message,
            other => panic!("{other:?}: {}", self.server.errors()),
        };
        let Some(method) = message["method"].as_str() else { return self.answers.push(message) };
        self.heard.push(method.to_owned());
        if message.get("id").is_some() {
            let result = match method {
                "workspace/configuration" => json!([self.section, null]),
                _ => Value::Null,
            };
            self.server.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}));
        }
    }

    /// Waits until what reached the server is as wanted.
    fn until(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let until = Instant::now() + DEADLINE;
        loop {
            let id = self.ask("test/state", Value::Null);
            let answer = self.answer_to(id);
            if answer["result"].is_object() && wanted(&answer["result"]) {
                return answer["result"].clone();
            }
            assert!(Instant::now() < until, "in vain: {what}: {answer} {}", self.server.errors());
        }
    }

    fn trust(&self) {
        trust(&self.folder);
    }

    fn create(&self, name: &str) -> Value {
        let made = Command::new(python())
            .args(["-m", "venv", "--without-pip"])
            .arg(self.folder.path(name))
            .status();
        assert!(made.is_ok_and(|it| it.success()), "there is a Python that makes environments");
        json!(self.folder.path(name).join("bin/python").to_string_lossy())
    }

    /// Ends as editors do; gives the exit code.
    fn quit(mut self) -> Option<i32> {
        let id = self.ask("shutdown", Value::Null);
        self.answer_to(id);
        self.notify("exit", Value::Null);
        self.server.wait(DEADLINE)
    }
}

fn trust(folder: &Folder) {
    let mut trust = Command::new(command().get_program());
    trust.arg("trust").arg(folder.path("")).env("ENVLS_STATE_DIR", folder.state());
    assert!(trust.output().expect("it starts").status.success(), "the folder is trusted");
}

fn last(state: &Value) -> &Value {
    state["configured"].as_array().and_then(|it| it.last()).unwrap_or(&Value::Null)
}

#[test]
fn settings_hold_the_interpreter_beside_the_users_own() {
    let mut client = Client::start("basedpyright", json!({"workspace": {"configuration": true}}));
    let state = client.until("no interpreter", |it| *last(it) != Value::Null);
    assert_eq!(last(&state), &json!([{"analysis": {"a": 1}}, null]));
    let python = client.create(".venv");
    let expected = json!([{"analysis": {"a": 1}, "pythonPath": python}, null]);
    let after = client.until("`.venv` is told", |it| *last(it) == expected);
    assert_eq!(after["process"], state["process"], "it is still the same process");
    client.section = json!({"pythonPath": "/users/own"});
    client.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    let own = json!([{"pythonPath": "/users/own"}, null]);
    client.until("the user's own choice stands", |it| *last(it) == own);
    assert_eq!(client.quit(), Some(7));
}

#[test]
fn what_lies_in_a_folder_that_is_not_trusted_is_not_handed_over() {
    let asked = json!({"workspace": {"configuration": true}});
    let mut client = Client::start_in(false, "basedpyright", asked);
    client.until("no interpreter", |it| *last(it) != Value::Null);
    let python = client.create(".venv");
    let until = Instant::now() + DEADLINE;
    while !client.heard.contains(&"window/showMessage".to_owned()) {
        client.take(until);
    }
    let state = client.until("it is asked", |it| *last(it) != Value::Null);
    assert_eq!(last(&state), &json!([{"analysis": {"a": 1}}, null]), "nothing was handed over");
    client.trust();
    let expected = json!([{"analysis": {"a": 1}, "pythonPath": python}, null]);
    client.until("`.venv` is told once it is trusted", |it| *last(it) == expected);
    assert_eq!(client.quit(), Some(7));
}

#[test]
fn a_server_that_starts_no_interpreter_gets_it_all_the_same() {
    let mut client = Client::start_in(false, "ty", json!({"workspace": {"configuration": true}}));
    client.until("the document is open", |it| it["documents"] != json!({}));
    client.create(".venv");
    let prefix = json!(client.folder.path(".venv").to_string_lossy());
    client.until("`.venv` is in force", |it| it["variable"] == prefix);
    assert_eq!(client.quit(), Some(7));
}

#[test]
fn a_client_that_cannot_be_asked_is_answered_for() {
    let mut client = Client::start("pyright", json!({}));
    let python = client.create(".venv");
    let settings = json!({"python": {"analysis": {"b": 2}}});
    client.notify("workspace/didChangeConfiguration", json!({ "settings": settings }));
    let expected = json!([{"analysis": {"b": 2}, "pythonPath": python}, null]);
    client.until("what was sent, and ours", |it| *last(it) == expected);
    assert!(!client.heard.contains(&"workspace/configuration".to_owned()));
    assert_eq!(client.quit(), Some(7));
}

#[test]
fn another_process_is_brought_to_where_the_one_before_was() {
    let refresh = json!({"workspace": {"diagnostics": {"refreshSupport": true}}});
    let mut client = Client::start("zuban", refresh);
    let before = client.until("the document is open", |it| it["documents"] != json!({}));
    assert_eq!(before["variable"], Value::Null);
    let uri = client.folder.uri(FILE);
    // Behind the `é`, which is two of the bytes that were negotiated.
    let at = json!({"line": 0, "character": 2});
    client.notify(
        "textDocument/didChange",
        json!({
            "textDocument": {"uri": uri, "version": 2},
            "contentChanges": [{"range": {"start": at, "end": at}, "text": "_x"}],
        }),
    );
    let open = client.ask("test/silence", Value::Null);
    client.create(".venv");
    assert_eq!(client.answer_to(open)["error"]["code"], json!(-32801));
    let prefix = json!(client.folder.path(".venv").to_string_lossy());
    let after = client.until("the variable", |it| it["variable"] == prefix);
    assert_ne!(after["process"], before["process"]);
    assert_eq!(after["documents"][&uri]["text"], json!("é_x = 1\n"));
    assert_eq!(after["documents"][&uri]["version"], json!(2));
    for method in ["client/unregisterCapability", "workspace/diagnostic/refresh"] {
        assert!(client.heard.contains(&method.to_owned()), "{method}");
    }
    expect_gone(&before["process"]);
    assert_eq!(client.quit(), Some(7));
}

#[test]
fn installed_packages_are_events() {
    let mut client = Client::start("basedpyright", json!({}));
    client.create(".venv");
    client.until("the interpreter", |it| !last(it)[0]["pythonPath"].is_null());
    let lib = std::fs::read_dir(client.folder.path(".venv/lib")).expect("it is an environment");
    let lib = lib.flatten().next().expect("it has a Python").path().join("site-packages");
    install(&lib);
    let told = |it: &Value| {
        let events = it["events"].as_array().cloned().unwrap_or_default();
        events.contains(&json!("thing.py")) && events.contains(&json!("thing-1.dist-info"))
    };
    client.until("the new module", told);
    assert_eq!(client.quit(), Some(7));
}

fn install(site_packages: &Path) {
    let record = site_packages.join("thing-1.dist-info");
    let metadata = "Metadata-Version: 2.1\nName: thing\nVersion: 1\n";
    std::fs::write(site_packages.join("thing.py"), "").expect("it is ours");
    std::fs::create_dir(&record).expect("it is ours");
    std::fs::write(record.join("METADATA"), metadata).expect("it is ours");
    std::fs::write(record.join("INSTALLER"), "test\n").expect("it is ours");
}

#[test]
fn a_server_that_ends_is_started_again_and_then_left_alone() {
    let mut client = Client::start("ty", json!({}));
    let mut processes = Vec::new();
    for _ in 0..4 {
        let known = processes.clone();
        let state = client.until("another process", |it| !known.contains(&it["process"]));
        assert!(state["documents"].get(client.folder.uri(FILE)).is_some(), "its document is open");
        processes.push(state["process"].clone());
        client.notify("test/end", Value::Null);
    }
    let known = processes.clone();
    client.until("the last process", |it| !known.contains(&it["process"]));
    client.notify("test/end", Value::Null);
    assert_eq!(client.server.wait(DEADLINE), Some(3), "its code is passed on");
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_outlives_the_proxy() {
    let mut client = Client::start("ty", json!({}));
    let state = client.until("it runs", |_| true);
    client.server.close_input();
    client.server.wait(DEADLINE);
    expect_gone(&state["process"]);

    let mut client = Client::start("ty", json!({}));
    let state = client.until("it runs", |_| true);
    assert_eq!(state["parent"], json!(client.server.child.id()), "its client is the proxy");
    client.server.child.kill().expect("it runs");
    expect_gone(&state["process"]);
}

/// Waits until a process has ended.
fn expect_gone(process: &Value) {
    let id = process.as_u64().and_then(|it| it.try_into().ok()).expect("it is a number");
    let until = Instant::now() + DEADLINE;
    while crate::support::is_alive(id) {
        assert!(Instant::now() < until, "{id} is still there");
        std::thread::yield_now();
    }
}

#[test]
fn findings_are_sent_to_an_editor_that_would_not_fetch_them_again() {
    for (refreshes, workspace) in [
        (false, json!({})),
        (true, json!({"diagnostics": {"refreshSupport": true}})),
        // As Helix spells it.
        (true, json!({"diagnostic": {"refreshSupport": true}})),
    ] {
        let fetches = json!({"workspace": workspace, "textDocument": {"diagnostic": {}}});
        let mut client = Client::start("ty", fetches);
        let state = client.until("the document is open", |it| it["documents"] != json!({}));
        assert_eq!(state["fetched"], json!(refreshes), "what the server is told of the editor");
        let offered = client.introduced.pointer("/result/capabilities/diagnosticProvider");
        assert_eq!(offered.is_some(), refreshes, "what the editor is told of the server");
        assert_eq!(client.quit(), Some(7));
    }
}

#[test]
fn a_project_inside_of_the_folder_is_a_folder_to_the_server() {
    let mut client = Client::start("ty", json!({"workspace": {"configuration": true}}));
    client.create(".venv");
    client.folder.write("part/pyproject.toml", &MANIFEST.replace("shop", "part"));
    client.folder.write("part/a.py", "");
    client.create("part/.venv");
    client.until("only the folder", |it| it["folders"] == json!(["shop"]));
    let uri = client.folder.uri("part/a.py");
    let document = json!({"uri": uri, "languageId": "python", "version": 1, "text": ""});
    client.notify("textDocument/didOpen", json!({ "textDocument": document }));
    client.until("the project too", |it| it["folders"] == json!(["shop", "part"]));
    assert_eq!(client.quit(), Some(7));
}

#[test]
fn a_notebook_is_opened_in_the_process_that_takes_over() {
    let mut client = Client::start("zuban", json!({}));
    let uri = client.folder.uri("n.ipynb");
    let cell = json!({"uri": "cell:a", "languageId": "python", "version": 1, "text": "a"});
    let notebook = json!({
        "uri": uri, "notebookType": "jupyter-notebook", "version": 1,
        "cells": [{"kind": 2, "document": "cell:a"}],
    });
    let opening = json!({"notebookDocument": notebook, "cellTextDocuments": [cell]});
    client.notify("notebookDocument/didOpen", opening);
    let content = json!([{
        "document": {"uri": "cell:a", "version": 2}, "changes": [{"text": "edited"}],
    }]);
    let change = json!({"cells": {"textContent": content}});
    let params = json!({"notebookDocument": {"uri": uri, "version": 2}, "change": change});
    client.notify("notebookDocument/didChange", params);
    let before = client.until("it is open", |it| it["notebooks"] != json!({}))["process"].clone();
    client.create(".venv");
    let state = client
        .until("another process", |it| it["process"] != before && it["notebooks"] != json!({}));
    assert_eq!(state["notebooks"][uri.as_str()], json!(["edited"]));
    assert!(state["documents"].get("cell:a").is_none(), "a cell is no document by itself: {state}");
    assert_eq!(client.quit(), Some(7));
}
