//! What can be done about a finding is offered, agreed to, done with progress, and seen to be done.

use envls_editor_tests::{Editor, Folder, all, helix, neovim, vscode};
use serde_json::{Value, json};

use crate::support::{opened, shop};

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().filter_map(|it| it["title"].as_str()).collect()
}

/// The operation's progress, once it has ended.
fn expect_progress(editor: &mut Editor, prefix: &str) -> String {
    editor.expect("the end of the progress", |it| {
        it.progresses.iter().any(|(token, it)| token.starts_with(prefix) && it.ended).into()
    });
    let (token, progress) = editor
        .progresses
        .iter()
        .find(|(token, it)| token.starts_with(prefix) && it.ended)
        .map(|(token, it)| (token.clone(), it.clone()))
        .unwrap_or_default();
    assert!(progress.cancellable, "{token} can be cancelled");
    assert!(progress.title.is_some_and(|it| it.contains(".venv")), "{token} says what is done");
    progress.result
}

#[test]
fn the_environment_is_created_with_the_users_consent() {
    for profile in all() {
        let mut editor = opened(profile);
        let actions = editor.actions("src/shop.py");
        let first = actions.first().cloned().unwrap_or_default();
        assert_eq!(first["isPreferred"], json!(true), "{:?}", titles(&actions));
        let last = actions.last().cloned().unwrap_or_default();
        assert_eq!(last["title"], json!("Trust this folder"), "{:?}", titles(&actions));
        let title = first["title"].as_str().unwrap_or_default();
        if editor.profile.name == "helix" {
            assert!(title.starts_with("Trust this folder and create `.venv` (`"), "{title}");
        } else {
            assert!(title.starts_with("Create `.venv` (`"), "{title}");
            editor.will_choose("Run once");
        }
        editor.choose(&first);
        if editor.profile.name == "helix" {
            editor.expect_said("is trusted now");
        }
        expect_progress(&mut editor, "envls/create-");
        editor.expect_said("done: Create `.venv`");
        editor.expect_findings("pyproject.toml", &[]);
        editor.expect_findings("src/shop.py", &[]);
        assert!(editor.folder.path(".venv/pyvenv.cfg").is_file());
        let store = editor.folder.state().join("trust.json");
        assert_eq!(store.exists(), editor.profile.name == "helix", "one run gives no trust");
        editor.quit();
    }
}

#[test]
fn a_fix_is_offered_on_the_whole_line_of_its_finding() {
    // Helix names no finding that the cursor is not on.
    let mut editor = opened(helix());
    let uri = editor.folder.uri("pyproject.toml");
    let mut offered = |line: u32| {
        let start = json!({"line": line, "character": 0});
        let end = json!({"line": line, "character": 1});
        let params = json!({
            "textDocument": {"uri": uri}, "range": {"start": start, "end": end},
            "context": {"diagnostics": [], "triggerKind": 1},
        });
        editor.request("textDocument/codeAction", params).to_string()
    };
    assert!(offered(1).contains("create `.venv`"), "the name is on it");
    assert!(!offered(2).contains("create `.venv`"), "and not on the next");
    editor.quit();
}

#[test]
fn consent_can_be_refused() {
    for profile in [vscode(), neovim()] {
        let mut editor = opened(profile);
        let actions = editor.actions("pyproject.toml");
        editor.will_choose("Cancel");
        editor.choose(&actions[0]);
        editor.expect_asked();
        editor.catch_up();
        editor.expect_findings("pyproject.toml", &["no-environment"]);
        assert!(!editor.folder.path(".venv").exists());
        editor.quit();
    }
}

