//! Lists one folder of a walk, and judges it and the folders in it.

use std::{io, ops::ControlFlow, sync::Arc};

use envls_core::{
    manifest,
    world::{AbsPath, ListedKind, Reply},
};

use super::{
    Bounds, Found, Rules,
    rules::{Has, Matchers},
};
use crate::{
    disk::{folder, refusal},
    path::native,
};

/// A folder to list, with the rules that hold above it.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) folder: AbsPath,
    pub(super) rules: Option<Arc<Rules>>,
}

/// Lists folders one after the other, in memory that is kept.
pub(super) struct Visitor<'walk> {
    matchers: &'walk Matchers,
    bounds: Bounds,
    /// Whether the folders in the listed ones are to be walked too.
    deeper: bool,
    reader: folder::Reader,
    names: folder::Names,
    pub(super) found: Found,
    pub(super) below: Vec<Visit>,
}

/// What makes a folder a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    This,
    /// The manifests in a folder `requirements` speak of the project around it.
    Parent,
}

impl<'walk> Visitor<'walk> {
    pub(super) fn new(matchers: &'walk Matchers, bounds: Bounds, deeper: bool) -> Visitor<'walk> {
        Visitor {
            matchers,
            bounds,
            deeper,
            reader: folder::Reader::default(),
            names: folder::Names::default(),
            found: Found::default(),
            below: Vec::new(),
        }
    }

    pub(super) fn visit(&mut self, visit: &Visit) {
        let folder = &visit.folder;
        let seen = match self.read(folder) {
            Ok(seen) => seen,
            Err(error) => {
                match refusal::<()>(&error) {
                    Reply::Absent => self.found.absent = true,
                    _ => self.found.denied.push(folder.clone()),
                }
                return;
            }
        };
        // What is in an environment was installed, and is nobody's project.
        if seen.environment {
            return;
        }
        match seen.mark {
            Some(Mark::This) => {
                self.found.listings.push((folder.clone(), Arc::new(self.names.listing())));
                self.found.roots.insert(folder.clone());
            }
            Some(Mark::Parent) => self.found.roots.extend(folder.parent()),
            None => {}
        }
        self.found.ignore_files.extend(Rules::files(folder, seen.has));
        if self.deeper {
            self.descend(visit, seen.has);
        }
    }

    fn read(&mut self, folder: &AbsPath) -> io::Result<Seen> {
        let native = native(folder).ok_or(io::ErrorKind::NotFound)?;
        let folder_name = folder.name();
        let names = &mut self.names;
        names.clear();
        let mut seen = Seen::default();
        let mut left = folder::NAME_LIMIT;
        folder::each(&native, &mut self.reader, |name, kind| {
            names.push(name, kind);
            seen.note(name, kind, folder_name);
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(seen)
    }

    fn descend(&mut self, visit: &Visit, has: Has) {
        let mut rules = None;
        for (name, kind) in self.names.iter() {
            if kind != ListedKind::Folder || is_pruned(name, self.bounds.home) {
                continue;
            }
            let folder = visit.folder.join(name);
            let rules =
                rules.get_or_insert_with(|| Rules::of(visit.rules.as_ref(), &visit.folder, has));
            if rules.as_ref().is_some_and(|it| it.leave_out(&folder, self.matchers)) {
                continue;
            }
            self.below.push(Visit { folder, rules: rules.clone() });
        }
    }
}

/// What a listing says of its folder.
#[derive(Default)]
struct Seen {
    mark: Option<Mark>,
    environment: bool,
    has: Has,
}

impl Seen {
    fn note(&mut self, name: &[u8], kind: ListedKind, folder_name: &[u8]) {
        match (name, kind) {
            (b"pyvenv.cfg", _) | (b"conda-meta", ListedKind::Folder) => self.environment = true,
            (b".git", _) => self.has.repository = true,
            (b".gitignore", _) => self.has.git_ignore = true,
            (b".ignore", _) => self.has.ignore = true,
            (_, ListedKind::Folder | ListedKind::Other) => {}
            (name, _) => {
                if self.mark.is_none() {
                    self.mark = mark(name, folder_name);
                }
            }
        }
    }
}

/// Whether a file of this name makes a project, and which folder.
pub(super) fn mark(name: &[u8], folder_name: &[u8]) -> Option<Mark> {
    let name = str::from_utf8(name).ok()?;
    let folder_name = str::from_utf8(folder_name).unwrap_or("");
    let mut formats = manifest::ALL.iter().filter(|it| it.marks_project);
    let format = formats.find(|it| (it.matches)(name, folder_name))?;
    let of_parent = format.name == "requirements" && folder_name == "requirements";
    Some(if of_parent { Mark::Parent } else { Mark::This })
}

fn is_pruned(name: &[u8], home: bool) -> bool {
    let always = matches!(
        name,
        b".git"
            | b".hg"
            | b".svn"
            | b"node_modules"
            | b"__pycache__"
            | b"site-packages"
            | b".venv"
            | b".tox"
            | b".nox"
            | b".mypy_cache"
            | b".pytest_cache"
            | b".ruff_cache"
    );
    always || home && (name.starts_with(b".") || matches!(name, b"Library" | b"AppData"))
}
