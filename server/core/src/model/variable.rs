//! The environment variables that manifests put in.

use std::collections::BTreeSet;

use super::project::Project;
use crate::{
    manifest::Says,
    world::{Asked, View},
};

/// Those that are not set.
pub(super) fn unset(view: &View<'_>, project: &Project) -> Asked<BTreeSet<String>> {
    let said = project.facts().filter_map(|(_, fact)| match &fact.says {
        Says::Variable(name) => Some(name.clone()),
        _ => None,
    });
    let said: BTreeSet<String> = said.collect();
    // Ask all before the first `?`, so that one round trip answers them.
    let asked: Vec<_> = said.into_iter().map(|it| (view.variable(&it), it)).collect();
    let mut unset = BTreeSet::new();
    for (value, name) in asked {
        if value?.is_none() {
            unset.insert(name);
        }
    }
    Ok(unset)
}
