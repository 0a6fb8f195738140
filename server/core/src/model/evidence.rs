//! Why something is held to be so.

use crate::{
    text::{Location, Range},
    world::AbsPath,
};

/// One reason, in one clause, and where it can be seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    pub what: String,
    pub path: Option<AbsPath>,
    pub range: Option<Range>,
}

impl Evidence {
    /// A reason that can be seen at a path.
    pub fn at(path: &AbsPath, what: impl Into<String>) -> Evidence {
        Evidence { what: what.into(), path: Some(path.clone()), range: None }
    }

    /// A reason that can be read in a text.
    pub fn read(location: Location, what: impl Into<String>) -> Evidence {
        Evidence { what: what.into(), path: Some(location.path), range: Some(location.range) }
    }

    /// A reason that has no place, such as an environment variable.
    pub fn said(what: impl Into<String>) -> Evidence {
        Evidence { what: what.into(), path: None, range: None }
    }
}
