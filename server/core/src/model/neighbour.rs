//! The containers that a project's own files speak of: those that run it and could give it its environment, those that the user
//! has not agreed to have looked into, and the dev container that does not run.

use std::collections::BTreeSet;

use super::{choice::Strength, evidence::Evidence, project::Project};
use crate::{
    manager::EnvironmentPlace,
    place::{
        instance::{Instance, State, Unreachable},
        path_map::PathMap,
    },
    text::{Lines, Location, Span},
    world::{AbsPath, Asked, Fault, Place, Reply, Trust, View},
};

/// What stands around a project.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    /// Where the environments of those may be that are looked into.
    pub(super) places: Vec<EnvironmentPlace>,
    /// Those that are not looked into yet.
    pub unasked: Vec<Neighbour>,
    /// The file that declares a dev container of which none runs, and what could start it.
    pub idle: Option<Idle>,
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

/// A dev container that does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    pub declared: Location,
    /// `devcontainer`, the command-line tool of the Development Containers specification, where it is on this machine.
    pub tool: Option<AbsPath>,
    /// The one that was made and has stopped, with its engine's tool.
    pub stopped: Option<(Place, AbsPath)>,
}

/// The engines that run what dev containers and compose files describe.
const ENGINES: [&str; 2] = ["docker", "podman"];
/// What compose looks for, in its order (*Compose file reference*).
const COMPOSE: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

impl Neighbours {
    /// Asks only where the project speaks of containers and its folder is trusted; elsewhere no tool is run for it.
    pub(super) fn observe(view: &View<'_>, project: &Project) -> Asked<Neighbours> {
        let Some(declared) = declared(view, project)? else { return Ok(Neighbours::default()) };
        if view.trust(&project.root)? != Trust::Trusted {
            return Ok(Neighbours::default());
        }
        let tools = ENGINES.map(|it| view.program(it));
        let starter = view.program("devcontainer");
        let text = view.text(&declared.file)?.known();
        let at = first_said(&declared.file, text.as_deref().unwrap_or_default());
        let stated = text.filter(|_| declared.is_dev_container);
        let mut here = Vec::new();
        let mut engines = Vec::new();
        for (kind, tool) in ENGINES.into_iter().zip(tools) {
            if let Some(tool) = tool? {
                engines.push((kind, tool, view.instances(kind)));
            }
        }
        let mut stopped = None;
        let mut is_known = !engines.is_empty();
        for (_, tool, instances) in engines {
            let Reply::Known(instances) = instances? else {
                is_known = false;
                continue;
            };
            for instance in instances.iter() {
                let Some(runs) = Runs::of(project, instance) else { continue };
                if instance.state == State::Running {
                    here.push((instance.clone(), runs));
                } else if runs.strength == Strength::Declared {
                    stopped = Some((instance.place.clone(), tool.clone()));
                }
            }
        }
        let mut neighbours = Neighbours::default();
        let reached: Vec<_> =
            here.iter().map(|(it, _)| view.entry(&AbsPath::new("/").at(&it.place))).collect();
        for ((instance, runs), reached) in here.iter().zip(reached) {
            let pythons = runs.pythons(instance, stated.as_deref());
            let unasked = Reply::Fault(Fault::Unreachable(Unreachable::Unasked));
            if reached? == unasked {
                let python = pythons.into_iter().next();
                neighbours.unasked.extend(python.map(|python| Neighbour {
                    place: instance.place.clone(),
                    python,
                    declared: at.clone(),
                }));
                continue;
            }
            neighbours.places.extend(pythons.iter().filter_map(|python| {
                let prefix = python.parent()?.parent()?;
                let because = Evidence::at(&declared.file, runs.words(instance));
                Some(EnvironmentPlace::new(prefix, runs.strength, because))
            }));
        }
        let runs = here.iter().any(|it| it.1.strength == Strength::Declared);
        let starter = starter?;
        if declared.is_dev_container && !runs && is_known {
            neighbours.idle = Some(Idle { declared: at, tool: starter, stopped });
        }
        Ok(neighbours)
    }
}

/// The files with which a project speaks of containers.
struct Declared {
    file: AbsPath,
    is_dev_container: bool,
}

fn declared(view: &View<'_>, project: &Project) -> Asked<Option<Declared>> {
    let root = &project.root;
    let dev_container = if project.listing.has(".devcontainer") {
        let path = root.join(".devcontainer/devcontainer.json");
        view.entry(&path)?.known().map(|_| path)
    } else {
        project.listing.has(".devcontainer.json").then(|| root.join(".devcontainer.json"))
    };
    let compose = COMPOSE.into_iter().find(|it| project.listing.has(it)).map(|it| root.join(it));
    let is_dev_container = dev_container.is_some();
    Ok(dev_container.or(compose).map(|file| Declared { file, is_dev_container }))
}

/// The first thing that a file says, comments left out: what is said of the file as a whole stands there.
fn first_said(file: &AbsPath, text: &str) -> Location {
    let comments = |it: &str| it.starts_with("//") || it.starts_with('#');
    let mut lines = text.lines().enumerate();
    let said = lines.find(|(_, it)| !it.trim().is_empty() && !comments(it.trim()));
    let Some((number, line)) = said else { return Location::start_of(file) };
    let lines = Lines::of(text);
    let Some(span) = lines.line(text, number) else { return Location::start_of(file) };
    let start = span.start + (line.len() - line.trim_start().len());
    Location { path: file.clone(), range: lines.range(text, Span::new(start, start + 1)) }
}

/// How a container runs a project.
struct Runs {
    /// The project's folder in there.
    folder: AbsPath,
    strength: Strength,
}

impl Runs {
    /// The command-line tools say on the container itself which folder they made it for; else a folder that it shares tells.
    fn of(project: &Project, instance: &Instance) -> Option<Runs> {
        let root = project.root.to_string();
        let labels = ["devcontainer.local_folder", "com.docker.compose.project.working_dir"];
        let is_made_for = labels.iter().any(|it| instance.labels.get(*it) == Some(&root));
        let map = PathMap::new(instance.place.clone(), instance.shared.clone());
        let folder = map.inward(&project.root)?;
        let strength = if is_made_for { Strength::Declared } else { Strength::Convention };
        Some(Runs { folder, strength })
    }

    /// The interpreters that it may have for the project, the likeliest first.
    fn pythons(&self, instance: &Instance, stated: Option<&str>) -> Vec<AbsPath> {
        let told = stated.and_then(default_interpreter).map(|it| {
            let folder = self.folder.inside().to_string();
            let it = it.replace("${containerWorkspaceFolder}", &folder);
            self.folder.join(it.replace("${workspaceFolder}", &folder))
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

/// The value of the setting with which a dev container names its interpreter; the file is JSON with comments, of which this is
/// one line.
fn default_interpreter(json: &str) -> Option<String> {
    let (_, rest) = json.split_once("\"python.defaultInterpreterPath\"")?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let value = rest.split_once('"')?.0;
    let is_path = value.starts_with('/') || value.starts_with("${");
    (is_path && !value.contains('\\')).then(|| value.to_owned())
}
