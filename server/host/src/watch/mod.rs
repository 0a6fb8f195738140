//! The one watcher: what is read is watched before, what is lost is looked for, and nothing moves while nothing happens.

mod aim;
mod source;
mod stamp;
mod table;
mod deliver;
mod look;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Sender, channel},
    },
    time::SystemTime,
};

use envls_core::world::AbsPath;

pub(crate) use self::table::Interest;
use self::{
    aim::aim,
    look::Looks,
    source::{How, Raw, Source},
    stamp::{Stamp, nanoseconds},
    table::Table,
};
use crate::{
    host::{Callback, HostEvent},
    path::native,
    workspace::Workspace,
};

/// How often a path is aimed at anew while folders come and go on the way to it.
const ROUNDS: usize = 5;
/// The clock that files are stamped with may lag behind the one that we read, by one beat of the kernel; in nanoseconds.
const CLOCK_LAG: i128 = 20_000_000;

/// The watcher's handle. Its threads end when it is dropped.
pub(crate) struct Watch {
    shared: Arc<Shared>,
    raw: Mutex<Sender<Raw>>,
}

struct Shared {
    table: Mutex<Table>,
    looks: Looks,
    workspace: Arc<Workspace>,
    callback: Callback,
}

/// Whether paths were watched before they were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watched {
    Before,
    /// Some are since now: what was read of them before may be old.
    SinceNow,
}

impl Watch {
    pub(crate) fn by_events(workspace: Arc<Workspace>, callback: Callback) -> Watch {
        let (sender, receiver) = channel();
        let source = Source::events(sender.clone());
        Watch::new(source, sender, receiver, workspace, callback)
    }

    /// Without events of the system: stamps are looked at every two seconds.
    pub(crate) fn by_polling(workspace: Arc<Workspace>, callback: Callback) -> Watch {
        let (sender, receiver) = channel();
        Watch::new(Source::none(), sender, receiver, workspace, callback)
    }

    fn new(
        source: Source,
        sender: Sender<Raw>,
        receiver: std::sync::mpsc::Receiver<Raw>,
        workspace: Arc<Workspace>,
        callback: Callback,
    ) -> Watch {
        let table = Mutex::new(Table::new(source));
        let shared = Arc::new(Shared { table, looks: Looks::default(), workspace, callback });
        let delivering = Arc::clone(&shared);
        crate::pool::start("envls events", move || deliver::run(&delivering, &receiver));
        let looking = Arc::clone(&shared);
        crate::pool::start("envls looks", move || look::run(&looking));
        Watch { shared, raw: Mutex::new(sender) }
    }

    /// Says that these paths were asked for, and will be watched before they are read.
    pub(crate) fn expect<'a>(&self, paths: impl Iterator<Item = &'a AbsPath>) {
        let mut table = self.shared.lock();
        paths.filter(|it| is_ours(it)).for_each(|it| table.expect(it));
    }

    /// Watches paths. After it returns, no change of them goes unseen.
    pub(crate) fn before_reading(&self, paths: &[AbsPath], interest: Interest) -> Watched {
        let mut watched = Watched::Before;
        for path in paths.iter().filter(|it| is_ours(it)) {
            if !self.shared.lock().is_known(path, interest) {
                self.shared.aim(path, Some(interest));
                watched = Watched::SinceNow;
            }
            let stamp = Stamp::of(path);
            self.shared.lock().set_stamp(path, stamp);
        }
        if watched == Watched::SinceNow {
            self.shared.looks.wake_for_polling(&self.shared.lock());
        }
        watched
    }

    /// Watches paths that were read already, since then. Back come those that may have changed in between.
    pub(crate) fn after_reading(
        &self,
        paths: &[AbsPath],
        since: SystemTime,
        interest: Interest,
    ) -> Vec<AbsPath> {
        let since = nanoseconds(since) - CLOCK_LAG;
        let mut changed = Vec::new();
        for path in paths.iter().filter(|it| is_ours(it)) {
            let known = self.shared.lock().is_known(path, interest);
            if !known {
                self.shared.aim(path, Some(interest));
            }
            let stamp = Stamp::of(path);
            if !known && stamp.changed_since(since) {
                changed.push(path.clone());
            }
            self.shared.lock().set_stamp(path, stamp);
        }
        self.shared.looks.wake_for_polling(&self.shared.lock());
        changed
    }

    /// Takes what the session wants watched, in place of what it wanted before.
    pub(crate) fn retain(&self, mut wanted: BTreeSet<AbsPath>) {
        wanted.retain(is_ours);
        self.shared.looks.retain(wanted);
    }

    /// Compares everything that is watched with what it looked like, and reports what changed.
    pub(crate) fn look_again(&self) {
        self.shared.looks.look_again();
    }

    /// As if the system had lost events.
    pub(crate) fn pretend_overflow(&self) {
        let _ = self.raw.lock().unwrap_or_else(PoisonError::into_inner).send(Raw::Overflow);
    }

    /// How many folders are watched by events, and how many are polled.
    pub(crate) fn counts(&self) -> (usize, usize) {
        self.shared.lock().counts()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let watcher = self.shared.lock().source.close();
        drop(watcher);
        self.shared.looks.close();
        let _ = self.raw.lock().unwrap_or_else(PoisonError::into_inner).send(Raw::Close);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the watches of a path where they belong now. With an interest, the path is taken up if it is not wanted yet.
    fn aim(&self, path: &AbsPath, interest: Option<Interest>) {
        // What comes between looking where a path leads and watching there is seen by looking once more.
        for _ in 0..ROUNDS {
            let aim = aim(path, &self.workspace);
            let unknown = self.lock().unknown(&aim.folders);
            // What is not there is looked for in the home folder and above the workspace, too. There, files are opened all the
            // time, and each is an event; that something comes there which the projects go by is seen by the next look.
            let is_absent = aim.end == aim::End::Absent;
            let how = |it: &AbsPath| match is_absent && self.workspace.is_above(it) {
                true => How::Looks,
                false => Source::suits(it),
            };
            let suits = unknown.into_iter().map(|it| (it.clone(), how(it)));
            let suits: BTreeMap<AbsPath, How> = suits.collect();
            let mut table = self.lock();
            if interest.is_none() && !table.paths_contain(path) {
                return;
            }
            if !table.put(path, aim, &suits, interest) {
                return;
            }
        }
    }

    fn report(&self, touched: Vec<AbsPath>) {
        if !touched.is_empty() {
            (self.callback)(vec![HostEvent::Touched(touched)]);
        }
    }
}

/// Whether a path can lead anywhere on this system.
fn is_ours(path: &AbsPath) -> bool {
    native(path).is_some()
}
