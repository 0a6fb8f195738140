//! What was understood of a project, each part with why. Neither messages nor severities are made here.

mod activation;
mod choice;
mod choosing;
mod conda;
mod configured;
mod conflict;
mod damage;
mod environment;
mod evidence;
mod expectation;
mod extra;
mod facts;
mod flaw;
mod health;
mod import;
mod index;
mod inspect;
mod interpreter;
mod layered;
mod locked;
mod machine;
mod member;
mod misfit;
mod origin;
mod neighbour;
mod overlay;
mod project;
mod reached;
mod reached_host;
mod recognised;
mod sharing;
mod python;
mod tool;
mod understanding;
mod variable;
mod want;
mod word;

pub use self::{
    activation::Activation,
    choice::{Candidate, Claim, Eligibility, Selection, Strength},
    conda::CondaWant,
    configured::Configured,
    conflict::{Broken, Conflict},
    damage::{Damage, Foreign, Staleness},
    environment::{Environment, Health},
    evidence::Evidence,
    expectation::Expectation,
    extra::ExtraGap,
    flaw::{Flaw, FlawKind},
    import::{Imports, Judged, Judgement, Provenance, Role, Told, Usage},
    interpreter::{Interpreter, InterpreterPlace, Interpreters, Recorded, Threading, VenvModule},
    layered::{
        Base, Built, Container, Copied, DeclaredAs, Layers, Made, Mounted, Platform, Staged,
    },
    locked::LockRead,
    machine::Environments,
    member::{Bare, Members},
    misfit::{MadeFor, Misfit},
    neighbour::{Idle, Neighbour, Neighbours, Running, Silent},
    origin::Origin,
    project::{ManifestRead, Project},
    python::{Pin, StatedPython},
    reached::Reached,
    recognised::{Certainty, Layout, Offer, Recognised, Seen},
    sharing::Sharing,
    understanding::Model,
    want::{Holding, Want},
};
pub(crate) use self::{
    index::Sourcing,
    interpreter::{interpreters_in, observe_interpreters},
    machine::observe_environments,
};
