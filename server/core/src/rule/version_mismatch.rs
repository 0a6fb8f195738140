//! A requirement is installed, but in a version that its specifiers do not admit.
//!
//! Judged is whatever is declared and installed, also in groups and extras. An installed pre-release has been chosen already,
//! so it counts like any other version.
//!
//! The fix installs what the project declares; another changes the specifier to what is installed.

use std::collections::BTreeSet;

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Severity, Subject},
    manifest::{self, Set},
    model::{Model, Want},
    standard::{
        marker::Verdict,
        match_spec,
        version::{Operator, Version},
    },
    text::Location,
};

pub(super) static RULE: Rule =
    Rule { code: "version-mismatch", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (Some(environment), Some(installed)) = (model.usable(), &model.installed) else { return };
    let prefix = fixes::shown(model, environment.place());
    let sync = fixes::sync(model);
    for want in &model.conda {
        let stated = want.spec.version.as_ref().and_then(|(text, span)| {
            let specifiers = match_spec::specifiers(text)?;
            let version = want.installed.as_deref().and_then(Version::parse)?;
            (!specifiers.admits(&version)).then_some((version, *span))
        });
        let Some((version, span)) = stated else { continue };
        let manifest = model.project.manifests.iter().find(|it| it.path == want.path);
        let location = manifest.map(|it| it.document.location(&want.path, span));
        let message =
            format!("`{}` is required, {version} is installed in {prefix}", want.spec.spelled);
        let subject = Subject {
            distribution: Some(want.spec.name.clone()),
            module: None,
            environment: Some(environment.prefix.clone()),
        };
        let draft = Draft::at(location.unwrap_or_else(|| want.location.clone()), message);
        report.push(Draft { actions: sync.iter().cloned().collect(), subject, ..draft });
    }
    // What stands in the place of all that is asked for of a name (uv, `override-dependencies`; PDM, overrides).
    let overrides = model.wants.iter().filter(|it| it.set == Set::Override);
    let overridden: BTreeSet<&str> = overrides.map(|it| &*it.requirement.name).collect();
    for want in &model.wants {
        let judged = want.applies == Verdict::Holds
            && want.set.is_need()
            && !overridden.contains(&*want.requirement.name);
        if !judged {
            continue;
        }
        let Some(found) = installed.distributions.get(&want.requirement.name) else { continue };
        let versions: Option<Vec<Version>> =
            found.iter().map(|it| Version::parse(&it.version)).collect();
        // A version that the standard cannot compare is not judged; of several, one that fits is enough.
        let Some(versions) = versions else { continue };
        let fits = |version| want.requirement.specifiers.admits(version);
        let Some(version) = versions.last().filter(|_| !versions.iter().any(fits)) else {
            continue;
        };
        let message = format!(
            "`{}` is required, {version} is installed in {prefix}",
            want.requirement.spelled
        );
        let mut actions: Vec<_> = sync.iter().cloned().collect();
        actions.extend(fixes::install(model, want));
        actions.extend(change(model, want, version));
        let subject = Subject {
            distribution: Some(want.requirement.name.to_string()),
            module: None,
            environment: Some(environment.prefix.clone()),
        };
        report.push(Draft { actions, subject, ..Draft::at(place(model, want), message) });
    }
}

/// The specifiers, or the whole requirement where they cannot be pointed at.
pub(super) fn place(model: &Model, want: &Want) -> Location {
    let manifest = model.project.manifests.iter().find(|it| it.path == want.path);
    let span = want.requirement.specifier_span;
    match manifest.filter(|_| span.start < span.end) {
        Some(manifest) => manifest.document.location(&want.path, span),
        None => want.location.clone(),
    }
}

/// Lets the requirement admit what is installed: an exact one names the installed version, any other begins at it.
pub(super) fn change(
    model: &Model,
    want: &Want,
    version: &Version,
) -> Option<crate::action::Action> {
    let manifest = model.project.manifests.iter().find(|it| it.path == want.path)?;
    let exact = want.requirement.specifiers.iter().any(|it| it.operator == Operator::Equal);
    let text = format!("{}{version}", if exact { "==" } else { ">=" });
    let span = want.requirement.specifier_span;
    let written = manifest::replacement(&manifest.document, span, &text)?;
    let location = manifest.document.location(&want.path, span);
    Some(fixes::edit(format!("Change the specifier to `{text}`"), location, written))
}
