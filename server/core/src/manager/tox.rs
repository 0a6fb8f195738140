//! tox: environments that it makes in `.tox` to run a project's tests in, one for each name; known, and not offered (tox's
//! documentation, *Configuration*, `work_dir`).

use super::{EnvironmentPlace, Manager, kept};
use crate::{
    model::{Project, Recognised, Seen},
    world::{Asked, View},
};

pub(super) struct Tox;

impl Manager for Tox {
    fn name(&self) -> &'static str {
        "tox"
    }

    fn summary(&self) -> &'static str {
        "the environments in `.tox`, for tests; known, and not offered"
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        kept::for_tests(view, project, ".tox")
    }

    fn recognise(&self, _: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        Ok(kept::of_tests(seen, ".tox", "tox"))
    }
}
