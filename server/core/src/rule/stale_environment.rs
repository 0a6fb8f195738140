//! The project's environment runs, but there is a reason to make it anew.
//!
//! It was moved or copied, so its scripts start what is at its old place; its base has another minor version now; its Python is
//! a pre-release of what has been released since; the project that it was made for is gone; or nothing can be installed into
//! it.
//!
//! The fix makes the environment anew, with the project's own tool, where that helps; one that is the user's own and cannot be
//! written is made writable.

use super::{Draft, Rule, fixes};
use crate::{
    action::{Action, Command, Recipe, Step, What},
    finding::{Reach, Severity, Subject},
    model::{Model, Origin, Staleness},
    world::AbsPath,
};

pub(super) static RULE: Rule =
    Rule { code: "stale-environment", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(environment) = model.usable() else { return };
    // That it was made in a layer, or on another system, another rule says in its own words.
    let from_layer = matches!(model.origin, Some(Origin::System { .. } | Origin::Layer { .. }));
    let told = |it: &&Staleness| from_layer && matches!(it, Staleness::Moved { .. });
    let mut staleness = environment.staleness.iter().filter(|it| !told(it));
    let Some(staleness) = staleness.by_ref().min() else { return };
    let prefix = fixes::shown(model, environment.place());
    let what = words(&model.project.root, staleness);
    let actions = match staleness {
        Staleness::Moved { .. } | Staleness::Upgraded { .. } | Staleness::PreRelease { .. } => {
            fixes::instead(model)
        }
        Staleness::Orphan { .. } => {
            fixes::forget(model).into_iter().map(|it| fixes::preferred(it, true)).collect()
        }
        Staleness::ReadOnly { prefix, owner: None } => {
            writable(model, prefix).into_iter().chain(fixes::forget(model)).collect()
        }
        Staleness::ReadOnly { .. } => fixes::forget(model),
    };
    let message = format!("environment {prefix} is stale: {what}");
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    let draft = Draft::at(model.anchor(), message);
    report.push(Draft { actions, subject, reach: Reach::Project, ..draft });
}

/// Lets its owner write into it again.
fn writable(model: &Model, prefix: &AbsPath) -> Option<Action> {
    let chmod = model.programs.get("chmod")?;
    let shown = model.shown(prefix);
    let arguments = ["-R", "u+w", "--", &*shown];
    let command = Command::new(chmod, arguments, &model.project.root);
    let recipe = Recipe {
        steps: vec![Step::Run(command)],
        touches: vec![prefix.clone()],
        inputs: Vec::new(),
        network: false,
        runs_project_code: false,
    };
    let title = format!("Make `{shown}` writable (`{}`)", recipe.shown());
    Some(Action { title, preferred: true, what: What::Run(recipe) })
}

/// What is stale about it, as someone in the project's folder would say it.
pub(super) fn words(root: &AbsPath, staleness: &Staleness) -> String {
    let shown = |path: &AbsPath| format!("`{}`", path.shown_from(root));
    match staleness {
        Staleness::Moved { from } => {
            format!("it was made as {} and moved, so its scripts start what is there", shown(from))
        }
        Staleness::Upgraded { made_with, now } => {
            format!("it was made with Python {made_with} and runs Python {now} now")
        }
        Staleness::Orphan { project } => {
            format!("the project {} that it was made for is gone", shown(project))
        }
        Staleness::PreRelease { version } => {
            let release: Vec<String> =
                version.release().iter().take(2).map(ToString::to_string).collect();
            format!("Python {version} is a pre-release, and {} is out", release.join("."))
        }
        Staleness::ReadOnly { owner: None, .. } => "nothing can be written into it".to_owned(),
        Staleness::ReadOnly { owner: Some(0), .. } => {
            "nothing can be written into it, it belongs to root, as what a container makes"
                .to_owned()
        }
        Staleness::ReadOnly { owner: Some(owner), .. } => {
            format!("nothing can be written into it, it belongs to user {owner}")
        }
    }
}
