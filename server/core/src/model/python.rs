//! Which Pythons a project says it wants.

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
}
