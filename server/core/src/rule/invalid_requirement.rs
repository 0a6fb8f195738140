//! A requirement cannot be understood, so no installer will take it.
//!
//! A requirement is a name, perhaps extras in brackets, versions, and a marker after `;` (*Dependency specifiers*). The finding
//! stands at the part that cannot be read, and says what was expected there. Where one likely meaning is left, the fix writes
//! it.

use super::{Draft, Rule, fixes};
use crate::{
    finding::Severity,
    manifest::{self, Says},
    model::Model,
};

pub(super) static RULE: Rule =
    Rule { code: "invalid-requirement", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for (manifest, fact) in model.project.facts() {
        let Says::InvalidRequirement { invalid, .. } = &fact.says else { continue };
        let document = &manifest.document;
        let spelled = document.spelled(fact.span);
        let message = format!("`{spelled}` is no requirement: {}", invalid.message);
        let repair = invalid.repair.as_ref().and_then(|repair| {
            let written = manifest::replacement(document, repair.span, &repair.text)?;
            let location = document.location(&manifest.path, repair.span);
            let mut action =
                fixes::edit(title(document.spelled(repair.span), &repair.text), location, written);
            action.preferred = true;
            Some(action)
        });
        let location = document.location(&manifest.path, invalid.span);
        let actions = repair.into_iter().collect();
        report.push(Draft { actions, ..Draft::at(location, message) });
    }
}

fn title(before: &str, after: &str) -> String {
    match (before, after) {
        ("", after) => format!("Insert `{after}`"),
        (before, "") => format!("Remove `{before}`"),
        (before, after) => format!("Replace `{before}` by `{after}`"),
    }
}
