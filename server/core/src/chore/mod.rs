//! What a user wants done with a project's environment though no finding asks for it: recreate it with another Python, install a
//! group, upgrade a distribution, remove the environment. What comes of it are actions, as a finding's fixes are.

mod naming;

use std::sync::Arc;

use self::naming::{named, named_well, version};
use crate::{
    action::{Action, Command, Recipe, Step, What},
    manager,
    manifest::Set,
    model::{Interpreters, Model, Sourcing, Want},
    rule::{edits, fixes},
    standard::{
        name::{self, normalised},
        requirement,
        version::Version,
    },
    world::AbsPath,
};

/// One thing that is wanted. Names and versions are as the user wrote them; they are validated before anything is made of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chore {
    Create,
    /// Makes the environment anew, with another Python where one is named.
    Recreate {
        python: Option<String>,
    },
    /// Installs what is declared; of the groups and extras those that are in use, and these.
    Sync {
        set: Option<Set>,
    },
    /// Declares a requirement, and installs it.
    Add {
        requirement: String,
        set: Set,
    },
    /// Takes a requirement back, and uninstalls it.
    Remove {
        name: String,
    },
    /// Brings one distribution to the newest version that is admitted.
    Upgrade {
        name: String,
    },
    Lock,
    /// Writes down which Python the project is worked on with.
    Pin {
        python: String,
    },
    InstallPython {
        python: String,
    },
    /// Removes the environment and all in it.
    Dispose,
    /// Has envls itself write the environment down.
    Snapshot {
        envls: AbsPath,
        file: AbsPath,
    },
    /// Has envls itself make the environment again as it was written down.
    Restore {
        envls: AbsPath,
        file: AbsPath,
    },
    /// Has envls itself make another like it.
    Clone {
        envls: AbsPath,
        new: AbsPath,
    },
}

/// Why nothing can be made of a chore, as a sentence for the user.
pub type Refusal = String;

/// The actions that do it, in the order in which they are to be done. `bases` are the machine's interpreters, where they are
/// known: a project whose environment is sound did not ask for them.
///
/// # Errors
/// When it cannot be done here; the words say why, and what to do instead.
pub fn actions(
    model: &Model,
    bases: Option<&Arc<Interpreters>>,
    chore: &Chore,
) -> Result<Vec<Action>, Refusal> {
    let mut model = model.clone();
    if model.bases.is_none() && model.reached.is_none() {
        model.bases = bases.cloned();
    }
    let actions = done_by(&model, chore)?;
    let count = actions.len();
    // What is done to an environment in a layer is done there, or not at all.
    let inside = actions.into_iter().filter_map(|it| model.placed(it));
    let mut sourcing = Sourcing::of(&model);
    let inside: Vec<Action> = inside.map(|it| sourcing.sourced(it)).collect();
    if inside.is_empty() && count > 0 {
        return Err(format!("`{}` cannot be changed that way from here", model.place()));
    }
    Ok(inside)
}

fn done_by(model: &Model, chore: &Chore) -> Result<Vec<Action>, Refusal> {
    match chore {
        Chore::Create => create(model),
        Chore::Recreate { python } => recreate(model.clone(), python.as_deref()),
        Chore::Sync { set } => sync(model, set.as_ref()),
        Chore::Add { requirement, set } => add(model, requirement, set),
        Chore::Remove { name } => remove(model, name),
        Chore::Upgrade { name } => upgrade(model, name),
        Chore::Lock => {
            let recipe = model.manager().lock(model);
            one("Lock", recipe, || {
                let lacks = lacks_tool(model);
                format!(
                    "{lacks}`{}` is not locked by {}: there is no lock to make",
                    model.called(),
                    of(model)
                )
            })
        }
        Chore::Pin { python } => pin(model, python),
        Chore::InstallPython { python } => install_python(model, python),
        Chore::Dispose => dispose(model),
        Chore::Snapshot { envls, file } => {
            let prefix = there(model)?;
            let words = ["snapshot", &prefix.to_string(), "-o", &file.to_string()];
            let title = format!("Write `{}` down", model.shown(&prefix));
            Ok(vec![run(&title, by_envls(model, envls, &words, vec![file.clone()]))])
        }
        Chore::Restore { envls, file } => {
            let prefix = model.prefix();
            let words = ["restore", &file.to_string(), &prefix.to_string()];
            let title = format!("Put `{}` back as it was written down", model.shown(&prefix));
            Ok(vec![run(&title, by_envls(model, envls, &words, vec![prefix]))])
        }
        Chore::Clone { envls, new } => {
            let prefix = there(model)?;
            let words = ["clone", &prefix.to_string(), &new.to_string()];
            let title = format!("Copy `{}` to `{}`", model.shown(&prefix), model.shown(new));
            Ok(vec![run(&title, by_envls(model, envls, &words, vec![new.clone()]))])
        }
    }
}

