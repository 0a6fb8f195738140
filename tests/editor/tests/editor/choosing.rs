//! The user sees what is chosen and why, and chooses otherwise.

use std::process::Command;

use envls_editor_tests::{Editor, Folder, Profile, all, helix, neovim, python, vscode};
use serde_json::{Value, json};

use crate::support::MANIFEST;

const FILE: &str = "src/shop.py";

/// A project with two environments, of which `.venv` is chosen by itself.
fn two(profile: Profile) -> Editor {
    let files = [("pyproject.toml", MANIFEST), (FILE, "import os\n"), (".python-version", "3\n")];
    let folder = Folder::new(&files);
    for name in [".venv", "venv"] {
        let made = Command::new(python())
            .args(["-m", "venv", "--without-pip"])
            .arg(folder.path(name))
            .status();
        assert!(made.is_ok_and(|it| it.success()), "there is a Python that makes environments");
    }
    let mut editor = Editor::start(profile, folder);
    editor.open("pyproject.toml");
    editor.open(FILE);
    expect_active(&mut editor, ".venv");
    editor
}

fn active(editor: &mut Editor) -> Value {
    let uri = editor.folder.uri(FILE);
    editor.request("envls/activeEnvironment", json!({"uri": uri}))
}

/// Waits until the file gets the environment in that folder.
fn expect_active(editor: &mut Editor, name: &str) {
    let wanted = json!(editor.folder.path(name).to_string_lossy());
    let begun = std::time::Instant::now();
    loop {
        let found = active(editor);
        if found["prefix"] == wanted {
            return;
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "it stays {found}");
        std::thread::yield_now();
    }
}

/// Everything that could be chosen, once all is known.
fn environments(editor: &mut Editor) -> Value {
    let uri = editor.folder.uri(FILE);
    let begun = std::time::Instant::now();
    loop {
        let answer = editor.request("envls/environments", json!({"uri": uri}));
        if answer["settled"] == json!(true) {
            return answer;
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "it never settles");
        std::thread::yield_now();
    }
}

/// How the environment in a folder is called where it is to be chosen.
fn title(editor: &mut Editor, name: &str) -> String {
    let prefix = json!(editor.folder.path(name).to_string_lossy());
    let answer = environments(editor);
    let all = answer["environments"].as_array().cloned().unwrap_or_default();
    let environment = all.iter().find(|it| it["prefix"] == prefix).cloned().unwrap_or_default();
    format!("{name}: Python {}, venv", environment["version"].as_str().unwrap_or_default())
}

