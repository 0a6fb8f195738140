//! The code imports what is installed only because something else requires it.
//!
//! It works until that something no longer does. The finding says by which way it came. Where nothing that the project declares
//! requires it, somebody installed it by hand, and it will be missing in the next environment.
//!
//! Where the project has no manifest at all, one hint says so.
//!
//! The fixes declare it, with the installed version as the lower bound.

use std::collections::BTreeSet;

use super::{Draft, Rule, adding, importing};
use crate::{
    finding::Severity,
    model::{Judgement, Model},
};

pub(super) static RULE: Rule =
    Rule { code: "transitive-import", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let transitive = importing::each(model, |it| match it {
        Judgement::Transitive { distribution, version, way } => Some((distribution, version, way)),
        _ => None,
    });
    if model.project.is_bare {
        without_manifest(model, report);
        return;
    }
    for (judged, (distribution, version, way)) in transitive {
        let module = &judged.module;
        let through: Vec<String> = way.iter().rev().skip(1).map(|it| format!("`{it}`")).collect();
        let message = match through.as_slice() {
            [] => {
                format!("`{distribution}` is installed, but nothing that is declared requires it")
            }
            steps => format!(
                "`{module}` is there only because {} requires `{distribution}`; the project does not declare it",
                steps.join(", which is required by ").replacen(
                    ", which is required by ",
                    " (required by ",
                    1
                ) + if steps.len() > 1 { ")" } else { "" }
            ),
        };
        let first = way
            .first()
            .and_then(|first| model.wants.iter().find(|it| *it.requirement.name == **first));
        let related = first.map(importing::declared_at).unwrap_or_default();
        let bound = version.as_deref().map(adding::bound).unwrap_or_default();
        let set = importing::set_for(model, judged.role);
        let actions = adding::add(model, &format!("{distribution}{bound}"), &set);
        let draft = importing::about(importing::draft(model, judged, message), distribution);
        report.push(Draft { actions, related, ..draft });
    }
}

/// One hint in the place of one for each import, where nothing could declare them.
fn without_manifest(model: &Model, report: &mut Vec<Draft>) {
    let mut installed = importing::each(model, |it| match it {
        Judgement::Transitive { distribution, .. } => Some(distribution),
        _ => None,
    });
    let Some((first, distribution)) = installed.next() else { return };
    let mut others: BTreeSet<&str> = installed.map(|it| &**it.1).collect();
    others.remove(&**distribution);
    let called = model.called();
    let message = match others.len() {
        0 => format!(
            "`{distribution}` is installed, but no manifest in `{called}` says that its code needs it"
        ),
        more => format!(
            "`{distribution}` and {more} more are installed, but no manifest in `{called}` says that its code needs them"
        ),
    };
    let draft = importing::about(importing::draft(model, first, message), distribution);
    let actions = adding::begin(model);
    report.push(Draft { actions, at_most: Some(Severity::Hint), ..draft });
}
