//! Type stubs are declared for something that the project does not declare.
//!
//! `types-requests` and `pandas-stubs` only describe another distribution (*Distributing type information*): they cannot be
//! imported. Where what they describe is neither declared nor installed, one of the two is probably a leftover.
//!
//! The fix removes the stubs.

use super::{Draft, Rule, edits};
use crate::{
    finding::{Severity, Subject},
    manifest::Set,
    model::Model,
    standard::{backport::backport_of, marker::Verdict, name},
};

pub(super) static RULE: Rule = Rule { code: "stub-mismatch", severity: Severity::Hint, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let own = model.project.name.as_deref().map(name::normalised);
    let declared = |wanted: &str| {
        let named = |it: &str| it == wanted || it.strip_prefix(wanted) == Some("-binary");
        let judged = model.wants.iter().filter(|it| it.set != Set::Constraint);
        own.as_deref() == Some(wanted) || judged.into_iter().any(|it| named(&it.requirement.name))
    };
    let installed = |wanted: &str| {
        model.installed.as_ref().is_some_and(|it| it.distributions.contains_key(wanted))
    };
    for want in &model.wants {
        let name = &*want.requirement.name;
        let Some(described) = described(name) else { continue };
        let judged = want.applies == Verdict::Holds
            && want.set.is_need()
            && !declared(described)
            && !installed(described);
        if !judged {
            continue;
        }
        let spelled = edits::spelled_name(model, want);
        let message =
            format!("`{spelled}` describes `{described}`, which the project does not declare");
        let actions = edits::remove(model, want).into_iter().collect();
        let subject = Subject { distribution: Some(name.to_owned()), ..Subject::default() };
        report.push(Draft { actions, subject, ..Draft::at(want.location.clone(), message) });
    }
}

/// The distribution that stubs are for, by the names that the standard and typeshed give them.
fn described(stubs: &str) -> Option<&str> {
    let described = stubs.strip_prefix("types-").or_else(|| stubs.strip_suffix("-stubs"))?;
    // What these describe comes with Python, or with what builds it.
    let at_hand = ["setuptools", "docutils", "pkg-resources", "backports", "typing-extensions"];
    let is_at_hand = at_hand.contains(&described) || backport_of(described).is_some();
    (!described.is_empty() && !is_at_hand).then_some(described)
}
