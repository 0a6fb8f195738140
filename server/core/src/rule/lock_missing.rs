//! The project's manager keeps a lock, and there is none yet.
//!
//! Without it, two people who install the project get whatever is newest on that day. Said only where the project's own files
//! name the manager.
//!
//! The fix makes the lock with the project's own tool.

use super::{Draft, Rule, fixes};
use crate::{
    finding::Severity,
    model::{Model, Strength},
};

pub(super) static RULE: Rule = Rule { code: "lock-missing", severity: Severity::Hint, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (Some(claim), Some(path)) = (model.claim(), &model.lock_missing) else { return };
    let needs_something = !model.wants.is_empty();
    if claim.strength < Strength::Declared || !needs_something {
        return;
    }
    let message = format!("the project uses {} but has no `{}`", claim.manager, model.shown(path));
    let actions = fixes::lock(model);
    report.push(Draft { actions, ..Draft::at(model.anchor(), message) });
}
