//! Hints behind requirements, words about them, and links to what a manifest includes.

use envls_editor_tests::{Editor, Folder, Profile, Verdict, all, neovim};
use serde_json::{Value, json};

use crate::support::{install, make_environment};

const MANIFEST: &str = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.8\"\ndependencies = [\n    \"alpha>=1\",\n    \"beta ; python_version < '3'\",\n    'gamma',\n]\n";
const LOCKED: &str = "-r more.txt\n-r gone.txt\nalpha  # é𝒳\n-e ./core\n";

/// A project with an environment, in which two distributions are installed.
fn furnished(profile: Profile) -> Editor {
    let folder = Folder::new(&[
        ("pyproject.toml", MANIFEST),
        ("requirements.txt", LOCKED),
        ("more.txt", "gamma\n"),
        ("core/pyproject.toml", "[project]\nname = \"core\"\nversion = \"1\"\n"),
    ]);
    make_environment(&folder);
    install(&folder, "alpha", "1.2", "Summary: The *first* [letter](x)\nLicense-Expression: MIT\n");
    install(&folder, "delta", "4", "Requires-Dist: alpha>=1\n");
    let mut editor = Editor::start(profile, folder);
    editor.open("pyproject.toml");
    editor.open("requirements.txt");
    editor.expect_findings("pyproject.toml", &["not-installed"]);
    editor.expect_findings("requirements.txt", &["include-missing"]);
    editor.expect_findings("more.txt", &["not-installed"]);
    editor.expect_findings("core/pyproject.toml", &["no-environment"]);
    editor
}

/// The hints of a whole document, as `line:column label`.
fn hints(editor: &mut Editor, name: &str) -> Vec<String> {
    let everything =
        json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let document = json!({"uri": editor.folder.uri(name)});
    let answer = editor
        .request("textDocument/inlayHint", json!({"textDocument": document, "range": everything}));
    let shown = |it: &Value| {
        let (line, column) = (&it["position"]["line"], &it["position"]["character"]);
        format!("{line}:{column} {}", it["label"].as_str().unwrap_or_default())
    };
    answer.as_array().expect("there is a list").iter().map(shown).collect()
}

