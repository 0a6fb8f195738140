//! The project's environment is in a container, a pod or a virtual machine that cannot be looked into at the moment.
//!
//! Why is said: the user has not agreed to it yet, the workspace is not trusted, the layer's tool is not on this machine, its
//! engine does not answer, there is none of that name, it does not run, it has no shell, it refuses us, it has not answered
//! yet. While it stands, nothing that rests on the environment is judged; everything else is.
//!
//! Also said of what a `devcontainer.json` or a compose file declares: a container that runs the project and that you have not
//! agreed to yet, one that does not run, and an engine that does not say which. The fix uses its interpreter, or starts it: the one
//! that was made, else by `devcontainer`, `docker compose`, `docker-compose` or `podman-compose`, whichever is on this machine.

use super::{Draft, Rule, fixes};
use crate::{
    action::{Action, Choice, Command, Recipe, Step, What},
    finding::{Reach, Severity, Subject},
    model::{Damage, DeclaredAs, Idle, Model, Neighbour, Silent},
    place::{self, instance::Unreachable},
    world::{AbsPath, Fault, Place},
};

pub(super) static RULE: Rule =
    Rule { code: "layer-unreachable", severity: Severity::Information, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let is_here = model.reached.is_none();
    for neighbour in model.neighbours.unasked.iter().filter(|_| is_here) {
        let place = &neighbour.place;
        let message = format!(
            "`{place}` runs this project, and you have not agreed yet that it is looked into: use its interpreter to have that judged"
        );
        let actions = vec![look_into(model, neighbour)];
        report.push(Draft { actions, ..Draft::at(neighbour.declared.clone(), message) });
    }
    if let Some(idle) = model.neighbours.idle.as_ref().filter(|it| is_here && is_missed(model, it))
    {
        let called = &idle.called;
        let message =
            format!("{called} of this project does not run, its environment is not judged");
        let actions = start_idle(model, idle).into_iter().collect();
        report.push(Draft { actions, ..Draft::at(idle.declared.clone(), message) });
    }
    let silent = model.neighbours.silent.as_ref();
    if let Some(silent) = silent.filter(|_| is_here && model.usable().is_none()) {
        let Silent { called, engine, why, declared } = silent;
        let by = engine.map(|it| format!(", `{it}` lists nothing")).unwrap_or_default();
        let message = format!("whether {called} of this project runs is not known{by}: {why}");
        report.push(Draft::at(declared.clone(), message));
    }
    of_selection(model, report);
}

/// What could be had of the containers that a project's files speak of, for where it lacks an environment.
pub(super) fn alternatives(model: &Model) -> Vec<Action> {
    if model.reached.is_some() {
        return Vec::new();
    }
    let unasked = model.neighbours.unasked.iter().map(|it| look_into(model, it));
    let idle = model.neighbours.idle.iter().filter_map(|it| start_idle(model, it));
    unasked.chain(idle).map(|it| Action { preferred: false, ..it }).collect()
}

/// Whether a container that does not run is missed: a dev container is for working in, while a service may be left alone by
/// someone who has an environment here.
fn is_missed(model: &Model, idle: &Idle) -> bool {
    matches!(idle.declared_as, DeclaredAs::DevContainer(_)) || model.usable().is_none()
}

/// Uses the interpreter of a container: that is the word that it may be looked into.
fn look_into(model: &Model, neighbour: &Neighbour) -> Action {
    let choice =
        Choice { project: model.project.root.clone(), python: Some(neighbour.python.clone()) };
    let title = format!("Use `{}`, and look into `{}`", neighbour.python, neighbour.place);
    Action { title, preferred: true, what: What::Choose(choice) }
}

/// Starts what is declared: the one that was made and stopped, else as its own tool makes it.
fn start_idle(model: &Model, idle: &Idle) -> Option<Action> {
    let (tool, words) = idle.start.as_ref()?;
    let command = Command::new(tool, words.clone(), &model.project.root);
    Some(match &idle.stopped {
        Some(place) => start(place, command),
        None => starting(&format!("Start {}", idle.called), command, idle.engines.iter().copied()),
    })
}

/// Starts a layer that is there and does not run.
fn start(place: &Place, command: Command) -> Action {
    let mut action = starting(&format!("Start `{place}`"), command, place.kind());
    if let What::Run(recipe) = &mut action.what {
        recipe.touches.insert(0, AbsPath::new("/").at(place));
    }
    action
}

/// What runs in an engine is asked of it again afterwards.
fn starting<'kinds>(
    verb: &str,
    command: Command,
    engines: impl IntoIterator<Item = &'kinds str>,
) -> Action {
    let all = engines.into_iter().filter_map(|it| Place::layer(it, "*"));
    let recipe = Recipe {
        steps: vec![Step::Run(command)],
        touches: all.map(|it| AbsPath::new("/").at(&it)).collect(),
        inputs: Vec::new(),
        network: false,
        runs_project_code: true,
    };
    let title = format!("{verb} (`{}`)", recipe.shown());
    Action { title, preferred: true, what: What::Run(recipe) }
}

fn of_selection(model: &Model, report: &mut Vec<Draft>) {
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
    let mut actions = Vec::new();
    if let Fault::Unreachable(Unreachable::NotRunning { .. }) = why {
        let tool = model.reached.as_ref().and_then(|it| it.tool.as_ref());
        let words = place.kind().and_then(place::named).and_then(|it| it.start(&place.target()));
        let command = tool.zip(words).map(|it| Command::new(it.0, it.1, &model.project.root));
        actions.extend(command.map(|it| start(place, it)));
    }
    actions.extend(fixes::forget(model));
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
