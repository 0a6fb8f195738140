//! A folder with more projects than are held whole: those that nobody looks at are at rest, and nobody sees a difference.

use envls_editor_tests::{Editor, Folder, Profile, all, vscode};
use serde_json::json;

/// More than the server holds whole beside those that are open.
const MANY: usize = 60;

fn manifest(number: usize) -> String {
    format!(
        "[project]\nname = \"p{number}\"\nversion = \"1\"\nrequires-python = \">=3.8\"\ndependencies = []\n"
    )
}

fn name(number: usize) -> String {
    format!("p{number:02}/pyproject.toml")
}

fn many() -> Folder {
    let folder = Folder::new(&[("README", "")]);
    for number in 0..MANY {
        folder.write(&name(number), &manifest(number));
        folder.write(&format!("p{number:02}/main.py"), "import os\n");
    }
    folder
}

/// An editor that was told of every project.
fn started(profile: Profile) -> Editor {
    let mut editor = Editor::start(profile, many());
    for number in 0..MANY {
        editor.expect_findings(&name(number), &["no-environment"]);
    }
    editor
}

#[test]
fn a_project_at_rest_follows_the_disk_and_whoever_opens_it() {
    for profile in all() {
        let mut editor = started(profile);
        editor.open(&name(0));
        let last = name(MANY - 1);
        let broken = manifest(MANY - 1).replace("[]", "[\"bad = 1\"]");
        editor.folder.write(&last, &broken);
        editor.expect_findings(&last, &["no-environment", "invalid-requirement"]);
        editor.open(&last);
        editor.expect_findings(&last, &["no-environment", "invalid-requirement"]);
        editor.replace(&last, "bad = 1", "bad == 1");
        editor.expect_findings(&last, &["no-environment"]);
        let actions = editor.actions(&last);
        assert!(!actions.is_empty(), "what is open is understood, and can be mended");
        editor.close(&last);
        editor.expect_findings(&last, &["no-environment", "invalid-requirement"]);
        editor.quit();
    }
}

#[test]
fn what_was_chosen_is_told_of_a_project_at_rest() {
    let mut editor = started(vscode());
    let last = name(MANY - 1);
    let version = format!("p{:02}/.venv/pyvenv.cfg", MANY - 1);
    editor.folder.write(&version, "home = /nowhere\nversion = 3.12.4\n");
    editor.expect_findings(&last, &["broken-environment"]);
    let uri = editor.folder.uri(&last);
    let active = editor.request("envls/activeEnvironment", json!({"uri": uri}));
    let prefix = active["prefix"].as_str().unwrap_or_default();
    assert!(prefix.ends_with(&format!("p{:02}/.venv", MANY - 1)), "{active}");
    assert_eq!(active["health"], json!("no-python"), "{active}");
    editor.quit();
}
