//! The locks of a project: what its manager has locked, and how the manifests and the environment differ from it.

use std::sync::Arc;

use super::{
    expectation::Expectation,
    project::{ManifestRead, Project},
    understanding::Model,
    want::Want,
};
use crate::{
    lock::{self, Asked as AskedOfLock, Differences, Drift, Inputs, LockDocument, Unportable},
    manifest::{Says, Set},
    standard::marker::MarkerEnvironment,
    text::Location,
    world::{AbsPath, Asked, Inventory, Reply, View},
};

/// A lock of the project's own manager.
#[derive(Clone, Debug)]
pub struct LockRead {
    pub path: AbsPath,
    pub document: Arc<LockDocument>,
    /// What has changed in the manifests since it was made, each with its place.
    pub drifts: Vec<(Location, Drift)>,
    /// How the environment differs from it; `None` where that cannot be told.
    pub differences: Option<Differences>,
    /// What it holds no file for, on a platform that it names.
    pub unportable: Vec<Unportable>,
}

impl Model {
    /// The version that is locked of a distribution, by its normalised name, and the lock; `None` also where there are several,
    /// each for other environments.
    #[must_use]
    pub fn locked_version(&self, name: &str) -> Option<(&str, &AbsPath)> {
        let mut found = self.locks.iter().flat_map(|lock| {
            let packages = lock.document.lock.packages.iter();
            packages
                .filter(|it| *it.name == *name)
                .map(move |it| (it.version.as_deref(), &lock.path))
        });
        let (version, lock) = found.next()?;
        let same = found.all(|it| it.0 == version);
        version.filter(|_| same).map(|it| (it, lock))
    }

    /// The version that is installed of a distribution, by its normalised name.
    #[must_use]
    pub fn installed_version(&self, name: &str) -> Option<&str> {
        let found = self.usable().and(self.installed.as_ref())?.distributions.get(name)?;
        found.last().map(|it| &*it.version)
    }
}

/// The lock files of a project, and the manifest of its workspace, before they were compared with anything.
pub(super) struct Found {
    locks: Vec<(AbsPath, Arc<LockDocument>)>,
    home: Option<ManifestRead>,
    /// Folders of members that are not there, as the lock names them.
    gone: Vec<String>,
    /// Where the manager would keep its lock, while there is none.
    pub(super) missing: Option<AbsPath>,
}

/// Asks for the locks of the manager whose claim won; of others nothing is said.
pub(super) fn find(view: &View<'_>, model: &Model) -> Asked<Found> {
    let project = &model.project;
    let mut found = Found { locks: Vec::new(), home: None, gone: Vec::new(), missing: None };
    let Some(claim) = model.claim() else { return Ok(found) };
    let mut paths: Vec<AbsPath> = compiled(project);
    let is_home = claim.home == project.root;
    let listing = if is_home {
        Some(Arc::clone(&project.listing))
    } else {
        view.listing(&claim.home)?.known()
    };
    let formats = lock::ALL.iter().filter_map(|it| it.of);
    for (_, name) in formats.filter(|it| it.0 == claim.manager) {
        if listing.as_ref().is_some_and(|it| it.has(name)) {
            paths.push(claim.home.join(name));
        } else if is_home && writes_lock(claim.manager) {
            found.missing = Some(claim.home.join(name));
        }
    }
    // Ask all before the first `?`, so that one round trip answers them.
    let locks: Vec<_> = paths.iter().map(|it| view.lock(it)).collect();
    if !is_home {
        let path = claim.home.join("pyproject.toml");
        let document = view.manifest(&path)?.known();
        found.home = document.map(|document| ManifestRead { path, document });
    }
    for (path, lock) in paths.into_iter().zip(locks) {
        if let Reply::Known(document) = lock? {
            found.locks.push((path, document));
        }
    }
    if is_home {
        found.gone = gone(view, project, &found.locks)?;
    }
    Ok(found)
}

/// Whether a manager writes its lock by itself. pip has none, and conda's is made by a tool of its own.
fn writes_lock(manager: &str) -> bool {
    !matches!(manager, "conda" | "pip")
}

/// The members that a lock names and whose manifests are gone.
fn gone(
    view: &View<'_>,
    project: &Project,
    locks: &[(AbsPath, Arc<LockDocument>)],
) -> Asked<Vec<String>> {
    let packages = locks.iter().flat_map(|(_, it)| {
        let members = it.lock.workspace.as_ref().map_or(&[][..], |it| &it.members);
        it.lock.packages.iter().filter(|it| members.iter().any(|name| *it.name == **name))
    });
    let folders = packages.filter_map(|it| it.declares.as_deref()).map(|it| &it.folder);
    let asked: Vec<_> =
        folders.map(|it| (it, view.entry(&project.root.join(it).join("pyproject.toml")))).collect();
    let mut gone = Vec::new();
    for (folder, entry) in asked {
        if matches!(entry?, Reply::Absent) {
            gone.push(folder.clone());
        }
    }
    Ok(gone)
}

