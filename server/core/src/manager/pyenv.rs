//! pyenv: interpreters in `versions` below its root (`PYENV_ROOT`, else `~/.pyenv`; pyenv's README, *Environment variables*), and
//! the environments that pyenv-virtualenv keeps in them: `versions/3.12.1/envs/web`, with the link `versions/web`
//! (pyenv-virtualenv's README, *Usage*).

mod named;

use super::{EnvironmentPlace, MachinePlace, Manager, Unmade, folders_in};
use crate::{
    action::Recipe,
    model::{
        Certainty, Evidence, InterpreterPlace, Model, Project, Recognised, Seen, Strength,
        interpreters_in,
    },
    world::{AbsPath, Asked, ListedKind, Reply, View},
};

pub(super) struct Pyenv;

impl Manager for Pyenv {
    fn name(&self) -> &'static str {
        "pyenv"
    }

    fn summary(&self) -> &'static str {
        "interpreters that pyenv installed, in `$PYENV_ROOT/versions`, and the environments of pyenv-virtualenv"
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        let is_name = |it: &str| !it.split('/').any(|part| matches!(part, "" | "." | ".."));
        let named = project.pins.iter().filter(|it| it.version().is_none() && is_name(&it.spelled));
        let named: Vec<_> = named.collect();
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let Some(versions) = versions(view) else { return Ok(Vec::new()) };
        let Reply::Known(listing) = view.listing(&versions)? else { return Ok(Vec::new()) };
        let first = |it: &str| it.split('/').next().is_some_and(|it| listing.has(it));
        let kept = named.into_iter().filter(|it| first(&it.spelled)).map(|pin| {
            let what = format!("`{}` is pyenv's name for it", pin.spelled);
            let because = Evidence::read(pin.location.clone(), what);
            EnvironmentPlace::new(versions.join(&pin.spelled), Strength::Declared, because)
        });
        Ok(kept.collect())
    }

    fn unmade(&self, view: &View<'_>, project: &Project) -> Asked<Option<Unmade>> {
        named::unmade(view, project)
    }

    fn create(&self, model: &Model, prefix: &AbsPath) -> Vec<Recipe> {
        let unmade = model.unmade.as_ref().filter(|it| it.prefix == *prefix);
        unmade.and_then(|it| named::create(model, it)).into_iter().collect()
    }

    fn dispose(&self, model: &Model, prefix: &AbsPath) -> Option<Recipe> {
        named::dispose(model, prefix)
    }

    fn recognise(&self, view: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        // conda's own environments may lie in one of pyenv's versions too.
        let Some(kept) = [&seen.real, &seen.prefix].into_iter().find_map(|it| it.parent()) else {
            return Ok(None);
        };
        if seen.configuration.is_none() || kept.name() != b"envs" {
            return Ok(None);
        }
        let version = kept.parent();
        let ours = version.as_ref().and_then(AbsPath::parent).filter(|it| it.name() == b"versions");
        let Some(ours) = ours else { return Ok(None) };
        let by_default = ours.parent().is_some_and(|it| it.name() == b".pyenv");
        if !by_default && versions(view).as_ref() != Some(&ours) {
            return Ok(None);
        }
        let because = Evidence::at(&kept, "pyenv-virtualenv keeps it there");
        Ok(Some(Recognised {
            manager: Some("pyenv"),
            name: Some(seen.real.name_text()),
            ..Recognised::new(Certainty::Kept, because)
        }))
    }

    fn environments(&self, view: &View<'_>) -> Asked<Vec<MachinePlace>> {
        let Some(versions) = versions(view) else { return Ok(Vec::new()) };
        let Reply::Known(listing) = view.listing(&versions)? else { return Ok(Vec::new()) };
        let folders = listing.names().filter(|it| it.1 == ListedKind::Folder);
        let kept: Vec<AbsPath> = folders.map(|it| versions.join(it.0).join("envs")).collect();
        // Ask all before the first `?`, so that one round trip is enough.
        let listed: Vec<_> = kept.iter().map(|it| folders_in(view, it)).collect();
        let mut places = Vec::new();
        for (folder, prefixes) in kept.iter().zip(listed) {
            let because = Evidence::at(folder, format!("it is in `{folder}`"));
            let told = Recognised::new(Certainty::Kept, because);
            let place = |prefix| MachinePlace { prefix, told: told.clone() };
            places.extend(prefixes?.into_iter().map(place));
        }
        // The link by which pyenv itself calls it is another path to it; a link may also be the alias of a version.
        let links = listing.names().filter(|it| it.1 == ListedKind::Link).map(|it| it.0);
        let named: Vec<AbsPath> = links.map(|it| versions.join(it)).collect();
        let followed: Vec<_> = named.iter().map(|it| view.entry(it)).collect();
        for (prefix, entry) in named.into_iter().zip(followed) {
            let real = entry?.known().map(|it| it.real);
            let is_environment =
                real.and_then(|it| it.parent()).is_some_and(|it| it.name() == b"envs");
            if is_environment {
                let because = Evidence::at(&prefix, "pyenv calls it by that name");
                places
                    .push(MachinePlace { told: Recognised::new(Certainty::Made, because), prefix });
            }
        }
        Ok(places)
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        let Some(versions) = versions(view) else { return Ok(Vec::new()) };
        interpreters_side_by_side(view, &versions, "pyenv")
    }
}

/// Where pyenv keeps versions.
fn versions(view: &View<'_>) -> Option<AbsPath> {
    let (root, home) = (view.variable_path("PYENV_ROOT"), view.variable_path("HOME"));
    let root = root.or_else(|| Some(home?.join(".pyenv")));
    root.map(|it| it.join("versions"))
}

/// The interpreters of a folder that has one installation beside the other, each with its `bin`. A link there is another name of
/// one of them.
pub(super) fn interpreters_side_by_side(
    view: &View<'_>,
    folder: &AbsPath,
    kind: &'static str,
) -> Asked<Vec<InterpreterPlace>> {
    let Reply::Known(listing) = view.listing(folder)? else { return Ok(Vec::new()) };
    let folders = listing.names().filter(|it| it.1 == ListedKind::Folder);
    let found: Vec<_> = folders
        .map(|(name, _)| folder.join(name).join("bin"))
        .map(|it| interpreters_in(view, &it, kind, Strength::Convention))
        .collect();
    let found: Asked<Vec<_>> = found.into_iter().collect();
    Ok(found?.into_iter().flatten().collect())
}
