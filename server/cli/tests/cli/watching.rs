//! `watch` where its output is no terminal: one line for each change, and numbers from the standard input.

use std::fs;

use crate::support::World;

#[test]
fn what_is_installed_comes_and_goes() {
    let world = World::new();
    world.write("requirements.txt", "six\n");
    world.venv(".venv");
    let six = world.install(".venv", "six-1.17.0.dist-info");
    let mut watch = world.start(&["watch"]);
    watch.until(&["= work: `.venv`"]);
    let away = world.work("away");
    fs::rename(&six, &away).expect("it is moved");
    watch.until(&["+ requirements.txt:1:1: warning[not-installed] `six` is not installed"]);
    fs::rename(&away, &six).expect("it is moved back");
    watch.until(&["- requirements.txt:1:1: warning[not-installed] `six` is not installed"]);
    assert_eq!(watch.end(), Some(0));
}

#[test]
fn a_manifest_is_edited() {
    let world = World::new();
    let manifest = world.write("requirements.txt", "six\n");
    world.venv(".venv");
    world.install(".venv", "six-1.17.0.dist-info");
    let mut watch = world.start(&["watch", "--color", "never"]);
    watch.until(&["= work: `.venv`"]);
    fs::write(&manifest, "six = 1\n").expect("it is written");
    watch.until(&["+ requirements.txt:1:5: error[invalid-requirement]"]);
    assert_eq!(watch.end(), Some(1));
}

#[test]
fn a_fix_by_its_number() {
    let world = World::new();
    let manifest = world.write("requirements.txt", "six = 1\n");
    world.venv(".venv");
    world.install(".venv", "six-1.dist-info");
    let mut watch = world.start(&["watch"]);
    watch.until(&["[1] Replace `=` by `==`"]);
    watch.type_line("7");
    watch.until(&["! `7` is none of the numbers"]);
    watch.type_line("1");
    watch.until(&["? Write it?"]);
    watch.type_line("n");
    watch.until(&["! not done"]);
    watch.type_line("1");
    watch.until(&["? Write it?"]);
    watch.type_line("y");
    watch.until(&["- requirements.txt:1:5: error[invalid-requirement]"]);
    assert_eq!(fs::read_to_string(manifest).ok().as_deref(), Some("six == 1\n"));
    assert_eq!(watch.end(), Some(0));
}

#[test]
fn an_environment_by_its_number() {
    let world = World::new();
    world.write("pyproject.toml", "[project]\nname = \"alone\"\n");
    let mut watch = world.start(&["watch"]);
    watch.until(&["= alone: no environment yet"]);
    watch.until(&["[1] Create `.venv`"]);
    watch.type_line("1");
    watch.until(&["`work` is not trusted yet"]);
    watch.until(&["? Run it?"]);
    watch.type_line("t");
    watch.until(&["= alone: `.venv` · Python"]);
    watch.until(&["> done: Create `.venv`"]);
    assert_eq!(watch.end(), Some(0));
    assert_eq!(world.run(&["trust", "--list"]).out, "trusted  /w\n");
}

#[test]
fn everything_typed_ahead_is_done_before_the_end() {
    let world = World::new();
    world.write("pyproject.toml", "[project]\nname = \"alone\"\n");
    let mut watch = world.start(&["watch"]);
    watch.type_line("1");
    watch.type_line("y");
    assert_eq!(watch.end(), Some(0));
    assert!(world.work(".venv/pyvenv.cfg").exists());
}
