//! Opens many files below one folder, without walking the way to that folder for each of them.

use std::{fs::File, io, ops::ControlFlow, path::Path};

use envls_core::world::ListedKind;

use super::{folder, text::Follow};

/// A folder whose files are opened by their paths from there.
#[cfg(unix)]
pub(crate) struct Within {
    folder: rustix::fd::OwnedFd,
    #[cfg(not(target_os = "linux"))]
    path: std::path::PathBuf,
}

#[cfg(unix)]
impl Within {
    pub(crate) fn open(folder: &Path) -> io::Result<Within> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        Ok(Within {
            #[cfg(not(target_os = "linux"))]
            path: folder.to_owned(),
            folder: rustix::fs::open(folder, flags, Mode::empty())?,
        })
    }

    /// Opens for reading, links followed, and never waits: not for the other end of a pipe, not for a device.
    pub(crate) fn file(&self, relative: impl AsRef<Path>) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.folder, relative.as_ref(), flags, Mode::empty())?.into())
    }

    /// Whether something is there; what cannot be looked at is taken to be.
    pub(crate) fn has(&self, relative: &str) -> bool {
        use rustix::{fs::AtFlags, io::Errno};
        let looked = rustix::fs::statat(&self.folder, relative, AtFlags::SYMLINK_NOFOLLOW);
        !matches!(looked, Err(Errno::NOENT | Errno::NOTDIR))
    }

    /// Visits each name in a folder below.
    #[cfg(target_os = "linux")]
    pub(crate) fn each(
        &self,
        relative: &str,
        reader: &mut folder::Reader,
        visit: impl FnMut(&[u8], ListedKind) -> ControlFlow<()>,
    ) -> io::Result<()> {
        use rustix::fd::AsFd as _;
        folder::each_at(self.folder.as_fd(), relative.as_ref(), Follow::Yes, reader, visit)
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn each(
        &self,
        relative: &str,
        reader: &mut folder::Reader,
        visit: impl FnMut(&[u8], ListedKind) -> ControlFlow<()>,
    ) -> io::Result<()> {
        folder::each(&self.path.join(relative), Follow::Yes, reader, visit)
    }
}

#[cfg(not(unix))]
pub(crate) struct Within {
    path: std::path::PathBuf,
}

#[cfg(not(unix))]
impl Within {
    pub(crate) fn open(folder: &Path) -> io::Result<Within> {
        Ok(Within { path: folder.to_owned() })
    }

    pub(crate) fn file(&self, relative: impl AsRef<Path>) -> io::Result<File> {
        super::text::open(&self.path.join(relative), super::text::Follow::Yes)
    }

    pub(crate) fn has(&self, relative: &str) -> bool {
        let looked = self.path.join(relative).symlink_metadata();
        !looked.is_err_and(|it| it.kind() == io::ErrorKind::NotFound)
    }

    pub(crate) fn each(
        &self,
        relative: &str,
        reader: &mut folder::Reader,
        visit: impl FnMut(&[u8], ListedKind) -> ControlFlow<()>,
    ) -> io::Result<()> {
        folder::each(&self.path.join(relative), Follow::Yes, reader, visit)
    }
}
