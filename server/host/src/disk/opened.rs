//! A folder that is open, so that the way to it is gone once and not for each of the hundreds of files in it.

use std::{fs::File, io, path::Path};

/// The folder.
#[derive(Debug)]
pub(crate) struct Opened {
    #[cfg(unix)]
    folder: rustix::fd::OwnedFd,
    #[cfg(not(unix))]
    folder: std::path::PathBuf,
}

/// A file that has the same of these is taken to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Seconds and nanoseconds since 1970.
    modified: (i128, i128),
    /// In bytes.
    size: i128,
    regular: bool,
}

impl Stamp {
    pub(crate) fn is_regular(self) -> bool {
        self.regular
    }
}

#[cfg(unix)]
impl Opened {
    pub(crate) fn new(path: &Path) -> io::Result<Opened> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        Ok(Opened { folder: rustix::fs::open(path, flags, Mode::empty())? })
    }

    /// Opens a file below the folder for reading, and never waits for the other end of a pipe.
    pub(crate) fn open(&self, below: &str) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        Ok(rustix::fs::openat(&self.folder, below, flags, Mode::empty())?.into())
    }

    pub(crate) fn look(&self, below: &str) -> io::Result<Stamp> {
        let stat = rustix::fs::statat(&self.folder, below, rustix::fs::AtFlags::empty())?;
        Ok(stamp(&stat))
    }

    pub(crate) fn look_at(file: &File) -> io::Result<Stamp> {
        Ok(stamp(&rustix::fs::fstat(file)?))
    }
}

#[cfg(unix)]
fn stamp(stat: &rustix::fs::Stat) -> Stamp {
    let kind = rustix::fs::FileType::from_raw_mode(stat.st_mode);
    Stamp {
        modified: (i128::from(stat.st_mtime), i128::from(stat.st_mtime_nsec)),
        size: i128::from(stat.st_size),
        regular: kind == rustix::fs::FileType::RegularFile,
    }
}

#[cfg(not(unix))]
impl Opened {
    pub(crate) fn new(path: &Path) -> io::Result<Opened> {
        std::fs::read_dir(path)?;
        Ok(Opened { folder: path.to_owned() })
    }

    pub(crate) fn open(&self, below: &str) -> io::Result<File> {
        File::open(self.folder.join(below))
    }

    pub(crate) fn look(&self, below: &str) -> io::Result<Stamp> {
        Ok(stamp(&std::fs::metadata(self.folder.join(below))?))
    }

    pub(crate) fn look_at(file: &File) -> io::Result<Stamp> {
        Ok(stamp(&file.metadata()?))
    }
}

#[cfg(not(unix))]
fn stamp(metadata: &std::fs::Metadata) -> Stamp {
    let since = metadata.modified().ok();
    let since = since.and_then(|it| it.duration_since(std::time::UNIX_EPOCH).ok());
    let since = since.unwrap_or_default();
    Stamp {
        modified: (i128::from(since.as_secs()), i128::from(since.subsec_nanos())),
        size: i128::from(metadata.len()),
        regular: metadata.is_file(),
    }
}
