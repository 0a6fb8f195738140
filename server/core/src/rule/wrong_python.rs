//! The environment's Python is not one that the project supports.
//!
//! `requires-python` says which versions the project runs on, and the environment has another. Installers refuse such an
//! environment, or install versions that were never tried. Where a manager makes several environments, one of them may be asked
//! for with a Python of its own, and have another.
//!
//! The fix makes the environment anew with a Python of this machine that fits. Where none fits, the message says so.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Reach, Severity, Subject},
    model::Model,
};

pub(super) static RULE: Rule = Rule { code: "wrong-python", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(environment) = model.usable() else { return };
    let Some(version) = &environment.version else { return };
    let stated = model.project.requires_python.as_ref();
    let unsupported = stated.filter(|it| !it.specifiers.admits(version));
    let other = model.other_python();
    let wrong = match (unsupported, other) {
        (Some(it), _) => (&it.location, format!("the project asks for `{}`", it.spelled)),
        (None, Some(it)) => (
            &it.location,
            format!("{} is to make it with `{}`", model.manager().name(), it.spelled),
        ),
        (None, None) => return,
    };
    let prefix = fixes::shown(model, environment.place());
    let actions = fixes::recreate(model);
    let hindrance = if actions.is_empty() { fixes::cannot_create(model) } else { String::new() };
    let message = format!("environment {prefix} has Python {version}, {}{hindrance}", wrong.1);
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    // A Python that the project supports serves all the same.
    let at_most = unsupported.is_none().then_some(Severity::Warning);
    let draft = Draft::at(wrong.0.clone(), message);
    report.push(Draft { actions, subject, reach: Reach::Project, at_most, ..draft });
}
