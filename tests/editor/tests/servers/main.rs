//! Eight other Python servers behind `envls wrap`, in the fake editor with the ways of each real one: what they say of an import
//! before and after there is an environment, another is chosen, and something is installed.
//!
//! The servers are the real ones, of the versions that `tests/tools/wrap` installs from the package index. What they said is in
//! the folder `said`; `UPDATE=1` writes it anew.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use envls_editor_tests::{Editor, Folder, Profile, all, program, python};
use serde_json::json;

/// Real servers on a busy machine, each of which starts anew several times.
const PATIENCE: Duration = Duration::from_secs(120);
const FILE: &str = "main.py";
const MODULES: [&str; 2] = ["only_in_a", "only_in_b"];
const SOURCE: &str =
    "import os\nimport only_in_a\nimport only_in_b\nprint(only_in_a.VALUE, only_in_b.VALUE)\n";

/// How one sees what a server makes of an import.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    ByFinding,
    /// It says nothing of imports; whether it knows a module is seen by going to where that is defined.
    ByDefinition,
    /// No environment makes a difference to it.
    Never,
}

/// What is to be tried with a server.
struct Trial {
    name: &'static str,
    seen: Seen,
    /// Whether it goes by a `.venv` beside the code whatever it is told.
    own_first: bool,
    /// Whether it can have another environment for each folder.
    by_folder: bool,
}

#[test]
fn basedpyright() {
    follows(&Trial {
        name: "basedpyright",
        seen: Seen::ByFinding,
        own_first: false,
        by_folder: true,
    });
}

#[test]
fn pyright() {
    follows(&Trial { name: "pyright", seen: Seen::ByFinding, own_first: false, by_folder: true });
}

#[test]
fn ty() {
    follows(&Trial { name: "ty", seen: Seen::ByFinding, own_first: false, by_folder: true });
}

#[test]
fn pyrefly() {
    follows(&Trial { name: "pyrefly", seen: Seen::ByFinding, own_first: false, by_folder: true });
}

#[test]
fn zuban() {
    follows(&Trial { name: "zuban", seen: Seen::ByFinding, own_first: true, by_folder: false });
}

#[test]
fn ruff() {
    follows(&Trial { name: "ruff", seen: Seen::Never, own_first: false, by_folder: true });
}

#[test]
fn jedi_language_server() {
    follows(&Trial {
        name: "jedi-language-server",
        seen: Seen::ByDefinition,
        own_first: false,
        by_folder: false,
    });
}

#[test]
fn python_lsp_server() {
    follows(&Trial {
        name: "python-lsp-server",
        seen: Seen::ByDefinition,
        own_first: false,
        by_folder: false,
    });
}

/// In all three editors, with the same words.
fn follows(trial: &Trial) {
    let command = command(trial.name);
    let mut record = None;
    for profile in all() {
        let editor = profile.name;
        let mut said = alone(trial, profile.clone(), &command);
        if trial.seen != Seen::Never {
            said += &members(trial, profile, &command);
        }
        match &record {
            None => record = Some(said),
            Some(before) => assert_eq!(&said, before, "{} in {editor}", trial.name),
        }
    }
    compare(trial.name, &record.unwrap_or_default());
}

/// One project: without environment, with one, with another, and with a package that comes from a terminal.
fn alone(trial: &Trial, profile: Profile, command: &[String]) -> String {
    let folder = Folder::new(&[
        ("pyproject.toml", "[project]\nname = \"work\"\nversion = \"1\"\n"),
        (FILE, SOURCE),
    ]);
    envls(&folder, &["trust", "."]);
    let mut editor = Editor::beside(profile, folder.clone(), command);
    editor.open(FILE);
    let mut record = String::new();
    let mut step = |editor: &mut Editor, what: &str, missing: &[&str]| {
        record += &expect(trial, editor, FILE, what, missing);
    };
    step(&mut editor, "no environment", &MODULES);
    environment(&folder, ".venv", &["only_in_a"]);
    step(&mut editor, "`.venv` is made, with `only_in_a` in it", &["only_in_b"]);
    environment(&folder, "../other", &["only_in_b"]);
    if trial.own_first {
        std::fs::remove_dir_all(folder.path(".venv")).expect("it is ours");
    }
    envls(&folder, &["select", ".", "../other/bin/python"]);
    step(&mut editor, "another environment is chosen, with `only_in_b` in it", &["only_in_a"]);
    install(&folder.path("../other"), "only_in_a");
    step(&mut editor, "`only_in_a` is installed there from a terminal", &[]);
    assert_eq!(editor.told(), Vec::<String>::new(), "the user is left in peace");
    editor.quit();
    record
}

