//! direnv: what `layout python` in a project's `.envrc` makes, `.direnv/python-3.12` (direnv's standard library,
//! `layout_python`).

use super::{EnvironmentPlace, Manager, folders_in};
use crate::{
    model::{Certainty, Evidence, Project, Recognised, Seen, Strength},
    world::{Asked, ListedKind, Reply, View},
};

pub(super) struct Direnv;

/// How the folders are called, by the ways that direnv has had to make them.
const NAMES: [&str; 3] = ["python-", "virtualenv", "venv"];

impl Manager for Direnv {
    fn name(&self) -> &'static str {
        "direnv"
    }

    fn summary(&self) -> &'static str {
        "the environment that `layout python` in `.envrc` makes, in `.direnv`"
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        let folder = project.listing.find(".direnv").filter(|it| it.kind != ListedKind::File);
        if folder.is_none() {
            return Ok(Vec::new());
        }
        let (file, folder) = (project.root.join(".envrc"), project.root.join(".direnv"));
        let (text, inside) = (view.text(&file), folders_in(view, &folder));
        let wants = |line: &str| {
            let mut words = line.split_whitespace();
            words.next() == Some("layout") && words.next().is_some_and(|it| it.starts_with("py"))
        };
        let declared = matches!(text?, Reply::Known(text) if text.lines().any(wants));
        let is_layout = |name: &[u8]| NAMES.iter().any(|it| name.starts_with(it.as_bytes()));
        let inside = inside?.into_iter().filter(|it| is_layout(it.name()));
        let place = |prefix| {
            let (strength, because) = if declared {
                (
                    Strength::Declared,
                    Evidence::at(&file, "`.envrc` lays it out with `layout python`"),
                )
            } else {
                (Strength::Convention, Evidence::at(&folder, "it is in `.direnv`"))
            };
            EnvironmentPlace::new(prefix, strength, because)
        };
        Ok(inside.map(place).collect())
    }

    fn recognise(&self, _: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        let around = seen.prefix.parent().filter(|it| it.name() == b".direnv");
        let Some(around) = around else { return Ok(None) };
        let because = Evidence::at(&around, "direnv makes what is in `.direnv`");
        Ok(Some(Recognised {
            manager: Some("direnv"),
            project: around.parent(),
            ..Recognised::new(Certainty::Kept, because)
        }))
    }
}
