//! Whatever a client sends, the server goes on, and nothing but protocol leaves it.

use envls_editor_tests::{Editor, framed, helix, neovim, vscode};
use serde_json::{Value, json};

use crate::support::{opened, shop};

/// After something odd: the editor still gets answers, and findings that follow its edits.
fn check(odd: impl Fn(&mut Editor)) {
    let mut editor = opened(neovim());
    odd(&mut editor);
    editor.catch_up();
    editor.replace("pyproject.toml", "dependencies = []", "dependencies = [\"a b\"]");
    editor.expect_findings("pyproject.toml", &["no-environment", "invalid-requirement"]);
    editor.quit();
}

fn check_bytes(bytes: impl AsRef<[u8]>, refusals: &[i64]) {
    check(|editor| {
        editor.server.send_bytes(bytes.as_ref());
        for code in refusals {
            editor.expect_refused(*code);
        }
    });
}

#[test]
fn unknown_requests_are_refused_and_notifications_ignored() {
    check(|editor| {
        let id = editor.ask("textDocument/madeUp", json!({}));
        assert_eq!(editor.answer_to(id)["error"]["code"], json!(-32601));
        editor.notify("textDocument/didMadeUp", json!({}));
        editor.notify("$/madeUp", json!({}));
        editor.notify("$/setTrace", json!({"value": "verbose"}));
        editor.notify("$/cancelRequest", json!({"id": 12_345}));
    });
}

#[test]
fn parameters_of_wrong_types_are_refused() {
    check(|editor| {
        for params in [json!([]), json!({}), json!({"textDocument": 7}), json!("x")] {
            let id = editor.ask("textDocument/codeAction", params.clone());
            assert_eq!(editor.answer_to(id)["error"]["code"], json!(-32602), "{params}");
            editor.notify("textDocument/didOpen", params.clone());
            editor.notify("textDocument/didChange", params.clone());
            editor.notify("workspace/didChangeWatchedFiles", params.clone());
            editor.notify("workspace/didChangeConfiguration", params.clone());
            editor.notify("window/workDoneProgress/cancel", params.clone());
            editor.notify("envls/didGrantTrust", params);
        }
        let id = editor.ask("envls/activeEnvironment", json!({"uri": "no address"}));
        assert_eq!(editor.answer_to(id)["error"]["code"], json!(-32602));
    });
}

#[test]
fn commands_with_wrong_arguments_are_refused() {
    check(|editor| {
        for (command, arguments) in [
            ("envls.runAction", json!([])),
            ("envls.runAction", json!([{"id": 3}])),
            ("envls.madeUp", json!([])),
        ] {
            let id = editor.ask(
                "workspace/executeCommand",
                json!({"command": command, "arguments": arguments}),
            );
            assert_eq!(editor.answer_to(id)["error"]["code"], json!(-32602));
        }
        editor.execute("envls.cancel", json!([{"id": "envls/create-99"}]));
        editor.execute("envls.cancel", json!([]));
        editor.execute("envls.runAction", json!([{"id": "no-environment/7/0.0//nowhere"}]));
        editor.expect_said("not offered any more");
    });
}

#[test]
fn documents_that_are_not_open_can_be_changed_and_closed() {
    check(|editor| {
        let uri = editor.folder.uri("other.toml");
        let change =
            json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "x"}]});
        editor.notify("textDocument/didChange", change);
        editor.notify("textDocument/didSave", json!({"textDocument": {"uri": uri}}));
        editor.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
    });
}

#[test]
fn positions_out_of_range_are_clamped() {
    let far = json!({"line": 4_000_000_000_u32, "character": 4_000_000_000_u32});
    check(|editor| {
        let uri = editor.folder.uri("src/shop.py");
        let range = json!({"start": far, "end": far});
        let change = json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"range": range, "text": "("}]});
        editor.notify("textDocument/didChange", change);
        let uri = editor.folder.uri("pyproject.toml");
        let params =
            json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}});
        assert_eq!(editor.request("textDocument/codeAction", params), json!([]));
    });
}

#[test]
fn deep_and_long_documents_are_no_trouble() {
    let sum = "1+".repeat(5_000_000);
    for (name, text) in [
        ("parentheses.py", "(".repeat(5000)),
        ("sum.py", sum),
        ("brackets.toml", format!("a = {}", "[".repeat(200_000))),
        ("pyproject.toml", format!("a = {}", "[".repeat(200_000))),
        ("pyproject.toml", format!("[project]\nname = \"{}\"\n", "x".repeat(3_000_000))),
    ] {
        check(|editor| {
            let uri = editor.folder.uri(&format!("other/{name}"));
            editor.open_as(&uri, "plaintext", &text);
            editor.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
        });
    }
}

