//! The command line: the same session that an editor drives, with a terminal in the editor's place.

mod arguments;
mod r#loop;
mod signal;
mod typing;
mod place;
mod findings;
mod json;
mod print;
mod check;
mod envs;
mod doctor;
mod explain;
mod which;
mod variables;
mod run;
mod select;
mod watch;
mod following;
mod fix;
mod errand;
mod copying;
mod trust;
mod wrap;
mod completions;
mod inventory;

use std::process::ExitCode;

use clap::Parser as _;

use self::{
    arguments::{Arguments, Command},
    print::{Loudness, Printer},
};

/// How a command ended, as the contract numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// What was asked for is so.
    Good,
    /// It is not so.
    Bad,
    /// It could not be found out, or not be done.
    Failed,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        match status {
            Status::Good => ExitCode::SUCCESS,
            Status::Bad => ExitCode::from(1),
            Status::Failed => ExitCode::from(2),
        }
    }
}

/// A session makes and drops a great many small values on several threads, at which the system's allocator is slow.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let printer = Printer::new(&arguments.common);
    match run(&arguments, &printer) {
        Ok(status) => status,
        Err(error) => {
            printer.trouble(&format!("{error:#}"));
            Status::Failed.into()
        }
    }
}

/// Lets what happens inside be seen, for whoever asked for it twice.
fn log(printer: &Printer) {
    if printer.loudness() >= Loudness::Everything {
        let log = tracing_subscriber::fmt().with_writer(std::io::stderr).without_time();
        log.with_max_level(tracing::Level::DEBUG).with_ansi(false).init();
    }
}

fn run(arguments: &Arguments, printer: &Printer) -> anyhow::Result<ExitCode> {
    let common = &arguments.common;
    if !matches!(arguments.command, Command::Server { .. }) {
        log(printer);
    }
    let status = match &arguments.command {
        // It keeps a log of its own, and ends as the protocol says.
        Command::Server { .. } => {
            let code = envls_lsp::serve(envls_lsp::Options::standard())?;
            return Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from));
        }
        Command::Check(given) => check::run(given, common, printer)?,
        Command::Watch(given) => watch::run(given, common, printer)?,
        Command::Envs(given) => envs::run(given, common, printer)?,
        Command::Explain(given) => explain::run(given, common, printer)?,
        Command::Doctor(given) => doctor::run(given, common, printer)?,
        Command::Which(given) => which::run(given, common, printer)?,
        Command::Env(given) => variables::run(given, printer)?,
        Command::Run(given) => return run::run(given),
        Command::Wrap(given) => return wrap::run(given),
        Command::Select(given) => select::run(given, printer)?,
        Command::Fix(given) => fix::run(given, common, printer)?,
        Command::Snapshot(given) => copying::snapshot(given, common, printer)?,
        Command::Restore(given) => copying::restore(given, printer)?,
        Command::Clone(given) => copying::clone(given, printer)?,
        Command::Do(given) => errand::run(given, common, printer)?,
        Command::Trust(given) => trust::run(given, printer)?,
        Command::Completions { shell } => completions::run(*shell, printer)?,
        Command::Inventory { site_packages } => inventory::run(site_packages, printer)?,
    };
    Ok(status.into())
}
