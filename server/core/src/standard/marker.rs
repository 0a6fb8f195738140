//! Environment markers (*Dependency specifiers*), judged for the environment's interpreter and never for ours.

/// A marker that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker(pep508_rs::MarkerTree);

/// What a marker says of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Holds,
    Fails,
    /// It asks for something that is not known of the environment.
    Unknown,
}
