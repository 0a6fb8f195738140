//! A project: its folder, its manifests and what they say of it, observed through a `View`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    interpreter::{Interpreter, Interpreters},
    python::{Pin, StatedPython},
};
use crate::{
    manifest::{self, Document, Says},
    source,
    standard::version::{Specifiers, Version},
    text::Span,
    world::{AbsPath, Asked, ListedKind, Listing, Reply, View},
};

/// A manifest of the project.
#[derive(Clone, Debug)]
pub struct ManifestRead {
    pub path: AbsPath,
    pub document: Arc<Document>,
}

/// What a project's own folder says, before anything outside it was looked at.
#[derive(Clone, Debug)]
pub struct Project {
    pub root: AbsPath,
    /// There is code and no manifest: nothing says what it needs.
    pub is_bare: bool,
    pub listing: Arc<Listing>,
    /// Sorted by path; those that others include come with them.
    pub manifests: Vec<ManifestRead>,
    /// What they include and what is not there.
    pub absent: BTreeSet<AbsPath>,
    pub name: Option<String>,
    pub requires_python: Option<StatedPython>,
    pub pins: Vec<Pin>,
}

impl Project {
    pub(super) fn observe(view: &View<'_>, root: &AbsPath) -> Asked<Option<Project>> {
        let Reply::Known(listing) = view.listing(root)? else { return Ok(None) };
        let files = listing.names().filter(|(_, kind)| *kind != ListedKind::Folder);
        let own: BTreeSet<AbsPath> = files.map(|(name, _)| root.join(name)).collect();
        let below = listing.find("requirements").filter(|it| it.kind == ListedKind::Folder);
        let below = below.map(|_| view.listing(&root.join("requirements"))).transpose()?;
        let mut paths: BTreeSet<AbsPath> =
            own.into_iter().filter(manifest::is_of_project).collect();
        for (name, kind) in
            below.as_ref().and_then(|it| it.as_ref().known()).iter().flat_map(|it| it.names())
        {
            let path = root.join("requirements").join(name);
            if kind != ListedKind::Folder && manifest::is_of_project(&path) {
                paths.insert(path);
            }
        }
        let (manifests, absent) = read_all(view, paths)?;
        let has_code = || listing.names().any(|it| source::is_source(it.0.as_bytes()));
        let is_bare = manifests.is_empty();
        if is_bare && !has_code() && !view.opened(root).is_ok_and(|it| !it.is_empty()) {
            return Ok(None);
        }
        let mut project = Project {
            root: root.clone(),
            is_bare,
            listing,
            manifests,
            absent,
            name: None,
            requires_python: None,
            pins: Vec::new(),
        };
        project.understand();
        Ok(Some(project))
    }

    fn understand(&mut self) {
        for manifest in &self.manifests {
            let at = |span: Span| manifest.document.location(&manifest.path, span);
            // What the standard's own file says comes before what tools keep in theirs.
            let is_standard = manifest.document.format == "pyproject";
            for fact in &manifest.document.facts {
                match &fact.says {
                    Says::Name(name) if is_standard || self.name.is_none() => {
                        self.name = Some(name.clone());
                    }
                    Says::Pin(pin) => {
                        self.pins.push(Pin { spelled: pin.clone(), location: at(fact.span) });
                    }
                    Says::RequiresPython(spelled)
                        if is_standard || self.requires_python.is_none() =>
                    {
                        // One that cannot be read is a fact of its own; a bound is not guessed.
                        let Ok(specifiers) = Specifiers::parse(spelled) else { continue };
                        let (spelled, location) = (spelled.clone(), at(fact.span));
                        self.requires_python = Some(StatedPython { specifiers, spelled, location });
                    }
                    _ => {}
                }
            }
        }
    }

    /// The first Python file right in the project's folder, where no manifest stands for it.
    #[must_use]
    pub fn first_source(&self) -> Option<AbsPath> {
        let mut names = self.listing.names().filter(|it| it.1 == ListedKind::File);
        let first = names.find(|it| source::is_source(it.0.as_bytes()))?;
        self.is_bare.then(|| self.root.join(first.0))
    }

    /// Whether a version is one that is pinned; so it is where nothing is, or something that is no version.
    #[must_use]
    pub fn admits_by_pin(&self, version: Option<&Version>) -> bool {
        let Some(version) = version else { return true };
        let verdicts = self.pins.iter().map(|it| it.admits(version));
        self.pins.is_empty() || verdicts.into_iter().any(|it| it != Some(false))
    }

    /// The best of some interpreters to make the project's environment from: one of the pinned version, where there is a pin,
    /// else the newest that the project supports.
    pub(crate) fn base<'found>(
        &self,
        bases: &'found Interpreters,
        usable: impl Fn(&Interpreter) -> bool,
    ) -> Option<&'found Interpreter> {
        let specifiers = self.requires_python.as_ref().map(|it| &it.specifiers);
        let pinned =
            |version: &Version| self.pins.iter().any(|it| it.admits(version) == Some(true));
        bases.best(specifiers, pinned, usable)
    }

    /// The requirements files that belong to one, however deep they are included; constraints do not.
    #[must_use]
    pub fn included_by(&self, path: &AbsPath) -> BTreeSet<AbsPath> {
        let mut found = BTreeSet::new();
        let mut next = vec![path.clone()];
        while let Some(at) = next.pop() {
            let manifest = self.manifests.iter().find(|it| it.path == at);
            for fact in manifest.iter().flat_map(|it| &it.document.facts) {
                let Says::Includes { target, constraint: false } = &fact.says else { continue };
                let Some(target) = at.parent().map(|it| it.join(target)) else { continue };
                if found.insert(target.clone()) {
                    next.push(target);
                }
            }
        }
        found
    }

    /// The facts of all manifests, each with the manifest that says it.
    pub fn facts(&self) -> impl Iterator<Item = (&ManifestRead, &manifest::Fact)> {
        self.manifests.iter().flat_map(|it| it.document.facts.iter().map(move |fact| (it, fact)))
    }
}

/// Reads manifests and those that they include; each once, so that a circle ends.
fn read_all(
    view: &View<'_>,
    paths: BTreeSet<AbsPath>,
) -> Asked<(Vec<ManifestRead>, BTreeSet<AbsPath>)> {
    let mut absent = BTreeSet::new();
    let mut read: BTreeMap<AbsPath, Arc<Document>> = BTreeMap::new();
    let mut tried: BTreeSet<AbsPath> = BTreeSet::new();
    let mut next = paths;
    while !next.is_empty() {
        let asked: Vec<_> = next.iter().map(|it| (it.clone(), view.manifest(it))).collect();
        tried.append(&mut next);
        for (path, reply) in asked {
            let document = match reply? {
                Reply::Known(document) => document,
                Reply::Absent => {
                    absent.insert(path);
                    continue;
                }
                Reply::Fault(_) => continue,
            };
            let included = document.facts.iter().filter_map(|fact| match &fact.says {
                Says::Includes { target, .. } | Says::Reads { target, .. } => {
                    Some(path.parent()?.join(target))
                }
                _ => None,
            });
            next.extend(included.filter(|it| !tried.contains(it)));
            read.insert(path, document);
        }
    }
    let read = read.into_iter().map(|(path, document)| ManifestRead { path, document });
    Ok((read.collect(), absent))
}
