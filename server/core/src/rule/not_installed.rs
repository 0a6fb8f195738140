//! A declared requirement is not installed in the project's environment.
//!
//! Judged are the requirements that are always installed, and those of a group or extra of which something is installed
//! already. A requirement whose marker does not hold for the environment's interpreter is not missed.
//!
//! The fix installs what the project declares, with the project's own tool; another installs just this one.

use super::{Draft, Rule, fixes, name_typo, stdlib_requirement};
use crate::{
    finding::{Severity, Subject},
    model::{Expectation, Model},
    standard::marker::Verdict,
};

pub(super) static RULE: Rule = Rule { code: "not-installed", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (Some(environment), Some(installed)) = (model.usable(), &model.installed) else { return };
    let prefix = fixes::shown(model, environment.place());
    let python =
        environment.version.as_ref().map(|it| format!(" (Python {it})")).unwrap_or_default();
    let (sync, hindrance) = (fixes::sync(model), fixes::cannot_install(model));
    for want in model.conda.iter().filter(|it| it.installed.is_none()) {
        let message = format!("`{}` is not installed in {prefix}", want.spec.spelled);
        let subject = Subject {
            distribution: Some(want.spec.name.clone()),
            module: None,
            environment: Some(environment.prefix.clone()),
        };
        let actions = sync.iter().cloned().collect();
        report.push(Draft { actions, subject, ..Draft::at(want.location.clone(), message) });
    }
    for want in &model.wants {
        let Expectation::Installed(_) = want.expected else { continue };
        let missing = !installed.distributions.contains_key(&want.requirement.name);
        // What nobody needs is not missed, nor what has a wrong name; that it is asked for is a finding of its own.
        let obsolete = missing && stdlib_requirement::obsolete(model, want).is_some();
        let mistyped = missing && name_typo::meant(model, want).is_some();
        if want.applies != Verdict::Holds || !missing || obsolete || mistyped {
            continue;
        }
        let message = format!(
            "`{}` is not installed in {prefix}{python}{hindrance}",
            want.requirement.spelled
        );
        let actions = sync.iter().cloned().chain(fixes::install(model, want)).collect();
        let subject = Subject {
            distribution: Some(want.requirement.name.to_string()),
            module: None,
            environment: Some(environment.prefix.clone()),
        };
        let draft = Draft::at(want.location.clone(), message);
        report.push(Draft { actions, subject, ..draft });
    }
}