#[test]
fn trust_is_asked_for_once() {
    let mut editor = opened(neovim());
    let actions = editor.actions("pyproject.toml");
    editor.will_choose("Trust this folder and run");
    editor.choose(&actions[0]);
    editor.expect_said("is trusted now");
    editor.expect_said("done: Create");
    editor.expect_findings("pyproject.toml", &[]);
    std::fs::remove_dir_all(editor.folder.path(".venv")).expect("it is ours");
    editor.expect_findings("pyproject.toml", &["no-environment"]);
    editor.expect_findings("src/shop.py", &["no-environment"]);
    let actions = editor.actions("pyproject.toml");
    assert!(!titles(&actions).contains(&"Trust this folder"), "{:?}", titles(&actions));
    editor.choose(&actions[0]);
    editor.expect_said("done: Create");
    editor.expect_findings("pyproject.toml", &[]);
    editor.quit();
}

#[test]
fn an_editor_that_vouches_for_its_folders_is_not_asked() {
    let mut profile = vscode();
    profile.initialization_options = json!({"envls": {"trusted": true, "registersCommands": true}});
    let mut editor = opened(profile);
    let actions = editor.actions("pyproject.toml");
    assert!(!titles(&actions).contains(&"Trust this folder"), "{:?}", titles(&actions));
    editor.choose(&actions[0]);
    editor.expect_said("done: Create");
    editor.expect_findings("pyproject.toml", &[]);
    editor.expect_findings("src/shop.py", &[]);
    assert!(!editor.folder.state().join("trust.json").exists(), "it holds for this session");
    editor.quit();
}

#[test]
fn an_editor_can_vouch_later() {
    let mut editor = opened(vscode());
    // As VS Code sends it: without parameters.
    editor.notify("envls/didGrantTrust", Value::Null);
    editor.expect("quiescence", |it| {
        it.statuses.last().is_some_and(|it| it["quiescent"] == json!(true)).into()
    });
    let mut actions = editor.actions("pyproject.toml");
    while titles(&actions).contains(&"Trust this folder") {
        actions = editor.actions("pyproject.toml");
    }
    editor.choose(&actions[0]);
    editor.expect_said("done: Create");
    editor.expect_findings("pyproject.toml", &[]);
    editor.quit();
}

#[cfg(unix)]
#[test]
fn a_broken_environment_is_made_anew() {
    for profile in all() {
        let mut editor = opened(profile);
        let prefix = editor.folder.path(".venv");
        let made = std::process::Command::new(envls_editor_tests::python())
            .args(["-m", "venv", "--without-pip"])
            .arg(&prefix)
            .status();
        assert!(made.is_ok_and(|it| it.success()), "there is a Python that makes environments");
        editor.expect_findings("pyproject.toml", &[]);
        std::fs::remove_file(prefix.join("bin/python")).expect("it is ours");
        let python = prefix.join("bin/python3");
        std::fs::remove_file(&python).expect("it is ours");
        std::os::unix::fs::symlink("/nowhere/python3", &python).expect("it is ours");
        editor.expect_findings("pyproject.toml", &["broken-environment"]);
        editor.expect_findings("src/shop.py", &["broken-environment"]);
        let actions = editor.actions("pyproject.toml");
        let title = actions[0]["title"].as_str().unwrap_or_default().to_owned();
        if editor.profile.name == "helix" {
            assert!(title.starts_with("Trust this folder and recreate `.venv` (`"), "{title}");
        } else {
            assert!(title.starts_with("Recreate `.venv` (`"), "{title}");
            editor.will_choose("Run once");
        }
        editor.choose(&actions[0]);
        if editor.profile.name == "helix" {
            editor.expect_said("is trusted now");
        }
        editor.expect_said("done: Recreate `.venv`");
        expect_progress(&mut editor, "envls/recreate-");
        editor.expect_findings("pyproject.toml", &[]);
        editor.expect_findings("src/shop.py", &[]);
        assert!(prefix.join("bin/python").exists());
        // What was set aside is removed behind the user's back.
        let begun = std::time::Instant::now();
        while std::fs::read_dir(editor.folder.path("")).expect("it is ours").count() > 3 {
            assert!(begun.elapsed() < std::time::Duration::from_secs(60), "something is left");
            std::thread::yield_now();
        }
        editor.quit();
    }
}

