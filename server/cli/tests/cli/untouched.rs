//! In a workspace that is not trusted nothing is started and nothing is written, whatever lies in wait there.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::support::World;

/// Programs that a careless server would start.
const PLANTED: [&str; 8] = ["python", "python3", "uv", "conda", "docker", "git", "pyenv", "poetry"];

#[test]
fn nothing_runs_and_nothing_is_written() {
    let strace = which("strace").expect("strace is installed: tests/run installs it");
    let world = World::new();
    plant(&world);
    for command in [
        &["check"][..],
        &["check", "--output-format", "json", "--facts"],
        &["envs"],
        &["explain"],
        &["which"],
        &["fix", "--all", "--dry-run"],
        &["watch"],
    ] {
        let record = world.work("../trace.txt");
        let mut traced = vec!["-f", "-qq", "-e", "trace=execve,execveat,%file,ftruncate", "-o"];
        let record_text = record.to_string_lossy().into_owned();
        traced.extend([&*record_text, env!("CARGO_BIN_EXE_envls")]);
        traced.extend(command);
        let mut child = world.command(&strace, &traced);
        // The planted programs come first.
        let path =
            format!("{}:{}:/usr/bin:/bin", world.work("").display(), world.work("bin").display());
        let output = child.env("PATH", path).stdin(Stdio::null()).output().expect("strace starts");
        assert!(output.status.code().is_some_and(|it| it < 2), "{command:?}: {output:?}");
        let record = fs::read_to_string(&record).expect("the record");
        let started: Vec<&str> = record.lines().filter(|it| it.contains("execve")).collect();
        assert_eq!(started.len(), 1, "{command:?} started {started:#?}");
        let work = world.work("").to_string_lossy().into_owned();
        let written: Vec<&str> =
            record.lines().filter(|it| it.contains(&work) && writes(it)).collect();
        assert!(written.is_empty(), "{command:?} wrote {written:#?}");
    }
    assert!(!world.work("ran").exists(), "a planted program ran");
    assert!(!world.state().exists(), "nothing was remembered either");
}

fn plant(world: &World) {
    world.write(
        "pyproject.toml",
        "[project]\nname = \"trap\"\ndependencies = [\"six\"]\n[tool.uv]\n",
    );
    world.write("uv.lock", "version = 1\n");
    world.write("app.py", "import six\n");
    let venv = world.venv(".venv");
    let script = format!("#!/bin/sh\ntouch {}\n", world.work("ran").display());
    let mut programs: Vec<PathBuf> =
        ["python", "python3"].map(|it| venv.join("bin").join(it)).into();
    for name in PLANTED {
        programs.push(world.work(name));
        programs.push(world.work("bin").join(name));
    }
    for program in programs {
        fs::create_dir_all(program.parent().expect("a folder")).expect("a folder");
        drop(fs::remove_file(&program));
        fs::write(&program, &script).expect("a file");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }
}

/// Whether a system call changes something that it names.
fn writes(line: &str) -> bool {
    let opens = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"];
    let changes = [
        "unlink", "rename", "mkdir", "rmdir", "symlink", "link(", "linkat(", "chmod", "chown",
        "truncate", "utime", "mknod", "creat(", "setxattr",
    ];
    let call = line.split('(').next().unwrap_or(line);
    let changed = changes.iter().any(|it| call.contains(it.trim_end_matches('(')));
    // Reading where a link leads is no change.
    let changed = changed && !call.contains("readlink");
    changed || (call.contains("open") && opens.iter().any(|it| line.contains(it)))
}

fn which(name: &str) -> Option<PathBuf> {
    let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().ok()?;
    let path = String::from_utf8(found.stdout).ok()?;
    let path = Path::new(path.trim());
    path.is_absolute().then(|| path.to_owned())
}
