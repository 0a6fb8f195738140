//! virtualenv: like `venv`, told from it by what it writes into `pyvenv.cfg` (`virtualenv = 20.…`, since version 20).

use super::Manager;
use crate::{
    model::{Certainty, Evidence, Recognised, Seen},
    world::{Asked, View},
};

pub(super) struct Virtualenv;

impl Manager for Virtualenv {
    fn name(&self) -> &'static str {
        "virtualenv"
    }

    fn summary(&self) -> &'static str {
        "virtualenv's environments, told from `venv` by the `virtualenv` key of `pyvenv.cfg`"
    }

    fn recognise(&self, _: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        let said = seen.configuration.as_ref().and_then(|it| it.virtualenv.as_ref());
        Ok(said.map(|version| {
            let what = format!("`pyvenv.cfg` says that virtualenv {} made it", version.text);
            let because = Evidence::at(&seen.prefix.join("pyvenv.cfg"), what);
            Recognised { kind: Some("virtualenv"), ..Recognised::new(Certainty::Made, because) }
        }))
    }
}
