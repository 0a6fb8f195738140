//! Which projects there are: those below the folders that are looked after, and those that open files belong to.

use std::collections::BTreeSet;

use crate::{
    manifest,
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
            if let Ok(Some(root)) = nearest(&view, path) {
                roots.insert(root);
            }
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
    listing
        .names()
        .any(|(name, _)| manifest::format_of(&folder.join(name)).is_some_and(|it| it.marks_project))
        && folder.name() != b"requirements"
}
