//! An environment or interpreter, as every document has it.

use std::collections::BTreeMap;

use envls_core::{
    model::{self, Interpreter, Offer},
    rule,
    session::Session,
    text::Encoding,
    world::AbsPath,
};
use serde::Serialize;

use super::{Evidence, evidence, spelled};

#[derive(Debug, Serialize)]
pub(crate) struct Environment {
    id: String,
    python: Option<String>,
    prefix: String,
    version: Option<String>,
    implementation: Option<String>,
    architecture: Option<String>,
    kind: &'static str,
    manager: Option<&'static str>,
    project: Option<String>,
    name: Option<String>,
    aliases: Vec<String>,
    base: Option<String>,
    place: String,
    offered: bool,
    health: &'static str,
    problems: Vec<Problem>,
    because: Vec<Evidence>,
}

#[derive(Debug, Serialize)]
struct Problem {
    code: &'static str,
    message: String,
}

/// The place that a question without another one is asked of.
const HERE: &str = "here";

/// An environment of a project.
pub(super) fn environment(
    environment: &model::Environment,
    project: Option<&AbsPath>,
    encoding: Encoding,
) -> Environment {
    let seen_from = project.unwrap_or(&environment.prefix);
    let problems = rule::problems(seen_from, environment).into_iter();
    Environment {
        id: environment.id(),
        python: environment.python.as_ref().map(spelled),
        prefix: spelled(&environment.prefix),
        version: environment.version.as_ref().map(ToString::to_string),
        implementation: environment.implementation.clone(),
        architecture: environment.architecture.clone(),
        kind: environment.kind,
        manager: environment.manager,
        project: owner(environment, project).map(spelled),
        name: environment.name.clone(),
        aliases: environment.other_pythons().iter().map(spelled).collect(),
        base: environment.base.as_ref().map(spelled),
        place: environment.prefix.place().to_string(),
        offered: environment.offer == Offer::Offered,
        health: environment.health().name(),
        problems: problems.map(|(code, message)| Problem { code, message }).collect(),
        because: evidence(&environment.because, encoding),
    }
}

/// The project that an environment is for: what is known of it, else the one that it lies in.
fn owner<'known>(
    environment: &'known model::Environment,
    project: Option<&'known AbsPath>,
) -> Option<&'known AbsPath> {
    let inside = || project.filter(|it| environment.prefix.is_within(it));
    environment.project.as_ref().or_else(inside)
}

/// An interpreter of the machine.
fn interpreter(interpreter: &Interpreter, encoding: Encoding) -> Environment {
    Environment {
        // Several interpreters share the prefix of the system, so the executable is what tells them apart.
        id: format!("{HERE}:{}", spelled(&interpreter.python)),
        python: Some(spelled(&interpreter.python)),
        prefix: spelled(&interpreter.prefix),
        version: Some(interpreter.version.to_string()),
        implementation: Some(interpreter.implementation.to_owned()),
        architecture: interpreter.architecture.map(str::to_owned),
        kind: interpreter.kind,
        manager: None,
        project: None,
        name: None,
        aliases: interpreter.aliases.iter().map(spelled).collect(),
        base: None,
        place: HERE.to_owned(),
        offered: true,
        health: "ok",
        problems: Vec::new(),
        because: evidence(&interpreter.because, encoding),
    }
}

/// Everything that the session knows: the projects' environments, each once, and the machine's interpreters.
pub(crate) fn known(session: &Session, encoding: Encoding) -> Vec<Environment> {
    let mut all = BTreeMap::new();
    for standing in session.projects() {
        let candidates = standing.outcome.model.iter().flat_map(|it| &it.candidates);
        for candidate in candidates {
            let made = environment(&candidate.environment, Some(standing.root), encoding);
            // Of several projects that could get it, the one that it lies in is named.
            let known = all.entry(made.id.clone());
            known
                .and_modify(|it: &mut Environment| {
                    it.project = it.project.take().or(made.project.clone())
                })
                .or_insert(made);
        }
    }
    let machine = session.environments().into_iter().flat_map(|it| &it.found);
    for found in machine {
        let made = environment(found, None, encoding);
        all.entry(made.id.clone()).or_insert(made);
    }
    let interpreters = session.interpreters().into_iter().flat_map(|it| &it.found);
    let interpreters = interpreters.map(|it| interpreter(it, encoding));
    all.into_values().chain(interpreters).collect()
}