fn create(model: &Model) -> Result<Vec<Action>, Refusal> {
    if let Some(selection) = &model.selection {
        let prefix = model.shown(selection.environment.place());
        return Err(format!("there is an environment already, `{prefix}`: recreate it instead"));
    }
    first(fixes::create(model), || {
        format!("no environment can be made here{}", fixes::cannot_create(model))
    })
}

fn recreate(mut model: Model, python: Option<&str>) -> Result<Vec<Action>, Refusal> {
    let mut before = Vec::new();
    if let Some(python) = python {
        let wanted = version(python)?;
        let stated = model.project.requires_python.as_ref();
        if let Some(stated) =
            stated.filter(|it| !it.specifiers.admits(&wanted) && is_whole(&wanted, it))
        {
            return Err(format!(
                "the project asks for Python `{}`, which `{wanted}` is not: change that first",
                stated.spelled
            ));
        }
        if !model.project.admits_by_pin(Some(&wanted)) {
            // A tool that reads the pin would make the environment anew with the pinned one the next time.
            before = pin(&model, python)?;
        }
        model.python_wanted = Some(wanted);
    }
    if model.selection.is_none() {
        return Ok(joined(before, create(&model)?));
    }
    let again = first(fixes::recreate(&model), || cannot_recreate(&model))?;
    Ok(joined(before, again))
}

/// One recipe of several, where all are recipes: the later rests on what the earlier did.
fn joined(before: Vec<Action>, after: Vec<Action>) -> Vec<Action> {
    let mut all: Vec<Action> = Vec::new();
    for action in before.into_iter().chain(after) {
        match (all.last_mut().map(|it| (&mut it.title, &mut it.what)), action.what) {
            (Some((title, What::Run(first))), What::Run(next)) => {
                first.steps.extend(next.steps);
                first.touches.extend(next.touches);
                first.inputs.extend(next.inputs);
                first.network |= next.network;
                first.runs_project_code |= next.runs_project_code;
                let verb = action.title.split(" (`").next().unwrap_or_default();
                *title = format!("{verb} (`{}`)", first.shown());
            }
            (_, what) => all.push(Action { what, ..action }),
        }
    }
    all
}

/// Whether a version says enough to be held against bounds: `3.12` may be any of its patches.
fn is_whole(wanted: &Version, stated: &crate::model::StatedPython) -> bool {
    let newest = Version::parse(&format!("{wanted}.9999"));
    wanted.release().len() > 2 || newest.is_some_and(|it| !stated.specifiers.admits(&it))
}

fn cannot_recreate(model: &Model) -> Refusal {
    let prefix = model.shown(&model.prefix());
    match &model.python_wanted {
        Some(wanted) if model.base(|_| true).is_none() => {
            let known = model.bases.iter().flat_map(|it| &it.found);
            let mut known: Vec<String> = known.map(|it| it.version.to_string()).collect();
            known.dedup();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            format!(
                "there is no Python {wanted} on this machine (there is {known}): install it first"
            )
        }
        _ if model.prefix().is_within(&model.project.root) => {
            format!("nothing here can make `{prefix}` anew{}", fixes::cannot_create(model))
        }
        _ => format!(
            "`{prefix}` is not in the project, so it may be others' too: make another, and use that"
        ),
    }
}

