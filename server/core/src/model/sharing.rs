//! The other project that an environment was made for, and what that project needs of it.

use std::sync::Arc;

use super::{project::Project, python::StatedPython, understanding::Model};
use crate::{
    manifest::{Says, Set},
    standard::requirement::Requirement,
    world::{AbsPath, Asked, View},
};

/// Another project that has the selected environment too.
#[derive(Clone, Debug)]
pub struct Sharing {
    pub project: AbsPath,
    pub name: String,
    pub requires_python: Option<StatedPython>,
    /// What it always needs installed.
    pub requirements: Vec<Arc<Requirement>>,
}

impl Sharing {
    pub(super) fn observe(view: &View<'_>, model: &Model) -> Asked<Option<Sharing>> {
        let Some(owner) = model.usable().and_then(|it| it.owner()) else { return Ok(None) };
        let workspace = model.claims.iter().any(|it| it.home == owner);
        // Members of a workspace share their environment on purpose.
        if workspace || owner == model.project.root {
            return Ok(None);
        }
        let Some(other) = Project::observe(view, &owner)? else { return Ok(None) };
        let requirements = other.facts().filter_map(|(_, fact)| match &fact.says {
            Says::Requirement { set: Set::Main, requirement } => Some(requirement.clone()),
            _ => None,
        });
        Ok(Some(Sharing {
            name: other.name.clone().unwrap_or_else(|| owner.name_text()),
            requires_python: other.requires_python.clone(),
            requirements: requirements.collect(),
            project: owner,
        }))
    }
}
