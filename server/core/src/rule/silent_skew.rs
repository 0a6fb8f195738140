//! The project's environment was made elsewhere with another Python: it starts here, and finds none of its packages.
//!
//! An environment out of a container or another machine leads to `/usr/bin/python3` or `/usr/local/bin/python3`, and there is
//! such a Python here too, of another version. It starts without a word, looks for its packages in a folder of its own version,
//! and sees none. The same goes for packages whose compiled modules are for another version than the environment's.
//!
//! The fix makes the environment anew with a Python of this machine.

use super::{Draft, Rule, environment_in_layer, fixes};
use crate::{
    finding::{Reach, Severity, Subject},
    model::{Damage, MadeFor, Model, Origin},
};

pub(super) static RULE: Rule = Rule { code: "silent-skew", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(selection) = &model.selection else { return };
    let environment = &selection.environment;
    let what = match environment.damages.iter().min() {
        Some(Damage::BaseUpgraded { made_with, now }) => format!(
            "it was made with Python {made_with} and runs Python {now} here, which sees none of its packages"
        ),
        Some(Damage::VersionLie { claimed, found }) => {
            format!("it was made with Python {claimed} and runs Python {found} here")
        }
        Some(_) => return,
        None => match compiled(model) {
            Some(what) => return push(model, &what, report),
            None => return,
        },
    };
    let (made, related, mut actions) = match &model.origin {
        Some(Origin::Layer { called, location, inside, .. }) => {
            let at = location.iter();
            let related = at.map(|it| environment_in_layer::seen_here(it, called, inside));
            let own = location.as_ref();
            let own = own.and_then(|it| environment_in_layer::own_for_each(model, it, inside));
            (
                format!("was made in {called}, as `{inside}`"),
                related.collect(),
                own.into_iter().collect(),
            )
        }
        Some(Origin::Elsewhere { at }) => {
            (format!("was made elsewhere, as `{at}`"), Vec::new(), Vec::new())
        }
        Some(Origin::System { .. }) | None => return,
    };
    let has_own = !actions.is_empty();
    let again = fixes::instead(model).into_iter();
    actions.extend(again.map(|it| if has_own { fixes::preferred(it, false) } else { it }));
    let hindrance = if actions.is_empty() { fixes::cannot_create(model) } else { String::new() };
    let prefix = fixes::shown(model, environment.place());
    let message = format!("environment {prefix} {made}: {what}{hindrance}");
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    let draft = Draft::at(model.anchor(), message);
    report.push(Draft { related, actions, subject, reach: Reach::Project, ..draft });
}

/// What was compiled for another Python than the environment's.
fn compiled(model: &Model) -> Option<String> {
    let environment = model.usable()?;
    let (version, own) = (environment.version.as_ref()?, environment.site_packages.as_ref()?);
    let other = model.misfits.iter().filter_map(|it| match it.made_for {
        MadeFor::Python(major, minor) => Some((&it.distribution, major, minor)),
        MadeFor::System(_) => None,
    });
    let other: Vec<_> = other.collect();
    let (first, major, minor) = other.first()?;
    let more =
        if other.len() > 1 { format!(" and {} more", other.len() - 1) } else { String::new() };
    let folder = fixes::shown(model, own);
    Some(format!(
        "`{first}`{more} in {folder} was compiled for Python {major}.{minor}, the environment has {version}"
    ))
}

fn push(model: &Model, what: &str, report: &mut Vec<Draft>) {
    let prefix = model.prefix();
    let message =
        format!("environment {} holds what it cannot load: {what}", fixes::shown(model, &prefix));
    let actions = fixes::instead(model);
    let subject = Subject { environment: Some(prefix), ..Subject::default() };
    let draft = Draft::at(model.anchor(), message);
    report.push(Draft { actions, subject, reach: Reach::Project, ..draft });
}
