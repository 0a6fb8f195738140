//! What comes in is taken in in its order, however much of it there is.

use envls_editor_tests::{helix, vscode};
use serde_json::{Value, json};

use crate::support::opened;

const ROUNDS: usize = 10_000;

#[test]
fn twenty_thousand_interleaved_messages_stay_in_order() {
    let mut editor = opened(vscode());
    let uri = editor.folder.uri("pyproject.toml");
    let place = editor.findings_of("pyproject.toml")[0]["range"].clone();
    let mut asked = Vec::new();
    let mut version = 1;
    for _ in 0..ROUNDS {
        version += 1;
        let end = json!({"line": 1000, "character": 0});
        editor.notify(
            "textDocument/didChange",
            json!({
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [{"range": {"start": end, "end": end}, "text": "#\n"}],
            }),
        );
        let params =
            json!({"textDocument": {"uri": uri}, "range": place, "context": {"diagnostics": []}});
        asked.push((editor.ask("textDocument/codeAction", params), version));
    }
    for (id, version) in asked {
        let answer = editor.answer_to(id);
        let actions = answer["result"].as_array().cloned().unwrap_or_default();
        // What mends a finding is for the text that the finding stands in; what is offered everywhere is for none.
        let fixes: Vec<_> = actions.iter().filter(|it| it["kind"] == json!("quickfix")).collect();
        assert!(!fixes.is_empty(), "{answer}");
        for fix in fixes {
            assert_eq!(fix["data"]["version"], json!(version));
        }
    }
    let last = Some(version);
    editor.expect("the findings of the last version", |it| {
        it.published.iter().any(|(at, version)| *at == uri && *version == last).into()
    });
    let versions: Vec<i64> =
        editor.published.iter().filter(|it| it.0 == uri).filter_map(|it| it.1).collect();
    assert!(versions.is_sorted(), "versions are published in their order");
    editor.quit();
}

#[test]
fn a_shuffled_burst_of_typing_is_put_in_order() {
    let mut editor = opened(helix());
    editor.type_after(
        "pyproject.toml",
        "dependencies = [",
        "\"no-such requirement 🐍 at all\", \"other one\"",
    );
    // Both are no requirements; where they stand shows that every character is in its place.
    editor.expect_findings(
        "pyproject.toml",
        &["no-environment", "invalid-requirement", "invalid-requirement"],
    );
    let text = editor.text("pyproject.toml").to_owned();
    let line = text.lines().position(|it| it.starts_with("dependencies")).unwrap_or_default();
    for finding in editor.findings_of("pyproject.toml") {
        if finding["code"] == json!("invalid-requirement") {
            assert_eq!(finding["range"]["start"]["line"], json!(line));
        }
    }
    editor.quit();
}

#[test]
fn an_edit_of_an_old_version_is_no_trouble() {
    let mut editor = opened(vscode());
    let uri = editor.folder.uri("pyproject.toml");
    for version in [5, 3, 5, -1, i32::MIN, i32::MAX, 4] {
        editor.notify(
            "textDocument/didChange",
            json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": "[project]\nname = \"shop\"\n"}]}),
        );
    }
    editor.request(
        "textDocument/hover",
        json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}),
    );
    editor.request("shutdown", Value::Null);
}
