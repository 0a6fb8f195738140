//! Which distribution of the package index brings a module, for what is not installed: a table of facts about the most
//! downloaded names, made by `tables/make-providers` from what other packages publish. A module that is not in it has no
//! provider: who guesses a name invites whoever registers it.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{
    name,
    table::{Table, table},
};

/// Who brings a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provided {
    /// The part of the path that the table names.
    pub module: &'static str,
    /// Normalised; more than one where it is the user's to choose, the usual one first.
    pub distributions: Vec<String>,
}

static ALL: Table = table!(include_str!("../../tables/providers.tsv"));

/// Who brings a module, by the longest part of its path that the table names.
#[must_use]
pub fn of(module: &str) -> Option<Provided> {
    let mut path = module;
    loop {
        if let Some((module, stated)) = ALL.get(path) {
            let distributions = match stated {
                "" => vec![name::normalised(module)],
                several => several.split('|').map(str::to_owned).collect(),
            };
            return Some(Provided { module, distributions });
        }
        path = path.rsplit_once('.')?.0;
    }
}

/// Whether the table has something in a namespace, and nothing of that very name.
#[must_use]
pub fn is_namespace(path: &str) -> bool {
    let prefix = format!("{path}.");
    let next = ALL.from(&prefix).next();
    next.is_some_and(|it| it.0.starts_with(&prefix)) && ALL.get(path).is_none()
}

/// The modules that a distribution brings, by its normalised name.
#[must_use]
pub fn modules_of(distribution: &str) -> Vec<&'static str> {
    static BY_NAME: LazyLock<BTreeMap<String, Vec<&'static str>>> = LazyLock::new(|| {
        let mut by_name: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (module, _) in ALL.all() {
            for distribution in of(module).into_iter().flat_map(|it| it.distributions) {
                by_name.entry(distribution).or_default().push(module);
            }
        }
        by_name
    });
    BY_NAME.get(distribution).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(ALL.all().is_sorted_by(|one, other| one.0 < other.0));
    }
}
