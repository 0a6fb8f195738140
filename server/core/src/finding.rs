//! What is told to a user: one finding, where it stands, how much it matters, and what can be done about it.

use crate::{action::Action, text::Location, world::AbsPath};

/// How much a finding matters; ordered by weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Hint,
    Information,
    Warning,
    Error,
}

impl Severity {
    /// As the contract's JSON spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Hint => "hint",
            Severity::Information => "information",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    /// What a setting means; `None` for a word that is no severity.
    #[must_use]
    pub fn parse(word: &str) -> Option<Severity> {
        [Severity::Hint, Severity::Information, Severity::Warning, Severity::Error]
            .into_iter()
            .find(|it| it.name() == word)
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub code: &'static str,
    pub severity: Severity,
    pub location: Location,
    pub message: String,
    pub tags: Vec<Tag>,
    pub related: Vec<Related>,
    pub subject: Subject,
    /// Best first.
    pub actions: Vec<Action>,
    pub reach: Reach,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tag {
    Unnecessary,
}

/// Another place that explains the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    pub location: Location,
    pub message: String,
}

/// What a finding is about, where it is about one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Normalised.
    pub distribution: Option<String>,
    pub module: Option<String>,
    pub environment: Option<AbsPath>,
}

/// Where a finding is shown besides its own place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    #[default]
    Place,
    /// It concerns everything in the project: also on the first line of each Python file that is open.
    Project,
}
