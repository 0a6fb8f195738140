//! What can be done about a finding, as data: edits, commands, choices. The words on the button are the command itself.

use std::collections::BTreeMap;

use crate::{
    text::Location,
    world::{AbsPath, Place},
};

/// One thing that a user can choose to have done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// A verb, what it is done to, and in parentheses the command where there is one.
    pub title: String,
    pub preferred: bool,
    pub what: What,
}

impl Action {
    /// Whether it only silences a finding, by a comment.
    #[must_use]
    pub fn silences(&self) -> bool {
        let is_comment = |it: &Edit| it.text.contains("envls: ignore[");
        matches!(&self.what, What::Edit(edits) if edits.iter().all(is_comment))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Edit(Vec<Edit>),
    Run(Recipe),
    Choose(Choice),
}

/// What the user wants a project to get: an interpreter, or whatever speaks most for itself. Kept outside of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub project: AbsPath,
    pub python: Option<AbsPath>,
}

/// Puts a text in the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub location: Location,
    pub text: String,
}

/// What is to be run, and everything that a user or the session must know of it beforehand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Done one after the other; the first that fails ends it.
    pub steps: Vec<Step>,
    /// What will be changed, and so is looked at again afterwards.
    pub touches: Vec<AbsPath>,
    /// The files that the commands read from the disk: unsaved changes in them would not be seen.
    pub inputs: Vec<AbsPath>,
    pub network: bool,
    /// Whether code of the project, or of what it depends on, may run on the way (build backends).
    pub runs_project_code: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Run(Command),
    /// Moves what is there aside, until what takes its place has been looked at and found sound.
    SetAside(AbsPath),
    /// What the next step leaves there is removed again if that step fails, unless something was there before.
    UndoIfFails(AbsPath),
    /// Removes an environment and all in it; nothing that is no environment.
    Remove(AbsPath),
    /// Writes a small file, unless there is one already.
    WriteNew {
        path: AbsPath,
        text: String,
    },
}

/// A program and its arguments; there is no shell in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    pub program: AbsPath,
    pub arguments: Vec<String>,
    pub directory: AbsPath,
    /// Variables to set, beyond those of the server's own process.
    pub variables: BTreeMap<String, String>,
    /// What it has done in a layer whose tool says only step by step how it went; the arguments are those of the first step then.
    pub work: Option<Work>,
}

/// What is run in a layer, as that spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    pub place: Place,
    pub words: Vec<String>,
    pub directory: String,
    pub variables: BTreeMap<String, String>,
}

impl Command {
    pub fn new(
        program: &AbsPath,
        arguments: impl IntoIterator<Item = impl Into<String>>,
        directory: &AbsPath,
    ) -> Command {
        Command {
            program: program.clone(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            directory: directory.clone(),
            variables: BTreeMap::new(),
            work: None,
        }
    }

    /// The program and its arguments as a person in the command's folder would name them.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let program = match self.program.below(&self.directory) {
            Some(below) => String::from_utf8_lossy(below).into_owned(),
            None => self.program.name_text(),
        };
        let prefix = format!("{}/", self.directory);
        let argument = |it: &String| it.strip_prefix(&prefix).unwrap_or(it).to_owned();
        std::iter::once(program).chain(self.arguments.iter().map(argument)).collect()
    }
}

impl Recipe {
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.steps.iter().filter_map(|it| match it {
            Step::Run(command) => Some(command),
            Step::SetAside(_) | Step::UndoIfFails(_) | Step::Remove(_) | Step::WriteNew { .. } => {
                None
            }
        })
    }

    /// The commands as one would type them.
    #[must_use]
    pub fn shown(&self) -> String {
        let lines: Vec<String> = self.commands().map(|it| line(&it.words())).collect();
        lines.join(" && ")
    }
}

/// Words as a POSIX shell would need them written; only for showing, nothing is ever given to a shell.
#[must_use]
pub fn line(words: &[String]) -> String {
    let quoted = |word: &String| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=:@%+,[]".contains(&byte);
        if !word.is_empty() && word.bytes().all(plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}
