//! The project's lock cannot be read: a merge conflict is left in it, or it is damaged.
//!
//! The finding stands at the first line that is wrong. Nothing is judged by such a lock, and no tool installs from it.
//!
//! The fix makes the lock anew with the project's own tool.

use super::{Draft, Rule, fixes};
use crate::{finding::Severity, model::Model};

pub(super) static RULE: Rule = Rule { code: "lock-invalid", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for lock in &model.locks {
        for trouble in &lock.document.lock.troubles {
            let message =
                format!("`{}` cannot be read here: {}", model.shown(&lock.path), trouble.words);
            let location = lock.document.location(&lock.path, trouble.span);
            report.push(Draft { actions: fixes::lock(model), ..Draft::at(location, message) });
        }
    }
}
