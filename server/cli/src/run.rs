//! `envls run`: a command with the variables of the chosen environment, where that is.

use std::{
    ffi::{OsStr, OsString},
    io::IsTerminal as _,
    process::{Command, ExitCode, ExitStatus, Stdio},
    sync::mpsc::channel,
    thread,
};

use anyhow::{Context as _, anyhow};
use envls_core::{
    model::{Activation, Reached},
    place::Input,
    world::AbsPath,
};
use envls_host::path::native;

use crate::{
    arguments::Run,
    place,
    signal::{self, Signal},
    variables::{self, InForce},
    wrap::inside::{Entrance, texts},
};

pub(crate) fn run(given: &Run) -> anyhow::Result<ExitCode> {
    let InForce { activation, reached, .. } =
        variables::in_force(given.path.as_ref())?.map_err(|it| anyhow!(it))?;
    if let Some(reached) = reached {
        return inside(&reached, &activation, &given.command);
    }
    let (program, arguments) = given.command.split_first().context("there is no command")?;
    let mut command = Command::new(program);
    command.args(arguments);
    // The command itself is looked for on the environment's path too.
    activate(&mut command, &activation)?;
    become_it(&mut command).with_context(|| format!("`{}` cannot be run", program.display()))
}

/// What happens to a command that runs in a layer.
enum News {
    Signal(Signal),
    Ended(std::io::Result<ExitStatus>),
}

/// The variable by which the processes of one command are known among those of a layer.
const MARK: &str = "ENVLS_RUN";

/// Ends everything with that mark (proc(5), `/proc/pid/environ`): ending the tool that runs a command inside leaves that running.
const END: &str = r#"for it in /proc/[0-9]*; do tr '\0' '\n' <"$it/environ" 2>/dev/null | grep -qx "$0" && [ "${it#/proc/}" != $$ ] && kill -TERM "${it#/proc/}"; done"#;

/// Runs a command where the environment is, in the folder that this one is there. Its exit status is ours, and what would end us
/// ends it.
fn inside(
    reached: &Reached,
    activation: &Activation,
    command: &[OsString],
) -> anyhow::Result<ExitCode> {
    let (place, here) = (&reached.place, place::here()?);
    let cannot = || format!("nothing can be run in `{place}` for `{here}`: it does not share it");
    let mut entrance = Entrance::of(reached, activation, &here).with_context(cannot)?;
    let words = texts(command).context("the command has a word that is no text")?;
    let ending = entrance.arguments(
        reached,
        &["sh", "-c", END, &format!("{MARK}={}", std::process::id())].map(str::to_owned),
        Input::None,
    );
    entrance.variables.insert(MARK.to_owned(), std::process::id().to_string());
    let arguments = entrance.arguments(reached, &words, Input::Open).with_context(cannot)?;
    let (post, news) = channel();
    signal::tell(post.clone(), News::Signal);
    let mut child = Command::new(&entrance.tool);
    child.args(arguments);
    apart(&mut child);
    let mut child = child.spawn().context("starting the layer's tool")?;
    let body = move || drop(post.send(News::Ended(child.wait())));
    thread::Builder::new().name("envls run".to_owned()).spawn(body).context("waiting for it")?;
    loop {
        match news.recv().context("nobody waits for it any more")? {
            News::Ended(status) => {
                let code = status.context("waiting for it")?.code();
                let code = code.and_then(|it| u8::try_from(it).ok());
                return Ok(code.map_or(ExitCode::FAILURE, ExitCode::from));
            }
            News::Signal(Signal::End) => {
                if let Some(arguments) = &ending {
                    let mut ended = Command::new(&entrance.tool);
                    ended.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
                    apart(ended.stderr(Stdio::null()));
                    drop(ended.status());
                }
            }
            News::Signal(Signal::Redraw) => {}
        }
    }
}

/// In a group of its own: the terminal's Ctrl-C is ours to pass on.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt as _;
    if !std::io::stdin().is_terminal() {
        // One that reads the terminal must stay in the group that may.
        command.process_group(0);
    }
}

#[cfg(not(unix))]
fn apart(_: &mut Command) {}

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
