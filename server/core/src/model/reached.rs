//! The layer that a project's environment is in: how its paths and ours go together, and how its tools are run from here.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    choice::{Claim, Strength},
    damage::Damage,
    interpreter::{Interpreter, Interpreters, interpreters_in, look},
    layered::Layers,
    reached_host,
    understanding::Model,
};
use crate::{
    action::{Action, Command, Recipe, Step, What, Work},
    place::{
        self, Argument, Input, Inside, Layer, Variables, Working,
        instance::Instance,
        path_map::{PathMap, Shared},
    },
    world::{AbsPath, Asked, Machine, Place, Reply, View},
};

/// A layer that is looked into, or would be.
#[derive(Clone, Debug)]
pub struct Reached {
    pub place: Place,
    /// As its own tool describes it, where that can list what it has.
    pub instance: Option<Instance>,
    pub map: PathMap,
    /// Its tool on this machine.
    pub tool: Option<AbsPath>,
}

impl Reached {
    /// What is known of a place from outside of it, and of what it shares from inside.
    pub(super) fn observe(
        view: &View<'_>,
        place: &Place,
        layers: &Layers,
        here: Option<&Machine>,
    ) -> Asked<Option<Reached>> {
        let Some(layer) = place.kind().and_then(place::named) else { return Ok(None) };
        // Ask all before the first `?`, so that one round trip is enough.
        let tools: Vec<_> = layer.programs().iter().map(|it| view.program(it)).collect();
        let instances = view.instances(layer.name());
        let root = AbsPath::new("/").at(place);
        let mounts = layer.mounts().map(|_| view.text(&root.join("proc/self/mountinfo")));
        let of_host = (!layer.may_be().is_empty())
            .then(|| reached_host::shared(view, layer, place, layers, here));
        let tools: Asked<Vec<_>> = tools.into_iter().collect();
        let tool = tools?.into_iter().flatten().next();
        let target = place.target();
        let is_it = |it: &&Instance| it.place == *place || it.aliases.contains(&target);
        let instance = match instances? {
            Reply::Known(instances) => instances.iter().find(is_it).cloned(),
            _ => None,
        };
        let mut shared: Vec<Shared> =
            instance.as_ref().map(|it| it.shared.clone()).unwrap_or_default();
        if let (Some(mounted), Some(instance)) = (layer.mounts(), &instance)
            && let Some(table) = mounts.transpose()?.and_then(Reply::known)
        {
            shared.extend(mounted(&instance.tags, &table));
        }
        shared.extend(of_host.transpose()?.into_iter().flatten());
        let map = PathMap::new(place.clone(), shared);
        Ok(Some(Reached { place: place.clone(), instance, map, tool }))
    }

    /// Where a tool that runs inside keeps the project's environment.
    pub(super) fn kept_at(&self, claim: &Claim) -> AbsPath {
        let told = || {
            let variables = &self.instance.as_ref()?.variables;
            let folder =
                variables.get("UV_PROJECT_ENVIRONMENT").filter(|_| claim.manager == "uv")?;
            Some(self.map.inward(&claim.home)?.join(folder))
        };
        told().or_else(|| self.map.inward(&claim.prefix)).unwrap_or_else(|| claim.prefix.clone())
    }

    /// The interpreters that environments in there could be made from.
    pub(super) fn interpreters(&self, view: &View<'_>) -> Asked<Arc<Interpreters>> {
        let folders = ["/usr/local/bin", "/usr/bin", "/opt/python/bin"];
        let folders = folders.map(|it| AbsPath::new(it).at(&self.place));
        let named =
            folders.each_ref().map(|it| interpreters_in(view, it, "system", Strength::Convention));
        let named: Asked<Vec<_>> = named.into_iter().collect();
        let looked: Vec<_> = named?.iter().flatten().map(|it| look(view, it)).collect();
        let looked: Asked<Vec<_>> = looked.into_iter().collect();
        let mut found: Vec<Interpreter> = looked?.into_iter().flatten().collect();
        found.sort_by(|a, b| a.python.cmp(&b.python));
        found.dedup_by(|a, b| a.python == b.python);
        Ok(Arc::new(Interpreters { found }))
    }

