//! What was understood of a project, each part with why. Neither messages nor severities are made here.

mod choice;
mod conflict;
mod environment;
mod evidence;
mod interpreter;
mod locked;
mod project;
mod python;
mod want;

pub(crate) use self::interpreter::{interpreters_in, observe_interpreters};
pub use self::{
    choice::{Candidate, Claim, Selection, Strength},
    conflict::{Broken, Conflict},
    environment::{Damage, Environment, Health, Seen},
    evidence::Evidence,
    interpreter::{Interpreter, InterpreterPlace, Interpreters, Threading, VenvModule},
    locked::LockRead,
    project::{ManifestRead, Model, Project},
    python::{Pin, StatedPython},
    want::{Expectation, Want},
};
