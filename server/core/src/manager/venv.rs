//! `venv` of the standard library: a folder with `pyvenv.cfg` (PEP 405), by convention `.venv`, `venv` or `env` in the
//! project.

use super::{EnvironmentPlace, MachinePlace, Manager, folders_in};
use crate::{
    model::{Certainty, Evidence, Project, Recognised, Seen, Strength},
    world::{AbsPath, Asked, ListedKind, View},
};

pub(super) struct Venv;

/// Folders in the home folder in which people keep environments side by side; no tool makes them, editors look into them.
const KEPT: [&str; 3] = [".venvs", "envs", "Envs"];

impl Manager for Venv {
    fn name(&self) -> &'static str {
        "venv"
    }

    fn summary(&self) -> &'static str {
        "the standard library's virtual environments: `.venv`, `venv` or `env` in the project, or the active one"
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        let active = view.variable_path("VIRTUAL_ENV");
        let folder =
            |name: &&str| project.listing.find(name).is_some_and(|it| it.kind != ListedKind::File);
        let usual = [".venv", "venv", "env"].into_iter().filter(folder).map(|name| {
            let prefix = project.root.join(name);
            let because = Evidence::at(&prefix, format!("`{name}` is in the project"));
            EnvironmentPlace::new(prefix, Strength::Convention, because)
        });
        let active = active.map(|prefix| {
            let because = Evidence::said("`VIRTUAL_ENV` names it");
            EnvironmentPlace::new(prefix, Strength::Ambient, because)
        });
        Ok(usual.chain(active).collect())
    }

    fn environments(&self, view: &View<'_>) -> Asked<Vec<MachinePlace>> {
        let (home, active) = (view.variable_path("HOME"), view.variable_path("VIRTUAL_ENV"));
        let kept: Vec<AbsPath> =
            home.iter().flat_map(|it| KEPT.map(|name| it.join(name))).collect();
        // Ask all before the first `?`, so that one round trip is enough.
        let listed: Vec<_> = kept.iter().map(|it| folders_in(view, it)).collect();
        let mut places = Vec::new();
        for (folder, prefixes) in kept.iter().zip(listed) {
            let because = Evidence::at(folder, format!("it is in `{folder}`"));
            let told = Recognised::new(Certainty::Looks, because);
            let place = |prefix| MachinePlace { prefix, told: told.clone() };
            places.extend(prefixes?.into_iter().map(place));
        }
        let because = Evidence::said("`VIRTUAL_ENV` names it");
        let told = Recognised::new(Certainty::Looks, because);
        places.extend(active.map(|prefix| MachinePlace { prefix, told }));
        Ok(places)
    }

    fn recognise(&self, _: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        let Some(configuration) = &seen.configuration else { return Ok(None) };
        let file = seen.prefix.join("pyvenv.cfg");
        // Only the standard library's own module writes the command that was used (Python 3.11 and newer).
        let (certainty, what) = match &configuration.command {
            Some(command) if command.text.contains("-m venv") => {
                (Certainty::Made, "`pyvenv.cfg` says that `python -m venv` made it")
            }
            _ => (Certainty::Looks, "it has a `pyvenv.cfg`"),
        };
        let because = Evidence::at(&file, what);
        Ok(Some(Recognised { kind: Some("venv"), ..Recognised::new(certainty, because) }))
    }
}