#[test]
fn an_explanation_is_shown_where_the_editor_can_show_it() {
    let mut editor = opened(helix());
    editor.execute("envls.explain", json!([]));
    // It shows messages in one line, and opens no files for a server.
    editor.expect_said("No Python environment yet; looked for `.venv`; the reasons are in `");
    editor.quit();
    let mut editor = opened(neovim());
    let explained = editor.execute("envls.explain", json!([{"show": false}]));
    assert!(explained.as_str().is_some_and(|it| it.contains("`shop`")), "{explained}");
    editor.quit();
}

#[test]
fn commands_work_without_arguments() {
    let mut editor = opened(neovim());
    let explained = editor.execute("envls.explain", json!([]));
    assert!(explained.as_str().is_some_and(|it| it.contains("`shop`")), "{explained}");
    editor.expect_message("window/showDocument");
    editor.execute("envls.showLog", json!([]));
    editor.expect_message("window/showDocument");
    editor.execute("envls.refresh", json!([]));
    editor.execute("envls.trustWorkspace", json!([]));
    editor.expect_said("is trusted now");
    editor.execute("envls.createEnvironment", json!([]));
    expect_progress(&mut editor, "envls/create-");
    editor.expect_said("done: Create");
    editor.expect_findings("pyproject.toml", &[]);
    editor.execute("envls.createEnvironment", json!([]));
    editor.expect_said("needs nothing");
    editor.quit();
}

#[test]
fn an_editor_that_cannot_ask_is_told_what_to_do() {
    let mut editor = opened(helix());
    editor.execute("envls.createEnvironment", json!([]));
    editor.expect_said("`shop` is not trusted");
    editor.expect_said("`envls.trustWorkspace` first");
    editor.execute("envls.explain", json!([]));
    editor.expect_said("the reasons are in `");
    assert!(!editor.folder.path(".venv").exists());
    editor.quit();
}

#[test]
fn an_operation_can_be_cancelled_by_button_and_by_command() {
    for by_command in [true, false] {
        let mut editor = opened(neovim());
        editor.execute("envls.trustWorkspace", json!([]));
        editor.expect_said("is trusted now");
        editor.execute("envls.createEnvironment", json!([]));
        editor.expect("the beginning of the progress", |it| {
            it.progresses
                .iter()
                .any(|(it, at)| it.starts_with("envls/create-") && at.title.is_some())
                .into()
        });
        let token = editor.progresses.keys().find(|it| it.starts_with("envls/create-")).cloned();
        if by_command {
            editor.execute("envls.cancel", json!([{"id": token}]));
        } else {
            editor.notify("window/workDoneProgress/cancel", json!({"token": token}));
        }
        let result = expect_progress(&mut editor, "envls/create-");
        assert!(result.starts_with("cancelled"), "{result}");
        editor.expect_said("cancelled");
        // What was begun may have left something; the state on the disk is what is shown.
        let half_made = editor.folder.path(".venv").exists();
        editor.expect("what is there now", |it| {
            let codes = it.codes(&it.folder.uri("pyproject.toml"));
            (!codes.is_empty() || half_made).into()
        });
        editor.quit();
    }
}

