//! A fake editor: it announces what a real one announces, does what that one does, and drives the real server.
//!
//! What a test waits for is an expectation that is judged again after every message: met, unmet, or unmeetable; nothing ever
//! sleeps. At its end the editor fails on each message that neither an expectation nor the editor's own ways accounted for.

mod binary;
mod wire;
mod profile;
mod folder;
mod text;
mod editor;
mod document;
mod answer;
mod beside;

pub use self::{
    binary::{command, program, python},
    editor::{Editor, Verdict},
    folder::Folder,
    profile::{Encoding, Profile, all, helix, neovim, vscode},
    wire::{Incoming, Server, framed, read},
};
