//! Facts in, findings out. Nothing in this crate opens a file, starts a process, waits or reads a clock.

pub mod text;
mod tree;
pub mod world;
pub mod place;
pub mod standard;
pub mod layer;
pub mod declared;
pub mod manifest;
pub mod lock;
pub mod source;
pub mod model;
pub mod manager;
pub mod rule;
pub mod finding;
pub mod action;
pub mod chore;
pub mod insight;
pub mod setting;
pub mod session;
pub mod snapshot;
mod derive;

pub use derive::{Depth, Outcome, RuleFault, Tables, derive};
