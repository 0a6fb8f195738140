//! The shell around the core: it answers questions from the real disk, watches what the answers rest on, and runs recipes.

pub mod host;
pub mod perform;
pub mod environment;
pub mod path;
pub mod trust;
pub mod snapshot;
pub mod choice;
mod state;
pub mod gate;
pub mod process;
pub mod files;
mod answer;
mod reading;
mod registry;
mod disk;
mod program;
mod machine;
mod installed;
mod projects;
mod sources;
mod workspace;
mod watch;
mod operation;
mod held;
mod journal;
mod pool;
mod timer;
