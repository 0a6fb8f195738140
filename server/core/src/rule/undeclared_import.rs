//! The code imports what the project neither declares nor has installed.
//!
//! Named is a distribution only where something trustworthy says that it brings the module: the project's lock, or the table of
//! what the most downloaded distributions bring. Without an environment the finding says only that nothing declares it. Not
//! judged are imports that the program goes on without, those for type checkers only, and what documents or builds the project;
//! nor anything, where a manifest says that its dependencies are found out elsewhere.
//!
//! The fixes declare the distribution, with the project's own tool where it has one for that, else by an edit.

use super::{Draft, Rule, importing};
use crate::{
    finding::Severity,
    model::{Judgement, Model},
    standard::name,
};

pub(super) static RULE: Rule =
    Rule { code: "undeclared-import", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let inside = importing::inside(model);
    let mut declaring = importing::Declaring::default();
    let undeclared = importing::each(model, |it| match it {
        Judgement::Undeclared { distribution } => Some(distribution),
        _ => None,
    });
    for (judged, distribution) in undeclared {
        let module = &judged.module;
        let named = name::normalised(module) == *distribution;
        let message = match (inside.is_empty(), named) {
            (true, true) => format!("`{module}` is not declared by `{}`", model.called()),
            (true, false) => format!(
                "`{module}` is provided by `{distribution}`, which `{}` does not declare",
                model.called()
            ),
            (false, true) => format!("`{module}` is neither declared nor installed{inside}"),
            (false, false) => {
                format!(
                    "`{module}` is neither declared nor installed{inside}; `{distribution}` provides it"
                )
            }
        };
        let draft = importing::about(importing::draft(model, judged, message), distribution);
        let actions = declaring.actions(model, distribution, judged.role);
        report.push(Draft { actions, ..draft });
    }
}
