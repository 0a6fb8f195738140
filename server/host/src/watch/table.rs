//! What is wanted to be watched, where its watches stand, and what an event there means.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use envls_core::world::AbsPath;

use super::{
    aim::{Aim, End},
    source::{Change, How, Source},
    stamp::Stamp,
};
use crate::projects;

/// How long a path is kept that was read and is not yet, or no longer, named by the session: an answer may be on its way.
const GRACE: Duration = Duration::from_secs(10);
/// When so many names of one folder changed at once, the folder itself is reported.
const NAMES_AT_ONCE: usize = 512;

/// Which changes of the names in a folder matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Interest {
    /// Those that can change what a walk for projects finds.
    Walk,
    All,
}

pub(super) struct Wanted {
    pub(super) aim: Aim,
    pub(super) stamp: Stamp,
    interest: Interest,
    read: Instant,
}

struct Folder {
    users: usize,
    how: How,
}

pub(super) struct Table {
    pub(super) source: Source,
    wanted: BTreeMap<AbsPath, Wanted>,
    /// From each path of a trail to the wanted paths whose trail it is on.
    by_trail: BTreeMap<AbsPath, BTreeSet<AbsPath>>,
    folders: BTreeMap<AbsPath, Folder>,
    /// What the session said last that it wants.
    retained: BTreeSet<AbsPath>,
    /// What was asked, and is about to be watched and read.
    expected: BTreeMap<AbsPath, Instant>,
}

/// What a batch of events means.
#[derive(Debug, Default)]
pub(super) struct Affected {
    pub(super) touched: BTreeSet<AbsPath>,
    /// Names that came or went, and that no walk for projects goes by.
    pub(super) listed: BTreeSet<AbsPath>,
    /// What was there and is, and may hold something else.
    pub(super) written: BTreeSet<AbsPath>,
    /// Paths whose watches may stand elsewhere now.
    pub(super) aim_again: BTreeSet<AbsPath>,
}

impl Table {
    pub(super) fn new(source: Source) -> Table {
        Table {
            source,
            wanted: BTreeMap::new(),
            by_trail: BTreeMap::new(),
            folders: BTreeMap::new(),
            retained: BTreeSet::new(),
            expected: BTreeMap::new(),
        }
    }

    pub(super) fn expect(&mut self, path: &AbsPath) {
        self.expected.insert(path.clone(), Instant::now());
    }

    /// Notes that a path is about to be read. Whether it is watched already.
    pub(super) fn is_known(&mut self, path: &AbsPath, interest: Interest) -> bool {
        self.expected.remove(path);
        let Some(wanted) = self.wanted.get_mut(path) else { return false };
        wanted.read = Instant::now();
        wanted.interest = wanted.interest.max(interest);
        true
    }

    pub(super) fn set_stamp(&mut self, path: &AbsPath, stamp: Stamp) {
        if let Some(wanted) = self.wanted.get_mut(path) {
            wanted.stamp = stamp;
        }
    }

    /// Puts watches where an aim says. Whether any of them is new.
    pub(super) fn put(
        &mut self,
        path: &AbsPath,
        aim: Aim,
        suits: &BTreeMap<AbsPath, How>,
        interest: Option<Interest>,
    ) -> bool {
        let before = self.wanted.get(path).map(|it| it.aim.clone());
        if before.as_ref() == Some(&aim) {
            return self.watch_missing(&aim);
        }
        let mut new = false;
        for folder in &aim.folders {
            new |= self.use_folder(folder, suits.get(folder).copied().unwrap_or(How::Events));
        }
        for step in &aim.trail {
            self.by_trail.entry(step.clone()).or_default().insert(path.clone());
        }
        if let Some(before) = before {
            self.leave(path, &before, Some(&aim));
        }
        let wanted = self.wanted.entry(path.clone()).or_insert_with(|| Wanted {
            aim: aim.clone(),
            stamp: Stamp::Absent,
            interest: interest.unwrap_or(Interest::All),
            read: Instant::now(),
        });
        wanted.aim = aim;
        // Thousands of paths lie in the same folders: their names are kept once.
        for step in wanted.aim.trail.iter_mut().filter(|it| *it == path) {
            *step = path.clone();
        }
        for folder in &mut wanted.aim.folders {
            if let Some((known, _)) = self.folders.get_key_value(folder) {
                *folder = known.clone();
            }
        }
        new
    }

