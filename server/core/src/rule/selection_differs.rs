//! The project's own tool would use another environment than the one that is chosen.
//!
//! What the tool installs goes into its own environment, and what runs is looked up in the chosen one. The finding stands where
//! the project says which tool it has.
//!
//! The fix uses the tool's environment, where it is there.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Severity, Subject},
    model::{Model, Strength},
};

pub(super) static RULE: Rule =
    Rule { code: "selection-differs", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (Some(claim), Some(selection)) = (model.claim(), &model.selection) else { return };
    let environment = &selection.environment;
    if claim.strength < Strength::Lockfile || environment.is_at(&claim.prefix) {
        return;
    }
    let chosen = fixes::shown(model, environment.place());
    let theirs = fixes::shown(model, &claim.prefix);
    let there = model.candidates.iter().find(|it| it.environment.is_at(&claim.prefix));
    let remark = if there.is_some() { "" } else { ", which is not there yet" };
    let message = format!("{} uses {theirs}{remark}, the project gets {chosen}", claim.manager);
    let usable = there.filter(|it| it.environment.is_usable());
    let mut actions = fixes::forget(model);
    if actions.is_empty() {
        actions.extend(usable.and_then(|it| fixes::choose(model, &it.environment)));
    }
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    report.push(Draft { actions, subject, ..Draft::at(fixes::claimed_at(model, claim), message) });
}
