//! One environment, as far as files tell.

use super::{damage::Damage, evidence::Evidence, recognised::Offer};
use crate::{standard::version::Version, world::AbsPath};

/// One environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// By the path that it was reached by, which is the user's or their tool's own spelling.
    pub prefix: AbsPath,
    /// Where the links of that path lead: what makes it the same environment, whatever path leads to it.
    pub real: AbsPath,
    /// Other paths to the same environment.
    pub aliases: Vec<AbsPath>,
    /// Its interpreter, by the environment's own path; `None` where there is none that could be started.
    pub python: Option<AbsPath>,
    /// As far as files tell.
    pub version: Option<Version>,
    /// `cpython`, `pypy`.
    pub implementation: Option<String>,
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
    pub site_packages: Option<AbsPath>,
    pub damages: Vec<Damage>,
    pub because: Vec<Evidence>,
}

/// Whether an environment can be used; ordered by how well it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    Ok,
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
            Health::NoPython => "no-python",
            Health::Broken => "broken",
        }
    }
}

impl Environment {
    /// The same across runs, and for every path that leads to it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("here:{}", self.real)
    }

    /// Its interpreter by the other paths that lead to it; the other paths themselves, where it has none.
    #[must_use]
    pub fn other_pythons(&self) -> Vec<AbsPath> {
        let below = self.python.as_ref().and_then(|it| it.below(&self.prefix)).unwrap_or_default();
        let by = |alias: &AbsPath| if below.is_empty() { alias.clone() } else { alias.join(below) };
        self.aliases.iter().map(by).collect()
    }

    #[must_use]
    pub fn health(&self) -> Health {
        let no_python = |it: &Damage| matches!(it, Damage::NoPython { .. });
        match self.damages.iter().min() {
            None => Health::Ok,
            Some(_) if self.damages.iter().any(no_python) => Health::NoPython,
            Some(_) => Health::Broken,
        }
    }
}
