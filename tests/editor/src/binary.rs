//! The server that is tested: the binary that users get, as it was built last.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The command that starts the server.
#[must_use]
pub fn command() -> Command {
    let mut command = program();
    command.arg("server");
    command
}

/// `ENVLS_BINARY`, or the one beside this test, which is built when it is not there.
#[must_use]
pub fn program() -> Command {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    Command::new(BINARY.get_or_init(binary))
}

fn binary() -> PathBuf {
    if let Some(stated) = std::env::var_os("ENVLS_BINARY") {
        return PathBuf::from(stated);
    }
    let test = std::env::current_exe().expect("a running test has a path");
    let folder = test.parent().and_then(Path::parent).expect("tests are built into `deps`");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "envls"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if folder.ends_with("release") {
        build.arg("--release");
    }
    let built = build.status().expect("cargo can be started");
    assert!(built.success(), "the server cannot be built");
    folder.join(if cfg!(windows) { "envls.exe" } else { "envls" })
}

/// A Python that can make environments.
#[must_use]
pub fn python() -> &'static str {
    "python3"
}
