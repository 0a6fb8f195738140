//! The project's environment was made on another system, so it cannot work here.
//!
//! A folder that Windows, macOS and Linux share, or that was copied from one to the other, brings its environment along. By its
//! interpreter's first bytes, by the place of the Python that it was made from, or by what was compiled into it for another
//! system, architecture or C library (`_cffi_backend.cpython-312-x86_64-linux-musl.so` on a system with glibc): such an
//! environment starts, and fails at the import.
//!
//! The fix makes the environment anew with a Python of this machine.

use std::collections::BTreeMap;

use super::{Draft, Rule, broken_environment, fixes};
use crate::{
    finding::{Reach, Severity, Subject},
    layer::here::Libc,
    model::{Damage, Foreign, MadeFor, Model, Origin},
    standard::executable::usual_name,
    world::Os,
};

pub(super) static RULE: Rule =
    Rule { code: "foreign-environment", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(selection) = &model.selection else { return };
    let environment = &selection.environment;
    let in_wsl =
        model.machine.as_ref().is_some_and(|it| it.layers.iter().any(|it| it.kind.is_wsl()));
    let what = match (environment.damages.iter().min(), &model.origin) {
        // Windows' own programs do run there, which another rule tells of.
        (Some(Damage::Foreign { by: Foreign::System, made_for, .. }), _)
            if in_wsl && made_for.starts_with("Windows") =>
        {
            return;
        }
        (Some(damage @ Damage::Foreign { by: Foreign::System, .. }), _) => {
            broken_environment::words(&model.project.root, damage)
        }
        (_, Some(Origin::System { name, .. })) if in_wsl && *name == "Windows" => return,
        (_, Some(Origin::System { name, home })) => {
            format!("it was made on {name}, from the Python in `{home}`")
        }
        (None, _) => match compiled(model) {
            Some(words) => words,
            None => return,
        },
        _ => return,
    };
    let prefix = fixes::shown(model, environment.place());
    let actions = fixes::instead(model);
    let hindrance = if actions.is_empty() { fixes::cannot_create(model) } else { String::new() };
    let message = format!("environment {prefix} is of another system: {what}{hindrance}");
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    let draft = Draft::at(model.anchor(), message);
    report.push(Draft { actions, subject, reach: Reach::Project, ..draft });
}

/// So many names are still read.
const MOST: usize = 3;

/// What was compiled for something else than this machine.
fn compiled(model: &Model) -> Option<String> {
    let machine = model.machine.as_deref()?;
    let mut by_target: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for misfit in &model.misfits {
        if let MadeFor::System(target) = &misfit.made_for {
            by_target.entry(target).or_default().push(&misfit.distribution);
        }
    }
    let (target, names) = by_target.into_iter().max_by_key(|it| it.1.len())?;
    let shown: Vec<String> = names.iter().take(MOST).map(|it| format!("`{it}`")).collect();
    let more = names.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let here = match (machine.os, machine.libc) {
        (Os::Linux, Some(Libc::Musl)) => "musl on Linux".to_owned(),
        (Os::Linux, Some(Libc::Glibc)) => "glibc on Linux".to_owned(),
        _ => usual_name(&machine.architecture).to_owned(),
    };
    Some(format!("{}{more} was compiled for {target}, this machine is {here}", shown.join(", ")))
}
