//! The containers that a project's own files speak of: those that run it and could give it its environment, those that the user
//! has not agreed to have looked into, and those that do not run.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    choice::Strength,
    evidence::Evidence,
    layered::{Container, DeclaredAs, Layers},
    project::Project,
};
use crate::{
    manager::EnvironmentPlace,
    place::{
        self,
        instance::{Instance, State, Unreachable},
        path_map::PathMap,
    },
    text::Location,
    world::{AbsPath, Asked, Fault, Place, Reply, Trust, View},
};

/// What stands around a project.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    /// Where the environments of those may be that are looked into.
    pub(super) places: Vec<EnvironmentPlace>,
    /// Those that run and are declared, by the file that declares them.
    pub running: Vec<Running>,
    /// Those that are not looked into yet.
    pub unasked: Vec<Neighbour>,
    /// A container that is declared, and none runs.
    pub idle: Option<Idle>,
    /// A container that is declared, and nobody can say whether one runs.
    pub silent: Option<Silent>,
}

/// A container that runs a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    pub place: Place,
    /// The interpreter that it most likely has for the project.
    pub python: AbsPath,
    /// Where a file speaks of it.
    pub declared: Location,
}

/// A container that was made for a project from what its files declare, and runs.
#[derive(Clone, Debug)]
pub struct Running {
    pub instance: Arc<Instance>,
    pub declared_as: DeclaredAs,
    /// The program that makes it anew as it is declared now, with its arguments.
    pub renew: Option<(AbsPath, Vec<String>)>,
}

/// A container that is declared and does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    pub declared: Location,
    /// As a person would say which one it is.
    pub called: String,
    pub declared_as: DeclaredAs,
    /// The one that was made and has stopped.
    pub stopped: Option<Place>,
    /// The program that starts it, with its arguments.
    pub start: Option<(AbsPath, Vec<String>)>,
    /// The kinds of engines that may have it then.
    pub engines: Vec<&'static str>,
}

/// A container of which nobody can say whether it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    pub declared: Location,
    pub called: String,
    /// The kind of engine that does not say it; `None` where there is none at all.
    pub engine: Option<&'static str>,
    pub why: Fault,
}

/// An engine that runs what dev containers and compose files describe, as far as it answers.
struct Engine {
    kind: &'static str,
    tool: AbsPath,
    instances: Reply<Arc<Vec<Instance>>>,
}

const ENGINES: [&str; 2] = ["docker", "podman"];

/// The folders in which Docker looks for what it brings as a word of its own (*Docker CLI plugins*).
const PLUGINS: [&str; 4] = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

impl Neighbours {
    /// Asks only where the project speaks of containers and its folder is trusted; elsewhere no tool is run for it.
    pub(super) fn observe(
        view: &View<'_>,
        project: &Project,
        layers: &Layers,
    ) -> Asked<Neighbours> {
        let declared = declared(project, layers);
        let Some(first) = declared.first() else { return Ok(Neighbours::default()) };
        if view.trust(&project.root)? != Trust::Trusted {
            return Ok(Neighbours::default());
        }
        let (starters, engines) = (Starters::observe(view), engines(view));
        let (starters, engines) = (starters?, engines?);
        let mut neighbours = Neighbours::default();
        let mut here = Vec::new();
        let mut stopped = None;
        for engine in &engines {
            let Reply::Known(instances) = &engine.instances else { continue };
            for instance in instances.iter() {
                let made = declared.iter().find(|it| is_made_for(project, it, instance));
                if let Some(made) = made.filter(|_| instance.state == State::Running) {
                    let running = Running::of(project, made, instance, engine, &starters);
                    neighbours.running.push(running);
                }
                let Some(runs) = Runs::of(project, &declared, instance) else { continue };
                if instance.state == State::Running {
                    here.push((instance.clone(), runs));
                } else if runs.strength == Strength::Declared {
                    stopped = Some(Idle::stopped(engine, instance, runs.declared));
                }
            }
        }
        let roots = here.iter().map(|(it, _)| AbsPath::new("/").at(&it.place));
        let reached: Vec<_> = roots.map(|it| view.entry(&it)).collect();
        for ((instance, runs), reached) in here.iter().zip(reached) {
            let pythons = runs.pythons(instance);
            let unasked = Reply::Fault(Fault::Unreachable(Unreachable::Unasked));
            if reached? == unasked {
                let python = pythons.into_iter().next();
                neighbours.unasked.extend(python.map(|python| Neighbour {
                    place: instance.place.clone(),
                    python,
                    declared: runs.declared.location.clone(),
                }));
                continue;
            }
            neighbours.places.extend(pythons.iter().filter_map(|python| {
                let prefix = python.parent()?.parent()?;
                let because = Evidence::at(&runs.declared.location.path, runs.words(instance));
                Some(EnvironmentPlace::new(prefix, runs.strength, because))
            }));
        }
        let runs = !neighbours.running.is_empty();
        let fault = why_silent(&engines);
        if runs || (fault.is_some() && !here.is_empty()) {
            return Ok(neighbours);
        }
        if let Some((engine, why)) = fault {
            let (declared, called) = (first.location.clone(), first.called.clone());
            neighbours.silent = Some(Silent { declared, called, engine, why });
        } else {
            let unmade = || Idle::unmade(project, first, &engines, &starters);
            neighbours.idle = Some(stopped.unwrap_or_else(unmade));
        }
        Ok(neighbours)
    }
}

