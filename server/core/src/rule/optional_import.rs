//! The code can use something that is not installed, and goes on without it.
//!
//! So it is with an import whose failure is caught, and with what only an extra or a group of the project declares.
//!
//! The fixes install it.

use super::{Draft, Rule, fixes, importing};
use crate::{
    finding::Severity,
    manifest::Set,
    model::{Judgement, Model},
};

pub(super) static RULE: Rule = Rule { code: "optional-import", severity: Severity::Hint, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let optional = importing::each(model, |it| match it {
        Judgement::Optional { want, guarded } => Some((model.wants.get(*want)?, *guarded)),
        _ => None,
    });
    for (judged, (want, guarded)) in optional {
        let name = &want.requirement.name;
        let of = match &want.set {
            Set::Extra(extra) => format!(" of extra `{extra}`"),
            Set::Group(group) => format!(" of group `{group}`"),
            _ => String::new(),
        };
        let guard = if guarded { "; the import may fail" } else { "" };
        let message = format!("`{name}`{of} is not installed{}{guard}", importing::inside(model));
        let draft = importing::about(importing::draft(model, judged, message), name);
        let group = match &want.set {
            Set::Group(group) => fixes::install_group(model, group),
            _ => None,
        };
        let actions = group.into_iter().chain(fixes::install(model, want)).collect();
        report.push(Draft { actions, related: importing::declared_at(want), ..draft });
    }
}
