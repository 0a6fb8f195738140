//! The fixes that several rules share, with their words.

use memchr::memmem;

use crate::{
    action::{Action, Choice, Edit, Recipe, Step, What},
    declared,
    finding::Finding,
    manager,
    manifest::Set,
    model::{Claim, Environment, Expectation, Flaw, Model, Want},
    standard::{marker::Verdict, requirement},
    text::{Location, Position, Range, Span},
    world::AbsPath,
};

/// Makes the environment that is not there.
pub(crate) fn create(model: &Model) -> Vec<Action> {
    let prefix = model.prefix();
    let shown = model.shown(&prefix);
    // What the project names is what it wants; whatever else it could have comes after it.
    let unmade = model.unmade.as_ref().filter(|_| model.selection.is_none());
    let named = unmade.into_iter().flat_map(|it| {
        let recipes = manager::named(it.manager).create(model, &it.prefix).into_iter();
        recipes.map(|recipe| (format!("Create `{}`", it.name), recipe))
    });
    let usual = model.manager().create(model, &prefix).into_iter().map(|mut recipe| {
        recipe.steps.insert(0, Step::UndoIfFails(prefix.clone()));
        (format!("Create `{shown}`"), recipe)
    });
    best_first(model, named.chain(usual))
}

/// Makes an environment anew in the place of one that is there. Only one that lies in the project, or in the workspace that
/// the project is a member of, or that the project's tool keeps for it and would itself remove: whatever else is elsewhere may
/// be someone else's too. Where the tool makes one for another Python beside it, the one that is there stays.
pub(crate) fn recreate(model: &Model) -> Vec<Action> {
    let prefix = model.prefix();
    let root = &model.project.root;
    let kept = |it: &Claim| {
        let made_for = model.selection.as_ref().and_then(|it| it.environment.project.as_ref());
        it.prefix == prefix && made_for == Some(root)
    };
    let by_claim = model.claim().is_some_and(|it| prefix.is_within(&it.home) || kept(it));
    let is_own =
        prefix.is_within(root) || by_claim || model.manager().dispose(model, &prefix).is_some();
    if !is_own || prefix == *root {
        return Vec::new();
    }
    let recipes = model.manager().create(model, &prefix).into_iter().map(|mut recipe| {
        let beside = recipe.touches.first().filter(|it| **it != prefix).cloned();
        let (verb, made, first) = match beside {
            Some(made) => ("Create", made.clone(), Step::UndoIfFails(made)),
            None => ("Recreate", prefix.clone(), Step::SetAside(prefix.clone())),
        };
        recipe.steps.insert(0, first);
        (format!("{verb} `{}`", model.shown(&made)), recipe)
    });
    best_first(model, recipes)
}

/// Gets the project another environment than the one it has: makes that anew, where it is the project's own, else lets go of
/// the user's choice, else makes one where the project's tool keeps it.
pub(super) fn instead(model: &Model) -> Vec<Action> {
    if model.is_not_made() {
        return create(model).into_iter().chain(forget(model)).collect();
    }
    let mut actions = recreate(model);
    // Where what was chosen cannot be used, and nothing better is to be had, the choice is what is wrong.
    let is_only = actions.is_empty() && model.usable().is_none();
    actions.extend(forget(model).into_iter().map(|it| preferred(it, is_only)));
    let own = model.own_prefix();
    let taken = model.candidates.iter().any(|it| it.environment.is_at(&own));
    if actions.is_empty() && !taken && own.is_within(&model.project.root) {
        let recipes = model.manager().create(model, &own);
        let shown = model.shown(&own);
        let recipes = recipes.into_iter().map(|it| (format!("Create `{shown}`"), it));
        actions.extend(best_first(model, recipes));
    }
    actions
}

/// Puts a Python into the environment, where it has none and its manager would.
pub(super) fn complete(model: &Model) -> Option<Action> {
    let recipe = model.inside(model.manager().complete(model, &model.prefix())?)?;
    Some(run(&format!("Install Python into `{}`", model.shown(&model.prefix())), recipe, true))
}

/// Chooses an environment for the project, whatever else speaks for another.
pub(crate) fn choose(model: &Model, environment: &Environment) -> Option<Action> {
    let python = environment.python.clone()?;
    let title = format!("Use `{}`", model.shown(environment.place()));
    let choice = Choice { project: model.project.root.clone(), python: Some(python) };
    Some(Action { title, preferred: false, what: What::Choose(choice) })
}

