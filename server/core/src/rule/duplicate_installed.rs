//! A distribution is installed twice, or an uninstallation has left something behind.
//!
//! Every installed distribution has one folder of metadata. Where an installation was cut short there may be two, and which of
//! their versions the files are of is anyone's guess. What pip moves aside while it uninstalls has a name that begins with `~`;
//! where it stayed, pip was cut short, and warns from then on.
//!
//! The fix uninstalls all of them and installs one again. What was left behind can be deleted.

use super::{Draft, Rule, fixes};
use crate::{
    finding::Severity,
    model::{FlawKind, Model},
};

pub(super) static RULE: Rule =
    Rule { code: "duplicate-installed", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(environment) = model.usable() else { return };
    let prefix = fixes::shown(model, &environment.prefix);
    let mut leftovers = Vec::new();
    for flaw in &model.flaws {
        match &flaw.kind {
            FlawKind::Several(versions) => {
                let (count, versions) = (versions.len(), versions.join(", "));
                let name = &flaw.name;
                let message =
                    format!("`{name}` is installed {count} times in {prefix}: {versions}");
                let actions = fixes::reinstall(model, flaw).into_iter().collect();
                report.push(Draft { actions, ..Draft::of_flaw(model, flaw, message) });
            }
            FlawKind::Leftover => leftovers.push(flaw.name.to_string()),
            _ => {}
        }
    }
    if !leftovers.is_empty() {
        let folder = environment.site_packages.as_ref().unwrap_or(&environment.prefix);
        let message = format!(
            "an uninstallation that was cut short has left {} in {}: it can be deleted",
            fixes::joined(&leftovers),
            fixes::shown(model, folder)
        );
        report.push(Draft::at(model.anchor(), message));
    }
}
