//! What was understood of a project, each part with why. Neither messages nor severities are made here.

mod choice;
mod conflict;
mod environment;
mod evidence;
mod expectation;
mod extra;
mod flaw;
mod interpreter;
mod locked;
mod project;
mod python;
mod variable;
mod want;

pub(crate) use self::interpreter::{interpreters_in, observe_interpreters};
pub use self::{
    choice::{Candidate, Claim, Selection, Strength},
    conflict::{Broken, Conflict},
    environment::{Damage, Environment, Health, Seen},
    evidence::Evidence,
    expectation::Expectation,
    extra::ExtraGap,
    flaw::{Flaw, FlawKind},
    interpreter::{Interpreter, InterpreterPlace, Interpreters, Threading, VenvModule},
    locked::LockRead,
    project::{ManifestRead, Model, Project},
    python::{Pin, StatedPython},
    want::Want,
};
