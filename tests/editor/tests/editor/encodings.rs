//! Columns are counted as it was negotiated, whatever characters and line breaks a text has.

use envls_editor_tests::{Editor, Folder, Profile, neovim, vscode};
use serde_json::{Value, json};

fn offering(encodings: Value) -> Profile {
    let mut profile = neovim();
    profile.capabilities["general"]["positionEncodings"] = encodings;
    profile
}

/// A manifest in which a requirement that is none stands behind characters of every width.
fn folder() -> Folder {
    Folder::new(&[(
        "pyproject.toml",
        "[project]\r\nname = \"shop\" # 🐍\r\ndependencies = [\"é🐍\", \"a\", \"x y\"]\r\n",
    )])
}

/// What the editor reads at the findings' ranges, counting as it does.
fn shown(editor: &mut Editor) -> Vec<String> {
    let text = editor.text("pyproject.toml").to_owned();
    let findings = editor.findings_of("pyproject.toml");
    findings
        .iter()
        .map(|it| {
            let start = editor.offset(&text, &it["range"]["start"]);
            let end = editor.offset(&text, &it["range"]["end"]);
            text[start..end].to_owned()
        })
        .collect()
}

fn check(profile: Profile, negotiated: &str) {
    let mut editor = Editor::start(profile, folder());
    assert_eq!(editor.initialized["capabilities"]["positionEncoding"], json!(negotiated));
    editor.open("pyproject.toml");
    let codes = ["no-environment", "invalid-requirement", "invalid-requirement"];
    editor.expect_findings("pyproject.toml", &codes);
    let before = shown(&mut editor);
    assert_eq!(before[0], "shop");
    // Edits before, in and after what is found move it along.
    editor.replace("pyproject.toml", "[\"é🐍\"", "[\"🐍🐍🐍\", \"é🐍\"");
    editor.replace("pyproject.toml", "\r\ndependencies", "\r\n# 🐍\rx-y = 1\ndependencies");
    editor.type_after("pyproject.toml", "# ", "🐍é");
    let codes =
        ["no-environment", "invalid-requirement", "invalid-requirement", "invalid-requirement"];
    let uri = editor.folder.uri("pyproject.toml");
    editor.expect("findings of the edited text", |it| {
        let found = it.codes(&uri);
        (codes.iter().all(|code| {
            found.iter().filter(|it| it == code).count()
                == codes.iter().filter(|it| *it == code).count()
        }))
        .into()
    });
    let version = editor.version("pyproject.toml");
    editor.expect("the last version", |it| {
        it.published.contains(&(uri.clone(), Some(version))).into()
    });
    let after = shown(&mut editor);
    for stretch in &before {
        assert!(after.contains(stretch), "{stretch:?} is not in {after:?}");
    }
    editor.quit();
}

#[test]
fn utf_16_is_what_vs_code_counts() {
    check(vscode(), "utf-16");
}

#[test]
fn utf_8_is_preferred() {
    check(neovim(), "utf-8");
}

#[test]
fn utf_32_is_taken_where_nothing_else_is_offered() {
    let mut profile = offering(json!(["utf-32"]));
    profile.encoding = envls_editor_tests::Encoding::Utf32;
    check(profile, "utf-32");
}

#[test]
fn utf_16_is_taken_where_nothing_is_offered() {
    let mut profile = offering(Value::Null);
    profile.encoding = envls_editor_tests::Encoding::Utf16;
    check(profile, "utf-16");
}
