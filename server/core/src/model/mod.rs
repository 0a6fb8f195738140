//! What was understood of a project, each part with why.

/// The interpreters of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interpreters {}