fn sync(model: &Model, set: Option<&Set>) -> Result<Vec<Action>, Refusal> {
    usable(model)?;
    let prefix = model.shown(&model.prefix());
    let (title, recipe) = match set {
        None => (format!("Sync `{prefix}`"), model.manager().sync(model)),
        Some(Set::Group(group)) => {
            known(model, &Set::Group(named(group)?))?;
            (format!("Install group `{group}`"), model.manager().install_group(model, group))
        }
        Some(Set::Extra(extra)) => {
            known(model, &Set::Extra(named(extra)?))?;
            (format!("Install extra `{extra}`"), model.manager().install_extra(model, extra))
        }
        Some(_) => return Err("only a group or an extra can be installed by itself".to_owned()),
    };
    one(&title, recipe, || {
        format!("{}nothing here installs it{}", lacks_tool(model), fixes::cannot_install(model))
    })
}

/// Whether the project has such a group or extra.
fn known(model: &Model, set: &Set) -> Result<(), Refusal> {
    use crate::manifest::Says;
    let same = |it: &Set| match (it, set) {
        (Set::Group(a), Set::Group(b)) | (Set::Extra(a), Set::Extra(b)) => {
            normalised(a) == normalised(b)
        }
        _ => false,
    };
    let defined =
        model.project.facts().any(|it| matches!(&it.1.says, Says::Defines(it) if same(it)));
    if defined || model.wants.iter().any(|it| same(&it.set)) {
        return Ok(());
    }
    Err(match set {
        Set::Group(it) => format!("`{}` has no group `{it}`", model.called()),
        Set::Extra(it) => format!("`{}` has no extra `{it}`", model.called()),
        _ => "there is no such set".to_owned(),
    })
}

fn add(model: &Model, requirement: &str, set: &Set) -> Result<Vec<Action>, Refusal> {
    let parsed = requirement::parse(requirement, 0)
        .map_err(|it| format!("`{requirement}` is no requirement: {}", it.message))?;
    let plain = parsed.url.is_none() && parsed.marker.is_none() && name::is_valid(&parsed.name);
    if !plain || requirement.starts_with('-') || requirement.contains(['\n', '\r', '/', '\\']) {
        return Err(format!(
            "`{requirement}` is not just a name with versions: declare an address, a path or a marker by hand"
        ));
    }
    named_well(model, &parsed.name)?;
    let mut actions = crate::rule::add(model, requirement, set);
    if actions.is_empty() && *set == Set::Main {
        actions.extend(crate::rule::to_conda(model, requirement));
    }
    first(actions, || {
        format!("{}`{requirement}` cannot be declared here by a command", lacks_tool(model))
    })
}

