//! The project is managed by a tool that is not on this machine.
//!
//! Looked for on `PATH` and where installers put tools in the home folder (`~/.local/bin`, `~/.cargo/bin`, `~/.pixi/bin`, conda's
//! `condabin`), outside every workspace. Without it the environment can only
//! be made and filled by other means, which may install something else than the lock says.

use super::{Draft, Rule, fixes};
use crate::{
    finding::Severity,
    model::{Claim, Model, Strength},
    world::Place,
};

pub(super) static RULE: Rule =
    Rule { code: "tool-missing", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let own = model.manager().own_programs();
    let is_there = own.iter().any(|it| model.programs.contains_key(*it));
    let Some(program) = own.first().filter(|_| !is_there) else { return };
    // Without a lock pip serves as well; but not where nothing else makes the environment, as of an `environment.yml`.
    let is_helpless = || model.selection.is_none() && fixes::create(model).is_empty();
    let needs_it = |it: &&Claim| it.strength >= Strength::Lockfile || is_helpless();
    let Some(claim) = model.claim().filter(needs_it) else { return };
    if matches!(model.selection.as_ref(), Some(it) if it.environment.is_unreachable()) {
        return;
    }
    let place = match model.place() {
        Place::Here => "on this machine".to_owned(),
        layer => format!("in `{layer}`"),
    };
    let message = format!("{} manages this project, but `{program}` is not {place}", claim.manager);
    report.push(Draft::at(fixes::claimed_at(model, claim), message));
}
