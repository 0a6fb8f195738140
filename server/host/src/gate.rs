//! The gate: no process is started but with a pass, and only here passes are made.

use std::fmt;

use envls_core::{
    action::Command,
    session::Consent,
    world::{AbsPath, EntryKind, Reply, Trust},
};

use crate::{disk::entry::entry, trust::Store};

/// The leave to run exactly this command, once.
#[derive(Debug)]
pub struct Pass {
    command: Command,
}

impl Pass {
    pub(crate) fn command(&self) -> &Command {
        &self.command
    }

    /// Whether pip itself is run, by an interpreter.
    pub(crate) fn is_of_pip(&self) -> bool {
        self.command.arguments.starts_with(&["-m".to_owned(), "pip".to_owned()])
    }

    /// The leave to run the same command with a variable that only changes what it says.
    pub(crate) fn again_with(&self, variable: &str, value: &str) -> Pass {
        let mut command = self.command.clone();
        command.variables.insert(variable.to_owned(), value.to_owned());
        Pass { command }
    }

    /// Whether there is something to start. Asked only when its turn comes, since a recipe may make its own programs: the
    /// interpreter of an environment is there only after the step that makes the environment.
    pub(crate) fn startable(&self) -> Result<(), Refusal> {
        let program = &self.command.program;
        match entry(program).0 {
            Reply::Known(it) if it.kind == EntryKind::File && it.executable => Ok(()),
            _ => Err(Refusal::NoProgram(program.clone())),
        }
    }
}

/// Why there is no pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The workspace is not trusted, and the user has not agreed to this command either.
    Untrusted(AbsPath),
    /// There is nothing to start: no file, or none that may be executed.
    NoProgram(AbsPath),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Untrusted(folder) => {
                write!(f, "`{folder}` is not trusted, so nothing is run on its account")
            }
            Refusal::NoProgram(program) => write!(f, "`{program}` is no program that can be run"),
        }
    }
}

/// Asks for leave to run a command on a project's account: the user trusts its folder, or agreed to just this command.
/// Trust is read from the store at this moment, whatever was known before.
pub(crate) fn pass(
    store: &Store,
    project: &AbsPath,
    command: &Command,
    consent: Consent,
) -> Result<Pass, Refusal> {
    let allowed = consent == Consent::Given || store.ask(project) == Trust::Trusted;
    if !allowed {
        return Err(Refusal::Untrusted(project.clone()));
    }
    Ok(Pass { command: command.clone() })
}
