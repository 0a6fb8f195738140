//! What programs say of themselves: only where a folder is trusted, and only those that nobody else can put there.

use std::{ffi::OsString, fs, os::unix::fs::PermissionsExt as _, path::Path};

use envls_core::world::{AbsPath, Content, Fault, Noun, Reply};
use envls_host::host::Host;

use crate::support::{Bench, native};

/// With what would lead an interpreter astray, if it came to it.
fn variables(folder: &Path) -> Vec<(&'static str, OsString)> {
    vec![
        ("ENVLS_STATE_DIR", folder.join("state").into()),
        ("PYTHONHOME", folder.join("nowhere").into()),
        ("PYTHONPATH", folder.join("project").into()),
    ]
}

fn bench(trusted: bool) -> Bench {
    let bench = Bench::with(variables, Host::new);
    let project = bench.folder("project");
    bench.host.set_workspace(std::slice::from_ref(&project));
    if trusted {
        bench.host.trust().trust(&project).expect("the state folder is ours");
    }
    bench
}

fn program(bench: &Bench, path: &str, script: &str) -> AbsPath {
    let file = bench.write(path, format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(native(&file), fs::Permissions::from_mode(0o755)).expect("it is ours");
    file
}

fn python() -> Option<AbsPath> {
    let path = std::env::var_os("PATH")?;
    // The shims of version managers are scripts.
    let is_binary = |it: &std::path::PathBuf| fs::read(it).is_ok_and(|it| !it.starts_with(b"#!"));
    let found = std::env::split_paths(&path).map(|it| it.join("python3")).find(is_binary);
    AbsPath::parse(found?.to_str()?)
}

fn refused(content: &Content) -> bool {
    let fault = match content {
        Content::ToolVersion(Reply::Fault(fault)) | Content::Probe(Reply::Fault(fault)) => fault,
        _ => return false,
    };
    matches!(fault, Fault::Other(_))
}

#[test]
fn a_tool_is_asked_only_where_a_folder_is_trusted() {
    let mut bench = bench(false);
    let tool = program(&bench, "bin/uv", "touch \"$0-ran\"; echo 'uv 0.9.9 (x86_64)'");
    let asked = bench.ask(Noun::ToolVersion(tool.clone()));
    assert_eq!(asked, Content::ToolVersion(Reply::Fault(Fault::Untrusted)));
    let asked = bench.ask(Noun::Probe(tool));
    assert_eq!(asked, Content::Probe(Reply::Fault(Fault::Untrusted)));
    assert!(!bench.folder.path().join("bin/uv-ran").exists());
}

#[test]
fn what_a_tool_says_is_taken_where_it_is_text() {
    let mut bench = bench(true);
    let tool = program(&bench, "bin/uv", "echo 'uv 0.9.9 (x86_64)'");
    let asked = bench.ask(Noun::ToolVersion(tool));
    assert_eq!(asked, Content::ToolVersion(Reply::Known("uv 0.9.9 (x86_64)".into())));
    for script in ["printf '\\377\\376'", "echo broken; exit 3", "head -c 200000 /dev/zero"] {
        let tool = program(&bench, "bin/odd", script);
        let said = bench.ask(Noun::ToolVersion(tool));
        assert!(refused(&said), "{script}: {said:?}");
    }
    let gone = bench.path("bin/gone");
    assert_eq!(bench.ask(Noun::ToolVersion(gone)), Content::ToolVersion(Reply::Absent));
}

#[test]
fn what_a_workspace_brings_is_never_asked() {
    let mut bench = bench(true);
    let tool = program(&bench, "project/uv", "touch \"$0-ran\"; echo 'uv 0.9.9'");
    let link = bench.link("linked", "project/uv");
    for path in [tool, link] {
        let said = bench.ask(Noun::ToolVersion(path.clone()));
        assert!(refused(&said), "{said:?}");
        let said = bench.ask(Noun::Probe(path));
        assert!(refused(&said), "{said:?}");
    }
    assert!(!bench.folder.path().join("project/uv-ran").exists());
}

#[test]
fn an_interpreter_says_what_it_is_whatever_lies_in_wait() {
    let mut bench = bench(true);
    bench.write("project/sitecustomize.py", "raise SystemExit(7)\n");
    let Some(python) = python() else { return };
    let Content::Probe(Reply::Known(said)) = bench.ask(Noun::Probe(python)) else {
        panic!("it is the system's own")
    };
    assert!(said.contains("\"version\": \"3.") && said.contains("cpython"), "{said}");
}

#[test]
fn a_script_and_what_others_may_change_is_no_interpreter_that_is_asked() {
    let mut bench = bench(true);
    let shim = program(&bench, "shims/python3.12", "touch \"$0-ran\"");
    let said = bench.ask(Noun::Probe(shim));
    assert!(refused(&said), "{said:?}");
    assert!(!bench.folder.path().join("shims/python3.12-ran").exists());
    let binary = bench.path("open/python3.12");
    bench.folder("open");
    fs::copy("/bin/true", native(&binary)).expect("there is a `true`");
    fs::set_permissions(native(&binary), fs::Permissions::from_mode(0o777)).expect("it is ours");
    let said = bench.ask(Noun::Probe(binary));
    assert!(refused(&said), "{said:?}");
}
