//! The documents of the contract that the protocol carries: environments and why they are what a path gets.

use std::collections::{BTreeMap, BTreeSet};

use envls_core::{
    model::{self, Interpreter, Model, Offer},
    rule,
    session::Session,
    text::Encoding,
    world::{AbsPath, Trust},
};
use serde_json::{Value, json};

use crate::convert;

/// The place that a question without another one is asked of.
const HERE: &str = "here";

/// A path as a string; what is no UTF-8 becomes a percent-encoded address, which names it without loss.
pub(crate) fn spelled(path: &AbsPath) -> String {
    match str::from_utf8(path.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => crate::uri::uri_of(path).map_or_else(|| path.to_string(), |it| it.to_string()),
    }
}

pub(crate) fn evidence(reasons: &[model::Evidence], encoding: Encoding) -> Value {
    let one = |it: &model::Evidence| {
        json!({
            "what": it.what,
            "path": it.path.as_ref().map(spelled),
            "range": it.range.map(|it| convert::range(it, encoding)),
        })
    };
    reasons.iter().map(one).collect()
}

/// An environment of a project.
pub(crate) fn environment(
    environment: &model::Environment,
    project: &AbsPath,
    encoding: Encoding,
) -> Value {
    let problems = rule::problems(project, environment).into_iter();
    let problems: Vec<Value> =
        problems.map(|(code, message)| json!({"code": code, "message": message})).collect();
    let inside = || environment.prefix.is_within(project).then_some(project);
    let owner = environment.project.as_ref().or_else(inside);
    let aliases: Vec<String> = environment.other_pythons().iter().map(spelled).collect();
    json!({
        "id": environment.id(),
        "python": environment.python.as_ref().map(spelled),
        "prefix": spelled(&environment.prefix),
        "version": environment.version.as_ref().map(ToString::to_string),
        "implementation": environment.implementation,
        "architecture": environment.architecture,
        "kind": environment.kind,
        "manager": environment.manager,
        "project": owner.map(spelled),
        "name": environment.name,
        "aliases": aliases,
        "base": environment.base.as_ref().map(spelled),
        "place": environment.prefix.place().to_string(),
        "offered": environment.offer == Offer::Offered,
        "health": environment.health().name(),
        "problems": problems,
        "because": evidence(&environment.because, encoding),
    })
}

fn interpreter(interpreter: &Interpreter, encoding: Encoding) -> Value {
    let aliases: Vec<String> = interpreter.aliases.iter().map(spelled).collect();
    json!({
        // Several interpreters share the prefix of the system, so the executable is what tells them apart.
        "id": format!("{HERE}:{}", spelled(&interpreter.python)),
        "python": spelled(&interpreter.python),
        "prefix": spelled(&interpreter.prefix),
        "version": interpreter.version.to_string(),
        "implementation": interpreter.implementation,
        "architecture": interpreter.architecture,
        "kind": interpreter.kind,
        "manager": null,
        "project": null,
        "name": null,
        "aliases": aliases,
        "base": null,
        "place": HERE,
        "offered": true,
        "health": "ok",
        "problems": [],
        "because": evidence(&interpreter.because, encoding),
    })
}

/// Everything that the session knows: the projects' environments, each once, the machine's others, and its interpreters.
pub(crate) fn known(session: &Session, encoding: Encoding) -> Vec<Value> {
    let mut all: BTreeMap<AbsPath, Value> = BTreeMap::new();
    for standing in session.projects() {
        for candidate in standing.choice().into_iter().flat_map(|it| &it.candidates) {
            let prefix = &candidate.environment.prefix;
            // Of several projects that could get it, the one that it lies in is named.
            if prefix.is_within(standing.root) || !all.contains_key(prefix) {
                let made = environment(&candidate.environment, standing.root, encoding);
                all.insert(prefix.clone(), made);
            }
        }
    }
    let reals: BTreeSet<AbsPath> = session
        .projects()
        .flat_map(|it| {
            it.choice().into_iter().flat_map(|it| it.candidates.clone()).collect::<Vec<_>>()
        })
        .map(|it| it.environment.real.clone())
        .collect();
    for machine in session.environments().into_iter().flat_map(|it| &it.found) {
        if !reals.contains(&machine.real) {
            let made = environment(machine, &machine.prefix, encoding);
            all.insert(machine.prefix.clone(), made);
        }
    }
    let interpreters = session.interpreters().into_iter().flat_map(|it| &it.found);
    all.into_values().chain(interpreters.map(|it| interpreter(it, encoding))).collect()
}

/// The environment that a project gets, or null. `trusted` says whether its interpreter may be started by whoever is handed it:
/// what lies in an open folder, or in the project, may have come with it.
pub(crate) fn active(model: Option<&Model>, folder: Option<&AbsPath>, encoding: Encoding) -> Value {
    let Some((model, selection)) = model.and_then(|it| Some((it, it.selection.as_ref()?))) else {
        return Value::Null;
    };
    let mut active = environment(&selection.environment, &model.project.root, encoding);
    if let Some(active) = active.as_object_mut() {
        active.insert("trusted".to_owned(), json!(may_be_started(model, folder)));
    }
    active
}

/// Whether nothing of a folder that is not trusted is started with the environment of a project.
pub(crate) fn may_be_started(model: &Model, folder: Option<&AbsPath>) -> bool {
    let Some(selection) = &model.selection else { return true };
    let environment = &selection.environment;
    let places = [Some(&environment.prefix), environment.python.as_ref()];
    let inside = |it: &AbsPath| {
        it.is_within(&model.project.root) || folder.is_some_and(|folder| it.is_within(folder))
    };
    model.trust == Trust::Trusted || !places.into_iter().flatten().any(inside)
}

pub(crate) fn because(model: Option<&Model>, encoding: Encoding) -> Value {
    let selection = model.and_then(|it| it.selection.as_ref());
    evidence(selection.map_or(&[], |it| &it.because), encoding)
}

/// What puts the chosen environment in force, as its own `activate` does.
pub(crate) fn variables(model: Option<&Model>) -> Value {
    let Some(environment) = model.and_then(Model::usable) else {
        return json!({"set": {}, "prependPath": [], "unset": []});
    };
    let activation = environment.activation();
    let text = |value: &Vec<u8>| String::from_utf8_lossy(value).into_owned();
    let set: BTreeMap<_, _> = activation.set.iter().map(|it| (*it.0, text(it.1))).collect();
    json!({
        "set": set,
        "prependPath": activation.prepend_path.iter().map(spelled).collect::<Vec<_>>(),
        "unset": activation.unset,
    })
}
