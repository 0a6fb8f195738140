//! Where events come from: one watcher of the system, and for each folder whether it can be relied on.

use std::sync::mpsc::Sender;

use envls_core::world::AbsPath;
use notify::{
    Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, CreateKind, ModifyKind, RemoveKind},
};

use crate::{
    path::{native, of},
    workspace::is_system_folder,
};

/// What the system reported.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    Changed(AbsPath, Change),
    /// The system lost events.
    Overflow,
    /// The watcher ends.
    Close,
}

/// What became of a path, the weaker first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    /// What is in it, or what may be done with it.
    Content,
    /// A file came, went, or changed its name.
    File,
    /// Something came, went, or changed its name.
    Name,
    /// A folder came or went.
    Folder,
}

/// How a folder is kept an eye on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Events,
    /// There are no events; its stamps are looked at every few seconds.
    Polled,
    /// It is looked at when everything is.
    Looks,
    /// It was not there when it was to be watched.
    Missing,
}

pub(super) struct Source {
    watcher: Option<RecommendedWatcher>,
    /// Whether it was said that watches ran out; it is said once.
    said: bool,
}

impl Source {
    pub(super) fn events(sender: Sender<Raw>) -> Source {
        let handler = move |event: notify::Result<Event>| {
            for raw in raw(event) {
                // Nobody listens any more when the watcher ends.
                let _ = sender.send(raw);
            }
        };
        let config = Config::default().with_follow_symlinks(false);
        let watcher = RecommendedWatcher::new(handler, config);
        if let Err(error) = &watcher {
            tracing::warn!(%error, "the system gives no file events; looking every two seconds");
        }
        Source { watcher: watcher.ok(), said: false }
    }

    pub(super) fn none() -> Source {
        Source { watcher: None, said: false }
    }

    /// Whether a folder could be watched at all; asked without any lock, since a file system may hang.
    pub(super) fn suits(folder: &AbsPath) -> How {
        // The watcher asks the system for every opening of a file too, and in these each start of any program is one. They
        // change when packages are installed, so a look now and then does.
        if is_system_folder(folder) {
            return How::Looks;
        }
        if is_remote(folder) { How::Polled } else { How::Events }
    }

    pub(super) fn watch(&mut self, folder: &AbsPath) -> How {
        let (Some(watcher), Some(native)) = (&mut self.watcher, native(folder)) else {
            return How::Polled;
        };
        match watcher.watch(&native, RecursiveMode::NonRecursive) {
            Ok(()) => How::Events,
            Err(error) => {
                if !native.is_dir() {
                    return How::Missing;
                }
                if !self.said {
                    self.said = true;
                    tracing::warn!(%folder, %error, "no watch left; looking every two seconds");
                }
                How::Polled
            }
        }
    }

    pub(super) fn unwatch(&mut self, folder: &AbsPath) {
        let (Some(watcher), Some(native)) = (&mut self.watcher, native(folder)) else { return };
        // Of a folder that went, the system has dropped the watch itself.
        let _ = watcher.unwatch(&native);
    }

    /// Ends the events. What comes back is to be dropped outside of any lock, since its own thread ends with it.
    pub(super) fn close(&mut self) -> Option<RecommendedWatcher> {
        self.watcher.take()
    }
}

fn raw(event: notify::Result<Event>) -> Vec<Raw> {
    let event = match event {
        Ok(event) => event,
        Err(error) => {
            tracing::warn!(%error, "the file watcher had trouble");
            return vec![Raw::Overflow];
        }
    };
    if event.need_rescan() {
        return vec![Raw::Overflow];
    }
    let change = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Change::Content,
        EventKind::Access(_) => return Vec::new(),
        EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)) => Change::Content,
        EventKind::Create(CreateKind::File) => Change::File,
        EventKind::Create(CreateKind::Folder) | EventKind::Remove(RemoveKind::Folder) => {
            Change::Folder
        }
        // A watched folder that goes is reported as a file that went; so what went may be either.
        _ => Change::Name,
    };
    let paths = event.paths.iter().filter_map(|it| of(it));
    paths.map(|it| Raw::Changed(it, change)).collect()
}

/// Whether a folder is on a file system on which others change files unseen: a network, another system's disk.
#[cfg(target_os = "linux")]
fn is_remote(folder: &AbsPath) -> bool {
    // The numbers of `statfs(2)`: NFS, SMB (three of its ages), 9P (also the disks of Windows in its Linux), FUSE, CEPH, AFS,
    // CODA, the shared folders of VirtualBox.
    const REMOTE: [i128; 10] = [
        0x6969,
        0x517B,
        0xFF53_4D42,
        0xFE53_4D42,
        0x0102_1997,
        0x6573_5546,
        0x00C3_6400,
        0x5346_414F,
        0x7375_7245,
        0x786F_4256,
    ];
    let Some(native) = native(folder) else { return false };
    let kind = rustix::fs::statfs(&*native).map(|it| it.f_type);
    // The number is signed on some machines and narrower on others.
    kind.is_ok_and(|it| REMOTE.contains(&(i128::from(it) & 0xFFFF_FFFF)))
}

#[cfg(not(target_os = "linux"))]
fn is_remote(_folder: &AbsPath) -> bool {
    false
}
