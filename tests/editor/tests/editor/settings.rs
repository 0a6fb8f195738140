//! Settings reach the server on every way that an editor has.

use envls_editor_tests::{Editor, helix, neovim, vscode};
use serde_json::{Value, json};

use crate::support::{opened, shop};

fn hint() -> Value {
    json!({"severity": {"no-environment": "hint"}})
}

fn expect_severity(editor: &mut Editor, severity: u64) {
    let uri = editor.folder.uri("pyproject.toml");
    editor.expect_findings("pyproject.toml", &["no-environment"]);
    editor.expect(&format!("severity {severity}"), |it| {
        (it.findings.get(&uri).is_some_and(|it| it[0]["severity"] == json!(severity))).into()
    });
}

#[test]
fn they_come_along_with_initialize() {
    for options in [hint(), json!({"settings": hint()})] {
        let mut profile = neovim();
        profile.initialization_options = json!({"envls": options});
        let mut editor = Editor::start(profile, shop());
        expect_severity(&mut editor, 4);
        editor.quit();
    }
}

#[test]
fn they_are_asked_for_where_the_editor_can_answer() {
    for mut profile in [vscode(), neovim(), helix()] {
        profile.section = hint();
        let mut editor = Editor::start(profile, shop());
        expect_severity(&mut editor, 4);
        editor.profile.section = json!({"severity": {"no-environment": "error"}});
        // A null says only that something has changed.
        editor.notify("workspace/didChangeConfiguration", json!({"settings": null}));
        expect_severity(&mut editor, 1);
        editor.quit();
    }
}

#[test]
fn they_are_pushed_where_it_cannot() {
    let mut profile = neovim();
    profile.capabilities["workspace"]["configuration"] = json!(false);
    let mut editor = opened(profile);
    editor.notify("workspace/didChangeConfiguration", json!({"settings": {"envls": hint()}}));
    expect_severity(&mut editor, 4);
    for nothing in [json!(null), json!({}), json!({"python": {"x": 1}}), json!({"envls": null})] {
        editor.notify("workspace/didChangeConfiguration", json!({"settings": nothing}));
    }
    editor.catch_up();
    expect_severity(&mut editor, 4);
    editor.notify(
        "workspace/didChangeConfiguration",
        json!({"settings": {"envls": {"severity": {"no-environment": "off"}}}}),
    );
    editor.expect_findings("pyproject.toml", &[]);
    editor.expect_findings("src/shop.py", &[]);
    editor.quit();
}

#[test]
fn what_cannot_be_understood_is_said_once() {
    let mut profile = neovim();
    profile.section = json!({"severity": {"no-environment": "loud"}});
    let mut editor = Editor::start(profile, shop());
    editor.expect_said("`envls.severity` of `no-environment`");
    editor.notify("workspace/didChangeConfiguration", json!({"settings": null}));
    editor.catch_up();
    expect_severity(&mut editor, 2);
    editor.quit();
}
