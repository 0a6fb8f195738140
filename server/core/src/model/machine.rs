//! The environments of the machine, each once, whoever named them: one derivation that all projects share, made only when
//! somebody asks for it.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    environment::Environment,
    inspect::{Place, Scope, foresee, inspect, real},
    recognised::Recognised,
};
use crate::{
    Tables,
    manager::MachinePlace,
    world::{AbsPath, Asked, View},
};

/// The environments of the machine, sorted by where the links to them lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environments {
    pub found: Vec<Arc<Environment>>,
}

impl Environments {
    /// The environment that a path leads to, as far as its spelling or one of the aliases tells.
    #[must_use]
    pub fn at(&self, prefix: &AbsPath) -> Option<&Arc<Environment>> {
        let is_it = |it: &&Arc<Environment>| {
            it.prefix == *prefix || it.real == *prefix || it.aliases.contains(prefix)
        };
        self.found.iter().find(is_it)
    }
}

/// What all managers' files name, looked at.
pub(crate) fn observe_environments(view: &View<'_>, tables: &Tables) -> Asked<Environments> {
    // Ask all before the first `?`, so that one round trip answers every manager.
    let places: Vec<_> = tables.managers.iter().map(|it| it.environments(view)).collect();
    let places: Asked<Vec<_>> = places.into_iter().collect();
    let places: Vec<MachinePlace> = places?.into_iter().flatten().collect();
    let named = places.into_iter().map(|it| (it.prefix, it.told)).collect();
    let places = each_once(view, named)?;
    let inspected: Vec<_> = places.iter().map(|it| inspect(view, tables, it)).collect();
    let inspected: Asked<Vec<_>> = inspected.into_iter().collect();
    Ok(Environments { found: inspected?.into_iter().flatten().map(Arc::new).collect() })
}

/// Every environment once, whatever paths lead to it. It is called by the path that whoever is surest of it names, of equals
/// by the first.
fn each_once(view: &View<'_>, named: Vec<(AbsPath, Recognised)>) -> Asked<Vec<Place>> {
    let mut by_prefix: BTreeMap<AbsPath, Vec<Recognised>> = BTreeMap::new();
    for (prefix, told) in named {
        by_prefix.entry(prefix).or_default().push(told);
    }
    let reals: Vec<_> = by_prefix.keys().map(|it| real(view, it)).collect();
    foresee(view, by_prefix.keys());
    let mut by_real: BTreeMap<AbsPath, Vec<(AbsPath, Vec<Recognised>)>> = BTreeMap::new();
    for ((prefix, told), real) in by_prefix.into_iter().zip(reals) {
        by_real.entry(real?).or_default().push((prefix, told));
    }
    let places = by_real.into_iter().filter_map(|(real, mut paths)| {
        let surest = |told: &[Recognised]| told.iter().map(|it| it.certainty).max();
        paths.sort_by(|a, b| (surest(&b.1), &a.0).cmp(&(surest(&a.1), &b.0)));
        let mut paths = paths.into_iter();
        let (prefix, mut told) = paths.next()?;
        let mut aliases = Vec::new();
        for (alias, words) in paths {
            aliases.push(alias);
            told.extend(words);
        }
        Some(Place { prefix, aliases, real, told, scope: Scope::Machine })
    });
    Ok(places.collect())
}
