//! The code imports unconditionally what is declared only for some Pythons or platforms.
//!
//! `tomli` declared for Pythons before 3.11 and imported everywhere fails in 3.11. Judged is for the environment's Python, and for
//! each that `requires-python` admits, by the tests that the import stands under.

use super::{Draft, Rule, importing};
use crate::{
    finding::Severity,
    model::{Judgement, Model},
};

pub(super) static RULE: Rule =
    Rule { code: "conditional-mismatch", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let mismatches = importing::each(model, |it| match it {
        Judgement::Mismatch { want, python } => Some((model.wants.get(*want)?, python)),
        _ => None,
    });
    for (judged, (want, python)) in mismatches {
        let marker = want.requirement.marker.as_ref().map_or("", |it| it.spelled());
        let name = &want.requirement.name;
        let here = match python {
            Some(python) => format!("with Python {python}, which the project supports, too"),
            None => "here too".to_owned(),
        };
        let message = format!(
            "`{name}` is declared only for `{marker}`, and imported {here}: guard the import, or widen the marker"
        );
        let draft = importing::about(importing::draft(model, judged, message), name);
        report.push(Draft { related: importing::declared_at(want), ..draft });
    }
}
