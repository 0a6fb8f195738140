//! The environment's Python gets no more fixes, not even for security.
//!
//! Each minor version is maintained for some five years (*Status of Python versions*, Python Developer's Guide). The finding
//! stands at the pin or the `requires-python` that led to it, else at the project's name.
//!
//! Where this machine has a newer Python that the project supports, the environment can be made anew with it; never unasked.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Severity, Subject},
    model::{Interpreter, Model},
};

pub(super) static RULE: Rule = Rule { code: "python-eol", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(environment) = model.usable() else { return };
    let (Some(version), Some(ended)) = (&environment.version, environment.ended) else { return };
    let pinned = model.project.pins.iter().find(|it| it.admits(version) == Some(true));
    let stated = model.project.requires_python.as_ref();
    let place = pinned.map(|it| &it.location).or(stated.map(|it| &it.location));
    let prefix = fixes::shown(model, environment.place());
    let message = format!(
        "environment {prefix} has Python {version}, which gets no more fixes since {ended}"
    );
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    let draft = Draft::at(place.cloned().unwrap_or_else(|| model.anchor()), message);
    // Nobody is moved to another Python unasked, so this is never the preferred action.
    let is_newer = |it: &Interpreter| it.version.release().get(..2) > version.release().get(..2);
    let newer = model.base(|_| true).filter(|it| is_newer(it));
    let actions = newer.map(|_| fixes::recreate(model)).unwrap_or_default();
    let actions = actions.into_iter().map(|it| fixes::preferred(it, false)).collect();
    report.push(Draft { actions, subject, ..draft });
}