    /// How a command is run inside from here; `None` where it cannot be, or where nobody knows the folder that it is about.
    fn command(&self, command: &Command, project: &AbsPath) -> Option<Command> {
        let layer: &dyn Layer = place::named(self.place.kind()?)?;
        if command.program.is_here() {
            return None;
        }
        let directory = self.map.inward(&command.directory)?.inside().to_string();
        let spelled = |it: &String| self.spelled(it);
        let words: Vec<String> = std::iter::once(command.program.inside().to_string())
            .chain(command.arguments.iter().map(spelled))
            .collect();
        let variables: BTreeMap<String, String> =
            command.variables.iter().map(|(name, it)| (name.clone(), self.spelled(it))).collect();
        let inside = Inside {
            words: &words,
            directory: &directory,
            variables: &variables,
            input: Input::None,
        };
        let (target, tool) = (self.place.target(), self.tool.as_ref()?);
        if let Some(arguments) = layer.command(&target, &inside) {
            return Some(Command::new(tool, arguments, project));
        }
        // Shown is the first step, in which what lets one in is called by the name of its variable.
        let named = |it: &&str| ((*it).to_owned(), format!("${it}"));
        let user: Variables = layer.credentials().iter().map(named).collect();
        let Working::Run(first) = layer.work(&target, &inside, &user, &[])? else { return None };
        let arguments = first.arguments.into_iter().filter_map(|it| match it {
            Argument::Word(word) => Some(word),
            Argument::Given(_) | Argument::Taken => None,
        });
        let mut command = Command::new(tool, arguments, project);
        command.work = Some(Work { place: self.place.clone(), words, directory, variables });
        Some(command)
    }

    /// Whether what a recipe changes can be changed by whoever works in there.
    fn is_ours_to_change(&self, touches: &[AbsPath]) -> bool {
        let layer = self.place.kind().and_then(place::named);
        let as_administrator = layer.is_some_and(Layer::works_as_administrator);
        let is_shared = |it: &AbsPath| !it.is_here() && self.map.outward(it).is_some();
        !as_administrator || !touches.iter().any(is_shared)
    }

    /// An argument as it is spelled inside: our name of the layer is none there, and our folders have other paths.
    fn spelled(&self, argument: &str) -> String {
        let ours = format!("{}:", self.place);
        if argument.contains(&ours) {
            return argument.replace(&ours, "");
        }
        let (before, path) = match argument.split_once("=/") {
            Some((before, _)) => argument.split_at(before.len() + 1),
            None => ("", argument),
        };
        let inside = AbsPath::parse(path).and_then(|it| self.map.inward(&it));
        inside.map_or_else(|| argument.to_owned(), |it| format!("{before}{}", it.inside()))
    }
}

impl Model {
    /// The place that the project's environment is in.
    #[must_use]
    pub fn place(&self) -> Place {
        self.reached.as_ref().map_or(Place::Here, |it| it.place.clone())
    }

    /// Whether the environment was chosen in a layer and is not there yet.
    #[must_use]
    pub fn is_not_made(&self) -> bool {
        let damages = self.selection.iter().flat_map(|it| &it.environment.damages);
        damages.into_iter().any(|it| matches!(it, Damage::NotMade { .. }))
    }

    /// An action as it is done where the environment is. One that touches nothing there stays what it is.
    pub(crate) fn placed(&self, action: Action) -> Option<Action> {
        let What::Run(recipe) = &action.what else { return Some(action) };
        let is_there = |it: &Step| match it {
            Step::Run(command) => !command.program.is_here(),
            Step::SetAside(path)
            | Step::UndoIfFails(path)
            | Step::Remove(path)
            | Step::WriteNew { path, .. } => !path.is_here(),
        };
        if !recipe.steps.iter().any(is_there) {
            // A program of here can do nothing with a path in a layer.
            let ours = format!("{}:", self.place());
            let strange = |it: &Command| it.arguments.iter().any(|it| it.starts_with(&ours));
            let is_strange = self.reached.is_some() && recipe.commands().any(strange);
            return (!is_strange).then_some(action);
        }
        let inside = self.inside(recipe.clone())?;
        let title = action.title.replace(&recipe.shown(), &inside.shown());
        Some(Action { title, what: What::Run(inside), ..action })
    }

    /// A recipe as it is run where the environment is: from here it is the layer's tool that runs each command inside. `None`
    /// where that cannot be done.
    #[must_use]
    pub fn inside(&self, recipe: Recipe) -> Option<Recipe> {
        let Some(reached) = &self.reached else { return Some(recipe) };
        if !reached.is_ours_to_change(&recipe.touches) {
            return None;
        }
        let mut steps = Vec::new();
        for step in recipe.steps {
            match step {
                Step::Run(command) => {
                    steps.push(Step::Run(reached.command(&command, &self.project.root)?));
                }
                // What is inside is not ours to set aside or to remove.
                Step::SetAside(path) | Step::Remove(path) if !path.is_here() => return None,
                Step::UndoIfFails(path) | Step::WriteNew { path, .. } if !path.is_here() => {}
                step => steps.push(step),
            }
        }
        let seen_on_both_sides = recipe.touches.iter().filter_map(|it| {
            if it.is_here() { reached.map.inward(it) } else { reached.map.outward(it) }
        });
        let mut touches: Vec<AbsPath> = seen_on_both_sides.collect();
        touches.extend(recipe.touches);
        touches.sort();
        touches.dedup();
        Some(Recipe { steps, touches, ..recipe })
    }
}
