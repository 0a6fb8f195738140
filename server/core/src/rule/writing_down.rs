//! Declares what somebody installed and nobody declared: what was asked for by name, and not what came along with it.

use std::{collections::BTreeSet, sync::Arc};

use super::{adding, fixes};
use crate::{
    action::Action,
    manifest::Set,
    model::{Environment, Model},
    standard::{dependencies::Dependencies, name, record::Request, version::Version},
    text::Span,
    world::Distribution,
};

/// What installs itself, or others.
const INSTALLERS: [&str; 5] = ["pip", "setuptools", "wheel", "uv", "virtualenv"];

/// Declares what is installed in the project's own environment, was asked for, and stands in no manifest.
#[must_use]
pub fn write_down(model: &Model) -> Option<Action> {
    let environment = model.usable()?;
    // What lies in an environment that others use too was not installed for this project.
    if model.sharing.is_some() || environment.externally_managed.is_some() || !is_own(model) {
        return None;
    }
    let requirements = asked(model, environment)?;
    if requirements.is_empty() {
        return None;
    }
    let (manifest, at, text) = adding::place(model, &requirements, &Set::Main)?;
    let location = manifest.document.location(&manifest.path, Span::new(at, at));
    let (shown, count) = (model.shown(&manifest.path), requirements.len());
    let what = match &*requirements {
        [one] => format!("`{one}`"),
        [one, other] => format!("`{one}` and `{other}`"),
        _ => format!("{count} distributions"),
    };
    let title = format!("Declare what is installed, {what}, in `{shown}`");
    Some(fixes::edit(title, location, text))
}

/// What was asked for and is not declared, with the installed version as the lower bound.
fn asked(model: &Model, environment: &Environment) -> Option<Vec<String>> {
    let (installed, metadata) = (model.installed.as_ref()?, model.metadata.as_ref()?);
    let own = model.project.name.as_deref().map(name::normalised);
    let declared = |name: &str| {
        model.wants.iter().any(|it| *it.requirement.name == *name)
            || model.conda.iter().any(|it| it.spec.name == *name)
    };
    let marks = Marks::of(model, environment);
    let by_extras = by_extras(model, &metadata.dependencies);
    let spelled = |(name, found): (&Arc<str>, &Vec<Distribution>)| {
        let found = found.last()?;
        let is_asked = own.as_deref() != Some(&**name)
            && !INSTALLERS.contains(&&**name)
            && !declared(name)
            // Its name leads to somebody else's where it is looked up.
            && !metadata.editable.contains_key(&*found.folder)
            && match marks.request(name) {
                Request::ByName => true,
                Request::Unmarked => false,
                Request::Unsaid => {
                    metadata.dependencies.requiring(name).is_empty() && !by_extras.contains(&**name)
                }
            };
        let version = is_asked.then(|| Version::parse(&found.version))??;
        Some(format!("{name}>={version}"))
    };
    Some(installed.distributions.iter().filter_map(spelled).collect())
}

/// What the environment's installers say of who was asked for.
enum Marks<'model> {
    /// They mark what is asked for.
    Speak(&'model Model),
    /// Nothing is marked, or everything: the packages of conda keep the marks of their own builds.
    Silent,
}

impl<'model> Marks<'model> {
    fn of(model: &'model Model, environment: &Environment) -> Self {
        let table = model.imports.modules.iter().flat_map(|it| &it.distributions);
        // What came with the environment was marked by who made it.
        let mut later = table.filter(|it| !INSTALLERS.contains(&&**it.0));
        let of_conda = matches!(environment.kind, "conda" | "pixi");
        match later.any(|it| it.1.request == Request::ByName) && !of_conda {
            true => Marks::Speak(model),
            false => Marks::Silent,
        }
    }

    fn request(&self, name: &str) -> Request {
        let Marks::Speak(model) = self else { return Request::Unsaid };
        let table = model.imports.modules.as_ref();
        table.and_then(|it| it.distributions.get(name)).map_or(Request::Unsaid, |it| it.request)
    }
}

/// What the extras bring that the declared requirements ask for.
fn by_extras<'model>(
    model: &'model Model,
    dependencies: &'model Dependencies,
) -> BTreeSet<&'model str> {
    let mut brought = BTreeSet::new();
    for want in &model.wants {
        let extras: Vec<String> =
            want.requirement.extras.iter().map(|it| name::normalised(&it.0)).collect();
        let Some(metadata) = dependencies.metadata(&want.requirement.name) else { continue };
        let needs = metadata.requires.iter();
        let of_extra = needs.filter(|it| {
            it.extra.is_some_and(|it| extras.iter().any(|one| *one == name::normalised(it)))
        });
        brought.extend(of_extra.map(|it| it.name));
    }
    brought
}

/// Whether the environment in use is the project's own.
fn is_own(model: &Model) -> bool {
    let prefix = model.prefix();
    let home = model.claim().map(|it| &it.home);
    prefix.is_within(&model.project.root)
        || prefix == model.own_prefix()
        || home.is_some_and(|it| prefix.is_within(it))
}
