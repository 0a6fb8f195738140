//! The host on a real disk: one program, so that it is linked once.

#![cfg(unix)]

mod support;
mod disk;
mod watch;
mod process;
mod trust;
mod word;
mod choice;
mod files;
mod hard;
mod program;
mod projects;
mod sources;
mod installed;
mod script;
