//! What each editor shows of a project, and that it follows the disk by itself.

use std::{fs, os::unix::fs::symlink};

use envls_editor_tests::{Editor, Folder, all, helix, neovim, vscode};
use serde_json::{Value, json};

use crate::support::{MANIFEST, make_environment, opened, shop};

#[test]
fn a_project_without_environment_has_one_finding_until_it_has_one() {
    for profile in all() {
        let mut editor = opened(profile);
        make_environment(&editor.folder);
        editor.expect_findings("pyproject.toml", &[]);
        editor.expect_findings("src/shop.py", &[]);
        fs::remove_dir_all(editor.folder.path(".venv")).expect("it is ours");
        editor.expect_findings("pyproject.toml", &["no-environment"]);
        editor.expect_findings("src/shop.py", &["no-environment"]);
        editor.quit();
    }
}

#[cfg(unix)]
#[test]
fn an_environment_that_breaks_is_noticed() {
    let mut editor = opened(neovim());
    make_environment(&editor.folder);
    editor.expect_findings("pyproject.toml", &[]);
    let python = editor.folder.path(".venv/bin/python");
    fs::remove_file(&python).expect("it is ours");
    symlink("/nowhere/python3", &python).expect("it is ours");
    editor.expect_findings("pyproject.toml", &["broken-environment"]);
    editor.expect_findings("src/shop.py", &["broken-environment"]);
    editor.quit();
}

#[test]
fn findings_come_in_the_words_that_the_editor_understands() {
    for profile in all() {
        let mut editor = opened(profile);
        let finding = editor.findings_of("pyproject.toml").remove(0);
        assert_eq!(finding["source"], json!("envls"));
        assert_eq!(finding["severity"], json!(2));
        assert!(finding["data"]["actions"][0].is_string());
        let link = finding["codeDescription"]["href"].as_str().unwrap_or_default();
        let links = editor.announces("/textDocument/publishDiagnostics/codeDescriptionSupport");
        assert_eq!(link.ends_with("diagnostics.md#no-environment"), links, "{link}");
        editor.quit();
    }
}

#[test]
fn files_that_are_not_open_have_findings_too() {
    let mut editor = Editor::start(vscode(), shop());
    editor.expect_findings("pyproject.toml", &["no-environment"]);
    let uri = editor.folder.uri("pyproject.toml");
    assert!(editor.published.contains(&(uri, None)), "they are of no version");
    editor.quit();
}

#[test]
fn findings_are_said_again_for_the_version_that_is_shown() {
    for profile in all() {
        let mut editor = opened(profile);
        for name in ["pyproject.toml", "src/shop.py"] {
            editor.type_after(name, "", "# a comment\n");
            let uri = editor.folder.uri(name);
            let version = editor.profile.first_version + 12;
            editor.expect("findings of the last version", |it| {
                it.published.contains(&(uri.clone(), Some(version.into()))).into()
            });
            editor.expect_findings(name, &["no-environment"]);
        }
        editor.quit();
    }
}

#[test]
fn a_document_that_is_read_again_keeps_its_findings() {
    // Neovim closes and opens a document that is read again, and throws away what it was told of it.
    let mut editor = opened(neovim());
    let uri = editor.folder.uri("pyproject.toml");
    editor.close("pyproject.toml");
    editor.published.clear();
    editor.open("pyproject.toml");
    editor.expect("the findings once more", |it| {
        it.published.iter().any(|(told, version)| *told == uri && version.is_some()).into()
    });
    editor.expect_findings("pyproject.toml", &["no-environment"]);
    editor.quit();
}

#[test]
fn what_nobody_reads_from_its_buffer_keeps_its_findings_when_it_is_read_again() {
    let mut editor = opened(neovim());
    let (lock, broken) = ("uv.lock", "version = 1\n<<<<<<< HEAD\n");
    editor.folder.write(lock, broken);
    editor.changed_outside(lock);
    editor.expect_findings(lock, &["lock-invalid"]);
    editor.open(lock);
    editor.catch_up();
    editor.close(lock);
    editor.published.clear();
    editor.open(lock);
    let uri = editor.folder.uri(lock);
    editor.expect("the findings once more", |it| {
        it.published.iter().any(|(told, _)| *told == uri).into()
    });
    editor.expect_findings(lock, &["lock-invalid"]);
    editor.quit();
}