#[test]
fn edits_are_edits() {
    for profile in all() {
        let mut editor = Editor::start(profile, shop());
        editor.open("pyproject.toml");
        editor.replace("pyproject.toml", "dependencies = []", "dependencies = [\"requests=>2\"]");
        editor.expect_findings("pyproject.toml", &["no-environment", "invalid-requirement"]);
        let uri = editor.folder.uri("pyproject.toml");
        let finding = editor.findings_of("pyproject.toml").remove(1);
        let params = json!({"textDocument": {"uri": uri}, "range": finding["range"], "context": {"diagnostics": [finding], "only": ["quickfix"]}});
        let actions = editor.request("textDocument/codeAction", params);
        let actions = actions.as_array().cloned().unwrap_or_default();
        let edit =
            actions.iter().find(|it| it["isPreferred"] == json!(true)).cloned().unwrap_or_default();
        let by_version = editor.announces("/workspace/workspaceEdit/documentChanges");
        assert_eq!(edit["edit"].get("documentChanges").is_some(), by_version, "{actions:#?}");
        editor.choose(&edit);
        editor.expect_findings("pyproject.toml", &["no-environment"]);
        assert!(
            editor.text("pyproject.toml").contains("\"requests>=2\""),
            "{}",
            editor.text("pyproject.toml")
        );
        editor.quit();
    }
}

#[test]
fn unsaved_inputs_must_be_saved_first() {
    let folder = Folder::new(&[("requirements.txt", "pip\n"), ("a.py", "import pip\n")]);
    let mut editor = Editor::start(neovim(), folder);
    editor.open("requirements.txt");
    editor.expect_findings("requirements.txt", &["no-environment"]);
    editor.type_after("requirements.txt", "pip\n", "# more\n");
    editor.execute("envls.trustWorkspace", json!([]));
    editor.expect_said("is trusted now");
    editor.execute("envls.createEnvironment", json!([]));
    editor.expect_said("save it first");
    assert!(!editor.folder.path(".venv").exists());
    editor.quit();
}

#[test]
fn only_what_is_asked_for_is_offered() {
    let mut editor = opened(neovim());
    let uri = editor.folder.uri("pyproject.toml");
    let range = editor.findings_of("pyproject.toml")[0]["range"].clone();
    let elsewhere =
        json!({"start": {"line": 4, "character": 0}, "end": {"line": 4, "character": 0}});
    for (only, range, expected) in [
        (json!(["refactor"]), &range, false),
        (json!(["quickfix"]), &range, true),
        (json!([""]), &range, true),
        (json!(["quickfix.other"]), &range, false),
        (json!(["quickfix"]), &elsewhere, false),
    ] {
        let params = json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": [], "only": only}});
        let actions = editor.request("textDocument/codeAction", params);
        let fixes = actions
            .as_array()
            .is_some_and(|it| it.iter().any(|it| it["kind"] == json!("quickfix")));
        assert_eq!(fixes, expected, "{only} {range}: {actions}");
    }
    // Findings of other servers are none of ours.
    let foreign = json!([{"range": elsewhere, "code": "E501", "source": "ruff", "message": "x"}]);
    let params = json!({"textDocument": {"uri": uri}, "range": elsewhere, "context": {"diagnostics": foreign}});
    assert_eq!(editor.request("textDocument/codeAction", params), json!([]));
    let params = json!({"textDocument": {"uri": uri}, "range": elsewhere, "context": {"diagnostics": [], "only": ["source"]}});
    let sources = editor.request("textDocument/codeAction", params);
    let kinds = sources.as_array().cloned().unwrap_or_default();
    assert!(
        !kinds.is_empty() && kinds.iter().all(|it| it["kind"] == json!("source.envls")),
        "{sources}"
    );
    editor.quit();
}

#[cfg(target_os = "linux")]
#[test]
fn tools_end_with_the_editor() {
    use crate::support::processes_with;
    for _ in 0..5 {
        let mut editor = opened(neovim());
        let state = editor.folder.state().display().to_string();
        editor.execute("envls.trustWorkspace", json!([]));
        editor.expect_said("is trusted now");
        editor.execute("envls.createEnvironment", json!([]));
        editor.expect("the beginning of the progress", |it| {
            it.progresses.values().any(|it| it.title.is_some()).into()
        });
        editor.server.close_input();
        editor.server.wait(std::time::Duration::from_secs(10));
        assert_eq!(processes_with(&state), Vec::<u32>::new());
    }
}
