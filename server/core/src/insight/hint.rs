//! The versions behind the requirements of a manifest: which is installed, and which is locked where that is another.

use crate::{
    manifest::Document,
    model::{Model, Want},
    standard::marker::Verdict,
    text::{Position, Span},
    world::AbsPath,
};

/// A few words behind a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub position: Position,
    pub label: String,
    /// The same in a sentence.
    pub tooltip: String,
}

/// The hints of one manifest, in the order of its text.
#[must_use]
pub fn hints(model: &Model, path: &AbsPath) -> Vec<Hint> {
    let Some(manifest) = model.project.manifests.iter().find(|it| it.path == *path) else {
        return Vec::new();
    };
    let document = &manifest.document;
    let wants = model.wants.iter().filter(|it| it.path == *path && it.set.is_need());
    let mut hints: Vec<Hint> = wants
        .filter_map(|want| {
            let (label, tooltip) = of_want(model, want)?;
            Some(Hint { position: behind(document, want.span), label, tooltip })
        })
        .collect();
    let of_conda = model.conda.iter().filter(|it| it.path == *path).filter_map(|want| {
        let version = want.installed.as_ref()?;
        let position = behind(document, want.span);
        let tooltip = format!("{version} is installed, by conda's records");
        Some(Hint { position, label: version.clone(), tooltip })
    });
    hints.extend(of_conda);
    hints.sort_by_key(|it| it.position);
    hints
}

fn of_want(model: &Model, want: &Want) -> Option<(String, String)> {
    if want.applies == Verdict::Fails {
        let marker = want.requirement.marker.as_ref()?;
        let tooltip = format!("`{}` does not hold here", marker.spelled());
        return Some(("not needed here".to_owned(), tooltip));
    }
    let name = &*want.requirement.name;
    let installed = model.installed_version(name);
    let locked = model.locked_version(name);
    match (installed, locked) {
        (Some(installed), Some((locked, lock))) if installed != locked => Some((
            format!("{installed}, locked {locked}"),
            format!("{installed} is installed, {locked} is locked in `{}`", model.shown(lock)),
        )),
        (Some(installed), _) => {
            let place = model.usable().map(|it| model.shown(it.place())).unwrap_or_default();
            Some((installed.to_owned(), format!("{installed} is installed in `{place}`")))
        }
        (None, Some((locked, lock))) => Some((
            format!("locked {locked}"),
            format!("{locked} is locked in `{}`, and not installed", model.shown(lock)),
        )),
        (None, None) => None,
    }
}

/// Behind a requirement, the quote that closes it and the comma after it.
fn behind(document: &Document, span: Span) -> Position {
    let mut at = span.end;
    for closing in [&['"', '\''][..], &[','][..]] {
        let next = document.text.get(at..).and_then(|it| it.chars().next());
        at += next.filter(|it| closing.contains(it)).map_or(0, char::len_utf8);
    }
    document.range(Span::new(at, at)).start
}
