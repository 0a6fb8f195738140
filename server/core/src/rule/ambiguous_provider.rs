//! The code imports what is neither declared nor installed, and several distributions bring it.
//!
//! `cv2` comes with a screen or without, `psycopg2` built or to be built: which one is right only the project knows.
//!
//! Each fix declares one of them.

use super::{Draft, Rule, adding, fixes, importing};
use crate::{
    finding::Severity,
    model::{Judgement, Model},
};

pub(super) static RULE: Rule =
    Rule { code: "ambiguous-provider", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
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
        let set = importing::set_for(model, judged.role);
        let actions = distributions.iter().flat_map(|it| adding::add(model, it, &set)).collect();
        report.push(Draft { actions, ..importing::draft(model, judged, message) });
    }
}
