//! What a build installs is not what the project asks for, or a container that runs is not the one that is declared now.
//!
//! A command of a Dockerfile that names a version by itself, `pip install httpx==0.27`, is easily forgotten when the project's
//! requirement is raised. Judged is what is pinned there, against what the project needs always. The fix is to install from the
//! project's own manifest or lock, or to raise the version.
//!
//! A container keeps what it was made with: after an edit of `devcontainer.json` or of a compose file it runs on as before, until it
//! is made anew. Of those that were made for the project, as the labels of the tools say, the image, the folders that are mounted
//! and the variables that decide about the environment are compared with what is declared. Where the engine has another image
//! of the same name by now, built or fetched since, that is said too. That a Dockerfile changed since its image was built only a
//! build tells. The fix makes it anew by the same tool.

use std::collections::BTreeSet;

use super::{Draft, Rule};
use crate::{
    action::{Action, Command, Recipe, Step, What},
    declared::{self, Does},
    finding::{Related, Severity, Subject},
    layer::{image::Image, mount::MountKind},
    manifest::Set,
    model::{Container, DeclaredAs, Model, Running},
    standard::{
        requirement::{self, Requirement},
        version::{Bound, Operator, Version},
    },
    text::Location,
    world::{AbsPath, Place},
};

pub(super) static RULE: Rule = Rule { code: "layer-outdated", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    of_builds(model, report);
    for running in &model.neighbours.running {
        let mut declared = model.layers.containers.iter();
        if let Some(container) = declared.find(|it| it.declared_as == running.declared_as) {
            of_running(model, running, container, report);
        }
    }
}

/// The variables by which an environment is found in a container, and its modules.
const VARIABLES: [&str; 4] =
    ["CONDA_PREFIX", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT", "VIRTUAL_ENV"];

/// What a container was made with that is declared otherwise now.
fn of_running(model: &Model, running: &Running, container: &Container, report: &mut Vec<Draft>) {
    let instance = &running.instance;
    let place = &instance.place;
    if instance.image_is_newer == Some(true) {
        let base = container.image.as_ref().filter(|_| container.built.is_none());
        let location = base.map_or(&container.location, |it| &it.location);
        let image = instance.image.as_deref().unwrap_or_default();
        let message = format!("`{place}` runs an older image than the one that `{image}` is now");
        let actions = renew(model, running).into_iter().collect();
        report.push(Draft { actions, ..Draft::at(location.clone(), message) });
    }
    let mut differs = |location: &Location, what: String| {
        let message = format!("`{place}` was made before this was declared: {what}");
        let actions = renew(model, running).into_iter().collect();
        report.push(Draft { actions, ..Draft::at(location.clone(), message) });
    };
    let is_service = matches!(running.declared_as, DeclaredAs::Service(..));
    if let (Some(base), None) = (&container.image, &container.built)
        && let Some(spelled) = &instance.image
        && let Some(image) = Image::parse(spelled)
        // What the tool of dev containers puts on top of the image has a name of its own.
        && !image.repository.contains("vsc-")
        && !image.may_be(&base.image)
    {
        differs(&base.location, format!("it runs `{spelled}`"));
    }
    for it in container.mounts.iter().filter(|it| it.location != container.location) {
        // Where something else is mounted there, an override that was given by hand may have said so.
        let is_mounted = instance.shared.iter().any(|shared| shared.inside == it.mount.inside);
        if !is_mounted && it.mount.kind == MountKind::Bind {
            differs(&it.location, format!("nothing is mounted at `{}` in it", it.mount.inside));
        }
    }
    // What a dev container declares besides is given to its processes one by one.
    let variables = container.variables.iter().filter(|_| is_service);
    for (name, _) in variables.filter(|(name, value)| {
        VARIABLES.contains(&name.as_str()) && instance.variables.get(*name) != Some(value)
    }) {
        differs(&container.location, format!("its `{name}` is another"));
    }
}

/// Makes a container anew by the tool that made it.
fn renew(model: &Model, running: &Running) -> Option<Action> {
    let (tool, words) = running.renew.as_ref()?;
    let place = &running.instance.place;
    let all = Place::layer(place.kind()?, "*")?;
    let recipe = Recipe {
        steps: vec![Step::Run(Command::new(tool, words.clone(), &model.project.root))],
        touches: vec![AbsPath::new("/").at(place), AbsPath::new("/").at(&all)],
        inputs: Vec::new(),
        network: true,
        runs_project_code: true,
    };
    let title = format!("Make `{place}` anew (`{}`)", recipe.shown());
    Some(Action { title, preferred: true, what: What::Run(recipe) })
}

fn of_builds(model: &Model, report: &mut Vec<Draft>) {
    let mut seen = BTreeSet::new();
    for (_, built) in model.layers.builds() {
        if !seen.insert(&built.dockerfile) {
            continue;
        }
        let steps = built.document.declarations.stages.iter().flat_map(|it| &it.steps);
        for step in steps {
            let Does::Run(commands) = &step.does else { continue };
            for (command, requirement) in commands.iter().flat_map(installed) {
                let Some((version, want)) = contradicted(model, &requirement) else { continue };
                let (name, asked) = (&requirement.name, &want.requirement.spelled);
                let message =
                    format!("this installs `{name}` {version}, the project asks for `{asked}`");
                let related = Related {
                    location: want.location.clone(),
                    message: format!("`{asked}` is declared here"),
                };
                let location = built.document.location(&built.dockerfile, command.span);
                let subject =
                    Subject { distribution: Some(name.to_string()), ..Subject::default() };
                report.push(Draft {
                    related: vec![related],
                    subject,
                    ..Draft::at(location, message)
                });
            }
        }
    }
}

/// What a command installs by name.
fn installed(command: &declared::Command) -> Vec<(&declared::Command, Requirement)> {
    let by_python = || match command.of_python()? {
        [module, pip, install, rest @ ..]
            if module == "-m" && pip == "pip" && install == "install" =>
        {
            Some(rest)
        }
        _ => None,
    };
    let rest = command
        .after(&["pip", "install"])
        .or_else(|| command.after(&["pip3", "install"]))
        .or_else(|| command.after(&["uv", "pip", "install"]))
        .or_else(by_python);
    let words = rest.unwrap_or_default().iter().filter(|it| it.contains("=="));
    words.filter_map(|it| Some((command, requirement::parse(it, 0).ok()?))).collect()
}

/// The version that is pinned, and what of the project it does not satisfy.
fn contradicted<'model>(
    model: &'model Model,
    pinned: &Requirement,
) -> Option<(Version, &'model crate::model::Want)> {
    let exact = pinned.specifiers.iter().find_map(|it| match (&it.operator, &it.bound) {
        (Operator::Equal, Bound::Version(version)) => Some(version.clone()),
        _ => None,
    })?;
    let want = model.wants.iter().find(|it| {
        it.set == Set::Main && it.requirement.name == pinned.name && it.requirement.url.is_none()
    })?;
    (!want.requirement.specifiers.admits(&exact)).then_some((exact, want))
}
