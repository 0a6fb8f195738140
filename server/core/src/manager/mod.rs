//! One file per environment manager: its claim on a project, where its environments and interpreters live, and how a person
//! would create, sync and install with it.

mod asdf;
mod conda;
mod direnv;
mod folders;
mod framework;
pub mod hatch;
mod homebrew;
mod kept;
mod mise;
mod nox;
mod pdm;
mod pep582;
mod pip;
mod pipenv;
mod pipx;
mod pixi;
mod poetry;
mod pyenv;
mod pymanager;
mod redirect;
mod registry;
mod rye;
mod store;
mod system;
mod tox;
mod uv;
mod venv;
mod virtualenv;
mod virtualenvwrapper;
mod winpython;

use crate::{
    Tables,
    action::Recipe,
    manifest::Set,
    model::{
        Claim, Evidence, Flaw, Holding, InterpreterPlace, Model, Project, Recognised, Seen,
        Strength, Want,
    },
    standard::version::Version,
    text::Location,
    world::{AbsPath, Asked, ListedKind, Os, Reply, View},
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

    /// What the project's tables say of one of its several environments (Hatch).
    fn holding(&self, _: &View<'_>, _: &Project, _: &str, _: Os) -> Asked<Option<Holding>> {
        Ok(None)
    }

    /// Where environments of this project may be.
    fn places(&self, _: &View<'_>, _: &Project) -> Asked<Vec<EnvironmentPlace>> {
        Ok(Vec::new())
    }

    /// The environment of ours that the project calls by name, where it is not there and we could make it.
    fn unmade(&self, _: &View<'_>, _: &Project) -> Asked<Option<Unmade>> {
        Ok(None)
    }

    /// What we know of an environment, however it was reached: that we made it, that we keep it, which project it is for,
    /// whether it is offered. Look at `Seen` before you ask the view, so that an environment costs only those managers
    /// something that it could be of.
    fn recognise(&self, _: &View<'_>, _: &Seen) -> Asked<Option<Recognised>> {
        Ok(None)
    }

    /// Where environments of this machine may be, those of projects that nobody has open among them. Asked only when
    /// somebody wants to know all of them; list folders rather than ask for each entry.
    fn environments(&self, _: &View<'_>) -> Asked<Vec<MachinePlace>> {
        Ok(Vec::new())
    }

    /// Where we keep interpreters on this machine.
    fn interpreters(&self, _: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        Ok(Vec::new())
    }

    /// The programs that our recipes run, by name.
    fn programs(&self) -> &'static [&'static str] {
        &[]
    }

    /// Those of them that are the manager itself: one of them is enough.
    fn own_programs(&self) -> &'static [&'static str] {
        self.programs().get(..1).unwrap_or_default()
    }

    /// Those of them whose version makes a difference to our recipes.
    fn versioned(&self) -> &'static [&'static str] {
        &[]
    }

    /// The version from which on the manager's own program can do all that our recipes ask of it.
    fn complete_since(&self) -> Option<&'static str> {
        None
    }

    /// Whether we install a dependency group when nobody asks for it.
    fn installs_group(&self, _: &Project, _: &str) -> bool {
        false
    }

    /// The ways to make the project's environment at a path, best first; none where this machine lacks what it takes.
    fn create(&self, _: &Model, _: &AbsPath) -> Vec<Recipe> {
        Vec::new()
    }

    /// How to put a Python into an environment that has none, where ours may have none.
    fn complete(&self, _: &Model, _: &AbsPath) -> Option<Recipe> {
        None
    }

    /// How to install what the project declares and its environment lacks.
    fn sync(&self, _: &Model) -> Option<Recipe> {
        None
    }

    /// How to install a dependency group along with what is in use.
    fn install_group(&self, _: &Model, _: &str) -> Option<Recipe> {
        None
    }

    /// How to install an extra along with what is in use.
    fn install_extra(&self, _: &Model, _: &str) -> Option<Recipe> {
        None
    }

    /// How to take a requirement out of a set, and uninstall it. The name is normalised.
    fn remove(&self, _: &Model, _: &str, _: &Set) -> Option<Recipe> {
        None
    }

    /// How to uninstall what no manifest asks for any more. The name is normalised.
    fn uninstall(&self, _: &Model, _: &str) -> Option<Recipe> {
        None
    }

    /// How to bring one distribution to the newest version that the manifests admit. The name is normalised.
    fn upgrade(&self, _: &Model, _: &str) -> Option<Recipe> {
        None
    }

    /// How to have it written down which Python the project is worked on with, where that is the tool's own to do.
    fn pin(&self, _: &Model, _: &Version) -> Option<Recipe> {
        None
    }

    /// How to install a Python that this machine lacks.
    fn install_python(&self, _: &Model, _: &Version) -> Option<Recipe> {
        None
    }

    /// How the tool removes an environment of its own.
    fn dispose(&self, _: &Model, _: &AbsPath) -> Option<Recipe> {
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

    /// How to declare a requirement in a set, and install it.
    fn add(&self, _: &Model, _: &str, _: &Set) -> Option<Recipe> {
        None
    }

    /// The ways to write the first manifest of a project that has none, with requirements that are spelled, and to have them
    /// installed; best first.
    fn begin(&self, _: &Model, _: &[String]) -> Vec<Recipe> {
        Vec::new()
    }

    /// How to install one requirement, as it is declared.
    fn install(&self, _: &Model, _: &Want) -> Option<Recipe> {
        None
    }
}

