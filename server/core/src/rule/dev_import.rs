//! Shipped code imports what only a development group declares.
//!
//! Whoever installs the project gets no group with it, so the import fails there. Not judged are tests, scripts, documentation,
//! imports inside of functions, and those that the program goes on without.
//!
//! The fixes declare the distribution among the dependencies.

use super::{Draft, Rule, adding, importing};
use crate::{
    finding::Severity,
    manifest::Set,
    model::{Judgement, Model},
};

pub(super) static RULE: Rule = Rule { code: "dev-import", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let development = importing::each(model, |it| match it {
        Judgement::Development { want } => model.wants.get(*want),
        _ => None,
    });
    for (judged, want) in development {
        let Set::Group(group) = &want.set else { continue };
        let name = &want.requirement.name;
        let message = format!(
            "`{}` is only in group `{group}`, and this code is shipped without it",
            judged.module
        );
        let spelled = want.requirement.spelled.split(';').next().unwrap_or(name).trim();
        let actions = adding::add(model, spelled, &Set::Main);
        let draft = importing::about(importing::draft(model, judged, message), name);
        report.push(Draft { actions, related: importing::declared_at(want), ..draft });
    }
}