#[test]
fn closing_a_python_file_clears_it() {
    let mut editor = opened(helix());
    editor.close("src/shop.py");
    editor.expect_findings("src/shop.py", &[]);
    editor.open("src/shop.py");
    editor.expect_findings("src/shop.py", &["no-environment"]);
    editor.quit();
}

#[test]
fn the_buffer_outranks_the_disk() {
    let mut editor = opened(neovim());
    editor.replace("pyproject.toml", "dependencies = []", "dependencies = [\"a b\"]");
    editor.expect_findings("pyproject.toml", &["no-environment", "invalid-requirement"]);
    // What another program writes is not what the editor shows.
    editor.folder.write("pyproject.toml", "[project]\nname = \"other\"\n");
    editor.changed_outside("pyproject.toml");
    editor.catch_up();
    editor.expect_findings("pyproject.toml", &["no-environment", "invalid-requirement"]);
    // Closed without saving, the disk counts again.
    editor.close("pyproject.toml");
    editor.expect_findings("pyproject.toml", &["no-environment"]);
    let message = editor.findings_of("pyproject.toml").remove(0);
    assert!(message["message"].as_str().is_some_and(|it| it.contains("`other`")), "{message}");
    editor.quit();
}

#[test]
fn what_declares_a_container_is_judged_as_it_is_typed() {
    let mut editor = opened(neovim());
    let file = "Dockerfile";
    editor
        .folder
        .write("pyproject.toml", "[project]\nname = \"shop\"\nrequires-python = \">=3.11\"\n");
    let before = "dependencies = []";
    let after = "requires-python = \">=3.11\"\ndependencies = []";
    editor.replace("pyproject.toml", before, after);
    editor.folder.write(file, "FROM python:3.12\n");
    editor.changed_outside(file);
    editor.open(file);
    editor.replace(file, "3.12", "3.8");
    editor.expect_findings(file, &["image-python-mismatch"]);
    editor.replace(file, "3.8", "3.12");
    editor.expect_findings(file, &[]);
    editor.quit();
}

fn expect_health(editor: &mut Editor, health: &str) {
    editor.expect("health", |it| {
        it.statuses
            .last()
            .is_some_and(|it| it["health"] == json!(health) && it["quiescent"] == json!(true))
            .into()
    });
}

#[test]
fn the_status_says_when_all_is_known() {
    for profile in [vscode(), neovim()] {
        let mut editor = opened(profile);
        editor.expect("quiescence", |it| {
            it.statuses.last().is_some_and(|it| it["quiescent"] == json!(true)).into()
        });
        let status = editor.statuses.last().cloned().unwrap_or_default();
        assert_eq!(status["health"], json!("warning"), "{status}");
        assert_eq!(status["workspaceFolder"], json!(editor.folder.uri("")), "{status}");
        make_environment(&editor.folder);
        editor.expect("an environment", |it| {
            it.environments.last().is_some_and(|it| it["environment"].is_object()).into()
        });
        let changed = editor.environments.last().cloned().unwrap_or_default();
        let prefix = editor.folder.path(".venv").display().to_string();
        assert_eq!(changed["environment"]["prefix"], json!(prefix), "{changed}");
        assert_eq!(changed["previous"], Value::Null, "{changed}");
        editor.expect_findings("pyproject.toml", &[]);
        expect_health(&mut editor, "ok");
        let python = editor.folder.path(".venv/bin/python");
        fs::remove_file(&python).expect("it is there");
        symlink("/nowhere/python3.12", &python).expect("a link can be made");
        expect_health(&mut editor, "error");
        editor.quit();
    }
}

