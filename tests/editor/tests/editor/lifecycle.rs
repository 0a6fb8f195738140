//! The server begins, ends with the right code, and leaves nothing behind.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use envls_editor_tests::{Editor, Incoming, all, command, framed, helix, neovim, vscode};
use serde_json::{Value, json};

use crate::support::{opened, shop};

/// What the contract allows for an end.
const SOON: Duration = Duration::from_secs(2);
/// The same on a machine that does much else.
const PATIENT: Duration = Duration::from_secs(10);

#[test]
fn every_editor_is_served_and_left() {
    for profile in all() {
        opened(profile).quit();
    }
}

#[test]
fn capabilities_are_declared_as_each_editor_needs_them() {
    for profile in all() {
        let editor = Editor::start(profile, shop());
        let capabilities = &editor.initialized["capabilities"];
        let commands = capabilities["executeCommandProvider"]["commands"].as_array();
        if editor.profile.name == vscode().name {
            assert_eq!(capabilities["positionEncoding"], json!("utf-16"));
            assert!(commands.is_none(), "the extension registers them itself");
        } else {
            assert_eq!(capabilities["positionEncoding"], json!("utf-8"));
            assert!(commands.is_some_and(|it| it.contains(&json!("envls.createEnvironment"))));
        }
        assert!(capabilities.get("diagnosticProvider").is_none(), "findings are pushed");
        assert_eq!(capabilities["textDocumentSync"]["change"], json!(2));
        assert!(capabilities["experimental"]["envls"].is_object());
        editor.quit();
    }
}

#[test]
fn only_what_cannot_be_declared_is_registered() {
    for profile in all() {
        let mut editor = opened(profile);
        editor.catch_up();
        let methods: Vec<&str> =
            editor.registrations.iter().filter_map(|it| it["method"].as_str()).collect();
        let expected: &[&str] = match editor.profile.name {
            "Visual Studio Code" => {
                &["workspace/didChangeWatchedFiles", "workspace/didChangeConfiguration"]
            }
            "helix" => &["workspace/didChangeWatchedFiles"],
            _ => &[],
        };
        assert_eq!(methods, expected);
        editor.quit();
    }
}

#[test]
fn exit_without_shutdown_is_code_1() {
    let mut editor = Editor::start(neovim(), shop());
    editor.notify("exit", Value::Null);
    assert_eq!(editor.server.wait(PATIENT), Some(1));
}

#[test]
fn an_exit_right_behind_shutdown_is_code_0() {
    for _ in 0..20 {
        let mut editor = Editor::start(neovim(), shop());
        editor.ask("shutdown", Value::Null);
        editor.notify("exit", Value::Null);
        assert_eq!(editor.server.wait(PATIENT), Some(0));
    }
}

#[test]
fn exit_before_initialize_is_code_1() {
    let mut editor = Editor::uninitialized(neovim(), shop());
    editor.notify("exit", Value::Null);
    assert_eq!(editor.server.wait(PATIENT), Some(1));
}

#[test]
fn the_end_of_the_input_is_the_end() {
    let mut editor = opened(neovim());
    editor.server.close_input();
    assert_eq!(editor.server.wait(PATIENT), Some(1));

    let mut editor = opened(neovim());
    editor.request("shutdown", Value::Null);
    editor.server.close_input();
    assert_eq!(editor.server.wait(PATIENT), Some(0));
}

#[test]
fn requests_before_initialize_are_refused() {
    let mut editor = Editor::uninitialized(neovim(), shop());
    editor.notify("textDocument/didOpen", json!({}));
    let id = editor.ask("textDocument/hover", json!({}));
    assert_eq!(editor.answer_to(id)["error"]["code"], json!(-32002));
    editor.initialize();
    let id = editor.ask("initialize", json!({"capabilities": {}}));
    assert_eq!(editor.answer_to(id)["error"]["code"], json!(-32600));
    editor.expect_findings("pyproject.toml", &["no-environment"]);
    editor.quit();
}

#[test]
fn requests_after_shutdown_are_refused() {
    let mut editor = opened(neovim());
    editor.request("shutdown", Value::Null);
    for method in ["textDocument/hover", "shutdown", "workspace/executeCommand"] {
        let id = editor.ask(method, json!({}));
        assert_eq!(editor.answer_to(id)["error"]["code"], json!(-32600), "{method}");
    }
    editor.notify("textDocument/didOpen", json!({"textDocument": {"uri": "file:///x.py", "languageId": "python", "version": 1, "text": ""}}));
    editor.notify("exit", Value::Null);
    assert_eq!(editor.server.wait(PATIENT), Some(0));
}

#[test]
fn it_ends_when_the_client_dies_with_its_pipes_open() {
    let mut client = Command::new("sleep").arg("1000").spawn().expect("it is everywhere");
    let mut editor = Editor::uninitialized(neovim(), shop());
    editor.process = client.id();
    editor.initialize();
    editor.expect_findings("pyproject.toml", &["no-environment"]);
    client.kill().expect("it is our child");
    client.wait().expect("it is our child");
    let died = Instant::now();
    assert_eq!(editor.server.wait(PATIENT), Some(1));
    assert!(died.elapsed() < SOON, "it took {:?}", died.elapsed());
}

