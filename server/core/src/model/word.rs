//! What an interpreter itself says of its version, where files know no more than the minor one: some systems ship Python without
//! its headers. Asked only for a project that is trusted, and only about the environment that would be selected.

use std::sync::Arc;

use super::{
    choice::{Candidate, Claim},
    choosing::against,
    environment::Environment,
    project::Project,
};
use crate::{
    standard::version::Version,
    world::{Asked, Trust, View},
};

/// Completes the version of the strongest candidate, where it can be used and its files do not tell.
pub(super) fn complete(
    view: &View<'_>,
    project: &Project,
    claims: &[Claim],
    candidates: &mut [Candidate],
) -> Asked<()> {
    let Some(first) = candidates.first_mut() else { return Ok(()) };
    let environment = &first.environment;
    if !environment.is_usable() || !environment.prefix.is_here() || is_whole(environment) {
        return Ok(());
    }
    if view.trust(&project.root)? != Trust::Trusted {
        return Ok(());
    }
    // That of an environment is never started: what is beside it could have it run something else.
    let Some(python) = environment.base.as_ref().or(environment.python.as_ref()) else {
        return Ok(());
    };
    let said = view.probe(python)?.known();
    let Some((implementation, version)) = said.and_then(|it| read(&it)) else { return Ok(()) };
    let is_same = |known: &Version| version.release().starts_with(known.release());
    if environment.version.as_ref().is_none_or(is_same) {
        let before = against(project, claims, environment);
        let environment = Arc::make_mut(&mut first.environment);
        environment.version = Some(version);
        environment.implementation.get_or_insert(implementation);
        first.against.retain(|it| !before.contains(it));
        first.against.extend(against(project, claims, &first.environment));
    }
    Ok(())
}

fn is_whole(environment: &Environment) -> bool {
    environment.version.as_ref().is_some_and(|it| it.release().len() > 2)
}

/// Its implementation and its version, from its answer.
fn read(answer: &str) -> Option<(String, Version)> {
    let said: serde_json::Value = serde_json::from_str(answer).ok()?;
    let word = |key: &str| said.get(key)?.as_str();
    let level = match word("level")? {
        "alpha" => "a",
        "beta" => "b",
        "candidate" => "rc",
        _ => "",
    };
    let serial = said.get("serial").and_then(serde_json::Value::as_u64);
    let serial = serial.filter(|_| !level.is_empty()).map_or(String::new(), |it| it.to_string());
    let version = Version::parse(&format!("{}{level}{serial}", word("version")?))?;
    Some((word("implementation")?.to_owned(), version))
}
