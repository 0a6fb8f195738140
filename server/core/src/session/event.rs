//! What comes into the session, and what it wants done.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    action::{Choice, Edit, Recipe},
    chore::Chore,
    finding::Finding,
    setting::Settings,
    world::{AbsPath, Answer, Question},
};

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// The folders to look after are now these.
    Folders(BTreeSet<AbsPath>),
    Configured(Settings),
    /// A document was opened, or its text changed.
    Edited {
        path: AbsPath,
        version: i32,
        text: Arc<str>,
        kept: Kept,
    },
    Saved {
        path: AbsPath,
    },
    Closed {
        path: AbsPath,
    },
    /// A path whose project is wanted though no document of it is open.
    Attended(AbsPath),
    /// The machine's interpreters are wanted though no project needs them.
    InterpretersWanted,
    /// Every environment of the machine is wanted, as where the user is to choose one.
    EnvironmentsWanted,
    /// Something may have changed here. A hint, never a fact: we doubt, and ask again.
    Touched(AbsPath),
    /// This name came or went in its folder, and it is none that projects are searched by.
    Listed(AbsPath),
    /// What is in this file may have changed, or what may be done with it. It was there before, and is.
    Written(AbsPath),
    /// Events were lost, or the user asks: everything may have changed.
    Overlooked,
    Answered(Ticket, Answer),
    /// The time asked for with `Effect::Wake` has passed.
    Woke,
    /// The user chose an action.
    Chosen {
        action: ActionId,
        consent: Consent,
    },
    /// The user chose an interpreter for the project that a path is in, or takes the choice back.
    Preferred {
        path: AbsPath,
        python: Option<AbsPath>,
    },
    /// The user wants something done with the environment of the project that a path is in.
    Wanted {
        path: AbsPath,
        chore: Chore,
        consent: Consent,
    },
    Progressed {
        operation: OperationId,
        line: String,
    },
    Finished {
        operation: OperationId,
        end: End,
    },
    /// The user wants an operation stopped; all of them, when none is named.
    Stopped(Option<OperationId>),
}

/// Whether the disk has what the editor shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Saved,
    Unsaved,
}

/// Whether the user has agreed to just this command, in a workspace that is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    None,
    Given,
}

/// How running a recipe ended. It proves nothing: what became of the environment is seen by looking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every command ended with code 0.
    Ran,
    /// A command failed; the words are its decisive line.
    Failed {
        command: String,
        words: String,
    },
    Cancelled,
    /// It could not be started at all.
    NotStarted {
        words: String,
    },
}

/// Something that the shell shall do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Ask(Vec<Asking>),
    /// Nothing but these paths is rested on any more; whatever else is watched need not be.
    Retain(BTreeSet<AbsPath>),
    /// What these answers said was let go: what is kept so that it need not be read again is not needed either.
    LetGo(Vec<Question>),
    /// Programs are not to be looked for in these folders.
    Workspace(BTreeSet<AbsPath>),
    /// The findings of a file are now these; none clear what was published before.
    Publish {
        path: AbsPath,
        version: Option<i32>,
        findings: Arc<[Arc<Finding>]>,
    },
    /// Whether anything is still to be found out changed.
    Quiescent(bool),
    /// Send `Event::Woke` after some two seconds.
    Wake,
    /// The user must agree first; the answer is `Event::Chosen` with consent.
    AskConsent {
        action: ActionId,
        question: String,
    },
    Edit {
        label: String,
        edits: Vec<Edit>,
    },
    /// Remember what the user chose for a project.
    Choose(Choice),
    Run {
        operation: OperationId,
        project: AbsPath,
        recipe: Recipe,
        consent: Consent,
    },
    Stop(OperationId),
    /// What a recipe set aside is not needed any more, or must be put back.
    Conclude {
        operation: OperationId,
        keep: Keep,
    },
    Progress {
        operation: OperationId,
        step: Step,
    },
    Say {
        weight: Weight,
        words: String,
    },
    Log(String),
}

/// Which of two environments stays: the one that was made, or the one that was set aside for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    Made,
    Aside,
}

/// A step of an operation's progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Begin { title: String },
    Report { line: String },
    End { words: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    Information,
    Warning,
    Error,
}

/// One asking of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    pub ticket: Ticket,
    pub question: Question,
    /// What the editor holds open of the question's path: it outranks the disk.
    pub open: Option<Arc<str>>,
    pub urgency: Urgency,
}

/// What waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// The project of a file that is open: somebody looks at it.
    Now,
    /// Other projects, and what is known of the machine.
    Later,
}

/// Names one asking of a question, so that an answer read before a change is not taken for one read after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub u64);

/// Names an action of a finding that stands, the same as long as the finding stands where it does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActionId(pub String);

impl ActionId {
    /// The action of that index of a finding.
    #[must_use]
    pub fn of(finding: &Finding, index: usize) -> ActionId {
        let start = finding.location.range.start;
        let code = finding.code;
        ActionId(format!("{code}/{index}/{}.{}/{}", start.line, start.utf8, finding.location.path))
    }
}
