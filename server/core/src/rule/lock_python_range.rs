//! The project's lock was made for other Pythons than the environment's, so nothing in it applies there.
//!
//! A lock holds what was resolved for the Pythons that it names. Where the project itself does not support the environment's
//! Python, that is said instead.
//!
//! The fix makes the lock anew with the project's own tool.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Severity, Subject},
    model::Model,
    standard::version::Specifiers,
};

pub(super) static RULE: Rule = Rule { code: "lock-python-range", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(environment) = model.usable().filter(|it| model.satisfies_python(it)) else { return };
    let Some(version) = &environment.version else { return };
    for lock in model.locks.iter().filter(|it| it.document.is_sound()) {
        let Some(stated) = &lock.document.lock.requires_python else { continue };
        // Poetry writes its own syntax here where the project does.
        let Ok(specifiers) = Specifiers::parse(&stated.text) else { continue };
        if specifiers.admits(version) {
            continue;
        }
        let message = format!(
            "`{}` is for Python `{}`, environment {} has {version}: nothing locked applies to it",
            model.shown(&lock.path),
            stated.text,
            fixes::shown(model, &environment.prefix)
        );
        let subject =
            Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
        let location = lock.document.location(&lock.path, stated.span);
        report.push(Draft { actions: fixes::lock(model), subject, ..Draft::at(location, message) });
    }
}
