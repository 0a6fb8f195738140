//! While a requirement is typed, what is said of the other lines stays as it is.

use std::cell::RefCell;

use envls_editor_tests::{Editor, Folder, Profile, Verdict, all};
use serde_json::{Value, json};

use crate::support::make_environment;

/// Lines that each have a finding of another kind, around the one that is typed.
const BEFORE: &str = "first\nsecond = 2\n-r nowhere.txt\n";
const AFTER: &str = "doubled\nDoubled\n--what\n";
const TYPED: &str = "mine[ex,tra] >=1.0, <2 ; python_version >= '3' # done";

/// The findings that a file shows, but for those on one line: each as its code and its words.
fn others(editor: &Editor, uri: &str, line: u64) -> Vec<String> {
    let shown = editor.findings.get(uri).into_iter().flatten();
    let other = shown.filter(|it| it["range"]["start"]["line"] != json!(line));
    let words = |it: &Value| format!("{} {}", it["code"], it["message"]);
    other.map(words).collect()
}

fn settled(
    name: &str,
    before: &str,
    after: &str,
    profile: Profile,
    line: u64,
) -> (Editor, Vec<String>) {
    let folder = Folder::new(&[(name, &format!("{before}{after}"))]);
    make_environment(&folder);
    let mut editor = Editor::start(profile, folder);
    editor.open(name);
    let uri = editor.folder.uri(name);
    let expected = after.matches('\n').count() + before.matches('\n').count();
    editor.expect("the lines have findings", |it| {
        (it.findings.get(&uri).is_some_and(|it| it.len() >= expected)).into()
    });
    editor.findings_of(name);
    let standing = others(&editor, &uri, line);
    (editor, standing)
}

/// Types at the end of a stretch, waiting after each character until its version is published, and looks at every state
/// between.
fn type_slowly(
    editor: &mut Editor,
    name: &str,
    line: u64,
    before: &str,
    typed: &str,
    standing: &[String],
) {
    let uri = editor.folder.uri(name);
    let mut stretch = before.to_owned();
    let mut publishings = 0;
    for character in typed.chars() {
        let begun = editor.published.len();
        editor.type_after(name, &stretch, &character.to_string());
        stretch.push(character);
        let version = editor.version(name);
        let seen = RefCell::new(0);
        editor.expect(&format!("version {version} is published"), |it| {
            let now = others(it, &uri, line);
            if now != standing {
                return Verdict::Unmeetable(format!("after `{stretch}` the others are {now:#?}"));
            }
            *seen.borrow_mut() = it.published.len() - begun;
            it.published.iter().any(|it| *it == (uri.clone(), Some(version))).into()
        });
        publishings += seen.into_inner();
    }
    // One for each character, and none that takes back what was just said.
    assert!(publishings <= typed.chars().count(), "{publishings} publishings");
}

#[test]
fn typing_a_requirement_leaves_the_other_lines_alone() {
    for profile in all() {
        let (mut editor, standing) =
            settled("requirements.txt", &format!("{BEFORE}\n"), AFTER, profile, 3);
        type_slowly(&mut editor, "requirements.txt", 3, "nowhere.txt\n", TYPED, &standing);
        editor.quit();
    }
}

#[test]
fn typing_into_a_list_of_toml_leaves_the_other_elements_alone() {
    let before = "[project]\nname = \"shop\"\ndependencies = [\n  \"first\",\n  \"second = 2\",\n";
    let after = "\n  \"doubled\",\n  'Doubled',\n]\n[dependency-groups]\ndev = [{ include-group = \"no\" }]\n";
    let folder = Folder::new(&[("pyproject.toml", &format!("{before}{after}"))]);
    make_environment(&folder);
    let mut editor = Editor::start(envls_editor_tests::vscode(), folder);
    editor.open("pyproject.toml");
    let uri = editor.folder.uri("pyproject.toml");
    editor.expect("the lines have findings", |it| {
        (it.findings.get(&uri).is_some_and(|it| it.len() >= 5)).into()
    });
    editor.findings_of("pyproject.toml");
    let standing = others(&editor, &uri, 5);
    type_slowly(&mut editor, "pyproject.toml", 5, "\"second = 2\",\n", "  \"mine>=1\",", &standing);
    editor.quit();
}
