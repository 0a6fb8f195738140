//! Where watches have to stand, so that no change of a path goes unseen.

use std::collections::BTreeSet;

use envls_core::world::AbsPath;

use crate::{
    disk::entry::{Found, follow},
    workspace::Workspace,
};

/// How a path is watched. All of it is in real paths: of two spellings of one folder the system reports only one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aim {
    /// The links on the way, and the end or the first path on the way that does not exist: a change of any of them is a
    /// change of the path.
    pub(super) trail: Vec<AbsPath>,
    pub(super) end: End,
    /// The folders to watch, sorted.
    pub(super) folders: Vec<AbsPath>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A folder: its names are watched too.
    Folder(AbsPath),
    Other,
    Absent,
}

pub(super) fn aim(path: &AbsPath, workspace: &Workspace) -> Aim {
    let way = follow(path);
    let mut folders: BTreeSet<AbsPath> = way.hops.iter().filter_map(AbsPath::parent).collect();
    let (end, last) = match &way.found {
        Found::It(metadata) if metadata.is_dir() => (End::Folder(way.end.clone()), way.end.clone()),
        Found::It(_) => (End::Other, nearest(&way.end)),
        _ => (End::Absent, nearest(&way.end)),
    };
    // When a folder is renamed, those in it hear nothing of it; so each one up to the workspace folder is watched. Outside
    // of it a rename is seen by the next look.
    if let Some(top) = workspace.folder_of(&last) {
        folders.extend(last.ancestors().take_while(|it| it.is_within(&top)));
    }
    folders.insert(last);
    let mut trail = way.hops;
    trail.push(way.end);
    trail.sort_unstable();
    trail.dedup();
    Aim { trail, end, folders: folders.into_iter().collect() }
}

/// The nearest folder above a path that exists.
fn nearest(path: &AbsPath) -> AbsPath {
    let mut above = path.ancestors();
    // Step by step the way ended at the first missing path, so what is above it is there.
    if cfg!(unix) {
        return above.next().unwrap_or_else(|| path.clone());
    }
    let exists = |it: &AbsPath| crate::path::native(it).is_some_and(|it| it.is_dir());
    above.find(exists).unwrap_or_else(|| path.clone())
}
