//! Versions and version specifiers (*Version specifiers*), after `pep440_rs`.

use std::{fmt, str::FromStr};

use pep440_rs::VersionSpecifiers;

/// A version that the standard knows how to compare.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pep440_rs::Version);

/// A set of specifiers, all of which must hold; the empty set holds for every version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Specifiers(VersionSpecifiers);

impl Version {
    /// `None` for what the standard does not know, as old metadata may hold.
    #[must_use]
    pub fn parse(text: &str) -> Option<Version> {
        pep440_rs::Version::from_str(text.trim()).ok().map(Version)
    }

    /// The numbers of the release: `[3, 12, 4]`.
    #[must_use]
    pub fn release(&self) -> &[u64] {
        self.0.release()
    }

    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        self.0.any_prerelease()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
