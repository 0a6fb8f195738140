//! The packaging standards: names, versions, markers, requirements, installed metadata. Nothing of projects.

mod scanner;
mod table;
pub(crate) mod glob;
pub mod backport;
pub(crate) mod caret;
pub(crate) mod conda;
pub mod conflict;
pub mod dependencies;
pub mod digest;
pub mod inventory;
pub mod marker;
pub mod match_spec;
pub mod metadata;
pub mod name;
pub mod need;
pub(crate) mod popular;
pub mod pyvenv;
pub mod record;
pub mod modules;
pub mod stdlib;
pub mod provider;
pub mod requirement;
pub mod satisfiable;
pub(crate) mod spelling;
pub mod version;
pub mod executable;
pub mod lifetime;
