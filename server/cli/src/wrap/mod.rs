//! `envls wrap`: stands between an editor and another Python language server, hands it the interpreter that the project gets,
//! and lets it follow changes.

mod profile;
mod choosing;
mod overlay;
mod message;
mod mirror;
mod notebook;
mod packages;
mod child;
mod proxy;
mod editor;
mod server;
mod switch;
mod nested;

use std::{
    io::IsTerminal as _,
    process::{Command, ExitCode},
    sync::mpsc::channel,
};

use anyhow::Context as _;

use self::proxy::{News, Proxy};
use crate::{arguments::Wrap, run::become_it, signal};

/// The profiles that can be stated.
pub(crate) fn names() -> Vec<&'static str> {
    profile::names()
}

pub(crate) fn run(given: &Wrap) -> anyhow::Result<ExitCode> {
    if std::io::stdin().is_terminal() {
        // No editor is there: someone tries the command, as with `--version`.
        let (program, arguments) = given.command.split_first().context("there is no command")?;
        let mut command = Command::new(program);
        command.args(arguments);
        return become_it(&mut command)
            .with_context(|| format!("`{}` cannot be run", program.display()));
    }
    let profile = profile::of(given.profile.as_deref(), &given.command);
    let (post, news) = channel();
    signal::tell(post.clone(), News::Signal);
    let mut proxy = Proxy::new(profile, given.command.clone(), post)?;
    let code = proxy.run(&news)?;
    Ok(ExitCode::from(code))
}
