//! Finds every project root below a folder: a walk that reads names only, keeps out of what is ignored, and ends.

mod memory;
mod rules;
mod visit;

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use envls_core::world::{AbsPath, Listing, ProjectsBelow, Reply};

pub(crate) use self::memory::Memory;
pub(crate) use self::rules::{Has, Matchers, Rules, above as rules_above};
use self::{
    memory::{Folder, Remembered},
    visit::{Visit, Visitor},
};

/// Where a walk ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// How many folders are listed.
    folders: usize,
    /// How deep below the folder asked about; that folder is 0.
    depth: usize,
    /// Whether this is a home folder, in which folders that begin with a dot are the tools' own.
    home: bool,
}

impl Bounds {
    pub(crate) const PROJECT: Bounds = Bounds { folders: 50_000, depth: usize::MAX, home: false };
    /// A home folder, or one above it: people keep everything there, and no one waits for all of it.
    pub(crate) const HOME: Bounds = Bounds { folders: 5_000, depth: 4, home: true };
}

/// From this many folders on one level, two threads share them.
const ENOUGH_FOR_THREADS: usize = 256;
/// How many of the walked folders an answer rests on, those nearest to the top: a watch on every folder of a large tree
/// would take watches away from everybody.
const RESTED_ON: usize = 1024;

/// What a walk found.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) reply: Reply<Arc<ProjectsBelow>>,
    /// The names in the project roots, which the walk has read already.
    pub(crate) listings: Vec<(AbsPath, Arc<Listing>)>,
    /// The folders and ignore files that the answer rests on.
    pub(crate) rests_on: Vec<AbsPath>,
}

/// Walks. With a memory, only the folders that changed since the last walk are listed.
pub(crate) fn walk(folder: &AbsPath, bounds: Bounds, memory: Option<&Memory>) -> Walked {
    let matchers = Matchers::default();
    let context = Context {
        matchers: &matchers,
        bounds,
        before: memory.map(|it| it.of(folder)),
        started: SystemTime::now(),
    };
    let mut walk = Walk { context: &context, found: Found::default(), listed: 0 };
    let mut level = vec![Visit { folder: folder.clone(), rules: rules::above(folder) }];
    let mut depth = 0;
    while !level.is_empty() {
        level.truncate(bounds.folders - walk.listed);
        walk.listed += level.len();
        let mut below = walk.level(&level, depth < bounds.depth);
        if depth == 0 && walk.found.absent {
            return Walked { reply: Reply::Absent, listings: Vec::new(), rests_on: Vec::new() };
        }
        // By path, so that where the walk ends does not depend on the order of the disk or of the threads.
        below.sort_unstable_by(|a, b| a.folder.cmp(&b.folder));
        if walk.listed == bounds.folders && !below.is_empty() {
            walk.found.stopped = true;
            break;
        }
        walk.found.stopped |= below.len() > bounds.folders - walk.listed;
        level = below;
        depth += 1;
    }
    if let Some(memory) = memory {
        memory.keep(folder, std::mem::take(&mut walk.found.remembered));
    }
    walk.found.answer(walk.listed)
}

/// What every thread of a walk goes by.
struct Context<'walk> {
    matchers: &'walk Matchers,
    bounds: Bounds,
    /// The last walk, where walks are remembered.
    before: Option<Arc<Remembered>>,
    started: SystemTime,
}

struct Walk<'walk> {
    context: &'walk Context<'walk>,
    found: Found,
    listed: usize,
}

/// What one thread, or all of them, found.
#[derive(Debug, Default)]
struct Found {
    roots: BTreeSet<AbsPath>,
    listings: Vec<(AbsPath, Arc<Listing>)>,
    denied: Vec<AbsPath>,
    walked: Vec<AbsPath>,
    ignore_files: Vec<AbsPath>,
    remembered: Vec<(AbsPath, Arc<Folder>)>,
    stopped: bool,
    absent: bool,
}

impl Walk<'_> {
    /// Lists the folders of one level; those below them come back.
    fn level(&mut self, level: &[Visit], deeper: bool) -> Vec<Visit> {
        if self.found.walked.len() < RESTED_ON {
            let room = RESTED_ON - self.found.walked.len();
            self.found.walked.extend(level.iter().take(room).map(|it| it.folder.clone()));
        }
        let next = AtomicUsize::new(0);
        let all = Mutex::new((std::mem::take(&mut self.found), Vec::new()));
        let work = || {
            let mut visitor = Visitor::new(self.context, deeper);
            // Many at a time, so that the counter is no place where threads meet.
            loop {
                let from = next.fetch_add(32, Ordering::Relaxed);
                let Some(rest) = level.get(from..).filter(|it| !it.is_empty()) else { break };
                rest.iter().take(32).for_each(|it| visitor.visit(it));
            }
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            all.0.take_in(visitor.found);
            all.1.append(&mut visitor.below);
        };
        if level.len() < ENOUGH_FOR_THREADS {
            work();
        } else {
            std::thread::scope(|scope| {
                scope.spawn(work);
                work();
            });
        }
        let (found, below) = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.found = found;
        below
    }
}

impl Found {
    fn take_in(&mut self, mut other: Found) {
        self.roots.append(&mut other.roots);
        self.listings.append(&mut other.listings);
        self.denied.append(&mut other.denied);
        self.ignore_files.append(&mut other.ignore_files);
        self.remembered.append(&mut other.remembered);
        self.absent |= other.absent;
    }

    fn answer(mut self, listed: usize) -> Walked {
        self.denied.sort_unstable();
        self.listings.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut rests_on: BTreeSet<AbsPath> = self.walked.into_iter().collect();
        rests_on.extend(self.ignore_files);
        rests_on.extend(self.roots.iter().cloned());
        let below = ProjectsBelow {
            roots: self.roots.into_iter().collect(),
            stopped_after: self.stopped.then_some(listed),
            denied: self.denied,
        };
        Walked {
            reply: Reply::Known(Arc::new(below)),
            listings: self.listings,
            rests_on: rests_on.into_iter().collect(),
        }
    }
}

/// Whether a file of this name makes its folder a project.
pub(crate) fn marks_project(name: &[u8], folder_name: &[u8]) -> bool {
    visit::mark(name, folder_name) == Some(visit::Mark::This)
}

/// Whether a name in a walked folder can change what a walk finds; of folders the kind says it.
pub(crate) fn matters(name: &[u8], folder_name: &[u8]) -> bool {
    visit::mark(name, folder_name).is_some()
        || matches!(name, b".gitignore" | b".ignore" | b".git" | b"pyvenv.cfg" | b"conda-meta")
}
