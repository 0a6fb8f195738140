//! Layers: containers, pods, subsystems and virtual machines, in which a project's Python may live, and we ourselves too.

pub mod mount;
pub mod here;
pub mod share;
pub mod image;
