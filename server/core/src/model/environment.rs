//! One environment, as far as files tell.

use super::{
    damage::{Damage, Staleness},
    evidence::Evidence,
    inspect::Place,
    interpreter::Threading,
    recognised::{Layout, Offer},
};
use crate::{
    standard::{lifetime::Date, version::Version},
    world::AbsPath,
};

/// One environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// By the path that it was reached by, which is the user's or their tool's own spelling.
    pub prefix: AbsPath,
    /// Where the links of that path lead: what makes it the same environment, whatever path leads to it.
    pub real: AbsPath,
    /// Other paths to the same environment.
    pub aliases: Vec<AbsPath>,
    pub layout: Layout,
    /// Its interpreter, by the environment's own path; `None` where there is none that could be started.
    pub python: Option<AbsPath>,
    /// As far as files tell.
    pub version: Option<Version>,
    /// `cpython`, `pypy`.
    pub implementation: Option<String>,
    /// For which its interpreter was made, as `platform.machine()` says it on Linux.
    pub architecture: Option<String>,
    pub threading: Threading,
    /// The day on which its version came to its end, if that is past.
    pub ended: Option<Date>,
    /// As in the contract's `kind`.
    pub kind: &'static str,
    /// Who made it or keeps it, where that can be told.
    pub manager: Option<&'static str>,
    /// The project that it was made for, where that can be told.
    pub project: Option<AbsPath>,
    pub offer: Offer,
    pub name: Option<String>,
    /// The interpreter that it was made from.
    pub base: Option<AbsPath>,
    /// Where what is installed into it is found.
    pub site_packages: Option<AbsPath>,
    /// Further folders whose packages it sees.
    pub also_sees: Vec<AbsPath>,
    /// The file that tells installers to leave it alone (PEP 668), where it is an installation that has one.
    pub externally_managed: Option<AbsPath>,
    /// Sorted; the first must be mended first.
    pub damages: Vec<Damage>,
    pub staleness: Vec<Staleness>,
    pub because: Vec<Evidence>,
}

/// Whether an environment can be used; ordered by how well it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Ok,
    /// It runs, but there is a reason to make it anew.
    Stale,
    /// It runs, but the project that it was made for is gone.
    Orphan,
    /// It holds no Python, as an environment of conda may.
    NoPython,
    Broken,
}

impl Health {
    /// As the contract's JSON spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Health::Ok => "ok",
            Health::Stale => "stale",
            Health::Orphan => "orphan",
            Health::NoPython => "no-python",
            Health::Broken => "broken",
        }
    }
}

impl Environment {
    /// The same across runs, and for every path that leads to it.
    #[must_use]
    pub fn id(&self) -> String {
        if self.real.is_here() { format!("here:{}", self.real) } else { self.real.to_string() }
    }

    /// Its interpreter by the other paths that lead to it; the other paths themselves, where it has none.
    #[must_use]
    pub fn other_pythons(&self) -> Vec<AbsPath> {
        let below = self.python.as_ref().and_then(|it| it.below(&self.prefix)).unwrap_or_default();
        let by = |alias: &AbsPath| if below.is_empty() { alias.clone() } else { alias.join(below) };
        self.aliases.iter().map(by).collect()
    }

    /// How well it serves; what keeps it from being used at all comes first.
    #[must_use]
    pub fn health(&self) -> Health {
        let no_python = |it: &Damage| matches!(it, Damage::NoPython { .. });
        let orphan = |it: &Staleness| matches!(it, Staleness::Orphan { .. });
        if self.damages.iter().any(no_python) {
            return Health::NoPython;
        }
        if !self.damages.is_empty() {
            return Health::Broken;
        }
        if self.staleness.iter().any(orphan) {
            return Health::Orphan;
        }
        if self.staleness.is_empty() { Health::Ok } else { Health::Stale }
    }

    /// Every folder whose packages it sees, the nearest first.
    pub fn packages(&self) -> impl Iterator<Item = &AbsPath> {
        self.site_packages.iter().chain(&self.also_sees)
    }

    /// Whether it runs and is what it seems.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.damages.is_empty()
    }

    /// Whether it is in a layer that cannot be looked into.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        self.damages.iter().any(|it| matches!(it, Damage::Unreachable { .. }))
    }

    /// What it is called by: its folder; of an installation, which shares its folder with others, the interpreter.
    #[must_use]
    pub fn place(&self) -> &AbsPath {
        match (self.layout, &self.python) {
            (Layout::Installation, Some(python)) => python,
            _ => &self.prefix,
        }
    }

    /// Whether a path is one of those that lead to it.
    #[must_use]
    pub fn is_at(&self, prefix: &AbsPath) -> bool {
        self.prefix == *prefix || self.real == *prefix || self.aliases.contains(prefix)
    }

    /// The project that it is for: what is known of it, else the folder that it has one of the usual names in.
    #[must_use]
    pub fn owner(&self) -> Option<AbsPath> {
        let usual = [b".venv".as_slice(), b"venv", b"env"];
        let around = || usual.contains(&self.prefix.name()).then(|| self.prefix.parent()).flatten();
        self.project.clone().or_else(around)
    }

    /// An environment of which nothing is known yet but where it is.
    pub(super) fn at(place: &Place) -> Environment {
        Environment {
            prefix: place.prefix.clone(),
            real: place.real.clone(),
            aliases: place.aliases.clone(),
            layout: Layout::Virtual,
            python: None,
            version: None,
            implementation: None,
            architecture: None,
            threading: Threading::Ordinary,
            ended: None,
            kind: "venv",
            manager: None,
            project: None,
            offer: Offer::Offered,
            name: None,
            base: None,
            site_packages: None,
            also_sees: Vec::new(),
            externally_managed: None,
            damages: Vec::new(),
            staleness: Vec::new(),
            because: Vec::new(),
        }
    }
}