/// The containers that a project could run in: a dev container is for that, and where there is none, the services that see its
/// folder.
fn declared<'layers>(project: &Project, layers: &'layers Layers) -> Vec<&'layers Container> {
    let all = layers.containers.iter();
    let dev: Vec<_> =
        all.clone().filter(|it| matches!(it.declared_as, DeclaredAs::DevContainer(_))).collect();
    if !dev.is_empty() {
        return dev;
    }
    let is_service = |it: &&Container| matches!(it.declared_as, DeclaredAs::Service(..));
    all.filter(is_service).filter(|it| it.sees(&project.root).is_some()).collect()
}

fn engines(view: &View<'_>) -> Asked<Vec<Engine>> {
    let tools = ENGINES.map(|it| view.program(it));
    let mut asked = Vec::new();
    for (kind, tool) in ENGINES.into_iter().zip(tools) {
        if let Some(tool) = tool? {
            asked.push((kind, tool, view.instances(kind)));
        }
    }
    asked
        .into_iter()
        .map(|(kind, tool, instances)| Ok(Engine { kind, tool, instances: instances? }))
        .collect()
}

/// Why nobody can say what runs. An engine that is down runs nothing, as long as another one answers.
fn why_silent(engines: &[Engine]) -> Option<(Option<&'static str>, Fault)> {
    let faults = engines.iter().filter_map(|it| match &it.instances {
        Reply::Fault(fault) => Some((Some(it.kind), fault.clone())),
        _ => None,
    });
    let faults: Vec<_> = faults.collect();
    if engines.is_empty() {
        let programs = "`docker` or `podman`".to_owned();
        return Some((None, Fault::Unreachable(Unreachable::NoTool { programs })));
    }
    let is_down = |it: &Fault| matches!(it, Fault::Unreachable(Unreachable::NoEngine { .. }));
    let first = if faults.len() == engines.len() { faults.first() } else { None };
    faults.iter().find(|it| !is_down(&it.1)).or(first).cloned()
}

/// The programs on this machine that start what is declared.
struct Starters {
    /// `devcontainer`, the command-line tool of the Development Containers Specification.
    dev_container: Option<AbsPath>,
    docker_compose: Option<AbsPath>,
    podman_compose: Option<AbsPath>,
    /// Whether `docker compose` is one.
    is_plugin: bool,
}

impl Starters {
    fn observe(view: &View<'_>) -> Asked<Starters> {
        let programs = ["devcontainer", "docker-compose", "podman-compose"];
        let [dev_container, docker_compose, podman_compose] = programs.map(|it| view.program(it));
        let own = view.variable_path("HOME").map(|it| it.join(".docker/cli-plugins"));
        let folders = PLUGINS.iter().map(|it| AbsPath::new(it)).chain(own);
        let plugins: Vec<_> = folders.map(|it| view.entry(&it.join("docker-compose"))).collect();
        let plugins: Asked<Vec<_>> = plugins.into_iter().collect();
        Ok(Starters {
            dev_container: dev_container?,
            docker_compose: docker_compose?,
            podman_compose: podman_compose?,
            is_plugin: plugins?.into_iter().any(|it| it.known().is_some()),
        })
    }

    /// What starts a container that was not made yet, in an engine that answers.
    fn start(
        &self,
        project: &Project,
        container: &Container,
        engines: &[&Engine],
    ) -> Option<(AbsPath, Vec<String>)> {
        let words = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let engine = |kind: &str| engines.iter().find(|it| it.kind == kind);
        match &container.declared_as {
            DeclaredAs::DevContainer(file) => {
                let mut arguments = words(&["up", "--workspace-folder", "."]);
                let shown = file.shown_from(&project.root);
                if !matches!(&*shown, ".devcontainer/devcontainer.json" | ".devcontainer.json") {
                    arguments.extend(["--config".to_owned(), shown]);
                }
                if engine("docker").is_none()
                    && let Some(podman) = engine("podman")
                {
                    arguments.extend(["--docker-path".to_owned(), podman.tool.to_string()]);
                }
                Some((self.dev_container.clone()?, arguments))
            }
            DeclaredAs::Service(file, name) => {
                // Said by itself, a file is taken without those that change it.
                let is_found = file.parent().as_ref() == Some(&project.root) && is_usual(file);
                let mut named = words(&["-f", &file.shown_from(&project.root)]);
                named.truncate(if is_found { 0 } else { 2 });
                named.extend(words(&["up", "-d", name]));
                let docker = engine("docker").and_then(|docker| {
                    if self.is_plugin {
                        let words = ["compose".to_owned()].into_iter().chain(named.clone());
                        return Some((docker.tool.clone(), words.collect()));
                    }
                    Some((self.docker_compose.clone()?, named.clone()))
                });
                let podman = || {
                    engine("podman")?;
                    Some((self.podman_compose.clone()?, named.clone()))
                };
                docker.or_else(podman)
            }
            DeclaredAs::Other => None,
        }
    }
}

