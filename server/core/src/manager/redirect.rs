//! A file `.venv` whose text is the path of the environment that a project uses, elsewhere (uv's documentation, *Project
//! environments*; pipenv, *Virtual environments*).

use super::{EnvironmentPlace, Manager};
use crate::{
    model::{Evidence, Project, Strength},
    text::{Lines, Location, Span},
    world::{Asked, ListedKind, Reply, View},
};

pub(super) struct Redirect;

impl Manager for Redirect {
    fn name(&self) -> &'static str {
        "redirect"
    }

    fn summary(&self) -> &'static str {
        "a file `.venv` that holds the path of the project's environment"
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        let listed = project.listing.find(".venv");
        if !listed.is_some_and(|it| matches!(it.kind, ListedKind::File | ListedKind::Link)) {
            return Ok(Vec::new());
        }
        let file = project.root.join(".venv");
        // A link to a folder is an environment like any other.
        let Reply::Known(text) = view.text(&file)? else { return Ok(Vec::new()) };
        let named = text.trim();
        if named.is_empty() || named.contains('\n') {
            return Ok(Vec::new());
        }
        let start = text.len() - text.trim_start().len();
        let range = Lines::of(&text).range(&text, Span::new(start, start + named.len()));
        let location = Location { path: file, range };
        let because = Evidence::read(location, "the file `.venv` names it");
        let prefix = project.root.join(named);
        Ok(vec![EnvironmentPlace::new(prefix, Strength::Declared, because)])
    }
}
