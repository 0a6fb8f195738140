//! What is installed in an environment and was compiled for something else than it: another system, architecture, C library, or
//! another Python.

use std::sync::Arc;

use super::understanding::Model;
use crate::{
    layer::here::Libc,
    standard::{
        built::{Built, built},
        executable::usual_name,
    },
    world::{Machine, Os},
};

/// A distribution that cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Normalised.
    pub distribution: Arc<str>,
    pub made_for: MadeFor,
}

/// For what it was compiled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MadeFor {
    /// Another system, as a person would name it.
    System(String),
    /// Another minor version of Python.
    Python(u64, u64),
}

/// Everything in the selected environment that was compiled for something else.
pub(super) fn misfits(model: &Model) -> Vec<Misfit> {
    // What is in a layer is for that layer's machine, not for ours.
    let usable = model.usable().filter(|it| it.prefix.is_here());
    let (Some(environment), Some(machine)) = (usable, model.machine.as_deref()) else {
        return Vec::new();
    };
    // What shows through from elsewhere is not the environment's own.
    let modules = model.imports.modules.as_ref().filter(|_| environment.also_sees.is_empty());
    let of_cpython = environment.implementation.as_deref().is_none_or(|it| it == "cpython");
    let version = environment.version.as_ref().filter(|_| of_cpython);
    let minor = version.and_then(|it| match it.release() {
        [major, minor, ..] => Some((*major, *minor)),
        _ => None,
    });
    let judged = |built: &Built| {
        let python = || {
            let made = built.minor.filter(|it| minor.is_some_and(|minor| minor != *it))?;
            Some(MadeFor::Python(made.0, made.1))
        };
        foreign(built, machine).map(MadeFor::System).or_else(python)
    };
    let distributions = modules.into_iter().flat_map(|it| &it.distributions);
    let misfits = distributions.filter_map(|(name, it)| {
        let made_for = judged(&built(it.built_for.as_deref()?))?;
        Some(Misfit { distribution: Arc::clone(name), made_for })
    });
    misfits.collect()
}

/// For what something was built, where that cannot be loaded here.
fn foreign(built: &Built, machine: &Machine) -> Option<String> {
    let system = match machine.os {
        Os::Linux => "Linux",
        Os::Macos => "macOS",
        Os::Windows => "Windows",
        Os::Other => return None,
    };
    if let Some(theirs) = built.system.filter(|it| *it != system) {
        return Some(theirs.to_owned());
    }
    let here = usual_name(&machine.architecture);
    // Systems that translate have interpreters of both kinds.
    if machine.os == Os::Linux
        && let Some(theirs) = built.architecture.as_deref().filter(|it| *it != here)
        && !matches!((theirs, here), ("i686", "x86_64") | ("arm", "aarch64"))
    {
        return Some(theirs.to_owned());
    }
    let theirs = built.libc.filter(|it| machine.libc.is_some_and(|here| here != *it))?;
    Some(match theirs {
        Libc::Musl => "musl on Linux".to_owned(),
        Libc::Glibc => "glibc on Linux".to_owned(),
    })
}
