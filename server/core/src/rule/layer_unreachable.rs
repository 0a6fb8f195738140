//! The project's environment is in a container, a pod or a virtual machine that cannot be looked into at the moment.
//!
//! Why is said: the user has not agreed to it yet, the workspace is not trusted, the layer's tool is not on this machine, its
//! engine does not answer, there is none of that name, it does not run, it has no shell, it refuses us, it has not answered
//! yet. While it stands, nothing that rests on the environment is judged; everything else is.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Reach, Severity, Subject},
    model::{Damage, Model},
    world::{Fault, Place},
};

pub(super) static RULE: Rule =
    Rule { code: "layer-unreachable", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(selection) = &model.selection else { return };
    let environment = &selection.environment;
    let unreachable = environment.damages.iter().find_map(|it| match it {
        Damage::Unreachable { place, why } => Some((place, why)),
        _ => None,
    });
    let Some((place, why)) = unreachable else { return };
    let shown = fixes::shown(model, environment.place());
    let message = format!("environment {shown} is not judged: {}", words(place, why));
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    let actions = fixes::forget(model);
    let draft = Draft::at(model.anchor(), message);
    report.push(Draft { actions, subject, reach: Reach::Project, ..draft });
}

/// Why a layer is not looked into, and what to do about it.
fn words(place: &Place, why: &Fault) -> String {
    match why {
        Fault::Untrusted => {
            format!("`{place}` is not looked into for a folder that you do not trust")
        }
        why => format!("`{place}` cannot be looked into: {why}"),
    }
}
