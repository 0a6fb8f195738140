//! A requirement asks for an extra, and not all that the extra brings in is installed.
//!
//! What an extra brings in is said by the installed distribution's own metadata, and judged with its markers for the
//! environment's Python. Installers install an extra only when they are told its name, so a distribution that came in some
//! other way, or before the extra was asked for, may lack it.
//!
//! The fix installs what the project declares.

use super::{Draft, Rule, edits, fixes};
use crate::{
    finding::{Severity, Subject},
    model::Model,
};

pub(super) static RULE: Rule =
    Rule { code: "extra-not-installed", severity: Severity::Information, check };

/// So many of the missing ones are named.
const NAMED: usize = 3;

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(environment) = model.usable() else { return };
    let prefix = fixes::shown(model, &environment.prefix);
    for gap in &model.extra_gaps {
        let Some(want) = model.wants.get(gap.want) else { continue };
        let Some((extra, span)) = want.requirement.extras.get(gap.extra) else { continue };
        let Some(manifest) = edits::manifest(model, &want.path) else { continue };
        let (missing, all) = (gap.missing.len(), gap.all);
        let named = gap.missing.get(..NAMED.min(missing)).unwrap_or_default();
        let more = if missing > NAMED { ", …" } else { "" };
        let message = format!(
            "`{}[{extra}]`: {missing} of {all} distributions of the extra {} not installed in {prefix}: {}{more}",
            want.requirement.name,
            if missing == 1 { "is" } else { "are" },
            fixes::joined(named),
        );
        let actions = fixes::sync(model).into_iter().chain(fixes::install(model, want)).collect();
        let subject = Subject {
            distribution: Some(want.requirement.name.to_string()),
            module: None,
            environment: Some(environment.prefix.clone()),
        };
        let location = manifest.document.location(&want.path, *span);
        report.push(Draft { actions, subject, ..Draft::at(location, message) });
    }
}
