//! `envls run`: a command with the variables of the chosen environment.

use std::{
    ffi::{OsStr, OsString},
    process::{Command, ExitCode},
};

use anyhow::{Context as _, anyhow};
use envls_core::{model::Activation, world::AbsPath};
use envls_host::path::native;

use crate::{arguments::Run, variables};

pub(crate) fn run(given: &Run) -> anyhow::Result<ExitCode> {
    let activation = variables::activation(given.path.as_ref())?.map_err(|it| anyhow!(it))?;
    let (program, arguments) = given.command.split_first().context("there is no command")?;
    let mut command = Command::new(program);
    command.args(arguments);
    // The command itself is looked for on the environment's path too.
    activate(&mut command, &activation)?;
    become_it(&mut command).with_context(|| format!("`{}` cannot be run", program.display()))
}

/// Lets a command run with the variables of an environment.
pub(crate) fn activate(command: &mut Command, activation: &Activation) -> anyhow::Result<()> {
    for (name, value) in &activation.set {
        command.env(name, text(value));
    }
    for name in &activation.unset {
        command.env_remove(name);
    }
    command.env("PATH", search_path(&activation.prepend_path)?);
    Ok(())
}

fn search_path(first: &[AbsPath]) -> anyhow::Result<OsString> {
    let first = first.iter().filter_map(native).map(|it| it.into_owned());
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let all = first.chain(std::env::split_paths(&inherited));
    std::env::join_paths(all).context("a folder of the search path has a separator in its name")
}

#[cfg(unix)]
fn text(value: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(value).to_owned()
}

#[cfg(not(unix))]
fn text(value: &[u8]) -> OsString {
    OsStr::new(&*String::from_utf8_lossy(value)).to_owned()
}

/// The command takes the place of this process, so that signals and the exit status are its own.
#[cfg(unix)]
pub(crate) fn become_it(command: &mut Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

#[cfg(not(unix))]
pub(crate) fn become_it(command: &mut Command) -> std::io::Result<ExitCode> {
    let status = command.status()?;
    let code = status.code().and_then(|it| u8::try_from(it).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
