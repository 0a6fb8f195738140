//! Where a module comes from, as an import in one file finds it: the standard library, the project itself, what is installed.

use std::collections::BTreeSet;

use super::judging::Judge;
use crate::{
    manifest::Set,
    source::Import,
    standard::{
        modules::{Found, Portion, PortionKind},
        name, provider,
        stdlib::{self, Module},
    },
    world::AbsPath,
};

/// Where a module comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolution<'judge> {
    Standard(Module),
    /// The project itself has it, or one around it.
    Own,
    Installed(&'judge [Portion]),
    /// These distributions have type stubs for it, and nobody has the module.
    Stubs(Vec<String>),
    /// It is not there; what has something else in its namespace.
    Missing {
        around: Vec<&'judge str>,
    },
}

impl<'judge> Judge<'judge> {
    /// The dotted paths that an import asks for: the module, or of a namespace what is taken from it.
    pub(super) fn asked(&self, import: &Import) -> Vec<String> {
        let module = &*import.module;
        let installed = self.grounds.modules.as_ref().is_some_and(|it| it.is_namespace(module));
        let by_table = || {
            let nowhere =
                self.grounds.modules.as_ref().is_none_or(|it| it.find(module) == Found::Nowhere);
            nowhere && provider::is_namespace(module)
        };
        let declared = self.grounds.named.is_namespace(module);
        if !import.is_named() && (installed || declared || by_table()) {
            let named = import.names.iter().map(|it| format!("{module}.{it}"));
            return named.collect();
        }
        vec![module.to_owned()]
    }