/// Lets go of what the user chose, where something else could be chosen then.
pub(super) fn forget(model: &Model) -> Vec<Action> {
    let Some(chosen) = &model.choice else { return Vec::new() };
    let title = format!("Forget the choice of `{}`", model.shown(chosen));
    let choice = Choice { project: model.project.root.clone(), python: None };
    vec![Action { title, preferred: false, what: What::Choose(choice) }]
}

/// Where the project says that a manager has it: the text, where there is one, else what stands for the project.
pub(super) fn claimed_at(model: &Model, claim: &Claim) -> Location {
    let read = claim
        .because
        .iter()
        .find_map(|it| Some(Location { path: it.path.clone()?, range: it.range? }));
    read.unwrap_or_else(|| model.anchor())
}

/// Installs everything that the project declares.
pub(super) fn sync(model: &Model) -> Option<Action> {
    let recipe = model.inside(model.manager().sync(model)?)?;
    Some(run(&format!("Sync `{}`", model.shown(&model.prefix())), recipe, true))
}

/// Makes the project's lock anew; then also installs what it holds.
pub(super) fn lock(model: &Model) -> Vec<Action> {
    let recipe = model.manager().lock(model).and_then(|it| model.inside(it));
    let Some(recipe) = recipe else { return Vec::new() };
    let mut actions = vec![run("Lock", recipe, true)];
    actions.extend(sync(model).map(|it| Action { preferred: false, ..it }));
    actions
}

/// Installs one requirement, as it is declared.
pub(super) fn install(model: &Model, want: &Want) -> Option<Action> {
    let recipe = model.inside(model.manager().install(model, want)?)?;
    Some(run(&format!("Install `{}`", want.requirement.name), recipe, false))
}

/// Installs anew what is there, but not as it should be.
pub(super) fn reinstall(model: &Model, flaw: &Flaw) -> Option<Action> {
    let recipe = model.inside(model.manager().reinstall(model, flaw)?)?;
    Some(run(&format!("Reinstall `{}`", flaw.name), recipe, true))
}

/// Installs a requirement that stands in no manifest, as it is spelled.
pub(super) fn install_spelled(model: &Model, spelled: &str, location: &Location) -> Option<Action> {
    let requirement = requirement::parse(spelled, 0).ok()?.into();
    let want = Want {
        requirement,
        set: Set::Main,
        environment: None,
        path: location.path.clone(),
        span: Span::new(0, 0),
        location: location.clone(),
        applies: Verdict::Holds,
        expected: Expectation::Optional,
    };
    install(model, &want)
}

/// Why nothing can be installed into the environment, and what to do about it.
pub(crate) fn cannot_install(model: &Model) -> &'static str {
    if model.manager().sync(model).is_some() || model.manager().name() != "pip" {
        return "";
    }
    "; there is no pip in it and no uv on this machine: install uv"
}

/// Writes the comment that silences a finding on its line, where such a comment can stand at the end of that line.
pub(crate) fn silence(model: &Model, finding: &Finding) -> Option<Action> {
    let path = &finding.location.path;
    let open = model.imports.opened.get(path);
    if let Some(end) = open.and_then(|it| it.end_of(finding.location.range.start.line)) {
        return Some(silence_code(end, finding));
    }
    if let Some(file) = model.layers.file(path) {
        return silence_before(file, finding);
    }
    let document = &model.project.manifests.iter().find(|it| it.path == *path)?.document;
    let line = finding.location.range.start.line as usize;
    let span = document.lines.line(&document.text, line)?;
    let before = document.text.get(..span.end)?;
    // Of the formats of a line each nothing goes on over several, and such files are the long ones.
    let has_strings = document.format != "requirements";
    let inside =
        |quotes: &str| memmem::find_iter(before.as_bytes(), quotes.as_bytes()).count() % 2 == 1;
    let inside_string = has_strings && ["\"\"\"", "'''"].into_iter().any(inside);
    let comments = !matches!(document.format, "python-version" | "setup-cfg");
    if !comments || inside_string || finding.code == "invalid-manifest" || before.ends_with('\\') {
        return None;
    }
    let end = document.location(path, Span::new(span.end, span.end));
    let comment = format!("# envls: ignore[{}]", finding.code);
    Some(edit(format!("Silence on this line (`{comment}`)"), end, format!("  {comment}")))
}

