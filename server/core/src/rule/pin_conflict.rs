//! The pinned Python is not what the project supports, or not what its environment has.
//!
//! `.python-version` names the interpreter to use, `requires-python` the versions that the project runs on, and the environment
//! has one. Where they disagree, tools stop, or make the environment anew each time.
//!
//! The fix makes the environment anew with the pinned version, where this machine has it, or changes the pin to what the
//! environment has.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Related, Severity, Subject},
    manifest,
    model::{Model, Pin},
    standard::version::Version,
};

pub(super) static RULE: Rule = Rule { code: "pin-conflict", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let before = report.len();
    for pin in &model.project.pins {
        contradicts(model, pin, report);
    }
    // What the pin should be decides about the environment, not the other way round.
    if report.len() > before {
        return;
    }
    let (Some(environment), Some(first)) = (model.usable(), model.project.pins.first()) else {
        return;
    };
    let Some(version) = &environment.version else { return };
    if model.project.admits_by_pin(Some(version)) {
        return;
    }
    let prefix = fixes::shown(model, environment.place());
    let message = format!("Python {} is pinned, environment {prefix} has {version}", first.spelled);
    // A new environment is made with the pinned version only where there is one.
    let pinned = model.base(|it| first.admits(&it.version) == Some(true)).is_some();
    let mut actions = if pinned { fixes::recreate(model) } else { Vec::new() };
    actions.extend(repinned(model, first, version));
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    report.push(Draft { actions, subject, ..Draft::at(first.location.clone(), message) });
}

/// Whether the project supports no version at all that the pin could mean.
fn contradicts(model: &Model, pin: &Pin, report: &mut Vec<Draft>) {
    let Some(stated) = &model.project.requires_python else { return };
    let Some(pinned) = pin.version() else { return };
    if pinned_could_be(&pinned).any(|it| stated.specifiers.admits(&it)) {
        return;
    }
    let message =
        format!("Python {} is pinned, the project asks for `{}`", pin.spelled, stated.spelled);
    let related = vec![Related {
        location: stated.location.clone(),
        message: format!("`requires-python` is `{}`", stated.spelled),
    }];
    let version = model.usable().and_then(|it| it.version.as_ref());
    let actions = version.and_then(|it| repinned(model, pin, it)).into_iter().collect();
    report.push(Draft { related, actions, ..Draft::at(pin.location.clone(), message) });
}

/// The versions that a pin could mean: itself, where it is whole, else every minor and patch level there could be.
fn pinned_could_be(pinned: &Version) -> impl Iterator<Item = Version> {
    let release = pinned.release().to_vec();
    let minors = if release.len() < 2 { 0..40 } else { 0..1 };
    let whole = release.len() > 2;
    let exact = whole.then(|| pinned.clone());
    let spelled = minors.flat_map(move |minor| {
        let mut start: Vec<String> = release.iter().map(ToString::to_string).collect();
        if start.len() < 2 {
            start.push(minor.to_string());
        }
        (0..if whole { 0 } else { 40 }).map(move |patch| format!("{}.{patch}", start.join(".")))
    });
    exact.into_iter().chain(spelled.filter_map(|it| Version::parse(&it)))
}

/// Pins what the environment has, as precisely as it was pinned, if the project supports that.
fn repinned(model: &Model, pin: &Pin, version: &Version) -> Option<crate::action::Action> {
    let supported =
        model.project.requires_python.as_ref().is_none_or(|it| it.specifiers.admits(version));
    let precision = pin.version()?.release().len();
    let numbers = version.release().get(..precision.min(version.release().len()))?;
    let text: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let text = text.join(".");
    let manifest = model.project.manifests.iter().find(|it| it.path == pin.location.path)?;
    if !supported || pin.version()?.to_string() != pin.spelled {
        return None;
    }
    let span = manifest
        .document
        .facts
        .iter()
        .map(|it| it.span)
        .find(|it| manifest.document.location(&manifest.path, *it) == pin.location)?;
    let written = manifest::replacement(&manifest.document, span, &text)?;
    Some(fixes::edit(format!("Pin `{text}`"), pin.location.clone(), written))
}