#[test]
fn it_ends_when_the_client_is_dead_already() {
    let mut client = Command::new("true").spawn().expect("it is everywhere");
    client.wait().expect("it is our child");
    let mut editor = Editor::uninitialized(neovim(), shop());
    let params = json!({"processId": client.id(), "capabilities": {}});
    editor.ask("initialize", params);
    assert_eq!(editor.server.wait(PATIENT), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn it_ends_when_its_parent_is_killed() {
    use crate::support::{is_alive, processes_with};
    // The parent holds the pipes, as an editor does.
    let script = r#"
import json, os, subprocess, sys, time
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
params = {"processId": os.getpid(), "capabilities": {}, "rootUri": "file://" + os.getcwd()}
body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode()
server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
server.stdin.flush()
server.stdout.readline()
print("ready", flush=True)
time.sleep(1000)
"#;
    let folder = shop();
    let served = command();
    let state = folder.state().display().to_string();
    let mut parent = Command::new("python3")
        .args(["-c", script])
        .arg(served.get_program())
        .args(served.get_args())
        .current_dir(folder.path(""))
        .env("ENVLS_STATE_DIR", &state)
        .stdout(Stdio::piped())
        .spawn()
        .expect("there is a Python");
    let mut ready = String::new();
    let mut output = std::io::BufReader::new(parent.stdout.take().expect("it is piped"));
    std::io::BufRead::read_line(&mut output, &mut ready).expect("it says that it is ready");
    let before = processes_with(&state);
    assert_eq!(before.len(), 2, "the parent and the server");
    parent.kill().expect("it is our child");
    parent.wait().expect("it is our child");
    let died = Instant::now();
    while before.iter().any(|it| is_alive(*it)) {
        assert!(died.elapsed() < SOON, "it outlives its parent");
        std::thread::yield_now();
    }
}

#[test]
fn a_client_that_reads_nothing_stops_nobody() {
    use std::io::Write as _;
    const COUNT: usize = 5000;
    let folder = shop();
    let mut server = command()
        .env("ENVLS_STATE_DIR", folder.state())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server can be started");
    let mut input = server.stdin.take().expect("it is piped");
    let mut send =
        |message: Value| input.write_all(&framed(&message.to_string())).expect("it reads");
    let root = folder.uri("");
    send(
        json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}, "rootUri": root}}),
    );
    // Only the answer to this is read before all the rest is sent.
    let mut output = std::io::BufReader::new(server.stdout.take().expect("it is piped"));
    assert!(matches!(envls_editor_tests::read(&mut output), Incoming::Message(_)));
    let text = "x".repeat(1000);
    for id in 1..=COUNT {
        // Both ways are filled with more than any pipe holds.
        send(
            json!({"jsonrpc": "2.0", "id": id, "method": "envls/environments", "params": {"odd": text}}),
        );
    }
    send(json!({"jsonrpc": "2.0", "id": COUNT + 1, "method": "shutdown"}));
    let mut left = COUNT + 1;
    while left > 0 {
        match envls_editor_tests::read(&mut output) {
            Incoming::Message(message) => left -= usize::from(message.get("method").is_none()),
            other => panic!("{other:?}"),
        }
    }
    send(json!({"jsonrpc": "2.0", "method": "exit"}));
    assert!(server.wait().is_ok_and(|it| it.success()));
}

#[cfg(unix)]
#[test]
fn it_ends_in_good_order_when_it_is_told_to_by_a_signal() {
    use rustix::process::{Pid, Signal, kill_process};
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut editor = opened(neovim());
        let process = i32::try_from(editor.server.child.id()).ok().and_then(Pid::from_raw);
        kill_process(process.expect("it runs"), signal).expect("it is our child");
        assert_eq!(editor.server.wait(PATIENT), Some(1));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_hundred_restarts_leave_nothing() {
    use crate::support::processes_with;
    let folder = shop();
    let state = folder.state().display().to_string();
    let mut folder = Some(folder);
    for round in 0..100 {
        let mut editor = Editor::start(helix(), folder.take().expect("it was given back"));
        editor.open("pyproject.toml");
        editor.expect_findings("pyproject.toml", &["no-environment"]);
        match round % 4 {
            0 => editor.server.close_input(),
            1 => editor.notify("exit", Value::Null),
            2 => editor.server.child.kill().expect("it is our child"),
            _ => {
                editor.request("shutdown", Value::Null);
                editor.notify("exit", Value::Null);
            }
        }
        editor.server.wait(PATIENT);
        folder = Some(editor.into_folder());
        let left = processes_with(&state);
        assert!(left.is_empty(), "round {round} left {left:?}");
    }
}

#[test]
fn the_server_says_nothing_before_it_is_initialized() {
    let editor = Editor::uninitialized(neovim(), shop());
    let said = editor.server.receive(Duration::from_millis(300));
    assert!(said.is_none(), "{said:?}");
    // Nor does it look at anything on its own account.
    assert!(!matches!(said, Some(Incoming::End)));
}
