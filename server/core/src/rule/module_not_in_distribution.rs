//! The code imports a part of a namespace that is in none of the installed distributions.
//!
//! `azure.identity` and `azure.core` come from two distributions, though both begin with `azure`. Where the one that brings the
//! module is known, that it is undeclared is said instead.

use super::{Draft, Rule, fixes, importing};
use crate::{
    finding::Severity,
    model::{Judgement, Model},
};

pub(super) static RULE: Rule =
    Rule { code: "module-not-in-distribution", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let elsewhere = importing::each(model, |it| match it {
        Judgement::Elsewhere { around, declared } => {
            Some((around, declared.and_then(|it| model.wants.get(it))))
        }
        _ => None,
    });
    for (judged, (around, want)) in elsewhere {
        let names = fixes::joined(around);
        let message =
            format!("`{}` is not in what is installed of its namespace ({names})", judged.module);
        let related = want.map(importing::declared_at).unwrap_or_default();
        report.push(Draft { related, ..importing::draft(model, judged, message) });
    }
}
