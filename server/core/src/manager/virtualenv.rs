//! virtualenv: like `venv`, told from it by what it writes into `pyvenv.cfg` (`virtualenv = 20.…`, since version 20).

use super::{Manager, Recognised};
use crate::model::{Evidence, Seen, Strength};

pub(super) struct Virtualenv;

impl Manager for Virtualenv {
    fn name(&self) -> &'static str {
        "virtualenv"
    }

    fn summary(&self) -> &'static str {
        "virtualenv's environments, told from `venv` by the `virtualenv` key of `pyvenv.cfg`"
    }

    fn recognise(&self, seen: &Seen) -> Option<Recognised> {
        let version = seen.configuration.as_ref()?.virtualenv.as_ref()?;
        let what = format!("`pyvenv.cfg` says that virtualenv {} made it", version.text);
        Some(Recognised {
            strength: Strength::Declared,
            kind: "virtualenv",
            manager: None,
            because: vec![Evidence::at(&seen.prefix.join("pyvenv.cfg"), what)],
        })
    }
}
