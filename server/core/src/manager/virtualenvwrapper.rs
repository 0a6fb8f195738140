//! virtualenvwrapper: environments side by side in `WORKON_HOME`, else `~/.virtualenvs`; `.project` in one names the folder
//! that it is for (virtualenvwrapper's documentation, *Location of Environments*, *Project Management*).

use super::{EnvironmentPlace, MachinePlace, Manager, folders_in};
use crate::{
    model::{Certainty, Evidence, Project, Recognised, Seen, Strength},
    world::{AbsPath, Asked, Reply, View},
};

pub(super) struct Virtualenvwrapper;

impl Manager for Virtualenvwrapper {
    fn name(&self) -> &'static str {
        "virtualenvwrapper"
    }

    fn summary(&self) -> &'static str {
        "environments in `WORKON_HOME`, and the project that `.project` in one names"
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        let Some(folder) = folder(view) else { return Ok(Vec::new()) };
        let prefixes = folders_in(view, &folder)?;
        // Ask all before the first `?`, so that one round trip is enough; all projects ask for the same few.
        let named: Vec<_> = prefixes.iter().map(|it| project_of(view, it)).collect();
        let mut places = Vec::new();
        for (prefix, named) in prefixes.into_iter().zip(named) {
            if named?.as_ref() == Some(&project.root) {
                let because =
                    Evidence::at(&prefix.join(".project"), "its `.project` names this project");
                places.push(EnvironmentPlace::new(prefix, Strength::Convention, because));
            }
        }
        Ok(places)
    }

    fn recognise(&self, view: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        if seen.configuration.is_none() {
            return Ok(None);
        }
        let Some(folder) = folder(view).filter(|it| seen.lies_in(it)) else { return Ok(None) };
        let project = if seen.has(".project") { project_of(view, &seen.prefix)? } else { None };
        let because = Evidence::at(&folder, format!("it is in `{folder}`"));
        Ok(Some(Recognised {
            manager: Some("virtualenvwrapper"),
            project,
            name: Some(seen.prefix.name_text()),
            // pipenv keeps its own in the same folder, and those prove it by their names.
            ..Recognised::new(Certainty::Made, because)
        }))
    }

    fn environments(&self, view: &View<'_>) -> Asked<Vec<MachinePlace>> {
        let Some(folder) = folder(view) else { return Ok(Vec::new()) };
        let because = Evidence::at(&folder, format!("it is in `{folder}`"));
        let told = Recognised::new(Certainty::Looks, because);
        let place = |prefix| MachinePlace { prefix, told: told.clone() };
        Ok(folders_in(view, &folder)?.into_iter().map(place).collect())
    }
}

fn folder(view: &View<'_>) -> Option<AbsPath> {
    let (own, home) = (view.variable_path("WORKON_HOME"), view.variable_path("HOME"));
    own.or_else(|| Some(home?.join(".virtualenvs")))
}

/// The folder that an environment's `.project` names.
fn project_of(view: &View<'_>, prefix: &AbsPath) -> Asked<Option<AbsPath>> {
    let Reply::Known(text) = view.text(&prefix.join(".project"))? else { return Ok(None) };
    Ok(AbsPath::parse(text.trim()))
}
