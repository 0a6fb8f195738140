//! `envls completions`: what a shell needs to complete our words.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::{Status, arguments::Arguments, print::Printer};

pub(crate) fn run(shell: Shell, printer: &Printer) -> anyhow::Result<Status> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    printer.out_bytes(&script)?;
    Ok(Status::Good)
}
