//! How the files below a folder are, from what is published of them.

use std::{collections::BTreeMap, sync::Arc};

use envls_core::{
    finding::{Finding, Reach, Severity},
    world::AbsPath,
};

/// The worst that is found, in the words of the contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Health {
    #[default]
    Ok,
    Warning,
    Error,
}

impl Health {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Health::Ok => "ok",
            Health::Warning => "warning",
            Health::Error => "error",
        }
    }

    fn of(finding: &Finding) -> Health {
        match (finding.severity, finding.reach) {
            (Severity::Error, Reach::Project) => Health::Error,
            (Severity::Error | Severity::Warning, _) => Health::Warning,
            (Severity::Information | Severity::Hint, _) => Health::Ok,
        }
    }
}

/// What is published weighs the same after most changes, so that folders of many files need not be gone through each time.
#[derive(Debug, Default)]
pub(crate) struct Healths {
    /// Of the files that are not `Ok`.
    files: BTreeMap<AbsPath, Health>,
    /// By folder, `None` for all; what is known by now.
    folders: BTreeMap<Option<AbsPath>, Health>,
}

impl Healths {
    /// Takes in what is published of a file.
    pub(crate) fn published(&mut self, file: &AbsPath, findings: &[Arc<Finding>]) {
        let now = findings.iter().map(|it| Health::of(it)).max().unwrap_or_default();
        let before = match now {
            Health::Ok => self.files.remove(file),
            _ => self.files.insert(file.clone(), now),
        };
        if before.unwrap_or_default() != now {
            self.folders.clear();
        }
    }

    /// The worst below a folder, or of all.
    pub(crate) fn of(&mut self, folder: Option<&AbsPath>) -> Health {
        let files = &self.files;
        let worst = || {
            let here = files.iter().filter(|(it, _)| folder.is_none_or(|at| it.is_within(at)));
            here.map(|it| *it.1).max().unwrap_or_default()
        };
        *self.folders.entry(folder.cloned()).or_insert_with(worst)
    }
}
