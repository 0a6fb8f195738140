//! A container that answers late, or not at all, keeps nobody waiting: here its engine's tool is a script that waits for us.

use std::{
    fs,
    io::Write as _,
    process::Command,
    time::{Duration, Instant},
};

use envls_editor_tests::{Editor, Folder, command, neovim, vscode};
use serde_json::json;

use crate::support::{install, make_environment, shop};

/// `exec` waits until a file is there, for a minute at most, and then runs what it is given right here.
const ENGINE: &str = r#"#!/bin/sh
here=$(dirname "$0")
case "$1" in
ps) echo 1234abcd ;;
inspect) cat "$here/inspect.json" ;;
exec)
  echo "$*" >>"$here/asked"
  tries=0
  while [ ! -e "$here/release" ] && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
  shift; while [ "$1" != shop ]; do shift; done; shift
  exec "$@" ;;
esac
"#;

/// A project whose environment lies in what its container shares, at the same path.
fn contained() -> Folder {
    let folder = shop();
    make_environment(&folder);
    install(&folder, "idna", "3.7", "");
    folder.write(
        "pyproject.toml",
        "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"idna\", \"attrs\"]\n",
    );
    folder.tool("podman", ENGINE);
    let shared = folder.path("");
    let inspected = json!([{
        "Id": "1234abcd", "Name": "shop", "State": {"Status": "running", "StartedAt": "today"},
        "Mounts": [{"Type": "bind", "Source": shared, "Destination": shared}],
        "Config": {"Env": [], "Labels": {}},
    }]);
    fs::write(folder.tools().join("inspect.json"), inspected.to_string()).expect("it is ours");
    folder
}

fn chosen(folder: &Folder) -> String {
    format!("podman:shop:{}", folder.path(".venv/bin/python").display())
}

/// What a user would type before.
fn envls(folder: &Folder, words: &[&str]) {
    let mut said = Command::new(command().get_program());
    let before = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.tools()).chain(std::env::split_paths(&before));
    said.args(words).current_dir(folder.path("")).env("ENVLS_STATE_DIR", folder.state());
    said.env("PATH", std::env::join_paths(folders).expect("they are folders"));
    let done = said.output().expect("it can be started");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn release(folder: &Folder) {
    fs::write(folder.tools().join("release"), "").expect("it is ours");
}

/// How long it takes until an edit has its finding, and until that is gone.
fn median_of_edits(editor: &mut Editor, standing: &[&str]) -> Duration {
    let mut taken = Vec::new();
    for _ in 0..5 {
        for (before, after, more) in [
            ("\"attrs\"", "\"attrs\", \"a b\"", Some("invalid-requirement")),
            (", \"a b\"", "", None),
        ] {
            let codes: Vec<&str> = standing.iter().copied().chain(more).collect();
            let began = Instant::now();
            editor.replace("pyproject.toml", before, after);
            editor.expect_findings("pyproject.toml", &codes);
            taken.push(began.elapsed());
        }
    }
    taken.sort();
    taken[taken.len() / 2]
}

fn is_released(folder: &Folder) -> bool {
    folder.tools().join("release").exists()
}

#[test]
fn edits_are_answered_while_a_container_keeps_everybody_waiting() {
    let folder = contained();
    release(&folder);
    envls(&folder, &["select", ".", &chosen(&folder)]);
    envls(&folder, &["trust", "."]);
    fs::remove_file(folder.tools().join("release")).expect("it was there");
    let mut editor = Editor::start(neovim(), folder.clone());
    editor.open("pyproject.toml");
    editor.expect_findings("pyproject.toml", &["layer-unreachable"]);
    for (before, after, codes) in [
        ("\"idna\"", "\"idna ~> 1\"", &["layer-unreachable", "invalid-requirement"][..]),
        ("\"idna ~> 1\"", "\"idna\"", &["layer-unreachable"]),
        ("\"attrs\"", "\"attrs\", \"a b\"", &["layer-unreachable", "invalid-requirement"]),
        (", \"a b\"", "", &["layer-unreachable"]),
    ] {
        editor.replace("pyproject.toml", before, after);
        editor.expect_findings("pyproject.toml", codes);
        assert!(!is_released(&folder), "the container has not answered yet");
    }
    let meanwhile = median_of_edits(&mut editor, &["layer-unreachable"]);
    assert!(!is_released(&folder), "the container has not answered yet");
    release(&folder);
    // What came late is told when it comes, and without being asked for again.
    editor.expect_findings("pyproject.toml", &["not-installed"]);
    let afterwards = median_of_edits(&mut editor, &["not-installed"]);
    let words =
        format!("an edit is answered in {meanwhile:?} meanwhile, in {afterwards:?} afterwards");
    drop(writeln!(std::io::stderr(), "{words}"));
    // A wide margin, since others use this machine too; waiting for the container would take a minute.
    assert!(meanwhile < afterwards * 10 + Duration::from_secs(2), "{words}");
    let asked = fs::read_to_string(folder.tools().join("asked")).expect("it was asked");
    assert!(asked.lines().all(|it| it == "exec -i shop sh"), "{asked}");
    editor.quit();
}

