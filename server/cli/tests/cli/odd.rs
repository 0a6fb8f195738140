//! Names, texts and readers as nobody expects them.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt as _, process::Stdio};

use crate::support::World;

#[test]
fn a_path_that_is_no_utf8() {
    let world = World::new();
    let folder = world.work(OsStr::from_bytes(b"sh\xffop"));
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("requirements.txt"), "six = 1\n").expect("a file");
    let output = world.envls(&["check"]).arg(&folder).output().expect("envls starts");
    let said = world.said(output);
    assert_eq!(said.code, Some(1));
    assert!(said.out.starts_with("sh\u{fffd}op/requirements.txt:1:"), "{}", said.out);
    let output = world
        .envls(&["check", "--output-format", "json"])
        .arg(&folder)
        .output()
        .expect("it starts");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let path = document.pointer("/findings/0/path").and_then(|it| it.as_str()).expect("a path");
    assert!(path.starts_with("file:///"), "{path}");
    assert!(path.ends_with("/sh%FFop/requirements.txt"), "{path}");
}

#[test]
fn the_path_of_an_interpreter_that_is_no_utf8() {
    let world = World::new();
    world.write("a/requirements.txt", "");
    world.venv("a/.venv");
    let folder = world.work(OsStr::from_bytes(b"\xfe"));
    fs::rename(world.work("a"), &folder).expect("it is moved");
    let output = world.envls(&["which"]).arg(&folder).output().expect("envls starts");
    let mut expected = folder.as_os_str().as_bytes().to_vec();
    expected.extend_from_slice(b"/.venv/bin/python\n");
    assert_eq!(output.stdout, expected);
}

#[test]
fn a_manifest_does_not_command_the_terminal() {
    let world = World::new();
    world.write("requirements.txt", "six = \u{1b}[2J\u{202e}1\n");
    for format in ["text", "github"] {
        let said = world.run(&["check", "--color", "never", "--output-format", format]);
        assert!(!said.out.contains(['\u{1b}', '\u{202e}']), "{:?}", said.out);
        assert_eq!(said.code, Some(1));
    }
}

#[test]
fn nobody_reads_the_output() {
    let world = World::new();
    world.write("requirements.txt", "six = 1\n");
    for command in [&["check"][..], &["envs"], &["explain"], &["watch"]] {
        let mut child = world
            .envls(command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("envls starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked") && !said.contains("error:"), "{command:?}: {said}");
        assert!(output.status.code().is_some_and(|it| it < 2), "{command:?}");
    }
}

#[test]
fn the_same_twice() {
    let world = World::new();
    for at in 0..20 {
        world.write(&format!("p{at}/requirements.txt"), "six = 1\nrich\nattrs>=23\n");
        world.write(&format!("p{at}/pyproject.toml"), "[project]\nname = \"a\"\n");
    }
    world.venv("p3/.venv");
    for command in [
        &["check"][..],
        &["check", "--output-format", "json", "--facts"],
        &["check", "--output-format", "github"],
        &["envs", "--output-format", "json"],
        &["explain", "p3", "--output-format", "json"],
    ] {
        let first = world.envls(command).output().expect("envls starts");
        for _ in 0..3 {
            let again = world.envls(command).output().expect("envls starts");
            assert!(first == again, "{command:?} is not the same twice");
        }
    }
}
