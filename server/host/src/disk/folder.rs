//! Reads the names in a folder.

use std::{io, ops::ControlFlow, path::Path, sync::Arc};

use envls_core::world::{AbsPath, Fault, Listed, ListedKind, Listing, Reply};

use super::{
    entry, is_loop, refusal,
    text::{Follow, map},
};
use crate::path::native;

/// How many names of one folder are read.
pub(crate) const NAME_LIMIT: u64 = 100_000;

/// The names in a folder, and the links that led to it.
pub(crate) fn listing(path: &AbsPath) -> (Reply<Arc<Listing>>, Vec<AbsPath>) {
    let Some(native) = native(path) else { return (Reply::Absent, Vec::new()) };
    // Most folders are no links, and are opened at once; an absent one costs but that one look.
    let (reply, hops) = match names_of(&native, Follow::No) {
        Err(error) if may_be_link(&error) => {
            let is_link = std::fs::symlink_metadata(&native).is_ok_and(|it| it.is_symlink());
            let hops = if is_link { entry::follow(path).rests_on(path) } else { Vec::new() };
            (names(&native), hops)
        }
        Err(error) => (refusal(&error), Vec::new()),
        Ok(reply) => {
            entry::is_listed(path);
            (reply, Vec::new())
        }
    };
    (map(reply, |it| Arc::new(it.listing())), hops)
}

/// A link in the place of a folder is none, or leads round, when links are not to be followed.
fn may_be_link(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotADirectory || is_loop(error)
}

/// All names in a folder; more than the limit are none.
pub(crate) fn names(path: &Path) -> Reply<Names> {
    names_of(path, Follow::Yes).unwrap_or_else(|error| refusal(&error))
}

fn names_of(path: &Path, follow: Follow) -> io::Result<Reply<Names>> {
    let mut names = Names::default();
    let mut left = NAME_LIMIT;
    each(path, follow, &mut Reader::default(), |name, kind| {
        if left == 0 {
            names.clear();
            return ControlFlow::Break(());
        }
        left -= 1;
        names.push(name, kind);
        ControlFlow::Continue(())
    })?;
    if left == 0 && names.ends.is_empty() {
        return Ok(Reply::Fault(Fault::TooLarge { limit: NAME_LIMIT }));
    }
    Ok(Reply::Known(names))
}

fn sorted(mut entries: Vec<Listed>) -> Listing {
    entries.sort_unstable();
    Listing { entries }
}

/// The names of one folder, behind one another; kept from folder to folder, so that no name costs an allocation.
#[derive(Default)]
pub(crate) struct Names {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<(usize, ListedKind)>,
}

impl Names {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    pub(crate) fn push(&mut self, name: &[u8], kind: ListedKind) {
        self.bytes.extend_from_slice(name);
        self.ends.push((self.bytes.len(), kind));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], ListedKind)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|it| it.0));
        let stretches = starts.zip(&self.ends);
        stretches.filter_map(|(start, (end, kind))| Some((self.bytes.get(start..*end)?, *kind)))
    }

    pub(crate) fn listing(&self) -> Listing {
        sorted(self.iter().map(|(name, kind)| Listed { name: name.into(), kind }).collect())
    }
}

/// The memory that names are read into, kept from folder to folder.
#[derive(Default)]
pub(crate) struct Reader {
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "used where names are read raw")
    )]
    buffer: Vec<u8>,
}

/// How much is read at a time, in bytes; as much as the C library takes.
#[cfg(target_os = "linux")]
const BUFFER: usize = 32 * 1024;

/// Visits each name in a folder, in the order of the disk, without `.` and `..`. No name costs an allocation or a further
/// call, which is what makes walking thousands of folders cheap.
#[cfg(target_os = "linux")]
pub(crate) fn each(
    path: &Path,
    follow: Follow,
    reader: &mut Reader,
    visit: impl FnMut(&[u8], ListedKind) -> ControlFlow<()>,
) -> io::Result<()> {
    each_at(rustix::fs::CWD, path, follow, reader, visit)
}

/// Likewise for a folder by its path from another one.
#[cfg(target_os = "linux")]
pub(super) fn each_at(
    from: rustix::fd::BorrowedFd<'_>,
    path: &Path,
    follow: Follow,
    reader: &mut Reader,
    mut visit: impl FnMut(&[u8], ListedKind) -> ControlFlow<()>,
) -> io::Result<()> {
    use rustix::fs::{Mode, OFlags, RawDir};
    let mut flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    if follow == Follow::No {
        flags |= OFlags::NOFOLLOW;
    }
    let folder =
        rustix::io::retry_on_intr(|| rustix::fs::openat(from, path, flags, Mode::empty()))?;
    reader.buffer.clear();
    reader.buffer.reserve_exact(BUFFER);
    let mut names = RawDir::new(&folder, reader.buffer.spare_capacity_mut());
    while let Some(entry) = names.next() {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let kind = match entry.file_type() {
            rustix::fs::FileType::Unknown => kind_of(&folder, name),
            kind => listed(kind),
        };
        if visit(name.to_bytes(), kind).is_break() {
            break;
        }
    }
    Ok(())
}

/// Some file systems leave the kind out of the listing.
#[cfg(target_os = "linux")]
fn kind_of(folder: &rustix::fd::OwnedFd, name: &std::ffi::CStr) -> ListedKind {
    let stat = rustix::fs::statat(folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW);
    stat.map_or(ListedKind::Other, |it| listed(rustix::fs::FileType::from_raw_mode(it.st_mode)))
}

#[cfg(target_os = "linux")]
fn listed(kind: rustix::fs::FileType) -> ListedKind {
    use rustix::fs::FileType;
    match kind {
        FileType::RegularFile => ListedKind::File,
        FileType::Directory => ListedKind::Folder,
        FileType::Symlink => ListedKind::Link,
        _ => ListedKind::Other,
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn each(
    path: &Path,
    follow: Follow,
    _reader: &mut Reader,
    mut visit: impl FnMut(&[u8], ListedKind) -> ControlFlow<()>,
) -> io::Result<()> {
    if follow == Follow::No && std::fs::symlink_metadata(path)?.is_symlink() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let kind = match entry.file_type() {
            Ok(it) if it.is_symlink() => ListedKind::Link,
            Ok(it) if it.is_dir() => ListedKind::Folder,
            Ok(it) if it.is_file() => ListedKind::File,
            _ => ListedKind::Other,
        };
        if visit(entry.file_name().as_encoded_bytes(), kind).is_break() {
            break;
        }
    }
    Ok(())
}
