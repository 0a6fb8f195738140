//! The Python of an image is not one that the project supports, or not the one that is pinned.
//!
//! Judged is what the name of the image tells, or what commands of the Dockerfile and features of the dev container install:
//! `FROM python:3.11-slim`, `image:` of a service, `ARG` and `.env` put in. Of a build with several stages it is the image that
//! the wanted one rests on. What a name does not tell is not guessed.
//!
//! The fix names the image with a version that the project supports, where its tag is written out.

use super::{Draft, Rule, fixes};
use crate::{
    action::Action,
    finding::{Related, Severity},
    model::{Container, Model},
    standard::version::{Specifiers, Version},
    text::Location,
};

pub(super) static RULE: Rule =
    Rule { code: "image-python-mismatch", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for container in &model.layers.containers {
        let Some((version, location)) = container.runs() else { continue };
        let (asked, related) = match against(model, version) {
            Some(against) => against,
            None => continue,
        };
        let whose = container.called.as_str();
        let brings = match &container.image {
            Some(image) if image.location == *location => format!("image `{}`", image.spelled),
            _ => "what is installed here".to_owned(),
        };
        let message = format!("{brings} has Python {version}, {asked}");
        if report.iter().any(|it: &Draft| it.location == *location && it.message == message) {
            continue;
        }
        let mut all = vec![related];
        if container.location != *location && container.location.path != location.path {
            let message = format!("{whose} is built from it");
            all.push(Related { location: container.location.clone(), message });
        }
        let actions = bumped(model, container, location).into_iter().collect();
        report.push(Draft { related: all, actions, ..Draft::at(location.clone(), message) });
    }
}

/// What the project says that this version is not.
fn against(model: &Model, version: &Version) -> Option<(String, Related)> {
    if let Some(stated) = &model.project.requires_python
        && !admits(&stated.specifiers, version)
    {
        let message = format!("`requires-python` is `{}`", stated.spelled);
        let related = Related { location: stated.location.clone(), message };
        return Some((format!("the project asks for `{}`", stated.spelled), related));
    }
    let pin = model.project.pins.first()?;
    let other = model.project.pins.iter().all(|it| {
        // `3.12` says that it is 3.12 of some patch level, which may be the pinned one.
        let pinned = it.version();
        let numbers = |it: &Version| it.release().iter().copied().take(2).collect::<Vec<_>>();
        pinned.is_some_and(|it| it.release().len() > 1 && numbers(&it) != numbers(version))
    });
    let message = format!("Python {} is pinned here", pin.spelled);
    let related = Related { location: pin.location.clone(), message };
    other.then(|| (format!("Python {} is pinned", pin.spelled), related))
}

/// Whether a version, or any patch level of it where none is told, is admitted.
pub(super) fn admits(specifiers: &Specifiers, version: &Version) -> bool {
    if version.release().len() > 2 {
        return specifiers.admits(version);
    }
    let patches = (0..40).map(|patch| format!("{version}.{patch}"));
    patches.filter_map(|it| Version::parse(&it)).any(|it| specifiers.admits(&it))
}

/// The same image with a version that the project supports: the pinned one, that of its environment, or the oldest.
fn bumped(model: &Model, container: &Container, location: &Location) -> Option<Action> {
    let image = container.image.as_ref().filter(|it| it.location == *location)?;
    if image.spelled.contains('$') {
        return None;
    }
    let minor = |it: &Version| match it.release() {
        [major, minor, ..] => Some(format!("{major}.{minor}")),
        _ => None,
    };
    let pinned = model.project.pins.iter().filter_map(|it| minor(&it.version()?));
    let current = model.usable().and_then(|it| minor(it.version.as_ref()?));
    let known = (8..15).map(|it| format!("3.{it}"));
    let fits = |it: &String| {
        let version = Version::parse(it);
        version.is_some_and(|it| against(model, &it).is_none())
    };
    let wanted = pinned.chain(current).chain(known).find(fits)?;
    let tag = image.image.retagged(&wanted)?;
    let old = image.image.tag.as_deref()?;
    let text = image.spelled.replacen(&format!(":{old}"), &format!(":{tag}"), 1);
    // A digest is of the old one.
    let text = text.split_once('@').map_or(text.clone(), |it| it.0.to_owned());
    let title = format!("Build on `{text}`");
    Some(fixes::preferred(fixes::edit(title, location.clone(), text), true))
}
