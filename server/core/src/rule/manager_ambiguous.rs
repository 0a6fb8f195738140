//! Two managers claim the project, and nothing says which of them is meant.
//!
//! Each has its own environment and its own lock, so what one installs the other does not know. One of them is taken all the
//! same, always the same one.
//!
//! Remove the files of the tool that is not used any more.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Related, Severity},
    model::{Model, Strength},
    text::Location,
};

pub(super) static RULE: Rule =
    Rule { code: "manager-ambiguous", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(first) = model.claim().filter(|it| it.strength >= Strength::Lockfile) else { return };
    let others: Vec<_> =
        model.claims.iter().skip(1).filter(|it| it.strength == first.strength).collect();
    if others.is_empty() {
        return;
    }
    let names: Vec<String> = others.iter().map(|it| it.manager.to_owned()).collect();
    let why = |claim: &crate::model::Claim| {
        claim.because.first().map(|it| it.what.clone()).unwrap_or_default()
    };
    let message = format!(
        "`{}` is claimed by {} and {}; {} is taken",
        model.called(),
        first.manager,
        names.join(" and "),
        first.manager
    );
    let related = model.claims.iter().filter(|it| it.strength == first.strength).map(|it| {
        let path = it.because.first().and_then(|it| it.path.clone());
        let start = path.map(|it| Location::start_of(&it));
        let location = start.unwrap_or_else(|| model.anchor());
        Related { location, message: format!("{}: {}", it.manager, why(it)) }
    });
    let related = related.collect();
    report.push(Draft { related, ..Draft::at(fixes::claimed_at(model, first), message) });
}
