//! The tests of the core: Markdown cases, the session, and that everything is in its place.
#![expect(clippy::disallowed_methods, reason = "tests read their cases from the disk")]

mod cases;
mod chores;
mod desk;
mod drawing;
mod declaring;
mod markdown;
mod reference;
mod session;
mod operating;
mod looking;
mod resting;
mod tidy;
