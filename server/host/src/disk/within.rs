//! Opens many files below one folder, without walking the way to that folder for each of them.

use std::{fs::File, io, path::Path};

/// A folder whose files are opened by their paths from there.
#[cfg(unix)]
pub(crate) struct Within(rustix::fd::OwnedFd);

#[cfg(unix)]
impl Within {
    pub(crate) fn open(folder: &Path) -> io::Result<Within> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        Ok(Within(rustix::fs::open(folder, flags, Mode::empty())?))
    }

    /// Opens for reading, links followed, and never waits: not for the other end of a pipe, not for a device.
    pub(crate) fn file(&self, relative: &str) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.0, relative, flags, Mode::empty())?.into())
    }

    /// Whether something is there; what cannot be looked at is taken to be.
    pub(crate) fn has(&self, relative: &str) -> bool {
        use rustix::{fs::AtFlags, io::Errno};
        let looked = rustix::fs::statat(&self.0, relative, AtFlags::SYMLINK_NOFOLLOW);
        !matches!(looked, Err(Errno::NOENT | Errno::NOTDIR))
    }
}

#[cfg(not(unix))]
pub(crate) struct Within(std::path::PathBuf);

#[cfg(not(unix))]
impl Within {
    pub(crate) fn open(folder: &Path) -> io::Result<Within> {
        Ok(Within(folder.to_owned()))
    }

    pub(crate) fn file(&self, relative: &str) -> io::Result<File> {
        super::text::open(&self.0.join(relative), super::text::Follow::Yes)
    }

    pub(crate) fn has(&self, relative: &str) -> bool {
        let looked = self.0.join(relative).symlink_metadata();
        !looked.is_err_and(|it| it.kind() == io::ErrorKind::NotFound)
    }
}
