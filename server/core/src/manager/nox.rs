//! Nox: environments that it makes in `.nox` to run a project's sessions in, one for each; known, and not offered (Nox's
//! documentation, *Command-line usage*, `--envdir`).

use super::{EnvironmentPlace, Manager, kept};
use crate::{
    model::{Project, Recognised, Seen},
    world::{Asked, View},
};

pub(super) struct Nox;

impl Manager for Nox {
    fn name(&self) -> &'static str {
        "nox"
    }

    fn summary(&self) -> &'static str {
        "the environments in `.nox`, for sessions; known, and not offered"
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        kept::for_tests(view, project, ".nox")
    }

    fn recognise(&self, _: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        Ok(kept::of_tests(seen, ".nox", "nox"))
    }
}
