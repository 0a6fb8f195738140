//! What the project's own manifests say that it can be imported by (PEP 794), and where it only shares a name with others.

use std::collections::BTreeSet;

use super::{judging::Judge, resolving::Resolution};
use crate::{
    manifest::Says,
    standard::{
        modules::{Found, PortionKind},
        provider,
    },
};

/// The names that manifests declare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Dotted: the project's own, with all that is below.
    exclusive: BTreeSet<String>,
    /// Dotted: others may have something below too.
    shared: BTreeSet<String>,
}

impl Named {
    pub(super) fn add(&mut self, says: &Says) {
        match says {
            Says::ImportName(name) => drop(self.exclusive.insert(name.clone())),
            Says::ImportNamespace(name) => drop(self.shared.insert(name.clone())),
            _ => {}
        }
    }

    /// Whether a module is one of the names, or below of one that is the project's own.
    fn has(&self, module: &str) -> bool {
        self.shared.contains(module) || above(module).any(|it| self.exclusive.contains(it))
    }

    pub(super) fn is_namespace(&self, module: &str) -> bool {
        self.shared.contains(module) && !self.exclusive.contains(module)
    }
}

/// A dotted path and those around it, innermost first.
fn above(module: &str) -> impl Iterator<Item = &str> {
    let around = |it: &&str| it.rfind('.').and_then(|at| module.get(..at));
    std::iter::successors(Some(module), move |it| around(it))
}

impl<'judge> Judge<'judge> {
    /// Whether the manifests declare that a module is the project's own.
    pub(super) fn is_named_own(&self, module: &str) -> bool {
        self.grounds.named.has(module)
    }

    /// Whether others may have something below of a name that the project has something below of.
    pub(super) fn is_shared(&self, top: &str) -> bool {
        let installed = || self.grounds.modules.is_some_and(|it| it.is_namespace(top));
        self.grounds.named.is_namespace(top) || provider::is_namespace(top) || installed()
    }

    /// Who has a module that is below of a namespace which the project has a part of, where it is not the project: what its files
    /// and its manifests lack, and somebody else is known for. `None` where it is the project's own, as far as anyone can tell.
    pub(super) fn of_others(&self, top: &str, module: &str) -> Option<Resolution<'judge>> {
        if module == top || !self.is_shared(top) || self.is_named_own(module) {
            return None;
        }
        if self.grounds.outer.modules.contains(top) {
            return None;
        }
        let files = self.grounds.sources?;
        if files.places(top).iter().any(|it| files.has(it, module)) {
            return None;
        }
        let declared = above(module).skip(1).any(|it| self.grounds.named.is_namespace(it));
        let is_own = |it: &String| self.own.as_ref() == Some(it);
        let known = || {
            let stated = provider::of(module).filter(|it| it.module != top);
            stated.is_some_and(|it| !it.distributions.iter().any(is_own))
        };
        match self.grounds.modules.map(|it| it.find(module)) {
            Some(Found::In(portions))
                if portions.iter().any(|it| it.kind != PortionKind::Stubs) =>
            {
                Some(Resolution::Installed(portions))
            }
            Some(Found::Around(around)) if declared || known() => {
                Some(Resolution::Missing { around })
            }
            _ if declared || known() => Some(Resolution::Missing { around: Vec::new() }),
            _ => None,
        }
    }
}
