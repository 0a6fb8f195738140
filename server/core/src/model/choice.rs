//! Which manager a project has and which environment it gets: comparable reasons, never the order of a list.

use std::sync::Arc;

use super::{environment::Environment, evidence::Evidence};
use crate::world::AbsPath;

/// How strong a reason is. The strongest wins; its rank is a value to compare and depends on no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// It happens to be around: a variable of the editor's process.
    Ambient,
    /// It is where such a thing usually is.
    Convention,
    /// A lock file was made by the tool.
    Lockfile,
    /// The project's own files say so.
    Declared,
    /// The user chose it.
    Chosen,
}

impl Strength {
    /// As the contract's JSON spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Strength::Ambient => "ambient",
            Strength::Convention => "convention",
            Strength::Lockfile => "lockfile",
            Strength::Declared => "declared",
            Strength::Chosen => "chosen",
        }
    }
}

/// A manager's claim on a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub strength: Strength,
    pub manager: &'static str,
    /// The folder whose environment and lock the project shares: its own, or that of the workspace it is a member of.
    pub home: AbsPath,
    /// Where this manager keeps the project's environment, whether it exists or not.
    pub prefix: AbsPath,
    pub because: Vec<Evidence>,
}

/// An environment that the project could get, and the reasons for and against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub environment: Arc<Environment>,
    pub strength: Strength,
    pub eligibility: Eligibility,
    pub because: Vec<Evidence>,
    pub against: Vec<Evidence>,
}

/// Whether a project may get an environment that the user did not choose for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Eligibility {
    Eligible,
    /// It serves a purpose of its own, or belongs to another project; the first reason against it says which.
    Hindered,
}

/// The environment that the project gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    pub environment: Arc<Environment>,
    pub strength: Strength,
    pub because: Vec<Evidence>,
}
