//! The project's lock is of a version that is not understood here, so nothing is judged by it.
//!
//! Its tool has changed the format since; a newer server, or a lock that an older tool makes, helps.

use super::{Draft, Rule};
use crate::{finding::Severity, model::Model};

pub(super) static RULE: Rule =
    Rule { code: "lock-unsupported", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for lock in &model.locks {
        let Some(version) = lock.document.unknown_version() else { continue };
        let message = format!(
            "`{}` has version {}, which is newer than what is understood here; it is not judged",
            model.shown(&lock.path),
            version.text
        );
        report.push(Draft::at(lock.document.location(&lock.path, version.span), message));
    }
}
