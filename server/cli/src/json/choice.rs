//! What a path gets: `explain`, `which` and `envs` with `--output-format json`.

use std::collections::BTreeMap;

use envls_core::{
    model::{self, Model},
    session::{Session, Standing},
    text::Encoding,
    world::AbsPath,
};
use serde::Serialize;

use super::{
    Evidence, VERSION,
    environment::{Environment, environment, known},
    evidence, spelled,
};

#[derive(Debug, Serialize)]
pub(super) struct Selection {
    environment: Environment,
    because: Vec<Evidence>,
}

pub(super) fn selection(model: &Model, encoding: Encoding) -> Option<Selection> {
    let selection = model.selection.as_ref()?;
    Some(Selection {
        environment: environment(&selection.environment, Some(&model.project.root), encoding),
        because: evidence(&selection.because, encoding),
    })
}

#[derive(Debug, Serialize)]
pub(crate) struct Envs {
    version: u32,
    environments: Vec<Environment>,
}

pub(crate) fn envs(session: &Session, encoding: Encoding) -> Envs {
    Envs { version: VERSION, environments: known(session, encoding) }
}

#[derive(Debug, Serialize)]
pub(crate) struct Explain {
    version: u32,
    path: String,
    project: Option<String>,
    selection: Option<Selection>,
    candidates: Vec<Candidate>,
}

#[derive(Debug, Serialize)]
struct Candidate {
    environment: Environment,
    strength: &'static str,
    because: Vec<Evidence>,
    against: Vec<Evidence>,
}

pub(crate) fn explain(
    path: &AbsPath,
    standing: Option<&Standing<'_>>,
    encoding: Encoding,
) -> Explain {
    let model = standing.and_then(|it| it.outcome.model.as_deref());
    let candidate = |root: &AbsPath, it: &model::Candidate| Candidate {
        environment: environment(&it.environment, Some(root), encoding),
        strength: it.strength.name(),
        because: evidence(&it.because, encoding),
        against: evidence(&it.against, encoding),
    };
    let candidates = model
        .iter()
        .flat_map(|model| model.candidates.iter().map(|it| candidate(&model.project.root, it)));
    Explain {
        version: VERSION,
        path: spelled(path),
        project: standing.map(|it| spelled(it.root)),
        selection: model.and_then(|it| selection(it, encoding)),
        candidates: candidates.collect(),
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Which {
    version: u32,
    path: String,
    project: Option<String>,
    python: Option<String>,
}

pub(crate) fn which(path: &AbsPath, project: Option<&AbsPath>, python: Option<&AbsPath>) -> Which {
    Which {
        version: VERSION,
        path: spelled(path),
        project: project.map(spelled),
        python: python.map(spelled),
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Variables {
    version: u32,
    set: BTreeMap<&'static str, String>,
    #[serde(rename = "prependPath")]
    prepend_path: Vec<String>,
    unset: Vec<&'static str>,
}

pub(crate) fn variables(activation: &model::Activation) -> Variables {
    let text = |value: &Vec<u8>| String::from_utf8_lossy(value).into_owned();
    Variables {
        version: VERSION,
        set: activation.set.iter().map(|(name, value)| (*name, text(value))).collect(),
        prepend_path: activation.prepend_path.iter().map(spelled).collect(),
        unset: activation.unset.clone(),
    }
}
