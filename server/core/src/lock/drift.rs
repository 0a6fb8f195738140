//! What has changed in a manifest since its lock was made.

use super::{ALL, Lock, hash, uv};
use crate::{
    standard::{requirement::Requirement, version::Version},
    text::Span,
};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// One clause.
    pub what: String,
    /// In the manifest, where it is known.
    pub place: Option<Span>,
    /// The distribution that it is about, normalised.
    pub subject: Option<String>,
}

/// What a manifest says, for its lock to be compared with.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'text> {
    /// The manifest's text.
    pub text: &'text str,
    /// The text of the workspace's root, where the manifest is that of a member.
    pub home: Option<&'text str>,
    /// The folders of the workspace's members that are not there any more, as the lock names them.
    pub gone: &'text [String],
    /// Whether the lock serves other projects too.
    pub is_shared: bool,
    /// The requirements that the manifest states, and where.
    pub requirements: &'text [(Span, &'text Requirement)],
}

/// How a manifest differs from what its lock was made from; empty where it does not, or where that cannot be told.
#[must_use]
pub fn drift(format: &str, inputs: &Inputs<'_>, lock: &Lock) -> Vec<Drift> {
    let hashed = match format {
        "uv" => return uv::compare::drift(inputs, lock),
        "poetry" => hash::poetry(inputs.text, lock),
        "pdm" => hash::pdm(inputs.text, inputs.is_shared, lock),
        "pipfile" => hash::pipfile(inputs.text),
        "pip-compile" => return unmet(inputs, lock),
        _ => None,
    };
    debug_assert!(
        format.is_empty() || ALL.iter().any(|it| it.name == format),
        "formats are named by the table"
    );
    let (Some(hashed), Some(locked)) = (hashed, &lock.hash) else { return Vec::new() };
    if hashed.contains(&locked.text) {
        return Vec::new();
    }
    let mut drifts = unmet(inputs, lock);
    if drifts.is_empty() {
        let what = "what is declared has changed since it was made".to_owned();
        drifts.push(Drift { what, place: None, subject: None });
    }
    drifts
}

/// The requirements that the lock does not hold, or holds in a version that they do not admit.
fn unmet(inputs: &Inputs<'_>, lock: &Lock) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for (span, requirement) in inputs.requirements {
        // What was not wanted where a lock was compiled is not in it.
        if lock.hash.is_none() && requirement.marker.is_some() {
            continue;
        }
        let mut locked = lock.packages.iter().filter(|it| it.name == requirement.name).peekable();
        let name = &requirement.name;
        let what = if locked.peek().is_none() {
            format!("`{name}` is not in it")
        } else {
            let versions: Option<Vec<Version>> =
                locked.map(|it| Version::parse(it.version.as_deref()?)).collect();
            let Some(versions) = versions.filter(|_| requirement.url.is_none()) else { continue };
            let Some(first) = versions.first() else { continue };
            if versions.iter().any(|it| requirement.specifiers.admits(it)) {
                continue;
            }
            format!("`{}` does not admit {first}, which it holds", requirement.spelled)
        };
        drifts.push(Drift { what, place: Some(*span), subject: Some(name.to_string()) });
    }
    drifts
}