/// What an engine's tool says, the status that it ends with, and what is told of it.
const TROUBLES: [(&str, &str, u8, &str); 5] = [
    (
        "its engine is down",
        "Cannot connect to the engine, is the daemon running?",
        125,
        "its engine does not answer",
    ),
    ("it does not run", "container state improper", 255, "it does not run"),
    ("it has no shell", "executable file `sh` not found in $PATH", 127, "nothing can be run in it"),
    ("it lets nobody in", "permission denied while trying to connect", 1, "it lets nobody in"),
    ("garbage", "", 0, "cannot be read"),
];

/// Opens the project, and takes the one information for what keeps us out; edits are answered all the while.
fn is_told(folder: &Folder, which: &str, wanted: &str) {
    let mut editor = Editor::start(neovim(), folder.clone());
    editor.open("pyproject.toml");
    editor.expect_findings("pyproject.toml", &["layer-unreachable"]);
    let told = editor.findings_of("pyproject.toml").remove(0);
    let message = told["message"].as_str().unwrap_or_default();
    assert!(message.contains(wanted), "{which}: {message}");
    assert_eq!(told["severity"], 3, "{which}: it is an information");
    let taken = median_of_edits(&mut editor, &["layer-unreachable"]);
    drop(writeln!(std::io::stderr(), "{which}: an edit is answered in {taken:?}"));
    // A wide margin: an engine is waited for longer.
    assert!(taken < Duration::from_secs(5), "{which}: an edit is answered in {taken:?}");
    editor.quit();
}

/// A tool that prints no text: always the same, and whatever comes in the long run.
fn garbage() -> String {
    if std::env::var_os("ENVLS_FULL").is_some() {
        return "#!/bin/sh\nhead -c 100000 /dev/urandom\n".to_owned();
    }
    let piece = r"\377\000{\033[3\r\233\235\220\n\303\033]0;\355\240\200\033P\376";
    format!("#!/bin/sh\ni=0\nwhile [ $i -lt 4000 ]; do printf '{piece}'; i=$((i+1)); done\n")
}

#[test]
fn whatever_keeps_us_out_is_one_information_and_edits_are_answered() {
    for (which, says, status, wanted) in TROUBLES {
        let folder = contained();
        release(&folder);
        envls(&folder, &["select", ".", &chosen(&folder)]);
        envls(&folder, &["trust", "."]);
        let script = match status {
            0 => garbage(),
            _ => format!("#!/bin/sh\necho 'Error: {says}' >&2\nexit {status}\n"),
        };
        folder.tool("podman", &script);
        is_told(&folder, which, wanted);
    }
    let folder = contained();
    envls(&folder, &["select", ".", "parallels:dev:/opt/venv/bin/python"]);
    envls(&folder, &["trust", "."]);
    is_told(&folder, "its tool is missing", "is not on this machine");
}

#[test]
fn nothing_is_run_for_a_folder_that_is_not_trusted_nor_before_the_user_agreed() {
    let folder = contained();
    release(&folder);
    let mut editor = Editor::start(vscode(), folder.clone());
    editor.open("pyproject.toml");
    editor.expect_findings("pyproject.toml", &["not-installed"]);
    let uri = folder.uri("pyproject.toml");
    let params = json!({"uri": uri, "path": chosen(&folder), "origin": "user"});
    editor.request("envls/setActiveEnvironment", params);
    editor.expect_findings("pyproject.toml", &["layer-unreachable"]);
    assert!(!folder.tools().join("asked").exists(), "it is not trusted");
    envls(&folder, &["trust", "."]);
    // To choose it was to agree.
    editor.expect_findings("pyproject.toml", &["not-installed"]);
    assert!(folder.tools().join("asked").exists());
    editor.quit();
}
