//! A requirement asks for an extra that the installed distribution does not have.
//!
//! Installers warn and go on, so what the extra was to bring in is silently missing. Which extras there are is said by the
//! metadata of what is installed (`Provides-Extra`); in another version there may be others.
//!
//! The fix writes the name that was probably meant.

use std::collections::BTreeSet;

use super::{Draft, Rule, edits, fixes};
use crate::{
    finding::{Severity, Subject},
    model::Model,
    standard::{marker::Verdict, name, spelling},
    world::Metadata,
};

pub(super) static RULE: Rule = Rule { code: "unknown-extra", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (Some(environment), Some(table)) = (model.usable(), &model.metadata) else { return };
    let prefix = fixes::shown(model, &environment.prefix);
    for want in &model.wants {
        let requirement = &want.requirement;
        let judged =
            want.applies == Verdict::Holds && !requirement.extras.is_empty() && want.set.is_need();
        if !judged {
            continue;
        }
        let Some(metadata) = table.dependencies.metadata(&requirement.name) else { continue };
        let known = extras(metadata);
        let normals: BTreeSet<String> = known.iter().map(|it| name::normalised(it)).collect();
        for (extra, span) in &requirement.extras {
            let normal = name::normalised(extra);
            let Some(manifest) = edits::manifest(model, &want.path) else { continue };
            if normals.contains(&normal) {
                continue;
            }
            let names: Vec<String> = known.iter().map(|it| (*it).to_owned()).collect();
            let there = match &*names {
                [] => "it has none".to_owned(),
                names => format!("it has {}", fixes::joined(names)),
            };
            let (name, version) = (&metadata.name, &metadata.version);
            let message = format!("`{name}` {version} in {prefix} has no extra `{extra}`; {there}");
            let meant = spelling::nearest(&normal, known.iter().copied());
            let action = meant.and_then(|it| edits::replace(model, &want.path, *span, it));
            let actions = action.into_iter().map(|mut it| {
                it.preferred = true;
                it
            });
            let subject = Subject {
                distribution: Some(requirement.name.to_string()),
                module: None,
                environment: Some(environment.prefix.clone()),
            };
            let location = manifest.document.location(&want.path, *span);
            let draft = Draft::at(location, message);
            report.push(Draft { actions: actions.collect(), subject, ..draft });
        }
    }
}

/// The extras that a distribution says it has, and those that its requirements belong to.
fn extras(metadata: &Metadata) -> BTreeSet<&str> {
    let said = metadata.extras.iter().map(String::as_str);
    said.chain(metadata.requires.iter().filter_map(|it| it.extra)).collect()
}
