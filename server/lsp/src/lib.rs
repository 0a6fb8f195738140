//! The session behind the language server protocol: messages become events, and effects become messages. Nothing is decided
//! about Python here.

mod serve;
mod frame;
mod pipe;
mod parent;
mod log;
mod notebook;
mod backend;
mod inbox;
mod insight;
mod outgoing;
mod shell;
mod told;
mod announced;
mod capabilities;
mod configuration;
mod document;
mod uri;
mod convert;
mod show;
mod offer;
mod command;
mod trust;
mod progress;
mod status;
mod health;
mod query;
mod select;
mod errand;
mod explain;
mod json;

pub use self::{
    frame::Frames,
    log::log_file,
    pipe::framed,
    serve::{Options, serve},
    uri::{path_of, spelled},
};
