//! A single-file script imports what its own block does not name.
//!
//! What runs such a script makes an environment of just what the block says (*Inline script metadata*), so the project's own
//! environment counts for nothing here. Judged is only what is known to be brought by some distribution.
//!
//! The fix writes the distribution into the block.

use super::{Draft, Rule, fixes, importing};
use crate::{
    finding::Severity,
    model::{Judgement, Model},
    text::Location,
};

pub(super) static RULE: Rule =
    Rule { code: "script-undeclared", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let undeclared = importing::each(model, |it| match it {
        Judgement::Script { providers } => Some(providers),
        _ => None,
    });
    for (judged, providers) in undeclared {
        let names = fixes::joined(providers);
        let message = format!(
            "`{}` is provided by {names}, which the script's block does not name",
            judged.module
        );
        let script = model.imports.source(&judged.path).and_then(|it| it.script());
        let insertion = script.and_then(|it| it.insertion.as_ref());
        let actions = insertion.into_iter().flat_map(|insertion| {
            providers.iter().map(|provider| {
                let location = Location { path: judged.path.clone(), range: insertion.range };
                fixes::edit(
                    format!("Add `{provider}` to the script's block"),
                    location,
                    insertion.text(provider),
                )
            })
        });
        let actions = actions.collect();
        report.push(Draft { actions, ..importing::draft(model, judged, message) });
    }
}
