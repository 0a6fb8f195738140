//! The code imports what is neither declared nor installed, and several distributions bring it.
//!
//! `cv2` comes with a screen or without, `psycopg2` built or to be built: which one is right only the project knows.
//!
//! Each fix declares one of them.

use super::{Draft, Rule, fixes, importing};
use crate::{
    finding::Severity,
    model::{Judgement, Model},
};

pub(super) static RULE: Rule =
    Rule { code: "ambiguous-provider", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let mut declaring = importing::Declaring::default();
    let ambiguous = importing::each(model, |it| match it {
        Judgement::Ambiguous { distributions } => Some(distributions),
        _ => None,
    });
    for (judged, distributions) in ambiguous {
        let names = fixes::joined(distributions);
        let message = format!(
            "`{}` is provided by each of {names}: declare the one that fits",
            judged.module
        );
        let each = distributions.iter().flat_map(|it| declaring.actions(model, it, judged.role));
        let actions = each.collect();
        report.push(Draft { actions, ..importing::draft(model, judged, message) });
    }
}
