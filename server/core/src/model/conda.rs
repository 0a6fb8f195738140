//! What conda is to install, held against what its records say that it did (conda, *Managing environments*: `conda-meta`).

use std::collections::BTreeMap;

use super::project::Project;
use crate::{
    manifest::{Says, Set},
    standard::{
        marker::{Marker, MarkerEnvironment, Verdict},
        match_spec::Spec,
    },
    text::{Location, Span},
    world::{AbsPath, Asked, Reply, View},
};

/// A package that conda is asked for always.
#[derive(Clone, Debug)]
pub struct CondaWant {
    pub spec: Spec,
    pub path: AbsPath,
    pub span: Span,
    pub location: Location,
    /// The version that is installed.
    pub installed: Option<String>,
}

/// What a project wants of conda, where its environment has conda's records.
pub(super) fn wants(
    view: &View<'_>,
    project: &Project,
    prefix: &AbsPath,
    environment: &MarkerEnvironment,
) -> Asked<Vec<CondaWant>> {
    let stated: Vec<_> = project
        .facts()
        .filter_map(|(manifest, fact)| match &fact.says {
            Says::Conda { set: Set::Main, spec } => Some((manifest, fact.span, spec)),
            _ => None,
        })
        .collect();
    if stated.is_empty() {
        return Ok(Vec::new());
    }
    let Reply::Known(records) = view.listing(&prefix.join("conda-meta"))? else {
        return Ok(Vec::new());
    };
    let records: BTreeMap<&str, &str> =
        records.names().filter_map(|(name, _)| of_record(name)).collect();
    let holds = |spec: &Spec| {
        let marker = spec.condition.and_then(|it| Marker::parse(it, 0).ok());
        marker.is_none_or(|it| it.judge(environment) == Verdict::Holds)
    };
    let want = |(manifest, span, spec): (&super::project::ManifestRead, Span, &Spec)| CondaWant {
        spec: spec.clone(),
        path: manifest.path.clone(),
        span,
        location: manifest.document.location(&manifest.path, span),
        installed: records.get(&*spec.name).map(|it| (*it).to_owned()),
    };
    Ok(stated.into_iter().filter(|it| holds(it.2)).map(want).collect())
}

/// `numpy-1.26.4-py312heda63a1_0.json` as name and version.
fn of_record(file: &str) -> Option<(&str, &str)> {
    let (rest, _) = file.strip_suffix(".json")?.rsplit_once('-')?;
    rest.rsplit_once('-')
}
