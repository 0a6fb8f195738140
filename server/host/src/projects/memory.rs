//! What the last walk saw in each folder, so that the next one lists only the folders that changed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use envls_core::world::{AbsPath, Listing};

use super::visit::Seen;
use crate::path::native;

/// A folder that was changed so shortly before it was listed may change once more within the same beat of its file system's
/// clock (two seconds on the coarsest), and look the same.
const BEAT: Duration = Duration::from_secs(3);

/// The walks that are remembered, by the folder that was asked about.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    walks: Mutex<HashMap<AbsPath, Arc<Remembered>>>,
}

/// One walk.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    folders: HashMap<AbsPath, Arc<Folder>>,
}

/// A folder as it was when it was listed.
#[derive(Debug)]
pub(super) struct Folder {
    /// `None` when it could not be looked at; then it is not kept.
    pub(super) stamp: Option<Stamp>,
    pub(super) seen: Seen,
    /// The names of the folders in it that a walk goes into.
    pub(super) below: Vec<Box<[u8]>>,
    /// All names, for a project root.
    pub(super) listing: Option<Arc<Listing>>,
}

/// Which folder it is, and when a name in it came or went last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: SystemTime,
    inode: u64,
    device: u64,
}

impl Memory {
    pub(super) fn of(&self, folder: &AbsPath) -> Arc<Remembered> {
        let walks = self.walks.lock().unwrap_or_else(PoisonError::into_inner);
        walks.get(folder).cloned().unwrap_or_default()
    }

    pub(super) fn keep(&self, folder: &AbsPath, walked: Vec<(AbsPath, Arc<Folder>)>) {
        let remembered = Arc::new(Remembered { folders: walked.into_iter().collect() });
        let mut walks = self.walks.lock().unwrap_or_else(PoisonError::into_inner);
        walks.insert(folder.clone(), remembered);
    }

    /// Forgets the walks that nobody asks for any more.
    pub(crate) fn retain(&self, wanted: impl Fn(&AbsPath) -> bool) {
        let mut walks = self.walks.lock().unwrap_or_else(PoisonError::into_inner);
        walks.retain(|folder, _| wanted(folder));
    }
}

impl Remembered {
    /// What was seen in a folder, if it still looks the same.
    pub(super) fn folder(&self, folder: &AbsPath, now: Option<Stamp>) -> Option<&Arc<Folder>> {
        self.folders.get(folder).filter(|it| it.stamp.is_some() && it.stamp == now)
    }
}

impl Stamp {
    /// `None` when the folder cannot be looked at, or is no folder.
    #[cfg(unix)]
    pub(super) fn of(folder: &AbsPath) -> Option<Stamp> {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = std::fs::symlink_metadata(native(folder)?).ok()?;
        let modified = metadata.modified().ok()?;
        let stamp = Stamp { modified, inode: metadata.ino(), device: metadata.dev() };
        metadata.is_dir().then_some(stamp)
    }

    #[cfg(not(unix))]
    pub(super) fn of(folder: &AbsPath) -> Option<Stamp> {
        let metadata = std::fs::symlink_metadata(native(folder)?).ok()?;
        let stamp = Stamp { modified: metadata.modified().ok()?, inode: 0, device: 0 };
        metadata.is_dir().then_some(stamp)
    }

    /// Whether a later change would show.
    pub(super) fn is_settled(self, now: SystemTime) -> bool {
        now.duration_since(self.modified).is_ok_and(|it| it >= BEAT)
    }
}
