//! The command line, as its users meet it: the real binary on real projects; one program, so that it is linked once.

#![cfg(unix)]

mod support;
mod text;
mod json;
mod odd;
mod mending;
mod watching;
mod page;
mod untouched;
mod server;
mod selecting;
mod doctor;
