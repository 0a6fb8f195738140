//! `venv` of the standard library: a folder with `pyvenv.cfg` (PEP 405), by convention `.venv`, `venv` or `env` in the
//! project.

use super::{EnvironmentPlace, Manager, Recognised};
use crate::{
    model::{Evidence, Project, Seen, Strength},
    world::{Asked, ListedKind, View},
};

pub(super) struct Venv;

impl Manager for Venv {
    fn name(&self) -> &'static str {
        "venv"
    }

    fn summary(&self) -> &'static str {
        "the standard library's virtual environments: `.venv`, `venv` or `env` in the project, or the active one"
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        let active = view.variable_path("VIRTUAL_ENV")?;
        let folder =
            |name: &&str| project.listing.find(name).is_some_and(|it| it.kind != ListedKind::File);
        let usual =
            [".venv", "venv", "env"].into_iter().filter(folder).map(|name| EnvironmentPlace {
                prefix: project.root.join(name),
                strength: Strength::Convention,
                because: Evidence::at(
                    &project.root.join(name),
                    format!("`{name}` is in the project"),
                ),
            });
        let active = active.map(|prefix| EnvironmentPlace {
            prefix,
            strength: Strength::Ambient,
            because: Evidence::said("`VIRTUAL_ENV` names it"),
        });
        Ok(usual.chain(active).collect())
    }

    fn recognise(&self, seen: &Seen) -> Option<Recognised> {
        let configuration = seen.configuration.as_ref()?;
        let file = seen.prefix.join("pyvenv.cfg");
        // Only the standard library's own module writes the command that was used (Python 3.11 and newer).
        let (strength, what) = match &configuration.command {
            Some(command) if command.text.contains("-m venv") => {
                (Strength::Declared, "`pyvenv.cfg` says that `python -m venv` made it")
            }
            _ => (Strength::Convention, "it has a `pyvenv.cfg`"),
        };
        let because = vec![Evidence::at(&file, what)];
        Some(Recognised { strength, kind: "venv", manager: None, because })
    }
}
