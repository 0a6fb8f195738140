//! Which distributions the code uses, wherever it says so, and which modules it hides from itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Judged, Judgement, PLACES, Role, Usage,
    judging::{Judge, Place},
    part::{Part, Use},
    resolving::Resolution,
};
use crate::{
    source::Import,
    standard::{modules::Found, name, stdlib},
    text::Location,
    world::AbsPath,
};

impl Judge<'_> {
    /// Notes which distributions an import uses, whatever is to be said about it.
    pub(super) fn note(
        &self,
        module: &str,
        import: &Import,
        place: &Place<'_>,
        resolution: &Resolution<'_>,
        usage: &mut BTreeMap<Arc<str>, Usage>,
    ) {
        let mut names: BTreeSet<Arc<str>> = BTreeSet::new();
        match resolution {
            Resolution::Own => return,
            Resolution::Standard(_) => names.extend(stdlib::replacement(module).1.map(Arc::from)),
            Resolution::Installed(portions) => {
                names.extend(portions.iter().filter_map(|it| it.distribution.clone()));
            }
            Resolution::Stubs(stubs) => names.extend(stubs.iter().map(|it| Arc::from(it.as_str()))),
            Resolution::Missing { .. } => {}
        }
        names.extend(
            self.wanted(module)
                .into_iter()
                .filter_map(|it| Some(Arc::clone(&self.want(it)?.requirement.name))),
        );
        for name in names {
            let usage = usage.entry(name).or_default();
            usage.roles.insert(place.role);
            usage.count += 1;
            if usage.places.len() < PLACES && !import.is_named() {
                usage.places.push(Location { path: place.path.clone(), range: import.range });
            }
        }
    }

    /// What is named in settings is used.
    pub(super) fn mention(&self, part: &Part<'_>, usage: &mut BTreeMap<Arc<str>, Usage>) {
        let mut named: BTreeSet<&Arc<str>> = BTreeSet::new();
        for (_, source) in part.files() {
            named.extend(&source.mentions);
        }
        for module in named {
            let portions = self.grounds.modules.as_ref().map(|it| it.find(module));
            let mut names: BTreeSet<Arc<str>> = BTreeSet::new();
            if let Some(Found::In(portions)) = portions {
                names.extend(portions.iter().filter_map(|it| it.distribution.clone()));
            }
            names.extend(
                self.wanted(module)
                    .into_iter()
                    .filter_map(|it| Some(Arc::clone(&self.want(it)?.requirement.name))),
            );
            for name in names {
                let usage = usage.entry(name).or_default();
                usage.roles.insert(Role::Shipped);
                usage.count += 1;
            }
        }
    }

    /// Files that hide a module of the library, or of a declared distribution, from what is beside them.
    pub(super) fn shadowed(&self, part: &Part<'_>, judged: &mut Vec<Judged>) {
        let Some(sources) = self.grounds.sources else { return };
        for top in part.tops() {
            let places = sources.places(&top);
            let in_library = stdlib::module(&top)
                .is_some_and(|it| self.minor.is_none_or(|minor| it.is_in(minor)));
            let distribution =
                self.declared.get(&*name::normalised(&top)).and_then(|it| self.want(*it.first()?));
            if places.is_empty() || IMMUNE.contains(&&*top) || !in_library && distribution.is_none()
            {
                continue;
            }
            for Use { path, import, .. } in part.with_top(&top) {
                let role = self.role(path);
                let Some(folder) = path.parent() else { continue };
                let hides = |place: &&AbsPath| **place == folder && !sources.is_package(place);
                let Some(place) = places.iter().find(hides) else { continue };
                let by = place.join(format!("{top}.py"));
                let told = !import.is_optional()
                    && !import.is_for_typing()
                    && role != Role::Vendored
                    && role != Role::Aside;
                // A folder without `__init__` hides nothing, and a package of that name is meant as a rule.
                if !told
                    || sources.file(&by).is_none()
                    || !in_library && self.own.as_deref() == Some(&*name::normalised(&top))
                {
                    continue;
                }
                let distribution = (!in_library)
                    .then(|| distribution.map(|it| it.requirement.name.to_string()))
                    .flatten();
                judged.push(Judged {
                    path: path.clone(),
                    range: import.range,
                    module: import.module.to_string(),
                    role,
                    judgement: Judgement::Shadowed { by, distribution },
                });
            }
        }
    }
}

/// Modules that are there before any file of a project is looked for: built in, or imported as the interpreter starts.
static IMMUNE: &[&str] = &[
    "sys",
    "builtins",
    "time",
    "itertools",
    "marshal",
    "errno",
    "gc",
    "atexit",
    "faulthandler",
    "os",
    "io",
    "abc",
    "codecs",
    "encodings",
    "site",
    "stat",
    "posixpath",
    "genericpath",
    "ntpath",
    "posix",
    "nt",
    "__future__",
    "__main__",
    "zipimport",
];
