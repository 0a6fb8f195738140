//! The project's environment is there, but it cannot be used, or it is not what it seems.
//!
//! Each kind of damage is named in its own words: the interpreter is a link to what is gone, there is no interpreter, it cannot
//! be executed, the Python it was made from is gone or was replaced by another version, `pyvenv.cfg` is missing, empty or
//! wrong, or conda's records know nothing of the Python in it. While it stands, nothing that rests on the environment is judged.
//!
//! The fix sets the broken environment aside, makes it anew with the project's own tool, and removes the old one only when the
//! new one has been looked at and found sound.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Reach, Severity, Subject},
    model::{Damage, Layout, Model, Origin},
    world::AbsPath,
};

pub(super) static RULE: Rule =
    Rule { code: "broken-environment", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(selection) = &model.selection else { return };
    let environment = &selection.environment;
    // What follows from the first damage is not said again; `Damage` is ordered by what must be mended first.
    let Some(damage) = environment.damages.iter().min() else { return };
    // Other rules say in their own words that it is for another machine, or in a layer that does not answer.
    if matches!(damage, Damage::Foreign { .. } | Damage::Unreachable { .. })
        || is_from_elsewhere(model, damage)
    {
        return;
    }
    let prefix = fixes::shown(model, environment.place());
    let what = words(&model.project.root, damage);
    let lacks_python = environment.layout == Layout::Conda && environment.python.is_none();
    let completed = lacks_python.then(|| fixes::complete(model)).flatten();
    let actions = match completed {
        Some(action) => vec![action],
        None => fixes::instead(model),
    };
    let hindrance = match actions.is_empty() {
        true if lacks_python => "; install one with conda, or choose another".to_owned(),
        true => fixes::cannot_create(model),
        false => String::new(),
    };
    let message = format!("environment {prefix} is broken: {what}{hindrance}");
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    let draft = Draft::at(model.anchor(), message);
    report.push(Draft { actions, subject, reach: Reach::Project, ..draft });
}

/// Whether the damage is that it was made in another system, which other rules say in their own words.
fn is_from_elsewhere(model: &Model, damage: &Damage) -> bool {
    let skewed = matches!(damage, Damage::BaseUpgraded { .. } | Damage::VersionLie { .. });
    match &model.origin {
        Some(Origin::System { .. } | Origin::Layer { .. }) => true,
        Some(Origin::Elsewhere { .. }) => skewed,
        None => false,
    }
}

/// What is wrong, as someone in the project's folder would say it.
pub(super) fn words(root: &AbsPath, damage: &Damage) -> String {
    let shown = |path: &AbsPath| format!("`{}`", path.shown_from(root));
    match damage {
        Damage::Foreign { python, made_for, machine, .. } => {
            format!("{} was made for {made_for}, this machine is {machine}", shown(python))
        }
        Damage::Interrupted { .. } => {
            "its creation was interrupted, there is neither `pyvenv.cfg` nor a Python in it"
                .to_owned()
        }
        Damage::NoPackages { .. } => {
            "there is no folder for packages in it, as where its creation was interrupted"
                .to_owned()
        }
        Damage::DanglingPython { python, target } => {
            format!("{} leads to {}, which is not there", shown(python), shown(target))
        }
        Damage::NoPython { folder } => format!("there is no Python in {}", shown(folder)),
        Damage::NotExecutable { python } => format!("{} cannot be executed", shown(python)),
        Damage::BaseGone { home } => {
            format!("the Python it was made from is gone from {}", shown(home))
        }
        Damage::NoConfiguration { base: Some(base) } => format!(
            "`pyvenv.cfg` is missing, so it acts as {} itself and installs would go there",
            shown(base)
        ),
        Damage::NoConfiguration { base: None } => "`pyvenv.cfg` is missing".to_owned(),
        Damage::EmptyConfiguration { .. } => {
            "`pyvenv.cfg` is empty, so packages of the base Python show through".to_owned()
        }
        Damage::NoHome { .. } => {
            "`pyvenv.cfg` names no `home`, so Python does not take it for an environment".to_owned()
        }
        Damage::BaseUpgraded { made_with, now } => format!(
            "it was made with Python {made_with}, its base is Python {now} now and sees none of its packages"
        ),
        Damage::VersionLie { claimed, found } => {
            format!("`pyvenv.cfg` says Python {claimed}, but it is Python {found}")
        }
        Damage::Unrecorded { records } => format!(
            "{} says nothing of the Python in it, as where its installation was cut short",
            shown(records)
        ),
        Damage::NotMade { .. } => "it has not been made yet".to_owned(),
        Damage::Unreachable { place, why } => format!("`{place}` cannot be looked into: {why}"),
        Damage::Unreadable { path } => format!("{} cannot be looked into", shown(path)),
    }
}