fn words_at(editor: &mut Editor, name: &str, line: u32, character: u32) -> String {
    let answer = editor.request(
        "textDocument/hover",
        json!({"textDocument": {"uri": editor.folder.uri(name)},
               "position": {"line": line, "character": character}}),
    );
    answer["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn installed_versions_stand_behind_requirements() {
    for profile in all() {
        let mut editor = furnished(profile);
        assert_eq!(hints(&mut editor, "pyproject.toml"), ["5:15 1.2", "6:34 not needed here"]);
        assert_eq!(hints(&mut editor, "requirements.txt"), ["2:5 1.2"]);
        editor.quit();
    }
}

#[test]
fn hints_follow_the_buffer_at_once_and_the_environment_when_it_changes() {
    let mut editor = furnished(neovim());
    editor.replace("pyproject.toml", "[project]", "# a line\n\n[project]");
    // Asked right away, before anything has been judged anew.
    assert_eq!(hints(&mut editor, "pyproject.toml"), ["7:15 1.2", "8:34 not needed here"]);
    let before = editor.refreshes;
    install(&editor.folder, "gamma", "3.1", "");
    editor.expect_findings("pyproject.toml", &[]);
    editor.expect_findings("more.txt", &[]);
    editor.expect("the hints are to be asked for again", |it| Verdict::from(it.refreshes > before));
    let now = hints(&mut editor, "pyproject.toml");
    assert_eq!(now, ["7:15 1.2", "8:34 not needed here", "9:12 3.1"]);
    editor.quit();
}

#[test]
fn a_requirement_says_what_is_known_of_it() {
    for profile in all() {
        let mut editor = furnished(profile);
        let words = words_at(&mut editor, "pyproject.toml", 5, 8);
        assert!(words.starts_with("**alpha**: The \\*first\\* \\[letter\\]\\(x\\)\n"), "{words}");
        assert!(
            words.contains("- required: `alpha>=1`\n- installed: 1.2 in `.venv` (Python 3."),
            "{words}"
        );
        assert!(words.contains("- required by: `delta`\n- licence: MIT\n"), "{words}");
        let words = words_at(&mut editor, "pyproject.toml", 6, 8);
        assert!(words.contains("does not hold, so it is not needed for Python 3."), "{words}");
        let words = words_at(&mut editor, "pyproject.toml", 7, 8);
        assert!(words.contains("- installed: no, not in `.venv`"), "{words}");
        assert_eq!(words_at(&mut editor, "pyproject.toml", 4, 3), "");
        editor.quit();
    }
}

#[test]
fn an_import_says_who_brings_it() {
    for profile in all() {
        let mut editor = furnished(profile);
        std::fs::write(editor.folder.path("a.py"), "import os, alpha\nimport yaml\n")
            .expect("it is ours");
        editor.open("a.py");
        editor.expect_findings("a.py", &["undeclared-import"]);
        let words = words_at(&mut editor, "a.py", 0, 12);
        assert!(words.starts_with("**alpha** comes with `alpha`: The \\*first\\*"), "{words}");
        assert!(words.contains("- installed: 1.2 in `.venv` (Python 3."), "{words}");
        assert!(words.contains("- declared: `alpha>=1`, in `pyproject.toml`, line 6\n"), "{words}");
        let words = words_at(&mut editor, "a.py", 1, 8);
        assert!(words.starts_with("**yaml** comes with `pyyaml`\n"), "{words}");
        assert!(words.contains("- installed: no, not in `.venv`"), "{words}");
        assert!(words.contains("- declared: no\n"), "{words}");
        assert_eq!(words_at(&mut editor, "a.py", 0, 8), "");
        editor.quit();
    }
}

#[test]
fn what_is_included_can_be_followed() {
    for profile in all() {
        let mut editor = furnished(profile);
        let answer = editor.request(
            "textDocument/documentLink",
            json!({"textDocument": {"uri": editor.folder.uri("requirements.txt")}}),
        );
        let links = answer.as_array().expect("there is a list").clone();
        let targets: Vec<&str> = links.iter().filter_map(|it| it["target"].as_str()).collect();
        let expected = [editor.folder.uri("more.txt"), editor.folder.uri("core/pyproject.toml")];
        assert_eq!(targets, expected);
        assert_eq!(links[0]["range"]["start"], json!({"line": 0, "character": 3}));
        assert_eq!(links[0]["range"]["end"], json!({"line": 0, "character": 11}));
        editor.quit();
    }
}

#[test]
fn what_is_installed_can_be_written_down() {
    let mut editor = furnished(neovim());
    install(&editor.folder, "omega", "2.0", "");
    let document = json!({"uri": editor.folder.uri("pyproject.toml")});
    let place = json!({"line": 0, "character": 0});
    let ask = |editor: &mut Editor| {
        let answer = editor.request(
            "textDocument/codeAction",
            json!({"textDocument": document, "range": {"start": place, "end": place},
                   "context": {"diagnostics": [], "only": ["source.envls"]}}),
        );
        let all = answer.as_array().cloned().unwrap_or_default();
        all.into_iter().find(|it| it["title"].as_str().is_some_and(|it| it.contains("installed")))
    };
    let title = "Declare what is installed, `delta>=4` and `omega>=2.0`, in `pyproject.toml`";
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let action = loop {
        let found = ask(&mut editor).filter(|it| it["title"] == json!(title));
        if let Some(action) = found {
            break action;
        }
        assert!(std::time::Instant::now() < until, "it is never offered");
    };
    let edits = action["edit"]["changes"][document["uri"].as_str().unwrap_or_default()].clone();
    assert_eq!(edits[0]["newText"], json!("\n    'delta>=4',\n    'omega>=2.0',"), "{action}");
    assert_eq!(edits[0]["range"]["start"], json!({"line": 7, "character": 12}));
    editor.quit();
}
