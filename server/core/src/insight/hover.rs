//! What is known of the requirement under the cursor, in Markdown.

use std::fmt::Write;

use super::image;
use crate::{
    manifest::{Says, Set},
    model::{CondaWant, Model, Want},
    standard::marker::Verdict,
    text::Range,
    world::AbsPath,
};

/// Words about a stretch of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub range: Range,
    pub markdown: String,
}

/// What stands at a byte of a manifest, or of a file that declares layers.
#[must_use]
pub fn hover(model: &Model, path: &AbsPath, offset: usize) -> Option<Told> {
    if model.layers.file(path).is_some() {
        return image::hover(model, path, offset);
    }
    let manifest = model.project.manifests.iter().find(|it| it.path == *path)?;
    let document = &manifest.document;
    let within = document.facts.iter().filter(|it| {
        let needs = matches!(it.says, Says::Requirement { .. } | Says::Conda { .. });
        needs && it.span.start <= offset && offset <= it.span.end
    });
    // The innermost, should one stand in another.
    let fact = within.min_by_key(|it| it.span.end - it.span.start)?;
    let here = |want: &&Want| want.path == *path && want.span == fact.span;
    let markdown = match model.wants.iter().find(here) {
        Some(want) => of_want(model, want),
        None => {
            let here = |want: &&CondaWant| want.path == *path && want.span == fact.span;
            of_conda(model, model.conda.iter().find(here)?)
        }
    };
    Some(Told { range: document.range(fact.span), markdown })
}

fn of_want(model: &Model, want: &Want) -> String {
    let requirement = &want.requirement;
    let name = &*requirement.name;
    let metadata = model.metadata.as_ref().and_then(|it| it.dependencies.metadata(name));
    let mut text = format!("**{name}**");
    if let Some(summary) = metadata.and_then(|it| it.summary.as_deref()) {
        let _ = write!(text, ": {}", escaped(summary));
    }
    text.push_str("\n\n");
    let _ = writeln!(text, "- required: `{}`{}", requirement.spelled, of_set(&want.set));
    let _ = writeln!(text, "- installed: {}", installed(model, name));
    if let Some((version, lock)) = model.locked_version(name) {
        let _ = writeln!(text, "- locked: {version} in `{}`", model.shown(lock));
    }
    if let Some(marker) = &requirement.marker {
        let verdict = match want.applies {
            Verdict::Holds => "holds",
            Verdict::Fails => "does not hold, so it is not needed",
            Verdict::Unknown => "cannot be judged",
        };
        let python = model.usable().and_then(|it| it.version.as_ref());
        let python = python.map(|it| format!(" for Python {it}")).unwrap_or_default();
        let _ = writeln!(text, "- marker: `{}` {verdict}{python}", marker.spelled());
    }
    let by = model.metadata.as_ref().map(|it| it.dependencies.requiring(name)).unwrap_or_default();
    let own = model.project.name.as_deref().map(crate::standard::name::normalised);
    let by: Vec<String> =
        by.iter().filter(|it| own.as_deref() != Some(**it)).map(|it| format!("`{it}`")).collect();
    match &*by {
        [] => {}
        few if few.len() <= MOST => {
            let _ = writeln!(text, "- required by: {}", few.join(", "));
        }
        many => {
            let (first, rest) = many.split_at(MOST);
            let _ = writeln!(text, "- required by: {} and {} more", first.join(", "), rest.len());
        }
    }
    if let Some(licence) = metadata.and_then(|it| it.licence.as_deref()) {
        let _ = writeln!(text, "- licence: {}", escaped(licence));
    }
    text
}

/// So many names are still read.
const MOST: usize = 8;

pub(super) fn of_set(set: &Set) -> String {
    match set {
        Set::Main => String::new(),
        Set::Group(name) => format!(", in group `{name}`"),
        Set::Extra(name) => format!(", in extra `{name}`"),
        Set::Environment(name) => format!(", in environment `{name}`"),
        Set::Build => ", for building".to_owned(),
        Set::Constraint => ", a constraint".to_owned(),
        Set::Override => ", an override".to_owned(),
    }
}

pub(super) fn installed(model: &Model, name: &str) -> String {
    let Some(environment) = model.usable() else {
        return "there is no usable environment".to_owned();
    };
    let place = model.shown(environment.place());
    let python = environment.version.as_ref().map(|it| format!(" (Python {it})"));
    let python = python.unwrap_or_default();
    match model.installed_version(name) {
        Some(version) => format!("{version} in `{place}`{python}"),
        None => format!("no, not in `{place}`{python}"),
    }
}

fn of_conda(model: &Model, want: &CondaWant) -> String {
    let installed = match &want.installed {
        Some(version) => format!("{version}, by conda's records"),
        None => "no".to_owned(),
    };
    let place = model.usable().map(|it| model.shown(it.place())).unwrap_or_default();
    let (name, spelled) = (&want.spec.name, &want.spec.spelled);
    format!("**{name}**\n\n- required: `{spelled}`\n- installed in `{place}`: {installed}\n")
}

/// Metadata is a stranger's text: it shows as it is written, and makes no links.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars().map(|it| if it.is_control() { ' ' } else { it }) {
        if "\\`*_{}[]()<>#+!|&~$".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
