//! Layers: what their tools print, what a script in one prints, and which path is which.
#![expect(clippy::disallowed_methods, reason = "records are files")]

mod listing;
mod map;
mod paths;
mod recorded;
mod work;
