//! Something that is installed requires what is not installed, or not in this version.
//!
//! Each requirement in the metadata of each installed distribution is judged for the environment's Python, with its markers,
//! as `pip check` and `uv pip check` do; and, beyond them, with the extras that a declared requirement or another installed
//! distribution asks for. A distribution that does not support the environment's Python is told as well. The finding stands at
//! the requirement that pulls the distribution in, and names the way there.
//!
//! The fix installs what the project declares, which brings what that requires along; another installs just what is required.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Severity, Subject},
    model::{Broken, Conflict, Model},
    standard::name,
};

pub(super) static RULE: Rule =
    Rule { code: "conflicting-installed", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(environment) = model.usable() else { return };
    if model.conflicts.is_empty() {
        return;
    }
    let prefix = fixes::shown(model, &environment.prefix);
    let (sync, hindrance) = (fixes::sync(model), fixes::cannot_install(model));
    for conflict in &model.conflicts {
        let (what, requirement) = match &conflict.broken {
            Broken::Missing { requirement } => {
                (format!("`{requirement}`, which is not installed in {prefix}"), Some(requirement))
            }
            Broken::Version { requirement, found } => {
                (format!("`{requirement}`, {found} is installed in {prefix}"), Some(requirement))
            }
            Broken::Python { supported } => {
                let python = environment.version.as_ref().map(ToString::to_string);
                let python = python.unwrap_or_default();
                (format!("Python `{supported}`, {prefix} has {python}"), None)
            }
        };
        let (distribution, version) = (&conflict.distribution, &conflict.version);
        let way = way(conflict);
        let message = format!("`{distribution}` {version} requires {what}{way}{hindrance}");
        let want = conflict.want.and_then(|it| model.wants.get(it));
        let location = want.map_or_else(|| model.anchor(), |it| it.location.clone());
        let install = requirement.and_then(|it| fixes::install_spelled(model, it, &location));
        // Installing what is declared mends nothing that no declared requirement pulls in.
        let sync = sync.iter().filter(|_| want.is_some()).cloned();
        let actions = sync.chain(install).collect();
        let subject = Subject {
            distribution: Some(name::normalised(distribution)),
            module: None,
            environment: Some(environment.prefix.clone()),
        };
        report.push(Draft { actions, subject, ..Draft::at(location, message) });
    }
}

/// How what is declared comes to need it, where that is not plain.
fn way(conflict: &Conflict) -> String {
    if conflict.way.len() < 2 {
        return String::new();
    }
    let names: Vec<String> = conflict.way.iter().map(|it| format!("`{it}`")).collect();
    format!(" ({})", names.join(" → "))
}
