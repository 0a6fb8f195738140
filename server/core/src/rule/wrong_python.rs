//! The environment's Python is not one that the project supports.
//!
//! `requires-python` says which versions the project runs on, and the environment has another. Installers refuse such an
//! environment, or install versions that were never tried.
//!
//! The fix makes the environment anew with a Python of this machine that fits. Where none fits, the message says so.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Reach, Severity, Subject},
    model::Model,
};

pub(super) static RULE: Rule = Rule { code: "wrong-python", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (Some(environment), Some(stated)) = (model.usable(), &model.project.requires_python) else {
        return;
    };
    let Some(version) = environment.version.as_ref().filter(|it| !stated.specifiers.admits(it))
    else {
        return;
    };
    let prefix = fixes::shown(model, environment.place());
    let actions = fixes::recreate(model);
    let hindrance = if actions.is_empty() { fixes::cannot_create(model) } else { String::new() };
    let message = format!(
        "environment {prefix} has Python {version}, the project asks for `{}`{hindrance}",
        stated.spelled
    );
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    let draft = Draft::at(stated.location.clone(), message);
    report.push(Draft { actions, subject, reach: Reach::Project, ..draft });
}
