//! What the server does for the three editors, and what it survives.

mod support;
mod lifecycle;
mod many;
mod order;
mod faults;
mod findings;
mod fixes;
mod errands;
mod choosing;
mod encodings;
mod settings;
mod wrapping;
mod insight;
#[cfg(unix)]
mod layers;
mod notebooks;
mod typing;
mod generated;