    fn use_folder(&mut self, folder: &AbsPath, suits: How) -> bool {
        if let Some(known) = self.folders.get_mut(folder) {
            known.users += 1;
            if known.how == How::Looks && suits == How::Events {
                known.how = self.source.watch(folder);
                return true;
            }
            return known.how == How::Missing && self.watch_missing_folder(folder);
        }
        let how = if suits == How::Events { self.source.watch(folder) } else { suits };
        self.folders.insert(folder.clone(), Folder { users: 1, how });
        true
    }

    fn watch_missing(&mut self, aim: &Aim) -> bool {
        let missing =
            |it: &&AbsPath| self.folders.get(*it).is_some_and(|it| it.how == How::Missing);
        let missing: Vec<AbsPath> = aim.folders.iter().filter(missing).cloned().collect();
        let now = missing.iter().filter(|it| self.watch_missing_folder(it));
        now.count() > 0
    }

    /// Watches a folder that was not there before. Whether it is now.
    fn watch_missing_folder(&mut self, folder: &AbsPath) -> bool {
        let how = self.source.watch(folder);
        if let Some(known) = self.folders.get_mut(folder) {
            known.how = how;
        }
        how == How::Events
    }

    /// Takes a path off the watches and trails of an aim that it has no more.
    fn leave(&mut self, path: &AbsPath, aim: &Aim, now: Option<&Aim>) {
        for folder in &aim.folders {
            let Some(known) = self.folders.get_mut(folder) else { continue };
            known.users -= 1;
            if known.users == 0 {
                let known = self.folders.remove(folder);
                if known.is_some_and(|it| it.how == How::Events) {
                    self.source.unwatch(folder);
                }
            }
        }
        for step in aim.trail.iter().filter(|it| !now.is_some_and(|now| now.trail.contains(it))) {
            if let Some(paths) = self.by_trail.get_mut(step) {
                paths.remove(path);
                if paths.is_empty() {
                    self.by_trail.remove(step);
                }
            }
        }
    }

    fn drop_path(&mut self, path: &AbsPath) {
        if let Some(wanted) = self.wanted.remove(path) {
            self.leave(path, &wanted.aim, None);
        }
    }

    /// Takes what the session wants. Back come the paths that nobody watches yet.
    pub(super) fn retain(&mut self, wanted: BTreeSet<AbsPath>) -> Vec<AbsPath> {
        let now = Instant::now();
        let unneeded = |(path, it): (&AbsPath, &Wanted)| {
            let drop = !wanted.contains(path) && now.duration_since(it.read) > GRACE;
            drop.then(|| path.clone())
        };
        let unneeded: Vec<AbsPath> = self.wanted.iter().filter_map(unneeded).collect();
        unneeded.iter().for_each(|it| self.drop_path(it));
        self.expected.retain(|_, asked| now.duration_since(*asked) < Duration::from_secs(60));
        let missing = wanted
            .iter()
            .filter(|it| !self.wanted.contains_key(*it) && !self.expected.contains_key(*it));
        let missing = missing.cloned().collect();
        self.retained = wanted;
        missing
    }

    /// What a change at a real path means.
    pub(super) fn note(&mut self, at: &AbsPath, change: Change, affected: &mut Affected) {
        if change == Change::Content {
            affected.written.extend(self.by_trail.get(at).into_iter().flatten().cloned());
            return;
        }
        self.watch_again(at);
        for paths in self.at_or_below(at) {
            affected.touched.extend(paths.iter().cloned());
            affected.aim_again.extend(paths.iter().cloned());
        }
        let Some(folder) = at.parent() else { return };
        let mut matters = None;
        for path in self.by_trail.get(&folder).into_iter().flatten() {
            let Some(wanted) = self.wanted.get(path) else { continue };
            let is_end = wanted.aim.end == End::Folder(folder.clone());
            if !is_end {
                continue;
            }
            let matters = *matters.get_or_insert_with(|| self.matters(at, &folder, change));
            match wanted.interest {
                _ if matters => affected.touched.insert(path.join(at.name())),
                Interest::All => affected.listed.insert(path.join(at.name())),
                Interest::Walk => false,
            };
        }
    }

    /// Whether a name that came or went can change what a walk finds.
    fn matters(&self, at: &AbsPath, folder: &AbsPath, change: Change) -> bool {
        let is_folder = || match change {
            Change::Folder => true,
            Change::File | Change::Content => false,
            Change::Name => {
                self.by_trail.contains_key(at)
                    || crate::path::native(at).is_some_and(|it| {
                        it.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
                    })
            }
        };
        projects::matters(at.name(), folder.name()) || is_folder()
    }

