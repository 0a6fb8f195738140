//! What counts as the user's projects: nothing in there is a tool, and nothing in there says what is trusted.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
    sync::{PoisonError, RwLock},
};

use envls_core::world::AbsPath;

use crate::{disk::entry::real, environment::Environment, path::native};

/// The folders that the editor has open, and the project roots that were found in them.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    home: Option<AbsPath>,
    inside: RwLock<Inside>,
}

#[derive(Clone, Debug, Default)]
struct Inside {
    folders: BTreeSet<AbsPath>,
    /// By the folder that they were looked for in.
    roots: BTreeMap<AbsPath, BTreeSet<AbsPath>>,
}

impl Workspace {
    pub(crate) fn new(environment: &Environment) -> Workspace {
        Workspace { home: environment.home(), inside: RwLock::default() }
    }

    /// Takes the folders that are open now, in place of those before. Whether that changes anything.
    pub(crate) fn set_folders(&self, folders: &[AbsPath]) -> bool {
        let folders = self.both_spellings(folders);
        let mut inside = self.inside.write().unwrap_or_else(PoisonError::into_inner);
        let differs = inside.folders != folders;
        inside.folders = folders;
        differs
    }

    /// The folders and projects that are looked after, as far as they are known.
    pub(crate) fn folders(&self) -> BTreeSet<AbsPath> {
        let inside = self.inside.read().unwrap_or_else(PoisonError::into_inner);
        inside.folders.iter().chain(inside.roots.values().flatten()).cloned().collect()
    }

    pub(crate) fn has_folders(&self) -> bool {
        !self.inside.read().unwrap_or_else(PoisonError::into_inner).folders.is_empty()
    }

    /// Takes the project roots that were found below a folder, in place of those before. Whether any is new.
    pub(crate) fn set_roots(&self, below: &AbsPath, roots: &[AbsPath]) -> bool {
        let spelled: BTreeSet<AbsPath> = roots.iter().cloned().collect();
        // A walk follows no links, so below the folder the real spelling is the same.
        let real = real(below).filter(|it| it != below);
        let others = real.iter().flat_map(|real| {
            spelled.iter().filter_map(|it| it.below(below)).map(|rest| match rest {
                b"" => real.clone(),
                rest => real.join(rest),
            })
        });
        let mut roots: BTreeSet<AbsPath> = others.collect();
        roots.extend(spelled);
        roots.retain(|it| !self.spans_home(it));
        let mut inside = self.inside.write().unwrap_or_else(PoisonError::into_inner);
        let before = inside.roots.insert(below.clone(), roots.clone()).unwrap_or_default();
        !roots.is_subset(&before)
    }

    /// Whether a path, as it is spelled, is in one of the folders or projects.
    pub(crate) fn encloses(&self, path: &AbsPath) -> bool {
        let inside = self.inside.read().unwrap_or_else(PoisonError::into_inner);
        let mut own = std::iter::once(path.clone()).chain(path.ancestors());
        own.any(|it| {
            inside.folders.contains(&it) || inside.roots.values().any(|roots| roots.contains(&it))
        })
    }

    /// The nearest open folder that a path is in.
    pub(crate) fn folder_of(&self, path: &AbsPath) -> Option<AbsPath> {
        let inside = self.inside.read().unwrap_or_else(PoisonError::into_inner);
        let mut own = std::iter::once(path.clone()).chain(path.ancestors());
        own.find(|it| inside.folders.contains(it))
    }

    /// Whether a folder is above one that is open, or is the home folder or above it.
    pub(crate) fn is_above(&self, folder: &AbsPath) -> bool {
        let inside = self.inside.read().unwrap_or_else(PoisonError::into_inner);
        let above = inside.folders.iter().any(|it| it != folder && it.is_within(folder));
        above || self.spans_home(folder)
    }

    /// Whether a folder is the home folder or above it: most of what is in there is no project, but the user's own.
    pub(crate) fn spans_home(&self, folder: &AbsPath) -> bool {
        self.home.as_ref().is_some_and(|home| home.is_within(folder))
    }

    /// A list of folders, as `PATH` is one, without those that are relative or in a workspace; `None` when it cannot be one.
    pub(crate) fn without(&self, list: &OsStr) -> Option<OsString> {
        let outside =
            |it: &AbsPath| !self.encloses(it) && !real(it).is_some_and(|real| self.encloses(&real));
        let folders = folders_of(list).into_iter().filter(outside);
        let native = folders.filter_map(|it| native(&it).map(Cow::into_owned));
        std::env::join_paths(native).ok()
    }

    fn both_spellings(&self, folders: &[AbsPath]) -> BTreeSet<AbsPath> {
        let spelled = folders.iter().cloned();
        let real = folders.iter().filter_map(real);
        spelled.chain(real).filter(|it| !self.spans_home(it)).collect()
    }
}

/// Folders of the system that hold programs, and in which every start of a program is an event.
pub(crate) fn is_system_folder(folder: &AbsPath) -> bool {
    let folders: [&[u8]; 6] =
        [b"/bin", b"/sbin", b"/usr/bin", b"/usr/sbin", b"/usr/local/bin", b"/usr/local/sbin"];
    folders.contains(&folder.as_bytes())
}

/// A list of folders, as `PATH` is one; what is relative or empty would mean the working directory, and is left out.
pub(crate) fn folders_of(list: &OsStr) -> Vec<AbsPath> {
    let split = std::env::split_paths(list).map(OsString::from);
    split.filter_map(|it| AbsPath::parse(it.as_encoded_bytes())).collect()
}
