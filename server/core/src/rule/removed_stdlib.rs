//! The code imports a module that the standard library has no more.
//!
//! An error where the environment's own Python lacks it; a warning where only later Pythons do that `requires-python` admits.
//! Named is what the library has in its place, or the distribution that brings the module back.
//!
//! The fixes declare that distribution.

use super::{Draft, Rule, adding, importing};
use crate::{
    finding::Severity,
    manifest::Set,
    model::{Judgement, Model},
    standard::stdlib,
};

pub(super) static RULE: Rule = Rule { code: "removed-stdlib", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let removed = importing::each(model, |it| match it {
        Judgement::Removed { until, environment } => Some((*until, *environment)),
        _ => None,
    });
    for (judged, (until, environment)) in removed {
        let top = judged.module.split('.').next().unwrap_or(&judged.module);
        let (instead, back) = stdlib::replacement(top);
        let mut message =
            format!("`{top}` was removed from the standard library in Python 3.{}", until + 1);
        if !environment {
            message.push_str(", which the project supports");
        }
        match (instead, back) {
            (Some(instead), Some(back)) => {
                message.push_str(&format!(": use `{instead}`, or declare `{back}`"));
            }
            (Some(instead), None) => message.push_str(&format!(": use `{instead}`")),
            (None, Some(back)) => {
                message.push_str(&format!(": declare `{back}`, which provides it"))
            }
            (None, None) => {}
        }
        let actions = back.map(|it| adding::add(model, it, &Set::Main)).unwrap_or_default();
        let at_most = (!environment).then_some(Severity::Warning);
        report.push(Draft { actions, at_most, ..importing::draft(model, judged, message) });
    }
}
