//! Which projects there are: those below the folders that are looked after, and those that open files belong to.

use std::collections::BTreeSet;

use crate::{
    manifest, source,
    world::{AbsPath, Asked, Listing, Question, Reply, View, World},
};

/// The folders and paths that projects are looked for at, and what was found.
#[derive(Default)]
pub(super) struct Roots {
    folders: BTreeSet<AbsPath>,
    attended: BTreeSet<AbsPath>,
    /// The folders or paths changed since the last derivation.
    pub(super) moved: bool,
    pub(super) found: BTreeSet<AbsPath>,
    pub(super) read: BTreeSet<Question>,
    /// What a user should be told of the search: folders that could not be looked into, a search that was cut short.
    pub(super) notes: BTreeSet<String>,
}

/// What one derivation found.
pub(super) struct RootsFound {
    pub(super) roots: BTreeSet<AbsPath>,
    pub(super) read: BTreeSet<Question>,
    pub(super) pending: BTreeSet<Question>,
    pub(super) notes: BTreeSet<String>,
}

impl Roots {
    pub(super) fn set_folders(&mut self, folders: BTreeSet<AbsPath>) {
        self.moved |= self.folders != folders;
        self.folders = folders;
    }

    pub(super) fn attend(&mut self, path: AbsPath) {
        self.moved |= self.attended.insert(path);
    }

    pub(super) fn ignore(&mut self, path: &AbsPath) {
        self.moved |= self.attended.remove(path);
    }

    pub(super) fn folders(&self) -> &BTreeSet<AbsPath> {
        &self.folders
    }

    /// The nearest project root that a path is in.
    pub(super) fn owner(&self, path: &AbsPath) -> Option<&AbsPath> {
        let at_or_above = std::iter::once(path.clone()).chain(path.ancestors());
        at_or_above.into_iter().find_map(|it| self.found.get(&it))
    }

    /// The projects of the files that are open, or wanted otherwise.
    pub(super) fn looked_at(&self) -> BTreeSet<AbsPath> {
        self.attended.iter().filter_map(|it| self.owner(it)).cloned().collect()
    }

    /// Finds the projects, as far as what is known tells: an open file's own does not wait for the rest.
    pub(super) fn derive(&self, world: &World) -> RootsFound {
        let view = View::new(world);
        let mut roots = BTreeSet::new();
        let mut notes = BTreeSet::new();
        for path in self.attended.iter().chain(&self.folders) {
            let found = match nearest(&view, path) {
                Ok(None) => self.bare(&view, path),
                found => found,
            };
            roots.extend(found.ok().flatten());
        }
        for folder in &self.folders {
            match view.projects(folder) {
                Ok(Reply::Known(below)) => {
                    roots.extend(below.roots.iter().cloned());
                    notes.extend(below.denied.iter().map(|it| format!("`{it}` cannot be listed")));
                    notes.extend(below.stopped_after.map(|folders| {
                        format!("the search below `{folder}` stopped after {folders} folders; a project further down is found when one of its files is opened")
                    }));
                }
                Ok(Reply::Fault(fault)) => {
                    notes.insert(format!("`{folder}` cannot be searched: {fault}"));
                }
                Ok(Reply::Absent) | Err(_) => {}
            }
        }
        let (read, pending) = view.finish();
        RootsFound { roots, read, pending, notes }
    }
}

impl Roots {
    /// The folder that stands for a project where there is no manifest at or above a path: the folder that is looked after, if
    /// no project is in it and code is; of a file that was opened alone, the folder that it is in.
    fn bare(&self, view: &View<'_>, path: &AbsPath) -> Asked<Option<AbsPath>> {
        let is_source = source::is_source(path.name());
        let is_folder = self.folders.contains(path)
            || !is_source && matches!(view.listing(path)?, Reply::Known(_));
        if !is_folder && !is_source {
            return Ok(None);
        }
        let around = self.folders.iter().filter(|it| path.is_within(it)).max().cloned();
        let own = || if is_folder { Some(path.clone()) } else { path.parent() };
        let Some(folder) = around.or_else(own) else { return Ok(None) };
        let is_looked_after = self.folders.contains(&folder);
        if !is_looked_after && !self.folders.is_empty() {
            // Read in passing: what is elsewhere is another's.
            return Ok(None);
        }
        // Ask all before the first `?`, so that one round trip is enough.
        let below = is_looked_after.then(|| view.projects(&folder));
        let (listing, home) = (view.listing(&folder), view.variable_path("HOME"));
        let listing = listing?;
        let has_projects =
            below.transpose()?.and_then(Reply::known).is_some_and(|it| !it.roots.is_empty());
        let Reply::Known(listing) = listing else { return Ok(None) };
        let is_code = !is_folder || listing.names().any(|it| source::is_source(it.0.as_bytes()));
        let is_other =
            home.is_some_and(|it| it.is_within(&folder)) || is_of_python(&folder, &listing);
        Ok(Some(folder).filter(|_| is_code && !is_other && !has_projects))
    }
}

/// Whether a folder is an environment, in one, or the standard library: code that belongs to no project of the user's.
fn is_of_python(folder: &AbsPath, listing: &Listing) -> bool {
    let mut path = std::iter::once(folder.clone()).chain(folder.ancestors());
    let is_installed = |it: AbsPath| matches!(it.name(), b"site-packages" | b"dist-packages");
    path.any(is_installed)
        || ["pyvenv.cfg", "conda-meta"].iter().any(|it| listing.has(it))
        || ["os.py", "site.py"].iter().all(|it| listing.has(it))
}

/// The nearest folder at or above a path that has a manifest.
fn nearest(view: &View<'_>, path: &AbsPath) -> Asked<Option<AbsPath>> {
    for folder in std::iter::once(path.clone()).chain(path.ancestors()) {
        if let Reply::Known(listing) = view.listing(&folder)?
            && is_root(&folder, &listing)
        {
            return Ok(Some(folder));
        }
    }
    Ok(None)
}

fn is_root(folder: &AbsPath, listing: &Listing) -> bool {
    listing.names().any(|(name, _)| manifest::marks_project(&folder.join(name)))
        && folder.name() != b"requirements"
        && !folder.as_bytes().split(|it| matches!(it, b'/' | b'\\')).any(manifest::is_template)
}