fn remove(model: &Model, name: &str) -> Result<Vec<Action>, Refusal> {
    let normal = named(name)?;
    let wants: Vec<&Want> =
        model.wants.iter().filter(|it| *it.requirement.name == *normal).collect();
    let installed =
        model.installed.as_ref().is_some_and(|it| it.distributions.contains_key(&*normal));
    let of_conda = model.conda.iter().find(|it| it.spec.name == *normal);
    if wants.is_empty() && of_conda.is_none() && !installed {
        return Err(format!("`{name}` is neither declared nor installed"));
    }
    let set = wants.first().map(|it| &it.set).or(of_conda.map(|_| &Set::Main));
    if let Some(set) = set
        && let Some(recipe) = model.manager().remove(model, &normal, set)
    {
        return Ok(vec![run(&format!("Remove `{normal}`"), recipe)]);
    }
    // Nobody's command takes it out of this file, so an edit does; what is installed is uninstalled then.
    let mut actions = Vec::new();
    for want in &wants {
        actions.push(edits::remove(model, want).ok_or_else(|| {
            format!(
                "`{normal}` stands in `{}` where it cannot be taken out by itself: remove it by hand",
                model.shown(&want.path)
            )
        })?);
    }
    if let Some(want) = of_conda {
        actions.push(edits::remove_from_conda(model, want).ok_or_else(|| {
            format!("`{normal}` stands in `{}` where it cannot be taken out by itself: remove it by hand", model.shown(&want.path))
        })?);
    }
    if installed || of_conda.is_some_and(|it| it.installed.is_some()) {
        let recipe = model.manager().uninstall(model, &normal);
        let recipe = recipe.or_else(|| manager::named("pip").uninstall(model, &normal));
        actions.extend(recipe.map(|it| run(&format!("Uninstall `{normal}`"), it)));
    }
    first_all(actions, || format!("nothing here uninstalls `{normal}`"))
}

fn upgrade(model: &Model, name: &str) -> Result<Vec<Action>, Refusal> {
    let normal = named(name)?;
    usable(model)?;
    let installed =
        model.installed.as_ref().is_some_and(|it| it.distributions.contains_key(&*normal));
    let declared = model.wants.iter().any(|it| *it.requirement.name == *normal);
    if !installed && !declared {
        return Err(format!("`{name}` is neither declared nor installed"));
    }
    one(&format!("Upgrade `{normal}`"), model.manager().upgrade(model, &normal), || {
        format!("{}nothing here upgrades `{normal}`", lacks_tool(model))
    })
}

fn pin(model: &Model, python: &str) -> Result<Vec<Action>, Refusal> {
    let wanted = version(python)?;
    let stated = model.project.requires_python.as_ref();
    if let Some(stated) =
        stated.filter(|it| !it.specifiers.admits(&wanted) && is_whole(&wanted, it))
    {
        return Err(format!(
            "the project asks for Python `{}`, which `{wanted}` is not",
            stated.spelled
        ));
    }
    let title = format!("Pin Python {wanted}");
    if let Some(recipe) = model.manager().pin(model, &wanted) {
        return Ok(vec![run(&title, recipe)]);
    }
    let file = model.project.root.join(".python-version");
    if let Some(pin) = model.project.pins.iter().find(|it| it.location.path == file) {
        return Ok(vec![fixes::edit(
            format!("{title} in `.python-version`"),
            pin.location.clone(),
            wanted.to_string(),
        )]);
    }
    let step = Step::WriteNew { path: file.clone(), text: format!("{wanted}\n") };
    let recipe = Recipe {
        steps: vec![step],
        touches: vec![file],
        inputs: Vec::new(),
        network: false,
        runs_project_code: false,
    };
    Ok(vec![run(&format!("{title} in `.python-version`"), recipe)])
}

fn install_python(model: &Model, python: &str) -> Result<Vec<Action>, Refusal> {
    let wanted = version(python)?;
    let own = model.manager().install_python(model, &wanted);
    let recipe = own.or_else(|| manager::named("pip").install_python(model, &wanted));
    one(&format!("Install Python {wanted}"), recipe, || {
        format!("nothing here installs Pythons: install uv or pyenv, or Python {wanted} itself")
    })
}

