//! pyenv: interpreters in `versions` below its root (`PYENV_ROOT`, else `~/.pyenv`; pyenv's README, *Environment
//! variables*).

use super::Manager;
use crate::{
    model::{InterpreterPlace, Strength, interpreters_in},
    world::{Asked, ListedKind, Reply, View},
};

pub(super) struct Pyenv;

impl Manager for Pyenv {
    fn name(&self) -> &'static str {
        "pyenv"
    }

    fn summary(&self) -> &'static str {
        "interpreters that pyenv installed, in `$PYENV_ROOT/versions`"
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        let (root, home) = (view.variable_path("PYENV_ROOT"), view.variable_path("HOME"));
        let (root, home) = (root?, home?);
        let Some(root) = root.or_else(|| Some(home?.join(".pyenv"))) else { return Ok(Vec::new()) };
        let versions = root.join("versions");
        let Reply::Known(listing) = view.listing(&versions)? else { return Ok(Vec::new()) };
        // A link here is the alias of a virtual environment (pyenv-virtualenv), or of another version.
        let folders = listing.names().filter(|(_, kind)| *kind == ListedKind::Folder);
        let found: Vec<_> = folders
            .map(|(name, _)| versions.join(name).join("bin"))
            .map(|it| interpreters_in(view, &it, "pyenv", Strength::Convention))
            .collect();
        let found: Asked<Vec<_>> = found.into_iter().collect();
        Ok(found?.into_iter().flatten().collect())
    }
}