/// Two projects in one folder: each by its own environment, or it is said that the server cannot.
fn members(trial: &Trial, profile: Profile, command: &[String]) -> String {
    let folder = Folder::new(&[]);
    for (member, module) in ["alpha", "beta"].into_iter().zip(MODULES) {
        let manifest = format!("[project]\nname = \"{member}\"\nversion = \"1\"\n");
        folder.write(&format!("{member}/pyproject.toml"), &manifest);
        folder.write(&format!("{member}/{FILE}"), SOURCE);
        environment(&folder, &format!("{member}/.venv"), &[module]);
    }
    envls(&folder, &["trust", "."]);
    let mut editor = Editor::beside(profile, folder.clone(), command);
    let mut record = String::new();
    editor.open("alpha/main.py");
    if trial.by_folder {
        record += &expect(
            trial,
            &mut editor,
            "alpha/main.py",
            "two projects, in the first",
            &["only_in_b"],
        );
        editor.open("beta/main.py");
        record += &expect(trial, &mut editor, "beta/main.py", "in the second", &["only_in_a"]);
        install(&folder.path("beta/.venv"), "only_in_a");
        record += &expect(
            trial,
            &mut editor,
            "beta/main.py",
            "`only_in_a` is installed for the second",
            &[],
        );
        record +=
            &expect(trial, &mut editor, "alpha/main.py", "and in the first, still", &["only_in_b"]);
        assert_eq!(editor.told(), Vec::<String>::new(), "the user is left in peace");
    } else {
        let told = std::cell::RefCell::new(Vec::new());
        editor.look_until("to be told that it cannot", PATIENCE, |editor| {
            told.borrow_mut().extend(editor.told());
            told.borrow()
                .iter()
                .any(|it| it.contains("has one environment for all") && it.contains("alpha"))
        });
        let words = told.borrow().join(" ").replace(&*folder.path("").to_string_lossy(), "WORK");
        let _ = writeln!(record, "two projects: {words}");
        // What the server itself says of the file is for the environment of the folder, which has none.
        editor.shown_in("alpha/main.py");
    }
    editor.quit();
    record
}

/// Waits until just these modules are not found and the server says what is recorded of it, and says what is shown then.
///
/// The first does not do alone: a server that starts anew, or judges a file anew, may say for a moment that there is nothing.
fn expect(trial: &Trial, editor: &mut Editor, file: &str, what: &str, missing: &[&str]) -> String {
    let about = format!("{} in {}: {what}", trial.name, editor.profile.name);
    let recorded = if is_to_be_written() { None } else { step_of(&recorded(trial.name), what) };
    editor.look_until(&about, PATIENCE, |editor| {
        let is_so = match trial.seen {
            Seen::ByFinding => editor.has_heard_of(file) && unresolved(editor, file) == missing,
            Seen::ByDefinition => undefined(editor, file) == missing,
            Seen::Never => !editor.shown_in(file).is_empty(),
        };
        is_so && recorded.as_ref().is_none_or(|it| *it == step(trial, editor, file, what, missing))
    });
    step(trial, editor, file, what, missing)
}

/// A step of the record, and what is shown now.
fn step(trial: &Trial, editor: &mut Editor, file: &str, what: &str, missing: &[&str]) -> String {
    let mut record = format!("{what}\n");
    let shown = editor.shown_in(file);
    for finding in &shown {
        let start = &finding["range"]["start"];
        let code = finding["code"].as_str().unwrap_or("-");
        let words =
            finding["message"].as_str().unwrap_or_default().lines().next().unwrap_or_default();
        let line = start["line"].as_u64().unwrap_or_default() + 1;
        let _ = writeln!(
            record,
            "  {line}:{} {code}: {words}",
            start["character"].as_u64().unwrap_or_default() + 1
        );
    }
    if shown.is_empty() {
        record += "  nothing\n";
    }
    if trial.seen == Seen::ByDefinition {
        for module in MODULES {
            let place = if missing.contains(&module) { "nowhere" } else { "in the environment" };
            let _ = writeln!(record, "  `{module}` is defined {place}");
        }
    }
    record
}

