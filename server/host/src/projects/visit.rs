//! Lists one folder of a walk, and judges it and the folders in it.

use std::{io, ops::ControlFlow, sync::Arc};

use envls_core::{
    manifest,
    world::{AbsPath, ListedKind, Listing, Reply},
};

use super::{
    Context, Found, Rules,
    memory::{Folder, Stamp},
    rules::Has,
};
use crate::{
    disk::{folder, refusal, text::Follow},
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
    context: &'walk Context<'walk>,
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
    pub(super) fn new(context: &'walk Context<'walk>, deeper: bool) -> Visitor<'walk> {
        Visitor {
            context,
            deeper,
            reader: folder::Reader::default(),
            names: folder::Names::default(),
            found: Found::default(),
            below: Vec::new(),
        }
    }

    pub(super) fn visit(&mut self, visit: &Visit) {
        let folder = &visit.folder;
        let Some(before) = self.context.before.as_deref() else {
            if let Some(seen) = self.list(folder) {
                let listing = seen.is_root().then(|| Arc::new(self.names.listing()));
                self.note(folder, seen, listing);
                self.descend_listed(visit, seen);
            }
            return;
        };
        // Taken before the folder is listed: what comes in between is listed once more the next time.
        let stamp = Stamp::of(folder);
        let remembered = match before.folder(folder, stamp) {
            Some(it) => Arc::clone(it),
            None => match self.list(folder) {
                Some(seen) => Arc::new(self.remember(stamp, seen)),
                None => return,
            },
        };
        self.note(folder, remembered.seen, remembered.listing.clone());
        if self.deeper && !remembered.seen.environment {
            let mut rules = None;
            for name in &remembered.below {
                self.descend(visit, remembered.seen.has, name, &mut rules);
            }
        }
        if let Some(stamp) = remembered.stamp
            && stamp.is_settled(self.context.started)
        {
            self.found.remembered.push((folder.clone(), remembered));
        }
    }

    /// Lists a folder into the names that are kept. `None` when it cannot be.
    fn list(&mut self, folder: &AbsPath) -> Option<Seen> {
        match self.read(folder) {
            Ok(seen) => return Some(seen),
            Err(error) => match refusal::<()>(&error) {
                Reply::Absent => self.found.absent = true,
                _ => self.found.denied.push(folder.clone()),
            },
        }
        None
    }

    fn remember(&self, stamp: Option<Stamp>, seen: Seen) -> Folder {
        let listing = seen.is_root().then(|| Arc::new(self.names.listing()));
        let home = self.context.bounds.home;
        let below = self.names.iter().filter(|(name, kind)| is_walked(name, *kind, home));
        Folder { stamp, seen, below: below.map(|(name, _)| name.into()).collect(), listing }
    }

    fn note(&mut self, folder: &AbsPath, seen: Seen, listing: Option<Arc<Listing>>) {
        // What is in an environment was installed, and is nobody's project.
        if seen.environment {
            return;
        }
        match seen.mark {
            Some(Mark::This) => {
                self.found.listings.extend(listing.map(|it| (folder.clone(), it)));
                self.found.roots.insert(folder.clone());
            }
            Some(Mark::Parent) => self.found.roots.extend(folder.parent()),
            None => {}
        }
        self.found.ignore_files.extend(Rules::files(folder, seen.has));
    }

    fn read(&mut self, folder: &AbsPath) -> io::Result<Seen> {
        let native = native(folder).ok_or(io::ErrorKind::NotFound)?;
        let folder_name = folder.name();
        let names = &mut self.names;
        names.clear();
        let mut seen = Seen::default();
        let mut left = folder::NAME_LIMIT;
        folder::each(&native, Follow::Yes, &mut self.reader, |name, kind| {
            names.push(name, kind);
            seen.note(name, kind, folder_name);
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(seen)
    }

    fn descend_listed(&mut self, visit: &Visit, seen: Seen) {
        if !self.deeper || seen.environment {
            return;
        }
        let names = std::mem::take(&mut self.names);
        let mut rules = None;
        for (name, kind) in names.iter() {
            if is_walked(name, kind, self.context.bounds.home) {
                self.descend(visit, seen.has, name, &mut rules);
            }
        }
        self.names = names;
    }

    /// Has a folder visited later, unless it is left out.
    fn descend(
        &mut self,
        visit: &Visit,
        has: Has,
        name: &[u8],
        rules: &mut Option<Option<Arc<Rules>>>,
    ) {
        let folder = visit.folder.join(name);
        let of = || Rules::of(visit.rules.as_ref(), &visit.folder, has);
        let rules = rules.get_or_insert_with(of);
        let matchers = self.context.matchers;
        if !rules.as_ref().is_some_and(|it| it.leave_out(&folder, matchers)) {
            self.below.push(Visit { folder, rules: rules.clone() });
        }
    }
}

/// What a listing says of its folder.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    mark: Option<Mark>,
    environment: bool,
    has: Has,
}

impl Seen {
    fn is_root(self) -> bool {
        self.mark == Some(Mark::This) && !self.environment
    }

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
    let format = manifest::marking(name, folder_name)?;
    let of_parent = format.name == "requirements" && folder_name == "requirements";
    Some(if of_parent { Mark::Parent } else { Mark::This })
}

/// Whether a walk goes into what has this name.
fn is_walked(name: &[u8], kind: ListedKind, home: bool) -> bool {
    kind == ListedKind::Folder && !is_pruned(name, home)
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
    always
        || manifest::is_template(name)
        || home && (name.starts_with(b".") || matches!(name, b"Library" | b"AppData"))
}
