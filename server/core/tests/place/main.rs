//! Layers: what their tools print, what a script in one prints, and which path is which.

mod listing;
mod map;
mod paths;