fn hover(editor: &mut Editor, name: &str, line: u32, character: u32) -> String {
    let uri = editor.folder.uri(name);
    let position = json!({"line": line, "character": character});
    let params = json!({"textDocument": {"uri": uri}, "position": position});
    let hover = editor.request("textDocument/hover", params);
    hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_question_asks_for_the_interpreter() {
    for profile in [vscode(), neovim()] {
        let mut editor = two(profile);
        let other = title(&mut editor, "venv");
        let uri = editor.folder.uri(FILE);
        editor.will_choose(&other);
        editor.execute("envls.selectInterpreter", json!([{"uri": uri}]));
        editor.expect_asked();
        expect_active(&mut editor, "venv");
        let kept = editor.folder.state().join("choices.json");
        assert!(kept.is_file(), "the choice is kept outside of the project");
        editor.will_choose("Let envls choose");
        editor.execute("envls.selectInterpreter", json!([{"uri": uri}]));
        editor.expect_asked();
        expect_active(&mut editor, ".venv");
        editor.will_choose("Cancel");
        editor.execute("envls.selectInterpreter", json!([]));
        editor.expect_asked();
        expect_active(&mut editor, ".venv");
        editor.quit();
    }
}

#[test]
fn where_nobody_can_be_asked_each_is_a_code_action() {
    let mut editor = two(helix());
    let other = format!("Use `{}`", title(&mut editor, "venv"));
    let uri = editor.folder.uri("pyproject.toml");
    let at = json!({"line": 1, "character": 9});
    let params = json!({
        "textDocument": {"uri": uri},
        "range": {"start": at, "end": at},
        "context": {"diagnostics": [], "triggerKind": 1},
    });
    let actions = editor.request("textDocument/codeAction", params.clone());
    let all = actions.as_array().cloned().unwrap_or_default();
    let named = all.iter().find(|it| it["title"] == json!(other));
    let action = named.unwrap_or_else(|| panic!("no `{other}` in {actions}")).clone();
    editor.choose(&action);
    expect_active(&mut editor, "venv");
    let actions = editor.request("textDocument/codeAction", params);
    let all = actions.as_array().cloned().unwrap_or_default();
    let clear = all.iter().find(|it| it["title"] == json!("Let envls choose")).cloned();
    editor.choose(&clear.unwrap_or_else(|| panic!("there is no way back in {actions}")));
    expect_active(&mut editor, ".venv");
    // Elsewhere nobody is bothered.
    let uri = editor.folder.uri(FILE);
    let params = json!({
        "textDocument": {"uri": uri},
        "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
        "context": {"diagnostics": [], "triggerKind": 1},
    });
    assert_eq!(editor.request("textDocument/codeAction", params), json!([]));
    editor.quit();
}

#[test]
fn an_editor_chooses_from_its_own_list() {
    for profile in [vscode(), neovim()] {
        let mut editor = two(profile);
        let answer = environments(&mut editor);
        let all = answer["environments"].as_array().cloned().unwrap_or_default();
        let prefix = json!(editor.folder.path("venv").to_string_lossy());
        let other = all.iter().find(|it| it["prefix"] == prefix).cloned().unwrap_or_default();
        assert_eq!(other["offered"], json!(true), "{answer}");
        assert!(other["because"][0]["what"].is_string(), "each says why: {other}");
        assert!(answer["because"][0]["what"].is_string(), "and so does the active one: {answer}");
        let uri = editor.folder.uri(FILE);
        let params = json!({"uri": uri, "path": other["python"], "origin": "user"});
        let chosen = editor.request("envls/setActiveEnvironment", params);
        assert_eq!(chosen["environment"]["prefix"], prefix, "{chosen}");
        assert_eq!(chosen["problems"], json!([]), "{chosen}");
        expect_active(&mut editor, "venv");
        editor.expect("the news", |it| {
            it.environments.iter().any(|it| it["environment"]["prefix"] == prefix).into()
        });
        let params = json!({"uri": uri, "path": null, "origin": "user"});
        editor.request("envls/setActiveEnvironment", params);
        expect_active(&mut editor, ".venv");
        editor.quit();
    }
}

#[test]
fn the_choice_and_its_reasons_are_shown_where_they_come_from() {
    for profile in all() {
        let mut editor = two(profile);
        editor.open(".python-version");
        let prefix = ".venv/pyvenv.cfg";
        let text = std::fs::read_to_string(editor.folder.path(prefix)).expect("it is ours");
        let uri = editor.folder.uri(prefix);
        editor.open_as(&uri, "ini", &text);
        let places = [
            ("pyproject.toml", 0, 3),
            ("pyproject.toml", 1, 9),
            ("pyproject.toml", 3, 20),
            (".python-version", 0, 0),
            (prefix, 0, 2),
        ];
        for (file, line, character) in places {
            let shown = hover(&mut editor, file, line, character);
            assert!(shown.contains("of `.venv`"), "{file}:{line}: {shown}");
            assert!(shown.contains("`.venv` is in the project"), "{file}:{line}: {shown}");
        }
        assert_eq!(hover(&mut editor, "pyproject.toml", 4, 2), "", "what says nothing of it");
        editor.quit();
    }
}

#[test]
fn each_project_of_a_folder_tells_its_own_news() {
    let other = MANIFEST.replace("\"shop\"", "\"store\"");
    let files = [("shop/pyproject.toml", MANIFEST), ("store/pyproject.toml", other.as_str())];
    let mut editor = Editor::start(neovim(), Folder::new(&files));
    editor.expect_findings("shop/pyproject.toml", &["no-environment"]);
    editor.expect_findings("store/pyproject.toml", &["no-environment"]);
    for name in ["shop", "store"] {
        let root = json!(editor.folder.path(name).to_string_lossy());
        let prefix = json!(editor.folder.path(&format!("{name}/.venv")).to_string_lossy());
        let made = Command::new(python())
            .args(["-m", "venv", "--without-pip"])
            .arg(editor.folder.path(&format!("{name}/.venv")))
            .status();
        assert!(made.is_ok_and(|it| it.success()), "there is a Python that makes environments");
        editor.changed_outside(&format!("{name}/.venv/pyvenv.cfg"));
        editor.expect("the environment of this project", |it| {
            let told = it.environments.last().cloned().unwrap_or_default();
            let environment = &told["environment"];
            // While it is being made it is told of too, as what it is then.
            let whole = environment["prefix"] == prefix && environment["health"] == "ok";
            (told["project"] == root && whole).into()
        });
    }
    let before = editor.packages.len();
    let library = std::fs::read_dir(editor.folder.path("store/.venv/lib")).expect("it was made");
    let library = library.flatten().next().expect("it has a library").path();
    let metadata = library.join("site-packages/parcels-1.0.dist-info");
    std::fs::create_dir_all(&metadata).expect("it is ours");
    std::fs::write(
        metadata.join("METADATA"),
        "Metadata-Version: 2.1\nName: parcels\nVersion: 1.0\n",
    )
    .expect("it is ours");
    let store = json!(editor.folder.path("store").to_string_lossy());
    editor.expect("what is installed there", |it| {
        let told = it.packages.get(before..).unwrap_or_default();
        (told.last().is_some_and(|it| it["project"] == store)).into()
    });
    editor.quit();
}