/// The requirements files that were made of others.
fn compiled(project: &Project) -> Vec<AbsPath> {
    let requirements = project.manifests.iter().filter(|it| it.document.format == "requirements");
    let compiled = requirements.filter(|it| lock::is_compiled(&it.document.text));
    compiled.map(|it| it.path.clone()).collect()
}

/// Compares each lock with the manifests and with the environment.
pub(super) fn compared(
    model: &Model,
    mut found: Found,
    environment: Option<&MarkerEnvironment>,
) -> Vec<LockRead> {
    let installed = model.usable().and(model.installed.as_deref());
    let locks = std::mem::take(&mut found.locks);
    let compare = |(path, document): (AbsPath, Arc<LockDocument>)| {
        let sound = document.is_sound();
        let drifts = if sound { drifts(model, &path, &document, &found) } else { Vec::new() };
        let judged = environment.zip(installed).filter(|_| sound);
        let differences = judged.and_then(|(environment, installed)| {
            differences(model, &document, environment, installed)
        });
        let unportable = if sound { unportable(model, &document, environment) } else { Vec::new() };
        LockRead { path, document, drifts, differences, unportable }
    };
    locks.into_iter().map(compare).collect()
}

fn unportable(
    model: &Model,
    document: &LockDocument,
    environment: Option<&MarkerEnvironment>,
) -> Vec<Unportable> {
    // Without an environment what depends on its Python is not judged.
    let base = environment.cloned().unwrap_or_default().with_extras([""; 0]);
    let project = model.project.name.as_deref();
    lock::unportable(document.format, &document.lock, project, &base)
}

/// The manifest that a lock was made of.
fn origin<'model>(
    model: &'model Model,
    path: &AbsPath,
    format: &str,
) -> Option<&'model ManifestRead> {
    let wanted = match format {
        "pip-compile" => path.parent()?.join(path.name_text().replace(".txt", ".in")),
        "pipfile" => model.project.root.join("Pipfile"),
        _ => model.project.root.join("pyproject.toml"),
    };
    model.project.manifests.iter().find(|it| it.path == wanted)
}

fn drifts(
    model: &Model,
    path: &AbsPath,
    document: &LockDocument,
    found: &Found,
) -> Vec<(Location, Drift)> {
    let Some(manifest) = origin(model, path, document.format) else { return Vec::new() };
    let stated = manifest.document.facts.iter().filter_map(|fact| match &fact.says {
        Says::Requirement { set: Set::Main | Set::Extra(_) | Set::Group(_), requirement } => {
            Some((fact.span, requirement))
        }
        _ => None,
    });
    let stated: Vec<_> = stated.collect();
    let workspace = |it: &Says| matches!(it, Says::Workspace { .. });
    let inputs = Inputs {
        text: &manifest.document.text,
        home: found.home.as_ref().map(|it| &*it.document.text),
        gone: &found.gone,
        is_shared: found.home.is_some() || model.project.facts().any(|it| workspace(&it.1.says)),
        requirements: &stated,
    };
    let placed = |drift: Drift| {
        let place = drift.place.filter(|it| it.start < it.end);
        let location = place.map(|it| manifest.document.location(&manifest.path, it));
        (location.unwrap_or_else(|| model.anchor()), drift)
    };
    lock::drift(document.format, &inputs, &document.lock).into_iter().map(placed).collect()
}

fn differences(
    model: &Model,
    document: &LockDocument,
    environment: &MarkerEnvironment,
    installed: &Inventory,
) -> Option<Differences> {
    let is_in_use = |want: &&Want| matches!(want.expected, Expectation::Installed(_));
    let (mut groups, mut extras) = (Vec::new(), Vec::new());
    for want in model.wants.iter().filter(is_in_use) {
        match &want.set {
            Set::Group(group) if !groups.contains(group) => groups.push(group.clone()),
            Set::Extra(extra) if !extras.contains(extra) => extras.push(extra.clone()),
            _ => {}
        }
    }
    let project = model.project.name.as_deref();
    let asked = AskedOfLock { project, environment: environment.clone(), groups, extras };
    lock::differences(document.format, &document.lock, &asked, installed)
}
