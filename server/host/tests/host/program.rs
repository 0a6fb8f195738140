//! Which programs count as the user's own.

use std::{ffi::OsString, fs, os::unix::fs::PermissionsExt as _, path::Path};

use envls_core::world::{AbsPath, Content, Noun, Reply};
use envls_host::host::Host;

use crate::support::{Bench, native};

fn variables(folder: &Path) -> Vec<(&'static str, OsString)> {
    let path =
        ["ws/bin", "", ".", "relative", "linked", "open", "sticky", "bin", "later"].map(|it| {
            let absolute = !matches!(it, "" | "." | "relative");
            if absolute { folder.join(it).into_os_string() } else { it.into() }
        });
    let path = std::env::join_paths(path).expect("no colon in it");
    vec![("PATH", path), ("HOME", folder.join("home").into()), ("EMPTY", "".into())]
}

fn bench() -> Bench {
    let bench = Bench::with(variables, Host::watching);
    bench.host.set_workspace(&[bench.path("ws")]);
    bench
}

fn program(bench: &Bench, below: &str) -> AbsPath {
    let path = bench.write(below, "#!/bin/sh\ntouch started\n");
    mode(&path, 0o755);
    path
}

fn mode(path: &AbsPath, mode: u32) {
    fs::set_permissions(native(path), fs::Permissions::from_mode(mode)).expect("it is ours");
}

fn find(bench: &mut Bench, name: &str) -> Option<AbsPath> {
    match bench.ask(Noun::Program(name.to_owned())) {
        Content::Program(reply) => reply.known(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_outside_of_the_workspace_is_found() {
    let mut bench = bench();
    program(&bench, "ws/bin/uv");
    assert_eq!(find(&mut bench, "uv"), None);
    let later = program(&bench, "later/uv");
    assert_eq!(find(&mut bench, "uv"), Some(later));
    let first = program(&bench, "bin/uv");
    assert_eq!(find(&mut bench, "uv"), Some(first));
    assert!(!bench.folder.path().join("started").exists());
}

#[test]
fn a_way_into_the_workspace_is_none() {
    let mut bench = bench();
    let inside = program(&bench, "ws/tools/uv");
    // A folder that is a link into it, and a program that is one.
    bench.link("linked", "ws/tools");
    bench.link("bin/uv", inside.to_string());
    assert_eq!(find(&mut bench, "uv"), None);
}

#[test]
fn what_others_may_replace_is_not_taken() {
    let mut bench = bench();
    program(&bench, "open/uv");
    mode(&bench.path("open"), 0o777);
    assert_eq!(find(&mut bench, "uv"), None);
    let writable = program(&bench, "bin/uv");
    mode(&writable, 0o757);
    assert_eq!(find(&mut bench, "uv"), None);
    // Where the sticky bit is set, others cannot replace what is not theirs.
    let sticky = program(&bench, "sticky/uv");
    mode(&bench.path("sticky"), 0o1777);
    assert_eq!(find(&mut bench, "uv"), Some(sticky));
}

#[test]
fn what_is_no_program_is_passed_over() {
    let mut bench = bench();
    bench.folder("bin/uv");
    bench.write("later/uv", "no execute bit");
    assert_eq!(find(&mut bench, "uv"), None);
    for name in ["", ".", "..", "../later/uv", "/bin/sh", "a\0b"] {
        assert_eq!(find(&mut bench, name), None);
    }
}

#[test]
fn the_users_own_tools_are_found_off_the_path() {
    let mut bench = bench();
    let cargo = program(&bench, "home/.cargo/bin/uv");
    assert_eq!(find(&mut bench, "uv"), Some(cargo));
    let local = program(&bench, "home/.local/bin/uv");
    assert_eq!(find(&mut bench, "uv"), Some(local));
}

#[test]
fn a_home_that_is_the_workspace_hides_only_its_projects() {
    let mut bench = Bench::with(variables, Host::watching);
    bench.host.set_workspace(&[bench.path("home")]);
    bench.write("home/project/pyproject.toml", "");
    let inside = program(&bench, "home/project/bin/uv");
    bench.link("bin/uv", inside.to_string());
    let local = program(&bench, "home/.local/bin/uv");
    bench.ask(Noun::Projects(bench.path("home")));
    assert_eq!(find(&mut bench, "uv"), Some(local));
}

#[test]
fn a_program_of_a_project_found_later_is_none() {
    let mut bench = Bench::with(variables, Host::watching);
    bench.host.set_workspace(&[bench.path("home")]);
    bench.write("home/project/pyproject.toml", "");
    let inside = program(&bench, "home/project/bin/uv");
    let brought = bench.link("bin/uv", inside.to_string());
    assert_eq!(find(&mut bench, "uv"), Some(brought.clone()));
    bench.ask(Noun::Projects(bench.path("home")));
    bench.touched(&brought);
    assert_eq!(find(&mut bench, "uv"), None);
}

#[test]
fn a_program_that_comes_is_noticed() {
    let mut bench = bench();
    bench.folder("later");
    assert_eq!(find(&mut bench, "uv"), None);
    let later = program(&bench, "later/uv");
    let noun = Noun::Program("uv".to_owned());
    bench.until(noun.clone(), &later, |it| *it == Content::Program(Reply::Known(later.clone())));
    // And one that comes before it.
    let first = program(&bench, "bin/uv");
    bench.until(noun, &first, |it| *it == Content::Program(Reply::Known(first.clone())));
}

#[test]
fn variables_are_those_of_the_start() {
    let bench = bench();
    let variables = bench.host.variables();
    assert_eq!(variables.get("HOME").as_deref(), Some(bench.path("home").as_bytes()));
    assert_eq!((variables.get("EMPTY"), variables.get("MISSING")), (None, None));
}

#[test]
fn the_machine_is_this_one() {
    let mut bench = bench();
    let Content::Machine(Reply::Known(machine)) = bench.ask(Noun::Machine) else { panic!() };
    let says = std::process::Command::new("uname").arg("-m").output().expect("uname is there");
    assert_eq!(machine.architecture, String::from_utf8_lossy(&says.stdout).trim());
    assert_eq!(machine.user, Some(rustix::process::geteuid().as_raw()));
}