    /// Where a module comes from for a file.
    pub(super) fn resolve(&self, module: &str, path: &AbsPath) -> Resolution<'judge> {
        let top = module.split('.').next().unwrap_or(module);
        if let Some(of_library) = stdlib::module(top)
            && !self.is_lost(of_library)
        {
            return Resolution::Standard(of_library);
        }
        if self.is_named_own(module) {
            return Resolution::Own;
        }
        if self.is_own(top, path) {
            return self.of_others(top, module).unwrap_or(Resolution::Own);
        }
        let found = self.grounds.modules.as_ref().map(|it| it.find(module));
        let missing = match found {
            Some(Found::In(portions)) => {
                let code = portions.iter().any(|it| it.kind != PortionKind::Stubs);
                if code {
                    return Resolution::Installed(portions);
                }
                let stubs = portions.iter().filter_map(|it| it.distribution.as_deref());
                return Resolution::Stubs(stubs.map(str::to_owned).collect());
            }
            Some(Found::Around(around)) => Resolution::Missing { around },
            Some(Found::Nowhere) | None => Resolution::Missing { around: Vec::new() },
        };
        match stdlib::module(top) {
            Some(lost) if self.is_lost(lost) => Resolution::Standard(lost),
            _ => missing,
        }
    }

    /// Where a module comes from for a file, as the contract's JSON calls it, and who has it or is known to bring it.
    pub(super) fn origin(&self, module: &str, path: &AbsPath) -> (&'static str, Option<String>) {
        match self.resolve(module, path) {
            Resolution::Standard(_) => ("stdlib", None),
            Resolution::Own => ("first-party", None),
            Resolution::Installed(portions) => {
                let name = portions.iter().find_map(|it| it.distribution.as_deref());
                ("third-party", name.map(str::to_owned))
            }
            Resolution::Stubs(_) | Resolution::Missing { .. } => {
                match self.providers(module).into_iter().next() {
                    Some(known) => ("third-party", Some(known)),
                    None => ("unknown", None),
                }
            }
        }
    }

    /// Whether the environment's Python has not got a module of the library any more. One that is still to come is not lost.
    pub(super) fn is_lost(&self, module: Module) -> bool {
        self.minor.zip(module.until).is_some_and(|(minor, until)| until < minor)
    }

    /// Whether a module is the project's own, for a file: what is beside the file or above it, and what is at the usual
    /// places. A package hides nothing from the files in it (PEP 328), but scripts find what is beside them.
    pub(super) fn is_own(&self, top: &str, path: &AbsPath) -> bool {
        if self.grounds.outer.modules.contains(top) || is_generated(top) {
            return true;
        }
        if self.own.as_deref() == Some(&*name::normalised(top)) {
            return true;
        }
        let Some(sources) = &self.grounds.sources else { return false };
        let places = sources.places(top);
        if places.is_empty() {
            return false;
        }
        let beside = path.parent();
        let is_foreign = self.is_foreign(top);
        places.iter().any(|place| {
            let usual = self.roots.contains(place);
            let above = path.is_within(place) && !sources.is_package(place);
            let near = beside.as_ref() == Some(place) && !is_foreign;
            usual || above || near || !is_foreign
        })
    }

    /// Whether a module is the project's own for every file alike.
    pub(super) fn is_own_everywhere(&self, top: &str) -> bool {
        if self.is_shared(top) {
            return false;
        }
        if self.grounds.outer.modules.contains(top)
            || is_generated(top)
            || self.own.as_deref() == Some(&*name::normalised(top))
        {
            return true;
        }
        let places = self.grounds.sources.map_or(&[][..], |it| it.places(top));
        places.iter().any(|it| self.roots.contains(it))
            || !places.is_empty() && !self.is_foreign(top)
    }

    /// Whether something outside the project is known by that name.
    fn is_foreign(&self, top: &str) -> bool {
        let declared = || self.declared.contains_key(&*name::normalised(top));
        let installed = || {
            let table = self.grounds.modules.as_ref();
            table.is_some_and(|it| it.portions.contains_key(top))
        };
        declared() || installed() || provider::of(top).is_some()
    }

    /// Whether a module is there, so that what is tried after it is not reached.
    pub(super) fn is_there(&self, module: &str, path: &AbsPath) -> bool {
        match self.resolve(module, path) {
            Resolution::Standard(module) => self.minor.is_some_and(|it| module.is_in(it)),
            Resolution::Own | Resolution::Installed(_) => true,
            Resolution::Stubs(_) | Resolution::Missing { .. } => false,
        }
    }

    /// The wants that may bring a module which is not installed, by what the table says and by their names.
    pub(super) fn wanted(&self, module: &str) -> Vec<usize> {
        let mut names: BTreeSet<String> = BTreeSet::new();
        names.extend(provider::of(module).into_iter().flat_map(|it| it.distributions));
        let mut path = Some(module);
        while let Some(at) = path {
            names.insert(name::normalised(at));
            path = at.rsplit_once('.').map(|it| it.0);
        }
        let mut wanted: Vec<usize> = Vec::new();
        for name in &names {
            wanted.extend(self.declared.get(name.as_str()).into_iter().flatten());
        }
        if wanted.is_empty() {
            wanted = self.named_after(module);
        }
        let by_set = |at: &usize| self.grounds.wants.get(*at).map(|it| it.set.clone());
        wanted.sort_by_key(|at| (by_set(at), *at));
        wanted
    }

    /// The wants of which nobody knows what they bring, and whose names end with that of a module, as `django-haystack` does: they
    /// are as likely to bring it as whoever the table names. What has the plain name is not taken for another's.
    fn named_after(&self, module: &str) -> Vec<usize> {
        let top = name::normalised(module.split('.').next().unwrap_or(module));
        let plain = provider::of(module).is_some_and(|it| it.distributions.contains(&top));
        let after = |it: &str| {
            let before = it.strip_suffix(&*top).and_then(|it| it.strip_suffix('-'));
            before.is_some_and(|it| !it.is_empty() && it != "types")
        };
        let is_known = |it: &str| self.is_installed(it) || !provider::modules_of(it).is_empty();
        let named = self.declared.iter().filter(|it| !plain && after(it.0) && !is_known(it.0));
        named.flat_map(|it| it.1).copied().collect()
    }

    /// The distributions that are known to bring a module; none where nobody trustworthy names one.
    pub(super) fn providers(&self, module: &str) -> Vec<String> {
        let mut providers = provider::of(module).map(|it| it.distributions).unwrap_or_default();
        if providers.is_empty() {
            // A lock was made by a resolver; what it names is what somebody needs.
            let top = name::normalised(module.split('.').next().unwrap_or(module));
            let locks = self.grounds.locks.iter().flat_map(|it| &it.lock.packages);
            let mut locked = locks.map(|it| &*it.name);
            providers.extend(locked.any(|it| it == top).then_some(top));
        }
        // Nobody installs the project itself to mend an import of it.
        providers.retain(|it| self.own.as_deref() != Some(it) && name::is_valid(it));
        providers
    }

    /// Whether a want is only for building or for bounds.
    pub(super) fn is_need(&self, want: usize) -> bool {
        let want = self.grounds.wants.get(want);
        want.is_some_and(|it| !matches!(it.set, Set::Constraint))
    }
}

/// What the compiler of protocol buffers writes is made when the project is built.
fn is_generated(top: &str) -> bool {
    top.ends_with("_pb2") || top.ends_with("_pb2_grpc")
}
