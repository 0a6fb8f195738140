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
        path = match unversioned(path) {
            Some(plain) => plain,
            None => path.rsplit_once('.')?.0,
        };
    }
}

/// The clients of Google's interfaces come by the versions of these too: `google.cloud.kms_v1beta1` beside `google.cloud.kms`
/// (Google's AIP-185, *API versioning*, and how its generator of clients names them).
fn unversioned(path: &str) -> Option<&str> {
    let (plain, version) = path.rsplit_once("_v").filter(|it| it.0.starts_with("google."))?;
    let rest = version.trim_start_matches(|it: char| it.is_ascii_digit());
    let stage = rest.trim_end_matches(|it: char| it.is_ascii_digit());
    let is_version = rest.len() < version.len() && ["", "alpha", "beta"].contains(&stage);
    is_version.then_some(plain)
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

    /// Distributions that were kept out of the making of the table, a line each, with the modules that their `RECORD` lists.
    static HELD_OUT: &str = include_str!("../../tables/held-out.tsv");

    #[test]
    fn the_table_names_who_brings_what_it_was_not_made_from() {
        // How many there are, and how many of them are right: of all, and of those that the name does not tell.
        let (mut all, mut differing) = ([0_u32; 2], [0_u32; 2]);
        let mut wrong = Vec::new();
        for line in HELD_OUT.lines() {
            let (distribution, modules) = line.split_once('\t').expect("each line has two columns");
            for module in modules.split(' ') {
                let named = of(module).map(|it| it.distributions).unwrap_or_default();
                let right = named.iter().any(|it| it == distribution);
                let differs = name::normalised(module) != distribution;
                for counted in
                    [Some(&mut all), differs.then_some(&mut differing)].into_iter().flatten()
                {
                    counted[0] += 1;
                    counted[1] += u32::from(right);
                }
                if !right {
                    wrong.push(format!("{module} of {distribution}: {named:?}"));
                }
            }
        }
        assert!(
            all[0] > 200 && differing[0] > 40,
            "it is a sample to speak of: {all:?}, {differing:?}"
        );
        assert!(all[1] * 100 >= all[0] * 97, "{all:?}: {wrong:#?}");
        assert!(differing[1] * 100 >= differing[0] * 90, "{differing:?}: {wrong:#?}");
    }

    #[test]
    fn a_version_of_an_interface_belongs_to_its_client() {
        let named = |module| of(module).map(|it| it.distributions);
        assert_eq!(named("google.cloud.kms_v1beta1.types"), named("google.cloud.kms"));
        assert_eq!(named("google.cloud.no_such_client_v1"), None);
        assert_eq!(unversioned("google.cloud.kms_version"), None);
        assert_eq!(unversioned("shop.kms_v1"), None);
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(ALL.all().is_sorted_by(|one, other| one.0 < other.0));
    }
}
