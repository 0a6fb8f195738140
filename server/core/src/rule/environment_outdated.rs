//! The environment holds something other than the project's lock says.
//!
//! Counted is what the lock wants installed for this interpreter and is missing or has another version, and what is installed
//! although the lock does not know it. Groups and extras count as wanted when they are installed by default, or when
//! something of them is installed already.
//!
//! The fix installs what is locked, with the project's own tool.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Related, Severity, Subject},
    lock::Differences,
    model::{LockRead, Model},
    text::Location,
};

pub(super) static RULE: Rule =
    Rule { code: "environment-outdated", severity: Severity::Warning, check };

/// More names than these make a sentence too long to read.
const MOST_NAMED: usize = 3;

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(environment) = model.usable() else { return };
    if !model.satisfies_python(environment) {
        return;
    }
    for lock in &model.locks {
        let Some(differences) = lock.differences.as_ref().filter(|it| !it.is_empty()) else {
            continue;
        };
        let prefix = fixes::shown(model, &environment.prefix);
        let message = format!(
            "environment {prefix} differs from `{}`: {}",
            model.shown(&lock.path),
            words(differences)
        );
        let subject =
            Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
        report.push(Draft {
            related: vec![place(lock, differences)],
            actions: fixes::sync(model).into_iter().collect(),
            subject,
            ..Draft::at(model.anchor(), message)
        });
    }
}

/// How many of each, and the first of them.
fn words(differences: &Differences) -> String {
    let missing = differences.missing.iter().map(|it| it.0.as_str());
    let other = differences.other.iter().map(|it| it.0.as_str());
    let extra = differences.extra.iter().map(String::as_str);
    let counts = [
        counted(missing.collect(), "missing"),
        counted(other.collect(), "in another version"),
        counted(extra.collect(), "extra"),
    ];
    counts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn counted(names: Vec<&str>, what: &str) -> Option<String> {
    let mut shown: Vec<String> =
        names.iter().take(MOST_NAMED).map(|it| format!("`{it}`")).collect();
    if names.len() > MOST_NAMED {
        shown.push("…".to_owned());
    }
    (!names.is_empty()).then(|| format!("{} {what} ({})", names.len(), shown.join(", ")))
}

/// Where the first that is missing or other is locked.
fn place(lock: &LockRead, differences: &Differences) -> Related {
    let missing = differences.missing.first().map(|it| &it.0);
    let name = missing.or_else(|| differences.other.first().map(|it| &it.0));
    let package =
        lock.document.lock.packages.iter().find(|it| name.is_some_and(|name| *it.name == **name));
    match package {
        Some(package) => Related {
            location: lock.document.location(&lock.path, package.name_span),
            message: format!("`{}` is locked here", package.name),
        },
        None => {
            Related { location: Location::start_of(&lock.path), message: "the lock".to_owned() }
        }
    }
}