fn dispose(model: &Model) -> Result<Vec<Action>, Refusal> {
    let Some(selection) = &model.selection else {
        return Err("there is no environment to remove".to_owned());
    };
    let prefix = selection.environment.prefix.clone();
    let shown = model.shown(&prefix);
    let keeps = |it: &&&dyn manager::Manager| Some(it.name()) == selection.environment.manager;
    let keeper = manager::ALL.iter().find(keeps);
    let kept = || keeper.and_then(|it| it.dispose(model, &prefix));
    if let Some(recipe) = model.manager().dispose(model, &prefix).or_else(kept) {
        return Ok(vec![run(&format!("Remove `{shown}`"), recipe)]);
    }
    // Whatever lies elsewhere may be someone else's too.
    let home = model.claim().map_or(&model.project.root, |it| &it.home);
    let inside = prefix.is_within(&model.project.root) || prefix.is_within(home);
    if !inside || prefix == model.project.root || prefix == *home {
        return Err(format!(
            "`{shown}` is not in the project, so it may be others' too: remove it by hand"
        ));
    }
    let recipe = Recipe {
        steps: vec![Step::Remove(prefix.clone())],
        touches: vec![prefix],
        inputs: Vec::new(),
        network: false,
        runs_project_code: false,
    };
    Ok(vec![run(&format!("Remove the environment `{shown}` and all in it"), recipe)])
}

fn there(model: &Model) -> Result<AbsPath, Refusal> {
    let prefix = model.selection.as_ref().map(|it| it.environment.prefix.clone());
    prefix.ok_or_else(|| format!("`{}` has no environment yet", model.called()))
}

/// A command of our own, under the lock that we have on what it touches.
fn by_envls(model: &Model, envls: &AbsPath, words: &[&str], touches: Vec<AbsPath>) -> Recipe {
    let mut command = Command::new(envls, words.iter().copied(), &model.project.root);
    command.variables.insert("ENVLS_HELD".to_owned(), "1".to_owned());
    Recipe {
        steps: vec![Step::Run(command)],
        touches,
        inputs: Vec::new(),
        network: words.first() != Some(&"snapshot"),
        runs_project_code: words.first() != Some(&"snapshot"),
    }
}

fn usable(model: &Model) -> Result<(), Refusal> {
    match (model.usable(), &model.selection) {
        (Some(_), _) => Ok(()),
        (None, Some(_)) => {
            Err(format!("`{}` is broken: recreate it first", model.shown(&model.prefix())))
        }
        (None, None) => {
            Err(format!("`{}` has no environment yet: create it first", model.called()))
        }
    }
}

fn of(model: &Model) -> &'static str {
    model.manager().name()
}

/// That the project's own tool is not on this machine, where that is so.
fn lacks_tool(model: &Model) -> String {
    let own = model.manager().own_programs();
    let is_there = own.iter().any(|it| model.programs.contains_key(it));
    match own.first().filter(|_| of(model) != "pip" && !is_there) {
        Some(tool) => format!("`{tool}` is not on this machine: install it first; "),
        None => too_old(model).unwrap_or_default(),
    }
}

/// That the project's own tool cannot do all that it could be asked for, where its version says so.
fn too_old(model: &Model) -> Option<String> {
    let (tool, since) =
        (model.manager().own_programs().first()?, model.manager().complete_since()?);
    let found = model.versions.get(tool).filter(|_| manager::is_older(model, tool, since))?;
    Some(format!("`{tool}` is {found}, and does all of this from {since} on: upgrade it; "))
}

fn one(
    verb: &str,
    recipe: Option<Recipe>,
    refusal: impl FnOnce() -> Refusal,
) -> Result<Vec<Action>, Refusal> {
    recipe.map(|it| vec![run(verb, it)]).ok_or_else(refusal)
}

/// The best of several ways.
fn first(actions: Vec<Action>, refusal: impl FnOnce() -> Refusal) -> Result<Vec<Action>, Refusal> {
    actions.into_iter().next().map(|it| vec![it]).ok_or_else(refusal)
}

fn first_all(
    actions: Vec<Action>,
    refusal: impl FnOnce() -> Refusal,
) -> Result<Vec<Action>, Refusal> {
    if actions.is_empty() { Err(refusal()) } else { Ok(actions) }
}

fn run(verb: &str, recipe: Recipe) -> Action {
    let shown = recipe.shown();
    let title = if shown.is_empty() { verb.to_owned() } else { format!("{verb} (`{shown}`)") };
    Action { title, preferred: false, what: What::Run(recipe) }
}