#[test]
fn documents_of_100_megabytes_are_not_held() {
    let text = "x = 1\n".repeat(100 * 1024 * 1024 / 6);
    for name in ["large.py", "requirements.txt"] {
        check(|editor| {
            let uri = editor.folder.uri(&format!("other/{name}"));
            // As some editors send it, the text before the address.
            let text = serde_json::to_string(&text).expect("a text is JSON");
            let body = format!(
                r#"{{"params":{{"textDocument":{{"text":{text},"version":1,"languageId":"x","uri":"{uri}"}}}},"method":"textDocument/didOpen","jsonrpc":"2.0"}}"#
            );
            editor.server.send_bytes(framed(&body));
            editor.catch_up();
            #[cfg(target_os = "linux")]
            {
                let status =
                    std::fs::read_to_string(format!("/proc/{}/status", editor.server.child.id()));
                let status = status.unwrap_or_default();
                let peak = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
                let peak =
                    peak.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
                assert!(peak.is_some_and(|it| it < 96 * 1024), "it held {peak:?} kB");
            }
            let change = json!({"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{
                "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "y"}]});
            editor.notify("textDocument/didChange", change);
            editor.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
        });
    }
}

#[test]
fn bodies_that_are_no_json_are_answered() {
    check_bytes(framed("{]"), &[-32700]);
    check_bytes(framed(""), &[-32700]);
    check_bytes([b"Content-Length: 3\r\n\r\n".as_slice(), b"\"\xff\""].concat(), &[-32700]);
    check_bytes(framed("{\"jsonrpc\":\"2.0\",\"method\":"), &[-32700]);
}

#[test]
fn what_is_no_message_is_refused() {
    check_bytes(framed("[]"), &[-32600]);
    check_bytes(framed(r#"[{"jsonrpc":"2.0","method":"exit"}]"#), &[-32600]);
    check_bytes(framed("7"), &[-32600]);
    check_bytes(framed(r#"{"jsonrpc":"1.0","method":"exit"}"#), &[-32600]);
    check_bytes(framed(r#"{"method":"exit"}"#), &[-32600]);
    check_bytes(framed(r#"{"jsonrpc":"2.0","method":7}"#), &[-32600]);
}

#[test]
fn answers_to_nothing_are_ignored() {
    check_bytes(framed(r#"{"jsonrpc":"2.0","id":99,"result":null}"#), &[]);
    check_bytes(framed(r#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}"#), &[]);
}

#[test]
fn headers_are_found_again_after_garbage() {
    check_bytes("garbage\r\n", &[]);
    check_bytes("\r\n\r\n\r\n", &[]);
    check_bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n", &[]);
    check_bytes(vec![0xff; 300_000], &[]);
    check_bytes("Content-Length: 9000000000000000000\r\n\r\n{}", &[]);
    check_bytes("Content-Length: 99999999999999999999999999\r\n\r\n{}", &[]);
    check_bytes("Content-Length: -5\r\n\r\n{}", &[]);
    check_bytes("Content-Length: x\r\n\r\n{}", &[]);
    check_bytes("Content-Length: 2\r\n".to_owned() + &"X: y\r\n".repeat(20_000), &[]);
    check_bytes("Content-Length: 2\r\nX: ".to_owned() + &"y".repeat(1_000_000), &[]);
}

#[test]
fn wrong_lengths_cost_no_more_than_their_message() {
    let body = r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#;
    for length in [1, body.len() - 1] {
        check_bytes(format!("Content-Length: {length}\r\n\r\n{body}"), &[-32700]);
    }
    for extra in [1, 10, 60] {
        // The editor's next message is swallowed in part, and found again.
        check(|editor| {
            let length = body.len() + extra;
            editor.server.send_bytes(format!("Content-Length: {length}\r\n\r\n{body}"));
            editor.catch_up();
            editor.expect_refused(-32700);
        });
    }
}

#[test]
fn deep_nesting_is_refused() {
    let brackets = "[".repeat(200_000) + &"]".repeat(200_000);
    check_bytes(framed(&brackets), &[-32600]);
    check_bytes(
        framed(&format!(r#"{{"jsonrpc":"2.0","method":"x","params":{brackets}}}"#)),
        &[-32600],
    );
    check_bytes(framed(&r#"{"a":"#.repeat(200_000)), &[-32600]);
    for depth in [100, 125, 127, 128, 129, 200, 512] {
        let params = "[".repeat(depth) + &"]".repeat(depth);
        let body = format!(r#"{{"jsonrpc":"2.0","method":"x","params":{params}}}"#);
        check_bytes(framed(&body), if depth == 100 { &[] } else { &[-32600] });
    }
}

#[test]
fn addresses_that_are_no_files_are_known_as_open_only() {
    check(|editor| {
        for uri in [
            "untitled:Untitled-1",
            "untitled:/w/pyproject.toml",
            "git:/w/pyproject.toml?%7B%7D",
            "vscode-notebook-cell:/w/a.ipynb#W0sZmlsZQ",
            "vscode-remote://wsl%2Bdebian/home/x/pyproject.toml",
            "https://example.invalid/pyproject.toml",
            "file://elsewhere/share/pyproject.toml",
            "file:///",
            "file:",
            "x:",
        ] {
            editor.open_as(uri, "toml", "[project]\nname = \"x\"\n");
            let range =
                json!({"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}});
            let params = json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}});
            assert_eq!(editor.request("textDocument/codeAction", params), json!([]), "{uri}");
            assert_eq!(
                editor.request("envls/activeEnvironment", json!({"uri": uri})),
                Value::Null,
                "{uri}"
            );
            editor.notify("textDocument/didClose", json!({"textDocument": {"uri": uri}}));
        }
    });
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_files_like_others() {
    use std::os::unix::ffi::OsStrExt as _;
    let mut editor = opened(vscode());
    let folder = editor.folder.path("").join(std::ffi::OsStr::from_bytes(b"odd \xff\xfe"));
    std::fs::create_dir(&folder).expect("it is ours");
    std::fs::write(folder.join("pyproject.toml"), "[project]\nname = \"odd\"\n")
        .expect("it is ours");
    let uri = format!("{}/odd%20%FF%FE/pyproject.toml", editor.folder.uri(""));
    editor.open_as(&uri, "toml", "[project]\nname = \"odd\"\n");
    editor.expect_findings("odd%20%FF%FE/pyproject.toml", &[]);
    let at = uri.clone();
    editor.expect("findings under the same address", |it| {
        (it.codes(&at) == ["no-environment"]).into()
    });
    editor.findings.remove(&uri);
    editor.quit();
}

#[test]
fn one_file_can_be_open_twice() {
    let mut editor = opened(neovim());
    let plain = editor.folder.uri("pyproject.toml");
    let other = plain.replace("pyproject", "%70yproject");
    let text = editor.text("pyproject.toml").to_owned();
    editor.open_as(&other, "toml", &text.replace("dependencies = []", "dependencies = [\"a b\"]"));
    let both = ["no-environment", "invalid-requirement"];
    editor.expect("findings of the text that was edited last", |it| {
        (it.codes(&plain) == both && it.codes(&other) == both).into()
    });
    editor.notify("textDocument/didClose", json!({"textDocument": {"uri": other}}));
    editor.expect_findings("pyproject.toml", &["no-environment"]);
    // The same address opened again is the same document.
    editor.open_as(&plain, "toml", &text.replace("dependencies = []", "dependencies = [\"a b\"]"));
    editor.expect_findings("pyproject.toml", &both);
    editor.close("pyproject.toml");
    editor.expect_findings("pyproject.toml", &["no-environment"]);
    editor.findings.remove(&other);
    editor.quit();
}

#[test]
fn folders_vanish_and_come_back() {
    let mut editor = opened(helix());
    std::fs::remove_dir_all(editor.folder.path("")).expect("it is ours");
    editor.expect_findings("src/shop.py", &[]);
    let folder = shop();
    for name in ["pyproject.toml", "src/shop.py"] {
        let text = std::fs::read_to_string(folder.path(name)).expect("it is ours");
        editor.folder.write(name, &text);
    }
    editor.expect_findings("src/shop.py", &["no-environment"]);
    editor.expect_findings("pyproject.toml", &["no-environment"]);
    editor.quit();
}

#[test]
fn workspace_folders_come_and_go() {
    let mut editor = opened(vscode());
    let other = shop();
    let added = json!([{"uri": other.uri(""), "name": "other"}]);
    editor.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": {"added": added, "removed": []}}),
    );
    let uri = other.uri("pyproject.toml");
    editor.expect("findings in the new folder", |it| (it.codes(&uri) == ["no-environment"]).into());
    editor.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": {"added": [], "removed": added}}),
    );
    editor.expect("none any more", |it| it.codes(&uri).is_empty().into());
    let gone = json!([{"uri": "file:///no/such/folder", "name": "gone"}, {"uri": "untitled:x", "name": "x"}]);
    editor.notify(
        "workspace/didChangeWorkspaceFolders",
        json!({"event": {"added": gone, "removed": []}}),
    );
    editor.catch_up();
    editor.quit();
}

#[test]
fn odd_initializations_are_served() {
    for params in [
        json!({"capabilities": {}}),
        json!({"capabilities": {}, "processId": null, "rootUri": null, "workspaceFolders": null}),
        json!({"capabilities": {}, "rootPath": "relative/path"}),
        json!({"capabilities": {}, "rootUri": "untitled:x", "workspaceFolders": []}),
        json!({"capabilities": {}, "initializationOptions": [1, 2]}),
        json!({"capabilities": {"experimental": {"envls": "yes"}}, "initializationOptions": {"envls": {"settings": 7, "trusted": "no"}}}),
        json!({"capabilities": {"general": {"positionEncodings": ["utf-7"]}}}),
    ] {
        let mut editor = Editor::uninitialized(neovim(), shop());
        let initialized = editor.request("initialize", params);
        assert_eq!(initialized["capabilities"]["positionEncoding"], json!("utf-16"));
        editor.notify("initialized", json!({}));
        editor.open("src/shop.py");
        editor.expect_findings("src/shop.py", &["no-environment"]);
        editor.expect_findings("pyproject.toml", &["no-environment"]);
        editor.quit();
    }
}
