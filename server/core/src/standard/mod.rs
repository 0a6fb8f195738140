//! The packaging standards: names, versions, markers, requirements, installed metadata. Nothing of projects.

mod scanner;
pub(crate) mod glob;
pub mod backport;
pub mod conflict;
pub mod dependencies;
pub mod inventory;
pub mod marker;
pub mod metadata;
pub mod name;
pub mod need;
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
