//! `fix` and `trust`.

use std::fs;

use crate::support::World;

const BAD: &str = "six = 1\nattrs => 23\n";

#[test]
fn what_would_be_done() {
    let world = World::new();
    world.write("requirements.txt", BAD);
    let said = world.run(&["fix", "--all", "--dry-run"]);
    assert_eq!(
        said.out,
        "\
requirements.txt:1:5: error[invalid-requirement] `six = 1` is no requirement: there is no operator `=`
  fix: Replace `=` by `==`
    requirements.txt:1
    - six = 1
    + six == 1

requirements.txt:2:7: error[invalid-requirement] `attrs => 23` is no requirement: there is no operator `=>`
  fix: Replace `=>` by `>=`
    requirements.txt:2
    - attrs => 23
    + attrs >= 23

requirements.txt:1:1: warning[no-environment] `work` has no Python environment yet (looked for `.venv`)
  fix: Create `.venv`
    $ python3.N -m venv .venv
    write `.venv/.gitignore`, unless it is there
    in /w · changes .venv
"
    );
    assert_eq!(said.code, Some(0));
    assert_eq!(fs::read_to_string(world.work("requirements.txt")).ok().as_deref(), Some(BAD));
    assert!(!world.work(".venv").exists());
}

#[test]
fn nothing_is_done_unasked() {
    let world = World::new();
    world.write("requirements.txt", BAD);
    let said = world.run(&["fix", "--all"]);
    assert_eq!((said.code, &*said.out), (Some(2), ""));
    assert!(said.err.contains("there is no terminal to ask at"), "{}", said.err);
    let said = world.run(&["fix", "--all", "--yes"]);
    assert_eq!((said.code, &*said.out), (Some(2), ""));
    assert!(said.err.contains("`/w` is not trusted"), "{}", said.err);
    let said = world.run(&["fix", "--code", "nonsense", "--yes"]);
    assert_eq!(
        (said.code, &*said.err),
        (Some(2), "error: there is no finding called `nonsense`\n")
    );
    assert_eq!(fs::read_to_string(world.work("requirements.txt")).ok().as_deref(), Some(BAD));
    assert!(!world.work(".venv").exists());
}

#[test]
fn a_text_is_mended_without_trust() {
    let world = World::new();
    world.write("requirements.txt", BAD);
    let said = world.run(&["fix", "--code", "invalid-requirement", "--yes"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let now = fs::read_to_string(world.work("requirements.txt")).ok();
    assert_eq!(now.as_deref(), Some("six == 1\nattrs >= 23\n"));
    assert!(said.out.contains("warning[no-environment]") && !said.out.contains("error["));
}

#[test]
fn what_powershell_has_written_is_read_and_mended_in_its_encoding() {
    let utf_16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let world = World::new();
    fs::write(world.work("requirements.txt"), utf_16("\u{feff}six = 1\r\n")).expect("it is ours");
    let said = world.run(&["fix", "--code", "invalid-requirement", "--yes"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let mended = fs::read(world.work("requirements.txt")).expect("it is there");
    assert_eq!(mended, utf_16("\u{feff}six == 1\r\n"));
}

#[test]
fn an_environment_is_made() {
    let world = World::new();
    // It needs nothing, so nothing has to be fetched from anywhere.
    world.write("pyproject.toml", "[project]\nname = \"alone\"\n");
    let said = world.run(&["fix", "--all", "--yes", "--trusted"]);
    assert_eq!(said.out, "No problems in 1 project\n", "{}", said.err);
    assert_eq!(said.code, Some(0));
    assert!(world.work(".venv/pyvenv.cfg").exists());
    assert_eq!(world.run(&["trust", "--list"]).out, "", "trust was for that run only");
}

#[test]
fn a_broken_environment_is_made_anew() {
    let world = World::new();
    world.write("pyproject.toml", "[project]\nname = \"alone\"\n");
    let venv = world.venv(".venv");
    fs::write(venv.join("mine.txt"), "").expect("a file");
    fs::remove_file(venv.join("pyvenv.cfg")).expect("it is there");
    let said = world.run(&["fix", "--code", "broken-environment", "--yes", "--trusted"]);
    assert_eq!(said.out, "No problems in 1 project\n", "{}", said.err);
    assert_eq!(said.code, Some(0));
    assert!(!venv.join("mine.txt").exists());
}

#[test]
fn trust_is_given_listed_and_taken_back() {
    let world = World::new();
    world.write("a/pyproject.toml", "[project]\nname = \"a\"\n");
    let given = world.run(&["trust", "a"]);
    assert_eq!(given.code, Some(0), "{}", given.err);
    assert!(given.out.starts_with("`/w/a` and all in it is trusted"), "{}", given.out);
    assert_eq!(world.run(&["trust", "--list"]).out, "trusted  /w/a\n");
    let made = world.run(&["fix", "--all", "--yes"]);
    assert_eq!((made.code, &*made.out), (Some(0), "No problems in 1 project\n"), "{}", made.err);
    let taken = world.run(&["trust", "--revoke", "a", "--output-format", "json"]);
    let taken: serde_json::Value = serde_json::from_str(&taken.out).expect("JSON");
    assert_eq!(taken, serde_json::json!({"version": 1, "path": "/w/a", "trusted": false}));
    assert_eq!(world.run(&["trust", "--list"]).out, "");
    let file = world.run(&["trust", "a/pyproject.toml"]);
    assert_eq!(file.code, Some(2), "trust is for folders");
}

#[test]
fn what_is_for_the_user_to_choose_is_said_and_left() {
    let world = World::new();
    world.write("requirements.txt", "six\n");
    world.write("app.py", "import yaml\n");
    world.venv(".venv");
    let said = world.run(&["fix", "--all", "--dry-run"]);
    let last = said.out.lines().last().unwrap_or_default();
    let left = "1 finding can be mended once you choose how: see `envls watch`, or the actions in your editor";
    assert_eq!(last, left, "{}", said.out);
    let only = world.run(&["fix", "--code", "not-installed", "--dry-run"]);
    assert!(!only.out.contains("once you choose"), "{}", only.out);
}