/// What is recorded of a step: the line that names it, and the lines below that are set in.
fn step_of(recorded: &str, what: &str) -> Option<String> {
    let mut lines = recorded.lines().skip_while(|it| *it != what);
    let mut step = format!("{}\n", lines.next()?);
    for line in lines.take_while(|it| it.starts_with("  ")) {
        let _ = writeln!(step, "{line}");
    }
    Some(step)
}

/// The modules that the errors of a file name; that stubs are missing is another matter.
fn unresolved(editor: &mut Editor, file: &str) -> Vec<&'static str> {
    let shown = editor.shown_in(file);
    let errors = shown.iter().filter(|it| it["severity"].as_i64().unwrap_or(1) == 1);
    let words: String = errors.map(|it| it["message"].to_string()).collect();
    MODULES.into_iter().filter(|it| words.contains(it)).collect()
}

/// The modules that are nowhere to be gone to.
fn undefined(editor: &mut Editor, file: &str) -> Vec<&'static str> {
    let uri = editor.folder.uri(file);
    let mut missing = Vec::new();
    for (line, module) in (1..).zip(MODULES) {
        let position = json!({"line": line, "character": 10});
        let id = editor.ask(
            "textDocument/definition",
            json!({"textDocument": {"uri": uri}, "position": position}),
        );
        // A request that was open when another process took over is failed, and asked again.
        let answer = editor.answer_to(id);
        if !answer["result"].to_string().contains(&format!("{module}.py")) {
            missing.push(module);
        }
    }
    missing
}

/// How a server is started; it is installed first where it is not there.
fn command(name: &str) -> Vec<String> {
    let installer = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/wrap");
    let done = Command::new(python()).arg("-B").arg(installer).args(["--command", name]).output();
    let done = done.expect("it can be started");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    serde_json::from_slice(&done.stdout).expect("it is a command")
}

fn envls(folder: &Folder, arguments: &[&str]) {
    let mut command = program();
    command.args(arguments).current_dir(folder.path("")).env("ENVLS_STATE_DIR", folder.state());
    let done = command.output().expect("it starts");
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn environment(folder: &Folder, name: &str, modules: &[&str]) {
    let made = Command::new(python())
        .args(["-m", "venv", "--without-pip"])
        .arg(folder.path(name))
        .status();
    assert!(made.is_ok_and(|it| it.success()), "there is a Python that makes environments");
    for module in modules {
        install(&folder.path(name), module);
    }
}

/// As an installer leaves a distribution.
fn install(prefix: &Path, module: &str) {
    let library = std::fs::read_dir(prefix.join("lib")).expect("it is an environment");
    let packages = library.flatten().next().expect("it has a Python").path().join("site-packages");
    let record = packages.join(format!("{module}-1.0.dist-info"));
    let write = |path: PathBuf, text: &str| std::fs::write(path, text).expect("it is ours");
    // Whole at once: a server that watches by itself would judge it empty else.
    let begun = prefix.join("begun");
    write(begun.clone(), "VALUE = 1\n");
    std::fs::rename(begun, packages.join(format!("{module}.py"))).expect("it is ours");
    std::fs::create_dir(&record).expect("it is ours");
    write(
        record.join("METADATA"),
        &format!("Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n"),
    );
    write(record.join("RECORD"), &format!("{module}.py,,\n{module}-1.0.dist-info/METADATA,,\n"));
    write(record.join("INSTALLER"), "test\n");
}

/// Against what was recorded of this server.
fn compare(name: &str, said: &str) {
    let path = record_of(name);
    if is_to_be_written() {
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("it is ours");
        return std::fs::write(&path, said).expect("it is ours");
    }
    let recorded = recorded(name);
    assert_eq!(said, recorded, "{name}: `UPDATE=1` writes what it says into {}", path.display());
}

/// What was recorded of a server; nothing of one that is new.
fn recorded(name: &str) -> String {
    std::fs::read_to_string(record_of(name)).unwrap_or_default()
}

fn record_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/servers/said/{name}.txt"))
}

fn is_to_be_written() -> bool {
    std::env::var_os("UPDATE").is_some()
}
