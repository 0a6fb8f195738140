//! The environment's interpreter was made for a machine of another architecture, so it cannot run here.
//!
//! Its first bytes say for which: an environment that came along with a copied folder, or out of a container image of another
//! architecture. While it stands, nothing that rests on the environment is judged.
//!
//! The fix makes the environment anew with a Python of this machine.

use super::{Draft, Rule, broken_environment, fixes};
use crate::{
    finding::{Reach, Severity, Subject},
    model::{Damage, Foreign, Model},
};

pub(super) static RULE: Rule =
    Rule { code: "wrong-architecture", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(selection) = &model.selection else { return };
    let environment = &selection.environment;
    let damage = environment.damages.iter().min();
    let Some(damage @ Damage::Foreign { by: Foreign::Architecture, .. }) = damage else { return };
    let prefix = fixes::shown(model, environment.place());
    let what = broken_environment::words(&model.project.root, damage);
    let actions = fixes::instead(model);
    let hindrance = if actions.is_empty() { fixes::cannot_create(model) } else { String::new() };
    let message = format!("environment {prefix} cannot run here: {what}{hindrance}");
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    let draft = Draft::at(model.anchor(), message);
    report.push(Draft { actions, subject, reach: Reach::Project, ..draft });
}
