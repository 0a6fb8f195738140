//! The environment variables that manifests put in.

use std::collections::BTreeSet;

use super::project::Project;
use crate::{manifest::Says, world::View};

/// Those that are not set.
pub(super) fn unset(view: &View<'_>, project: &Project) -> BTreeSet<String> {
    let said = project.facts().filter_map(|(_, fact)| match &fact.says {
        Says::Variable(name) => Some(name),
        _ => None,
    });
    said.filter(|it| view.variable(it).is_none()).cloned().collect()
}
