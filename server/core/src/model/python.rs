//! Which Pythons a project says it wants.

use super::{environment::Environment, interpreter::Interpreter, understanding::Model};
use crate::{
    standard::version::{Specifiers, Version},
    text::Location,
};

/// `requires-python`, where it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedPython {
    pub specifiers: Specifiers,
    pub spelled: String,
    pub location: Location,
}

/// One line of `.python-version`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    pub spelled: String,
    pub location: Location,
}

impl Pin {
    /// Whether a CPython of this version is what the pin means: `3.12` means any 3.12, `3.12.4` just that one. `None` for a
    /// pin that is no version number, such as the name of a pyenv environment.
    #[must_use]
    pub fn admits(&self, version: &Version) -> Option<bool> {
        Some(version.release().starts_with(self.version()?.release()))
    }

    /// The version that is pinned, with as many parts as are pinned.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        let numbers =
            self.spelled.strip_prefix("cpython-").or(self.spelled.strip_prefix("cpython@"));
        Version::parse(numbers.unwrap_or(&self.spelled))
    }

    /// The same, of a pin that is a name of a Python for a tool that makes environments: `312` and paths are not understood.
    #[must_use]
    pub fn plain_version(&self) -> Option<Version> {
        self.version().filter(|it| it.release().first().is_some_and(|it| *it < 10))
    }
}

impl Model {
    /// Whether an environment's Python is one that the project supports; so it is where either is unknown.
    #[must_use]
    pub fn satisfies_python(&self, environment: &Environment) -> bool {
        match (&self.project.requires_python, &environment.version) {
            (Some(stated), Some(version)) => stated.specifiers.admits(version),
            _ => true,
        }
    }

    /// The Python that the environment's own table names, where the environment has another.
    #[must_use]
    pub fn other_python(&self) -> Option<&Pin> {
        let version = self.usable()?.version.as_ref()?;
        let is_other = |it: &&Pin| {
            let named = it.plain_version();
            named.is_some_and(|it| !version.release().starts_with(it.release()))
        };
        self.python_named.as_ref().filter(is_other)
    }

    /// The best interpreter of the machine to make the project's environment from: one of the pinned version, where there is
    /// a pin, else the newest that the project supports.
    #[must_use]
    pub fn base(&self, usable: impl Fn(&Interpreter) -> bool) -> Option<&Interpreter> {
        let bases = self.bases.as_ref()?;
        let named = || self.python_named.as_ref().and_then(Pin::plain_version);
        match self.python_wanted.clone().or_else(named) {
            Some(wanted) => {
                let stated = self.project.requires_python.as_ref().map(|it| &it.specifiers);
                let is_it = |it: &Interpreter| {
                    it.version.release().starts_with(wanted.release()) && usable(it)
                };
                bases.best(stated, |_| false, is_it)
            }
            None => self.project.base(bases, usable),
        }
    }
}
