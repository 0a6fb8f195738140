//! Reads the names in a folder.

use std::{io, ops::ControlFlow, path::Path, sync::Arc};

use envls_core::world::{AbsPath, Fault, Listed, ListedKind, Listing, Reply};

use super::{entry, refusal};
use crate::path::native;

/// How many names of one folder are read.
pub(crate) const NAME_LIMIT: u64 = 100_000;

/// The names in a folder, and the links that led to it.
pub(crate) fn listing(path: &AbsPath) -> (Reply<Arc<Listing>>, Vec<AbsPath>) {
    let Some(native) = native(path) else { return (Reply::Absent, Vec::new()) };
    let hops = match std::fs::symlink_metadata(&native) {
        Ok(metadata) if metadata.is_symlink() => entry::follow(path).rests_on(path),
        _ => Vec::new(),
    };
    let mut entries = Vec::new();
    let mut stopped = false;
    let read = each(&native, &mut Reader::default(), |name, kind| {
        if entries.len() as u64 == NAME_LIMIT {
            stopped = true;
            return ControlFlow::Break(());
        }
        entries.push(Listed { name: name.into(), kind });
        ControlFlow::Continue(())
    });
    let reply = match read {
        Err(error) => refusal(&error),
        Ok(()) if stopped => Reply::Fault(Fault::TooLarge { limit: NAME_LIMIT }),
        Ok(()) => Reply::Known(Arc::new(sorted(entries))),
    };
    (reply, hops)
}

pub(crate) fn sorted(mut entries: Vec<Listed>) -> Listing {
    entries.sort_unstable();
    Listing { entries }
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
    reader: &mut Reader,
    mut visit: impl FnMut(&[u8], ListedKind) -> ControlFlow<()>,
) -> io::Result<()> {
    use rustix::fs::{Mode, OFlags, RawDir};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let folder = rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))?;
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
    _reader: &mut Reader,
    mut visit: impl FnMut(&[u8], ListedKind) -> ControlFlow<()>,
) -> io::Result<()> {
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