    /// The wanted paths that lead over a path, or over one below it.
    fn at_or_below(&self, at: &AbsPath) -> impl Iterator<Item = &BTreeSet<AbsPath>> {
        let all = self.by_trail.range(at.clone()..);
        let near = all.take_while(|(it, _)| it.as_bytes().starts_with(at.as_bytes()));
        near.filter(|(it, _)| it.is_within(at)).map(|(_, paths)| paths)
    }

    /// Renews the watches on a folder that came, went or changed its name, and on those below it: a folder of the same name
    /// may be another one now, which nobody watches.
    fn watch_again(&mut self, at: &AbsPath) {
        let all = self.folders.range_mut(at.clone()..);
        let near = all.take_while(|(it, _)| it.as_bytes().starts_with(at.as_bytes()));
        for (folder, it) in near.filter(|(it, _)| it.is_within(at)) {
            if matches!(it.how, How::Events | How::Missing) {
                self.source.unwatch(folder);
                it.how = self.source.watch(folder);
            }
        }
    }

    /// Renews every watch, after the system lost events.
    pub(super) fn watch_everything_again(&mut self) {
        for (folder, it) in &mut self.folders {
            if matches!(it.how, How::Events | How::Missing) {
                self.source.unwatch(folder);
                it.how = self.source.watch(folder);
            }
        }
    }

    /// Every wanted path with its stamp: those of which no events come, or the others.
    pub(super) fn stamps(&self, polled: bool) -> Vec<(AbsPath, Stamp)> {
        let all = self.wanted.iter().filter(|(_, it)| self.is_polled(it) == polled);
        all.map(|(path, it)| (path.clone(), it.stamp.clone())).collect()
    }

    pub(super) fn polls(&self) -> bool {
        self.folders.values().any(|it| it.how == How::Polled)
    }

    pub(super) fn paths_contain(&self, path: &AbsPath) -> bool {
        self.wanted.contains_key(path)
    }

    /// Those of some folders that nothing keeps an eye on yet, or that are only looked at now and then.
    pub(super) fn unknown<'a>(&self, folders: &'a [AbsPath]) -> Vec<&'a AbsPath> {
        let is_unknown =
            |it: &&AbsPath| self.folders.get(*it).is_none_or(|it| it.how == How::Looks);
        folders.iter().filter(is_unknown).collect()
    }

    pub(super) fn paths(&self) -> Vec<AbsPath> {
        self.wanted.keys().cloned().collect()
    }

    /// How many folders are watched by events, and how many are polled.
    pub(super) fn counts(&self) -> (usize, usize) {
        let count = |how| self.folders.values().filter(|it| it.how == how).count();
        (count(How::Events), count(How::Polled))
    }

    fn is_polled(&self, wanted: &Wanted) -> bool {
        let mut folders = wanted.aim.folders.iter().filter_map(|it| self.folders.get(it));
        folders.any(|it| it.how == How::Polled)
    }
}

impl Affected {
    /// The touched paths, and the others that came or went; where very many names of one folder changed, the folder is
    /// touched in their place.
    pub(super) fn take(mut self) -> (Vec<AbsPath>, Vec<AbsPath>) {
        if self.touched.len() + self.listed.len() < NAMES_AT_ONCE {
            self.listed.retain(|it| !self.touched.contains(it));
            return (self.touched.into_iter().collect(), self.listed.into_iter().collect());
        }
        self.touched.append(&mut self.listed);
        let mut by_folder: BTreeMap<Option<AbsPath>, Vec<&AbsPath>> = BTreeMap::new();
        for path in &self.touched {
            by_folder.entry(path.parent()).or_default().push(path);
        }
        let mut touched = BTreeSet::new();
        for (folder, paths) in by_folder {
            match folder {
                Some(folder) if paths.len() >= NAMES_AT_ONCE => {
                    // What is wanted for itself is still named.
                    let named = paths.into_iter().filter(|it| self.aim_again.contains(*it));
                    touched.extend(named.cloned());
                    touched.insert(folder);
                }
                _ => touched.extend(paths.into_iter().cloned()),
            }
        }
        (touched.into_iter().collect(), Vec::new())
    }
}
