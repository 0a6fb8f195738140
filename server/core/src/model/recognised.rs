//! What kind of environment a folder is, whose it is, and how that is known: the same from whichever side it is reached.

use std::sync::Arc;

use super::evidence::Evidence;
use crate::{
    standard::pyvenv::Pyvenv,
    world::{AbsPath, Listing},
};

/// What was seen of a folder that may be an environment, for the managers to recognise.
#[derive(Clone, Debug)]
pub struct Seen {
    /// As it was reached.
    pub prefix: AbsPath,
    /// Where its links lead.
    pub real: AbsPath,
    /// What is in it: `conda-meta`, `.project`, `pipx_metadata.json`, `uv-receipt.toml`, ….
    pub listing: Arc<Listing>,
    /// What `pyvenv.cfg` says, where there is one that says something.
    pub configuration: Option<Pyvenv>,
}

impl Seen {
    /// Whether it has an entry of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.listing.has(name)
    }

    /// Whether the folder that it is in, by its own name or by where its links lead, is at the end of a path of these
    /// components: `["pypoetry", "virtualenvs"]`.
    #[must_use]
    pub fn is_kept_in(&self, components: &[&str]) -> bool {
        [&self.prefix, &self.real].into_iter().any(|prefix| {
            let mut at = prefix.ancestors();
            components
                .iter()
                .rev()
                .all(|name| at.next().is_some_and(|it| it.name() == name.as_bytes()))
        })
    }

    /// Whether it lies directly in a folder, by its own name or by where its links lead.
    #[must_use]
    pub fn lies_in(&self, folder: &AbsPath) -> bool {
        [&self.prefix, &self.real].into_iter().any(|it| it.parent().as_ref() == Some(folder))
    }
}

/// What the environments of a folder's shape have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// PEP 405: `pyvenv.cfg`, and an interpreter that leads to another's library.
    Virtual,
    /// `conda-meta`, and an interpreter of its own, or none.
    Conda,
    /// PEP 582: packages and no interpreter (`__pypackages__/3.12`).
    Packages,
    /// No environment, but a Python that the user chose to work in all the same.
    Installation,
}

/// How surely something is known of an environment. Whose it is is said surest by the manager that keeps it, whatever tool
/// that manager had it made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// It has the shape.
    Looks,
    /// A file in it says who made it.
    Made,
    /// It is where a manager keeps its own, or a manager has registered it.
    Kept,
}

/// Whether an environment is offered where one is to be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Offer {
    #[default]
    Offered,
    /// It serves a purpose of its own (an installed tool, a script, tox, nox): known, and not offered.
    Withheld,
}

/// One manager's word on an environment. What it does not say, another may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    pub certainty: Certainty,
    /// As in the contract's `kind`.
    pub kind: Option<&'static str>,
    pub manager: Option<&'static str>,
    /// The project that it was made for.
    pub project: Option<AbsPath>,
    /// What its manager calls it.
    pub name: Option<String>,
    pub offer: Offer,
    pub because: Evidence,
}

impl Recognised {
    /// A word that says nothing yet but why.
    #[must_use]
    pub fn new(certainty: Certainty, because: Evidence) -> Recognised {
        Recognised {
            certainty,
            kind: None,
            manager: None,
            project: None,
            name: None,
            offer: Offer::Offered,
            because,
        }
    }
}

/// What all managers together say of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Understood {
    pub(crate) kind: &'static str,
    pub(crate) manager: Option<&'static str>,
    pub(crate) project: Option<AbsPath>,
    pub(crate) name: Option<String>,
    pub(crate) offer: Offer,
    pub(crate) because: Vec<Evidence>,
}

/// Takes each part from whoever is surest of it. Of equals the first by spelling, so that no order of managers shows.
pub(crate) fn understood(
    mut words: Vec<Recognised>,
    layout: Layout,
    prefix: &AbsPath,
) -> Understood {
    let key = |it: &Recognised| {
        (it.kind, it.manager, it.project.clone(), it.name.clone(), it.because.clone())
    };
    words.sort_by_cached_key(|it| (std::cmp::Reverse(it.certainty), key(it)));
    let kind = words.iter().find_map(|it| it.kind);
    let manager = words.iter().find_map(|it| it.manager);
    // Whoever only sees the shape has nothing to add once somebody knows.
    let surest = words.first().map(|it| it.certainty);
    let speaks =
        |it: &&Recognised| it.certainty > Certainty::Looks || surest == Some(Certainty::Looks);
    let mut because: Vec<Evidence> =
        words.iter().filter(speaks).map(|it| it.because.clone()).collect();
    because.dedup();
    if because.is_empty() {
        let what = match layout {
            Layout::Virtual => "it has the folders of a virtual environment",
            Layout::Conda => "it has a `conda-meta` folder",
            Layout::Packages => "it lies in `__pypackages__`",
            Layout::Installation => "it is a Python of this machine",
        };
        because.push(Evidence::at(prefix, what));
    }
    let of_layout = match layout {
        Layout::Virtual => "venv",
        Layout::Conda => "conda",
        Layout::Packages => "pep582",
        Layout::Installation => "system",
    };
    let offer = words.iter().map(|it| it.offer).max().unwrap_or_default();
    let project = words.iter().find_map(|it| it.project.clone());
    let name = words.iter().find_map(|it| it.name.clone());
    Understood { kind: kind.unwrap_or(of_layout), manager, project, name, offer, because }
}
