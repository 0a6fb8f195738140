//! What the user selects, and what a chosen environment's variables do.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt as _};

use crate::support::World;

fn shop() -> World {
    let world = World::new();
    world.write("shop/requirements.txt", "six\n");
    world.venv("shop/.venv");
    world.venv("other's");
    world
}

#[test]
fn a_selection_is_remembered_outside_of_the_project_and_taken_back() {
    let world = shop();
    let before = fs::read_dir(world.work("shop")).expect("a folder").count();
    let said = world.run(&["select", "shop", "other's"]);
    assert_eq!((said.code, &*said.out), (Some(0), "`shop` gets `/w/other's`.\n"), "{}", said.err);
    assert_eq!(world.run(&["which", "shop"]).out, "/w/other's/bin/python\n");
    let said = world.run(&["explain", "shop"]);
    assert!(said.out.contains("you chose it"), "{}", said.out);
    assert_eq!(fs::read_dir(world.work("shop")).expect("a folder").count(), before);
    let said = world.run(&["select", "shop/requirements.txt", "--clear"]);
    assert_eq!((said.code, &*said.out), (Some(0), "`shop` gets `/w/shop/.venv`.\n"));
    assert_eq!(world.run(&["which", "shop"]).out, "/w/shop/.venv/bin/python\n");
}

#[test]
fn what_is_no_interpreter_is_not_remembered() {
    let world = shop();
    world.run(&["select", "shop", "other's/bin/python"]);
    world.write("note.txt", "no interpreter\n");
    for wrong in ["note.txt", "nowhere", "shop"] {
        let said = world.run(&["select", "shop", wrong]);
        assert_eq!(said.code, Some(2), "{wrong}: {} {}", said.out, said.err);
    }
    assert_eq!(world.run(&["which", "shop"]).out, "/w/other's/bin/python\n");
    let said = world.run(&["select", "other's", "shop/.venv"]);
    assert_eq!(said.code, Some(2), "no project: {}", said.out);
}

#[test]
fn variables_for_every_shell() {
    let world = shop();
    world.run(&["select", "shop", "other's"]);
    let sh = world.run(&["env", "shop"]);
    assert_eq!(
        sh.out,
        "export VIRTUAL_ENV='/w/other'\\''s'\nexport PATH='/w/other'\\''s/bin':\"$PATH\"\nunset PYTHONHOME\n"
    );
    let fish = world.run(&["env", "shop", "--shell", "fish"]);
    assert_eq!(
        fish.out,
        "set -gx VIRTUAL_ENV '/w/other\\'s'\nset -gx PATH '/w/other\\'s/bin' $PATH\nset -e PYTHONHOME\n"
    );
    let pwsh = world.run(&["env", "shop", "--shell", "pwsh"]);
    assert!(pwsh.out.starts_with("$env:VIRTUAL_ENV = '/w/other''s'\n"), "{}", pwsh.out);
    let json = world.run(&["env", "shop", "--shell", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("a document");
    assert_eq!(
        json,
        serde_json::json!({
            "version": 1,
            "set": {"VIRTUAL_ENV": "/w/other's"},
            "prependPath": ["/w/other's/bin"],
            "unset": ["PYTHONHOME"]
        })
    );
    world.write("bare/requirements.txt", "six\n");
    assert_eq!(world.run(&["env", "bare"]).code, Some(1));
}

#[test]
fn a_command_runs_with_the_environment_and_its_status_is_ours() {
    let world = shop();
    let code = "import sys; print(sys.prefix); sys.exit(7)";
    let said = world.run(&["run", "--path", "shop", "--", "python", "-c", code]);
    assert_eq!((said.code, &*said.out), (Some(7), "/w/shop/.venv\n"), "{}", said.err);
    // Arguments arrive as they are, also those that look like ours or are no text.
    let mut command = world.envls(&["run", "--path", "shop", "--", "python", "-c"]);
    command.arg("import os, sys; print(os.fsencode(sys.argv[1]), sys.argv[2])");
    command.arg(OsStr::from_bytes(b"\xff")).arg("--help");
    let said = world.said(command.output().expect("envls starts"));
    assert_eq!((said.code, &*said.out), (Some(0), "b'\\xff' --help\n"), "{}", said.err);
    assert_eq!(world.run(&["run", "--path", "shop", "--", "no-such-command"]).code, Some(2));
    world.write("bare/requirements.txt", "six\n");
    assert_eq!(world.run(&["run", "--path", "bare", "--", "python"]).code, Some(2));
}
