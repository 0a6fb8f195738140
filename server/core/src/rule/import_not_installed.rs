//! The code imports what the project declares, and what is not installed in its environment.
//!
//! The finding links to the line that declares it. Not judged are imports that the program goes on without.
//!
//! The fix installs what the project declares; another installs just this one.

use super::{Draft, Rule, fixes, importing};
use crate::{
    finding::Severity,
    model::{Judgement, Model},
};

pub(super) static RULE: Rule =
    Rule { code: "import-not-installed", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (inside, hindrance) = (importing::inside(model), fixes::cannot_install(model));
    let sync = fixes::sync(model);
    let missing = importing::each(model, |it| match it {
        Judgement::NotInstalled { want } => model.wants.get(*want),
        _ => None,
    });
    for (judged, want) in missing {
        let (module, spelled) = (&judged.module, &want.requirement.spelled);
        let message =
            format!("`{module}` is declared (`{spelled}`), but not installed{inside}{hindrance}");
        let draft =
            importing::about(importing::draft(model, judged, message), &want.requirement.name);
        let actions = sync.iter().cloned().chain(fixes::install(model, want)).collect();
        report.push(Draft { actions, related: importing::declared_at(want), ..draft });
    }
}
