//! The code imports what is not installed, and nobody trustworthy says which distribution brings it.
//!
//! No name is suggested: whoever registers the name of a module that many look for would be installed by everybody who follows a
//! guess.

use super::{Draft, Rule, importing};
use crate::{
    finding::Severity,
    model::{Judgement, Model},
};

pub(super) static RULE: Rule =
    Rule { code: "unknown-import", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let inside = importing::inside(model);
    for (judged, ()) in importing::each(model, |it| (*it == Judgement::Unknown).then_some(())) {
        let message = format!(
            "`{}` is not installed{inside}, and no distribution is known that provides it",
            judged.module
        );
        report.push(importing::draft(model, judged, message));
    }
}
