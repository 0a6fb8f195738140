//! Which names and versions a user's word may be made of: only those that cannot be taken for anything else.

use super::Refusal;
use crate::{
    model::Model,
    standard::{
        name::{self, normalised},
        popular,
        version::Version,
    },
};

/// Refuses the names that somebody else may wait for: that of the project itself, of its modules, and slips from known ones.
pub(super) fn named_well(model: &Model, name: &str) -> Result<(), Refusal> {
    let normal = normalised(name);
    let own = model.project.name.as_deref().map(normalised);
    if own.as_ref() == Some(&normal) || is_own_module(model, &normal) {
        return Err(format!("`{name}` is what this project itself is called"));
    }
    let locked = || {
        model.locks.iter().flat_map(|it| &it.document.lock.packages).any(|it| *it.name == *normal)
    };
    let installed =
        model.installed.as_ref().is_some_and(|it| it.distributions.contains_key(&*normal));
    match popular::meant(&normal) {
        Some(meant) if !installed && !locked() => Err(format!(
            "`{name}` is but a slip from the widely used `{meant}`: if it is meant as it is, declare it by hand"
        )),
        _ => Ok(()),
    }
}

/// Whether the code of the project has a module that a distribution of that name would bring.
fn is_own_module(model: &Model, name: &str) -> bool {
    let module = name.replace('-', "_");
    let root = &model.project.root;
    model.imports.files().any(|(path, _)| {
        let Some(below) = path.below(root) else { return false };
        let below = String::from_utf8_lossy(below);
        let inner = below.strip_prefix("src/").unwrap_or(&below);
        let first = inner.split('/').next().unwrap_or_default();
        first.strip_suffix(".py").unwrap_or(first) == module
    })
}

/// A version that is only numbers, as interpreters are called.
pub(super) fn version(text: &str) -> Result<Version, Refusal> {
    let plain = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    let parsed = Version::parse(text).filter(|it| plain && it.release().len() > 1);
    parsed.ok_or_else(|| format!("`{text}` is no version of Python: write one like `3.12`"))
}

/// A name, normalised.
pub(super) fn named(text: &str) -> Result<String, Refusal> {
    name::is_valid(text)
        .then(|| normalised(text))
        .ok_or_else(|| format!("`{text}` is no name: letters, digits, `-`, `_` and `.` make one"))
}
