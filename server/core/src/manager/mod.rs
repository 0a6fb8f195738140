//! One file per environment manager: its claim on a project, where its environments and interpreters live, and how a person
//! would create, sync and install with it.

mod pip;
mod pyenv;
mod system;
mod uv;
mod venv;
mod virtualenv;

use crate::{
    Tables,
    action::Recipe,
    model::{Claim, Evidence, Flaw, InterpreterPlace, Model, Project, Seen, Strength, Want},
    world::{AbsPath, Asked, View},
};

/// A manager, or a source of interpreters. What one does not do, it leaves out.
pub trait Manager: Sync {
    /// As in the contract's JSON.
    fn name(&self) -> &'static str;

    /// One sentence for the reference.
    fn summary(&self) -> &'static str;

    /// Whether this project is ours, how surely, and because of what.
    fn claim(&self, _: &View<'_>, _: &Project) -> Asked<Option<Claim>> {
        Ok(None)
    }

    /// Where environments of this project may be.
    fn places(&self, _: &View<'_>, _: &Project) -> Asked<Vec<EnvironmentPlace>> {
        Ok(Vec::new())
    }

    /// Whether an environment is of our making.
    fn recognise(&self, _: &Seen) -> Option<Recognised> {
        None
    }

    /// Where we keep interpreters on this machine.
    fn interpreters(&self, _: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        Ok(Vec::new())
    }

    /// The programs that our recipes run, by name.
    fn programs(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether we install a dependency group when nobody asks for it.
    fn installs_group(&self, _: &Project, _: &str) -> bool {
        false
    }

    /// The ways to make the project's environment at a path, best first; none where this machine lacks what it takes.
    fn create(&self, _: &Model, _: &AbsPath) -> Vec<Recipe> {
        Vec::new()
    }

    /// How to install what the project declares and its environment lacks.
    fn sync(&self, _: &Model) -> Option<Recipe> {
        None
    }

    /// How to install a dependency group along with what is in use.
    fn install_group(&self, _: &Model, _: &str) -> Option<Recipe> {
        None
    }

    /// How to install anew what is there, but not as it should be.
    fn reinstall(&self, _: &Model, _: &Flaw) -> Option<Recipe> {
        None
    }

    /// How to make the project's lock anew, without installing anything.
    fn lock(&self, _: &Model) -> Option<Recipe> {
        None
    }

    /// How to install one requirement, as it is declared.
    fn install(&self, _: &Model, _: &Want) -> Option<Recipe> {
        None
    }
}

/// Every manager. Their order means nothing: what wins is decided by `Strength`.
pub static ALL: &[&dyn Manager] =
    &[&pip::Pip, &pyenv::Pyenv, &system::System, &uv::Uv, &venv::Venv, &virtualenv::Virtualenv];

/// The manager of that name.
///
/// # Panics
/// When no manager has that name; claims name only registered ones.
#[must_use]
pub fn named(name: &str) -> &'static dyn Manager {
    *ALL.iter().find(|it| it.name() == name).expect("claims name registered managers")
}

/// A place where an environment of the project may be, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentPlace {
    pub prefix: AbsPath,
    pub strength: Strength,
    pub because: Evidence,
}

/// What kind of environment it is, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    pub strength: Strength,
    /// As in the contract's `kind`.
    pub kind: &'static str,
    pub manager: Option<&'static str>,
    pub because: Vec<Evidence>,
}

/// What an environment is, by the strongest evidence that any manager has.
pub(crate) fn recognise(tables: &Tables, seen: &Seen) -> Recognised {
    let recognised = tables.managers.iter().filter_map(|it| it.recognise(seen));
    let strongest = recognised.max_by_key(|it| (it.strength, it.kind));
    strongest.unwrap_or_else(|| Recognised {
        strength: Strength::Ambient,
        kind: "venv",
        manager: None,
        because: vec![Evidence::at(&seen.prefix, "it has the folders of a virtual environment")],
    })
}
