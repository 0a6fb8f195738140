//! What a path looked like, so that a change can be seen without an event.

use std::{fs::Metadata, io};

use envls_core::world::{AbsPath, Reply};

use crate::{disk::refusal, path::native};

/// A path's looks at one moment, its last link not followed. Equal stamps mean that nothing was seen to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    Absent,
    Refused,
    Seen(Seen),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    kind: Kind,
    /// In nanoseconds since 1970, where the system says it.
    modified: Option<i128>,
    size: u64,
    identity: Identity,
    /// Where it points, for a link.
    target: Option<std::path::PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Link,
    Special,
}

/// Which file it is, and what may be done with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    mode: u32,
    owner: u32,
}

impl Stamp {
    pub(super) fn of(path: &AbsPath) -> Stamp {
        let Some(native) = native(path) else { return Stamp::Absent };
        match std::fs::symlink_metadata(&native) {
            Ok(metadata) => {
                let target = metadata.is_symlink().then(|| std::fs::read_link(&native).ok());
                Stamp::Seen(seen(&metadata, target.flatten()))
            }
            Err(error) => missing(&error),
        }
    }

    /// Whether it was changed at that time (in nanoseconds since 1970) or later, or is not there.
    pub(super) fn changed_since(&self, time: i128) -> bool {
        match self {
            Stamp::Seen(seen) => seen.modified.is_some_and(|it| it >= time),
            Stamp::Absent | Stamp::Refused => true,
        }
    }
}

fn missing(error: &io::Error) -> Stamp {
    match refusal::<()>(error) {
        Reply::Absent => Stamp::Absent,
        _ => Stamp::Refused,
    }
}

fn seen(metadata: &Metadata, target: Option<std::path::PathBuf>) -> Seen {
    let kind = match metadata {
        it if it.is_symlink() => Kind::Link,
        it if it.is_dir() => Kind::Folder,
        it if it.is_file() => Kind::File,
        _ => Kind::Special,
    };
    let modified = metadata.modified().ok().map(nanoseconds);
    Seen { kind, modified, size: metadata.len(), identity: identity(metadata), target }
}

/// Since 1970; before it, less than nothing.
pub(super) fn nanoseconds(time: std::time::SystemTime) -> i128 {
    match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(since) => i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
        Err(before) => i128::try_from(before.duration().as_nanos()).map_or(i128::MIN, |it| -it),
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    Identity {
        device: metadata.dev(),
        inode: metadata.ino(),
        mode: metadata.mode(),
        owner: metadata.uid(),
    }
}

#[cfg(not(unix))]
fn identity(metadata: &Metadata) -> Identity {
    Identity { mode: u32::from(metadata.permissions().readonly()), ..Identity::default() }
}
