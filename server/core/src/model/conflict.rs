//! What does not hold between the installed distributions, and which line of a manifest pulls it in.

use super::{
    expectation::Expectation,
    extra::{ExtraGap, gaps},
    want::Want,
};
use crate::{
    standard::{
        conflict::{self, Judgement, Wrong},
        marker::{MarkerEnvironment, Verdict},
        name,
    },
    world::MetadataTable,
};

/// A requirement of an installed distribution that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Whose requirement it is, as its own metadata spells it.
    pub distribution: String,
    pub version: String,
    pub broken: Broken,
    /// The number of the want that pulls the distribution in; `None` where no declared one does.
    pub want: Option<usize>,
    /// The names from what is declared to the distribution itself, both included.
    pub way: Vec<String>,
}

/// What does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    Missing {
        /// Without its marker.
        requirement: String,
    },
    Version {
        /// Without its marker.
        requirement: String,
        found: String,
    },
    /// The environment's Python is not supported.
    Python { supported: String },
}

/// Every conflict in an environment, and the extras of which something is missing. What the project's own metadata asks for is
/// judged where the project declares it, and what an extra lacks that the project asks for is no conflict of its own.
pub(super) fn conflicts(
    table: &MetadataTable,
    environment: &MarkerEnvironment,
    wants: &[Want],
    project: Option<&str>,
) -> (Vec<Conflict>, Vec<ExtraGap>) {
    let expected = |it: &&Want| {
        it.applies == Verdict::Holds && matches!(it.expected, Expectation::Installed(_))
    };
    let extras = wants.iter().filter(expected).flat_map(|want| {
        let name = &*want.requirement.name;
        want.requirement.extras.iter().map(move |extra| (name, extra.0.as_str()))
    });
    let mut judgement = Judgement::new(&table.dependencies, environment, extras);
    let found = judgement.conflicts();
    if found.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let (gaps, lacking) = gaps(&judgement, wants);
    // What is expected to be there explains what else is there better than what may be.
    let mut declared: Vec<(usize, &Want)> = wants.iter().enumerate().collect();
    declared.retain(|(_, want)| want.applies == Verdict::Holds && want.set.is_need());
    declared.sort_by_key(|(_, want)| want.expected == Expectation::Optional);
    let names: Vec<&str> = declared.iter().map(|it| &*it.1.requirement.name).collect();
    let ways = judgement.ways(&names);
    let own = project.map(name::normalised);
    let own = |it: &&conflict::Conflict<'_>| {
        own.as_ref().is_some_and(|own| name::normalised(&it.of.name) == *own)
    };
    let gap = |it: &&conflict::Conflict<'_>| lacking.iter().any(|brought| it.is_missing(brought));
    let others = found.iter().filter(|it| !own(it) && !gap(it));
    let conflicts = others
        .map(|it| {
            let (want, way) = ways.to(it).unzip();
            Conflict {
                distribution: it.of.name.clone(),
                version: it.of.version.clone(),
                broken: broken(it.wrong),
                want: want.and_then(|at| declared.get(at)).map(|it| it.0),
                way: way.unwrap_or_default().into_iter().map(str::to_owned).collect(),
            }
        })
        .collect();
    (conflicts, gaps)
}

fn broken(wrong: Wrong<'_>) -> Broken {
    match wrong {
        Wrong::Missing(need) => Broken::Missing { requirement: need.spelled.to_owned() },
        Wrong::Version { need, found } => {
            Broken::Version { requirement: need.spelled.to_owned(), found: found.to_owned() }
        }
        Wrong::Python(supported) => Broken::Python { supported: supported.to_owned() },
    }
}
