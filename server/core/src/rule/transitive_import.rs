//! The code imports what is installed only because something else requires it.
//!
//! It works until that something no longer does. The finding says by which way it came. Where nothing that the project declares
//! requires it, somebody installed it by hand, and it will be missing in the next environment.
//!
//! The fixes declare it, with the installed version as the lower bound.

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
        let bound = version.as_deref().map(bound).unwrap_or_default();
        let set = importing::set_for(model, judged.role);
        let actions = adding::add(model, &format!("{distribution}{bound}"), &set);
        let draft = importing::about(importing::draft(model, judged, message), distribution);
        report.push(Draft { actions, related, ..draft });
    }
}

/// At least the installed version, to its second component.
fn bound(version: &str) -> String {
    let numbers: Vec<&str> = version.split('.').take(2).collect();
    let plain = numbers.iter().all(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
    if plain { format!(">={}", numbers.join(".")) } else { String::new() }
}
