//! PEP 582: packages in the project itself, in `__pypackages__/3.12`, for the interpreter of that version; rejected, and still
//! what PDM does where it is told to (PDM's documentation, *Working with PEP 582*).

use super::{EnvironmentPlace, Manager, folders_in, kept};
use crate::{
    model::{Certainty, Evidence, Project, Recognised, Seen, Strength},
    world::{Asked, ListedKind, View},
};

pub(super) struct Pep582;

const FOLDER: &str = "__pypackages__";

impl Manager for Pep582 {
    fn name(&self) -> &'static str {
        "pep582"
    }

    fn summary(&self) -> &'static str {
        "packages in `__pypackages__` of the project, by version of Python"
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        if project.listing.find(FOLDER).is_none_or(|it| it.kind == ListedKind::File) {
            return Ok(Vec::new());
        }
        let versions = folders_in(view, &project.root.join(FOLDER))?.into_iter();
        let versions = versions.filter(|it| kept::is_minor(&it.name_text()));
        let place = |prefix| {
            let because = Evidence::at(&prefix, "it is in `__pypackages__` of the project");
            EnvironmentPlace::new(prefix, Strength::Convention, because)
        };
        Ok(versions.map(place).collect())
    }

    fn recognise(&self, _: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        let around = seen.prefix.parent().filter(|it| it.name() == FOLDER.as_bytes());
        let Some(around) = around.filter(|_| seen.configuration.is_none()) else { return Ok(None) };
        let because = Evidence::at(&around, "it lies in `__pypackages__`");
        Ok(Some(Recognised {
            kind: Some("pep582"),
            project: around.parent(),
            ..Recognised::new(Certainty::Made, because)
        }))
    }
}
