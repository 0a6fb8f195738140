//! What no finding asks for is offered as a source action, agreed to, done, and seen to be done.

use std::time::{Duration, Instant};

use envls_editor_tests::{Editor, all, neovim};
use serde_json::{Value, json};

use crate::support::{make_environment, shop};

/// The source action whose title has these words, as soon as it is offered.
fn offered(editor: &mut Editor, words: &str) -> Value {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let place = json!({"line": 0, "character": 0});
        let uri = editor.folder.uri("pyproject.toml");
        let params = json!({
            "textDocument": {"uri": uri}, "range": {"start": place, "end": place},
            "context": {"diagnostics": [], "only": ["source.envls"]},
        });
        let all = editor.request("textDocument/codeAction", params);
        let all = all.as_array().cloned().unwrap_or_default();
        let title = |it: &Value| it["title"].as_str().is_some_and(|it| it.contains(words));
        if let Some(found) = all.into_iter().find(title) {
            return found;
        }
        assert!(Instant::now() < until, "`{words}` is never offered");
    }
}

#[test]
fn the_environment_is_removed_with_the_users_consent() {
    for profile in all() {
        let folder = shop();
        make_environment(&folder);
        let mut editor = Editor::start(profile, folder);
        editor.open("pyproject.toml");
        let action = offered(&mut editor, "emove the environment `.venv`");
        let helix = editor.profile.name == "helix";
        if helix {
            let title = action["title"].as_str().unwrap_or_default();
            assert!(title.starts_with("Trust this folder and remove"), "{title}");
        } else {
            editor.will_choose("Run once");
        }
        editor.choose(&action);
        if helix {
            editor.expect_said("is trusted now");
        }
        editor.expect_said("done: Remove the environment `.venv`");
        assert!(!editor.folder.path(".venv").exists());
        editor.expect_findings("pyproject.toml", &["no-environment"]);
        editor.quit();
    }
}

#[test]
fn an_environment_is_written_down_and_copied() {
    let folder = shop();
    make_environment(&folder);
    let mut editor = Editor::start(neovim(), folder);
    editor.open("pyproject.toml");
    offered(&mut editor, "Write `.venv` down");
    editor.execute("envls.trustWorkspace", json!([]));
    editor.expect_said("is trusted now");
    editor.execute("envls.do", json!([{"what": "snapshot"}]));
    editor.expect_said("done: Write `.venv` down");
    let written = std::fs::read_to_string(editor.folder.path("venv.json")).expect("it is written");
    assert!(written.contains("\"distributions\""), "{written}");
    editor.execute("envls.do", json!([{"what": "clone"}]));
    editor.expect_said("done: Copy `.venv` to `venv-copy`");
    assert!(editor.folder.path("venv-copy/pyvenv.cfg").is_file());
    editor.quit();
}

#[test]
fn what_cannot_be_done_is_said_and_why() {
    let mut editor = Editor::start(neovim(), shop());
    editor.open("pyproject.toml");
    for (arguments, words) in [
        (json!({"what": "add", "requirement": "-rr.txt"}), "is no requirement"),
        (json!({"what": "remove", "name": "--all"}), "is no name"),
        (json!({"what": "sync"}), "has no environment yet"),
        (json!({"what": "dance"}), "`envls.do` needs to be told what"),
    ] {
        editor.execute("envls.do", json!([arguments]));
        editor.expect_said(words);
    }
    editor.expect_findings("pyproject.toml", &["no-environment"]);
    editor.quit();
}