/// The same at an import of a file that the editor holds open.
fn silence_code(end: Position, finding: &Finding) -> Action {
    let comment = format!("# envls: ignore[{}]", finding.code);
    let range = Range { start: end, end };
    let end = Location { path: finding.location.path.clone(), range };
    edit(format!("Silence on this line (`{comment}`)"), end, format!("  {comment}"))
}

/// Writes a small file that is not there.
pub(super) fn write_new(model: &Model, path: &AbsPath, text: &str) -> Action {
    let step = Step::WriteNew { path: path.clone(), text: text.to_owned() };
    let recipe = Recipe {
        steps: vec![step],
        touches: vec![path.clone()],
        inputs: Vec::new(),
        network: false,
        runs_project_code: false,
    };
    let title = format!("Create `{}` with `{}`", model.shown(path), text.trim());
    Action { title, preferred: true, what: What::Run(recipe) }
}

/// Writes that comment on a line of its own before the finding's, which every format that declares layers takes.
fn silence_before(file: &declared::Document, finding: &Finding) -> Option<Action> {
    let line = finding.location.range.start.line as usize;
    let span = file.lines.line(&file.text, line)?;
    let text = file.text.get(span.start..span.end)?;
    let indent = text.get(..text.len() - text.trim_start().len())?;
    // Inside of an instruction that goes on over several lines it would be no comment of the whole.
    let is_start = file.format != "dockerfile" || indent.is_empty();
    let mark = if file.format == "devcontainer" { "//" } else { "#" };
    let comment = format!("{mark} envls: ignore[{}]", finding.code);
    let start = file.location(&finding.location.path, Span::new(span.start, span.start));
    let title = format!("Silence on this line (`{comment}`)");
    is_start.then(|| edit(title, start, format!("{indent}{comment}\n")))
}

/// Installs a group along with what is in use.
pub(super) fn install_group(model: &Model, group: &str) -> Option<Action> {
    let recipe = model.inside(model.manager().install_group(model, group)?)?;
    Some(run(&format!("Install group `{group}`"), recipe, false))
}

/// The same action, as the one to take or as one of several.
pub(super) fn preferred(action: Action, preferred: bool) -> Action {
    Action { preferred, ..action }
}

/// Replaces a stretch of a manifest.
pub(crate) fn edit(
    title: impl Into<String>,
    location: Location,
    text: impl Into<String>,
) -> Action {
    let edits = vec![Edit { location, text: text.into() }];
    Action { title: title.into(), preferred: false, what: What::Edit(edits) }
}

/// Why no environment can be made here, and what to do about it.
pub(crate) fn cannot_create(model: &Model) -> String {
    let Some(bases) = &model.bases else { return String::new() };
    if let Some(named) = model.other_python().filter(|_| model.base(|_| true).is_none()) {
        return format!("; no Python here is a `{}`: install one first", named.spelled);
    }
    let specifiers = model.project.requires_python.as_ref();
    let fits = |it: &&crate::model::Interpreter| {
        specifiers.is_none_or(|stated| stated.specifiers.admits(&it.version))
    };
    if let Some(base) = bases.found.iter().filter(fits).max_by_key(|it| &it.version) {
        if let crate::model::VenvModule::Lacks { package } = &base.venv {
            let python = model.shown(&base.python);
            return format!(
                "; `{python}` cannot make one until the package `{package}` is installed"
            );
        }
        return String::new();
    }
    match specifiers {
        Some(stated) => {
            let newest = bases.found.iter().map(|it| &it.version).max();
            let newest = newest.map_or("none".to_owned(), ToString::to_string);
            format!(
                "; no Python here is `{}`, the newest is {newest}: install one first",
                stated.spelled
            )
        }
        None => "; no Python was found on this machine: install one first".to_owned(),
    }
}

/// Whether a folder that is to be made, or anything in it, can be named in a sentence about the project.
pub(super) fn joined(names: &[String]) -> String {
    names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

fn best_first(model: &Model, recipes: impl Iterator<Item = (String, Recipe)>) -> Vec<Action> {
    let recipes = recipes.filter_map(|(verb, recipe)| Some((verb, model.inside(recipe)?)));
    recipes.enumerate().map(|(at, (verb, recipe))| run(&verb, recipe, at == 0)).collect()
}

fn run(verb: &str, recipe: Recipe, preferred: bool) -> Action {
    let title = format!("{verb} (`{}`)", recipe.shown());
    Action { title, preferred, what: What::Run(recipe) }
}

/// How a path is shown in a message about an environment.
pub(super) fn shown(model: &Model, path: &AbsPath) -> String {
    format!("`{}`", model.shown(path))
}
