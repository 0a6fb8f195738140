//! A dependency is needed by tests only.
//!
//! Everybody who installs the project installs its tests' tools with it. Judged are dependencies that something imports, where
//! everything that does is a test, in a project that ships something.
//!
//! The fix moves the requirement into the group for tests, where there is one.

use super::{Draft, Rule, adding, edits, importing};
use crate::{
    action::{Action, What},
    finding::{Related, Severity, Subject},
    manifest::{Says, Set},
    model::{Model, Role},
    standard::marker::Verdict,
};

pub(super) static RULE: Rule = Rule { code: "wrong-group", severity: Severity::Hint, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let ships = model.project.facts().any(|it| it.1.says == Says::BuildSystem);
    if !ships {
        return;
    }
    let main = model.wants.iter().filter(|it| it.set == Set::Main && it.environment.is_none());
    for want in main.filter(|it| it.applies == Verdict::Holds) {
        let name = &want.requirement.name;
        let of_files = edits::manifest(model, &want.path)
            .is_none_or(|it| it.document.format == "requirements");
        let Some(usage) = model.imports.usage.get(name).filter(|_| !of_files) else { continue };
        let only_tests = !usage.places.is_empty() && usage.roles.iter().all(|it| *it == Role::Test);
        if !only_tests {
            continue;
        }
        let set = importing::set_for(model, Role::Test);
        let related = usage.places.iter().map(|it| Related {
            location: it.clone(),
            message: format!("`{name}` is imported here"),
        });
        let related = related.collect();
        let message = format!(
            "`{}` is imported by tests only: it belongs into a group",
            edits::spelled_name(model, want)
        );
        let moved = moved(model, want, &set);
        let subject = Subject { distribution: Some(name.to_string()), ..Subject::default() };
        let draft = Draft::at(want.location.clone(), message);
        report.push(Draft { actions: moved.into_iter().collect(), related, subject, ..draft });
    }
}

/// Out of the dependencies and into a group, in one edit.
fn moved(model: &Model, want: &crate::model::Want, set: &Set) -> Option<Action> {
    let Set::Group(group) = set else { return None };
    let removed = edits::remove(model, want)?;
    let added = adding::add(model, &want.requirement.spelled, set);
    let added = added.into_iter().find(|it| matches!(it.what, What::Edit(_)))?;
    let (What::Edit(mut edits), What::Edit(more)) = (removed.what, added.what) else { return None };
    edits.extend(more);
    edits.sort_by(|a, b| a.location.cmp(&b.location));
    let title = format!("Move `{}` to group `{group}`", want.requirement.spelled);
    Some(Action { title, preferred: false, what: What::Edit(edits) })
}