/// Whether Compose finds a file by its name (*docker compose*, `--file`).
fn is_usual(file: &AbsPath) -> bool {
    let name = file.name_text();
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    let stem = stem.map(|it| it.strip_prefix("docker-").unwrap_or(it));
    matches!(stem, Some("compose" | "compose.override"))
}

impl Running {
    fn of(
        project: &Project,
        container: &Container,
        instance: &Instance,
        engine: &Engine,
        starters: &Starters,
    ) -> Running {
        let mut renew = starters.start(project, container, &[engine]);
        if let (DeclaredAs::DevContainer(_), Some((_, words))) =
            (&container.declared_as, &mut renew)
        {
            words.push("--remove-existing-container".to_owned());
        }
        let (instance, declared_as) = (Arc::new(instance.clone()), container.declared_as.clone());
        Running { instance, declared_as, renew }
    }
}

impl Idle {
    /// One that was made and is started again.
    fn stopped(engine: &Engine, instance: &Instance, container: &Container) -> Idle {
        let target = instance.place.target();
        let words = place::named(engine.kind).and_then(|it| it.start(&target));
        Idle {
            declared: container.location.clone(),
            called: container.called.clone(),
            declared_as: container.declared_as.clone(),
            stopped: Some(instance.place.clone()),
            start: words.map(|it| (engine.tool.clone(), it)),
            engines: vec![engine.kind],
        }
    }

    /// One that is made as it is declared.
    fn unmade(
        project: &Project,
        container: &Container,
        engines: &[Engine],
        starters: &Starters,
    ) -> Idle {
        let answers = |it: &&Engine| matches!(it.instances, Reply::Known(_));
        let answering: Vec<&Engine> = engines.iter().filter(answers).collect();
        Idle {
            declared: container.location.clone(),
            called: container.called.clone(),
            declared_as: container.declared_as.clone(),
            stopped: None,
            start: starters.start(project, container, &answering),
            engines: answering.iter().map(|it| it.kind).collect(),
        }
    }
}

/// How a container runs a project.
struct Runs<'layers> {
    /// The project's folder in there.
    folder: AbsPath,
    strength: Strength,
    /// What speaks of it.
    declared: &'layers Container,
}

impl<'layers> Runs<'layers> {
    /// The command-line tools say on the container itself what they made it for; else a folder that it shares tells.
    fn of(
        project: &Project,
        declared: &[&'layers Container],
        instance: &Instance,
    ) -> Option<Runs<'layers>> {
        let map = PathMap::new(instance.place.clone(), instance.shared.clone());
        let folder = map.inward(&project.root)?;
        let made = declared.iter().find(|it| is_made_for(project, it, instance));
        let strength = if made.is_some() { Strength::Declared } else { Strength::Convention };
        let declared = made.or_else(|| declared.first())?;
        Some(Runs { folder, strength, declared })
    }

    /// The interpreters that it may have for the project, the likeliest first.
    fn pythons(&self, instance: &Instance) -> Vec<AbsPath> {
        let told = self.declared.interpreter.as_deref().and_then(|it| {
            let folder = self.folder.inside().to_string();
            let it = it.replace("${containerWorkspaceFolder}", &folder);
            let it = it.replace("${workspaceFolder}", &folder);
            (it.starts_with('/') && !it.contains("${")).then(|| self.folder.join(it))
        });
        let variables = ["UV_PROJECT_ENVIRONMENT", "VIRTUAL_ENV", "CONDA_PREFIX"];
        let variables = variables.iter().filter_map(|it| instance.variables.get(*it));
        let of_variables = variables.map(|it| self.folder.join(it).join("bin/python"));
        let usual = self.folder.join(".venv/bin/python");
        let mut seen = BTreeSet::new();
        let all = told.into_iter().chain(of_variables).chain([usual]);
        all.filter(|it| seen.insert(it.clone())).collect()
    }

    fn words(&self, instance: &Instance) -> String {
        match self.strength {
            Strength::Declared => format!("`{}` was made for this folder", instance.place),
            _ => format!("`{}` shares this folder", instance.place),
        }
    }
}

/// Whether the labels of a container say that it was made from this declaration (*Development Containers Specification*, labels;
/// *Compose*, labels; podman-compose writes those of Compose too).
fn is_made_for(project: &Project, declared: &Container, instance: &Instance) -> bool {
    let label = |name: &str| instance.labels.get(name).and_then(AbsPath::parse);
    match &declared.declared_as {
        DeclaredAs::DevContainer(file) => {
            let folder = label("devcontainer.local_folder");
            let of_file = label("devcontainer.config_file").is_none_or(|it| it == *file);
            folder.as_ref() == Some(&project.root) && of_file
        }
        DeclaredAs::Service(file, name) => {
            let folder = label("com.docker.compose.project.working_dir");
            let of_service =
                instance.labels.get("com.docker.compose.service").is_none_or(|it| it == name);
            folder.is_some() && folder == file.parent() && of_service
        }
        DeclaredAs::Other => false,
    }
}