#[test]
fn environments_can_be_asked_for() {
    let mut editor = opened(neovim());
    let uri = editor.folder.uri("src/shop.py");
    assert_eq!(editor.request("envls/activeEnvironment", json!({"uri": uri})), Value::Null);
    make_environment(&editor.folder);
    editor.expect_findings("src/shop.py", &[]);
    editor.expect_findings("pyproject.toml", &[]);
    let prefix = editor.folder.path(".venv").display().to_string();
    let active = editor.request("envls/activeEnvironment", json!({"uri": uri}));
    assert_eq!(active["prefix"], json!(prefix), "{active}");
    assert_eq!(active["health"], json!("ok"), "{active}");
    let known = editor.request("envls/environments", json!({"uri": uri}));
    assert_eq!(known["active"], active);
    // Of the active one it is also said whether it may be started: it came with a folder that nobody trusts.
    let mut active = active;
    assert_eq!(active.as_object_mut().and_then(|it| it.remove("trusted")), Some(json!(false)));
    assert!(known["environments"].as_array().is_some_and(|it| it.contains(&active)), "{known}");
    assert!(known["because"][0]["what"].is_string(), "{known}");
    // Without a file, the one last in focus.
    assert_eq!(editor.request("envls/environments", json!({}))["active"], known["active"]);
    let variables = editor.request("envls/environmentVariables", json!({"uri": uri}));
    assert_eq!(variables["set"]["VIRTUAL_ENV"], json!(prefix), "{variables}");
    assert_eq!(variables["prependPath"], json!([format!("{prefix}/bin")]), "{variables}");
    editor.quit();
}

#[test]
fn hovering_over_the_name_tells_the_environment() {
    let mut editor = opened(vscode());
    let uri = editor.folder.uri("pyproject.toml");
    let at = |line: u32, character: u32| json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}});
    let hover = editor.request("textDocument/hover", at(1, 10));
    let text = hover["contents"]["value"].as_str().unwrap_or_default();
    assert!(text.contains("No Python environment yet"), "{hover}");
    assert_eq!(editor.request("textDocument/hover", at(4, 0)), Value::Null);
    editor.quit();
}

#[test]
fn a_machine_without_any_project_is_quiet() {
    for profile in all() {
        let mut editor = Editor::start(
            profile,
            Folder::new(&[("notes.txt", "none\n"), ("a.py", "import os\n")]),
        );
        editor.open("a.py");
        editor.catch_up();
        editor.expect_findings("a.py", &[]);
        editor.quit();
    }
}

#[test]
fn imports_are_judged_as_the_editor_has_them() {
    for profile in all() {
        let folder = Folder::new(&[("pyproject.toml", MANIFEST), ("shop.py", "import yaml\n")]);
        make_environment(&folder);
        let mut editor = Editor::start(profile, folder);
        editor.expect_findings("shop.py", &["undeclared-import"]);
        editor.open("shop.py");
        editor.expect_findings("shop.py", &["undeclared-import"]);
        editor.type_after("shop.py", "import yaml\n", "import requests\n");
        editor.expect_findings("shop.py", &["undeclared-import", "undeclared-import"]);
        editor.replace("shop.py", "import yaml\nimport requests\n", "");
        editor.expect_findings("shop.py", &[]);
        editor.quit();
    }
}

#[test]
fn a_folder_without_manifest_is_told_what_its_code_needs() {
    for profile in all() {
        let mut editor = Editor::start(profile, Folder::new(&[("main.py", "import os\n")]));
        editor.open("main.py");
        editor.catch_up();
        assert_eq!(editor.codes(&editor.folder.uri("main.py")), Vec::<String>::new());
        editor.replace("main.py", "import os\n", "import os\nimport requests\n");
        editor.expect_findings("main.py", &["no-environment"]);
        let finding = editor.findings_of("main.py").remove(0);
        assert_eq!(finding["range"]["start"], json!({"line": 1, "character": 7}));
        make_environment(&editor.folder);
        editor.expect_findings("main.py", &["undeclared-import"]);
        let actions = editor.actions("main.py");
        let silence = actions.iter().find(|it| {
            it["title"].as_str().is_some_and(|it| it.starts_with("Silence on this line"))
        });
        editor.choose(silence.expect("it is offered"));
        editor.expect_findings("main.py", &[]);
        editor.quit();
    }
}