/// Every manager. Their order means nothing: what wins is decided by `Strength`.
pub static ALL: &[&dyn Manager] = &[
    &asdf::Asdf,
    &conda::Conda,
    &direnv::Direnv,
    &framework::Framework,
    &hatch::Hatch,
    &homebrew::Homebrew,
    &mise::Mise,
    &nox::Nox,
    &pdm::Pdm,
    &pep582::Pep582,
    &pip::Pip,
    &pipenv::Pipenv,
    &pipx::Pipx,
    &pixi::Pixi,
    &poetry::Poetry,
    &pyenv::Pyenv,
    &pymanager::Pymanager,
    &redirect::Redirect,
    &registry::Registry,
    &rye::Rye,
    &store::Store,
    &system::System,
    &tox::Tox,
    &uv::Uv,
    &venv::Venv,
    &virtualenv::Virtualenv,
    &virtualenvwrapper::Virtualenvwrapper,
    &winpython::Winpython,
];

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
    /// How much the place speaks for the project getting this environment.
    pub strength: Strength,
    pub because: Evidence,
    /// What only the place tells of the environment; whatever can be seen at the environment itself belongs into
    /// `recognise`, so that it is known from every side.
    pub told: Option<Recognised>,
}

impl EnvironmentPlace {
    #[must_use]
    pub fn new(prefix: AbsPath, strength: Strength, because: Evidence) -> EnvironmentPlace {
        EnvironmentPlace { prefix, strength, because, told: None }
    }
}

/// An environment that a project calls by name, and that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmade {
    /// Who would make it, when asked to `create` it.
    pub manager: &'static str,
    pub name: String,
    /// The path by which the manager will call it.
    pub prefix: AbsPath,
    /// The manager's own program.
    pub program: AbsPath,
    /// Where it is named.
    pub because: Location,
}

/// A place where an environment of the machine may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachinePlace {
    pub prefix: AbsPath,
    /// Why it was looked for there, and what only the place tells of the environment.
    pub told: Recognised,
}

/// Every folder in a folder, links to folders included: where many environments are kept side by side.
pub(crate) fn folders_in(view: &View<'_>, folder: &AbsPath) -> Asked<Vec<AbsPath>> {
    let Reply::Known(listing) = view.listing(folder)? else { return Ok(Vec::new()) };
    let may_be = |kind: ListedKind| matches!(kind, ListedKind::Folder | ListedKind::Link);
    let names = listing.entries.iter().filter(|it| may_be(it.kind));
    Ok(names.map(|it| folder.join(&*it.name)).collect())
}

/// Whether the version of a program is known, and older than another.
pub(crate) fn is_older(model: &Model, program: &str, than: &str) -> bool {
    let (found, than) = (model.versions.get(program), Version::parse(than));
    found.zip(than).is_some_and(|(found, than)| *found < than)
}

/// What all managers say of an environment.
pub(crate) fn recognise(view: &View<'_>, tables: &Tables, seen: &Seen) -> Asked<Vec<Recognised>> {
    // Ask all before the first `?`, so that one round trip answers every manager.
    let asked: Vec<_> = tables.managers.iter().map(|it| it.recognise(view, seen)).collect();
    let recognised: Asked<Vec<_>> = asked.into_iter().collect();
    Ok(recognised?.into_iter().flatten().collect())
}
