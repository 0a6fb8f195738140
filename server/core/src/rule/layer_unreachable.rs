//! The project's environment is in a container, a pod or a virtual machine that cannot be looked into at the moment.
//!
//! Why is said: the user has not agreed to it yet, the workspace is not trusted, the layer's tool is not on this machine, its
//! engine does not answer, there is none of that name, it does not run, it has no shell, it refuses us, it has not answered
//! yet. While it stands, nothing that rests on the environment is judged; everything else is.

use super::{Draft, Rule, fixes};
use crate::{
    action::{Action, Choice, Command, Recipe, Step, What},
    finding::{Reach, Severity, Subject},
    model::{Damage, Idle, Model},
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
        let choice =
            Choice { project: model.project.root.clone(), python: Some(neighbour.python.clone()) };
        let title = format!("Use `{}`, and look into `{place}`", neighbour.python);
        let actions = vec![Action { title, preferred: true, what: What::Choose(choice) }];
        report.push(Draft { actions, ..Draft::at(neighbour.declared.clone(), message) });
    }
    if let Some(idle) = model.neighbours.idle.as_ref().filter(|_| is_here) {
        let message =
            "the dev container of this project does not run, its environment is not judged";
        let actions = start_idle(model, idle).into_iter().collect();
        report.push(Draft { actions, ..Draft::at(idle.declared.clone(), message) });
    }
    of_selection(model, report);
}

/// Starts the dev container: the one that was made and stopped, else by the tool that makes them.
fn start_idle(model: &Model, idle: &Idle) -> Option<Action> {
    let root = &model.project.root;
    if let Some((place, tool)) = &idle.stopped {
        let words = place::named(place.kind()?)?.start(&place.target())?;
        return Some(start(place, Command::new(tool, words, root)));
    }
    let tool = idle.tool.as_ref()?;
    let words = ["up", "--workspace-folder", "."];
    let command = Command::new(tool, words, root);
    let root_of = AbsPath::new("/").at(&Place::layer("docker", "*")?);
    Some(starting("Start the dev container", command, root_of))
}

/// Starts a layer that is there and does not run.
fn start(place: &Place, command: Command) -> Action {
    starting(&format!("Start `{place}`"), command, AbsPath::new("/").at(place))
}

fn starting(verb: &str, command: Command, touched: AbsPath) -> Action {
    let kind = touched.place().kind().and_then(|it| Place::layer(it, "*"));
    let all = kind.map(|it| AbsPath::new("/").at(&it));
    let recipe = Recipe {
        steps: vec![Step::Run(command)],
        touches: [touched].into_iter().chain(all).collect(),
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
