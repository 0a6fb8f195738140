//! Reads regular files, up to a size.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _},
    path::Path,
    sync::Arc,
};

use envls_core::world::{AbsPath, Fault, Reply};

use super::{entry, is_loop, refusal};
use crate::path::native;

/// How much of a manifest or another text is read, in bytes; hand-written ones have some kilobytes.
pub(crate) const TEXT_LIMIT: u64 = 4 * 1024 * 1024;
/// How much of a lock is read; those of large projects have up to twenty megabytes.
pub(crate) const LOCK_LIMIT: u64 = 64 * 1024 * 1024;

/// A file's text, and the links that led to it.
pub(crate) fn text(path: &AbsPath) -> (Reply<Arc<str>>, Vec<AbsPath>) {
    text_up_to(path, TEXT_LIMIT)
}

/// The text of a file of at most so many bytes, and the links that led to it.
pub(crate) fn text_up_to(path: &AbsPath, limit: u64) -> (Reply<Arc<str>>, Vec<AbsPath>) {
    let (reply, hops) = bytes(path, limit);
    (map(reply, |bytes| decoded(path, bytes).into()), hops)
}

/// A file's bytes, and the links that led to it.
pub(crate) fn bytes(path: &AbsPath, limit: u64) -> (Reply<Vec<u8>>, Vec<AbsPath>) {
    let Some(native) = native(path) else { return (Reply::Absent, Vec::new()) };
    // Links are followed only after they were named, so that the answer can rest on each of them. Most files are none, and
    // are opened at once.
    let (opened, hops) = match open(&native, Follow::No) {
        Err(error) if is_loop(&error) => {
            let trail = entry::follow(path);
            (open(&native, Follow::Yes), trail.rests_on(path))
        }
        opened => (opened, Vec::new()),
    };
    let reply = match opened.and_then(|file| read(file, limit)) {
        Ok(read) => read,
        Err(error) => refusal(&error),
    };
    (reply, hops)
}

/// The first bytes of a file, and the links that led to it.
pub(crate) fn first_bytes(path: &AbsPath, count: usize) -> (Reply<Vec<u8>>, Vec<AbsPath>) {
    let Some(native) = native(path) else { return (Reply::Absent, Vec::new()) };
    let (opened, hops) = match open(&native, Follow::No) {
        Err(error) if is_loop(&error) => {
            let trail = entry::follow(path);
            (open(&native, Follow::Yes), trail.rests_on(path))
        }
        opened => (opened, Vec::new()),
    };
    let read = |mut file: File| {
        if !file.metadata()?.is_file() {
            return Ok(Reply::Fault(Fault::NotRegular));
        }
        let mut bytes = Vec::with_capacity(count);
        file.by_ref().take(count as u64).read_to_end(&mut bytes)?;
        Ok(Reply::Known(bytes))
    };
    (opened.and_then(read).unwrap_or_else(|error| refusal(&error)), hops)
}

/// Reads a file that was opened without waiting; anything but a regular file is refused.
pub(crate) fn read(mut file: File, limit: u64) -> io::Result<Reply<Vec<u8>>> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(Reply::Fault(Fault::NotRegular));
    }
    if metadata.len() > limit {
        return Ok(Reply::Fault(Fault::TooLarge { limit }));
    }
    let mut bytes = Vec::new();
    read_into(&mut file, metadata.len(), limit, &mut bytes)?;
    if bytes.len() as u64 > limit {
        return Ok(Reply::Fault(Fault::TooLarge { limit }));
    }
    Ok(Reply::Known(bytes))
}

/// Reads a file of that size in one go, in place of what the buffer holds; of one that grows, little more than the limit.
pub(crate) fn read_into(
    file: &mut File,
    size: u64,
    limit: u64,
    bytes: &mut Vec<u8>,
) -> io::Result<()> {
    let expected = usize::try_from(size.min(limit)).unwrap_or(0);
    bytes.clear();
    bytes.resize(expected, 0);
    let mut length = 0;
    while let Some(rest) = bytes.get_mut(length..).filter(|it| !it.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(length);
    // What has its whole size is read to its end, and need not be asked for more; some file systems say no size.
    if expected == 0 || length < expected {
        file.take(limit + 1 - length as u64).read_to_end(bytes)?;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follow {
    Yes,
    No,
}

/// Opens for reading and never waits: not for the other end of a pipe, not for a device.
#[cfg(unix)]
pub(crate) fn open(path: &Path, follow: Follow) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::fs::OFlags;
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    if follow == Follow::No {
        flags |= OFlags::NOFOLLOW;
    }
    let bits = i32::try_from(flags.bits()).expect("flags of open are small");
    OpenOptions::new().read(true).custom_flags(bits).open(path)
}

#[cfg(not(unix))]
pub(crate) fn open(path: &Path, _follow: Follow) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// The text that these bytes are; what is no UTF-8 shows as replacement characters.
pub(crate) fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|it| String::from_utf8_lossy(it.as_bytes()).into_owned())
}

/// The text of a file that holds these bytes.
pub(crate) fn decoded(path: &AbsPath, bytes: Vec<u8>) -> String {
    let units = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> =
            bytes.chunks(2).map(|it| it.try_into().map_or(0xfffd, from)).collect();
        String::from_utf16_lossy(&units)
    };
    match mark(path, &bytes) {
        Some(LITTLE_ENDIAN) => units(u16::from_le_bytes),
        Some(BIG_ENDIAN) => units(u16::from_be_bytes),
        _ => lossy(bytes),
    }
}

/// The bytes of a text for a file that holds such bytes now.
pub(crate) fn encoded_like(path: &AbsPath, now: &[u8], text: &str) -> Vec<u8> {
    match mark(path, now) {
        Some(LITTLE_ENDIAN) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Some(BIG_ENDIAN) => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

/// How a file begins that may be UTF-16. Windows PowerShell writes it wherever `>` leads, and pip and uv read lists of requirements
/// that are marked so; whatever else tools read must be UTF-8.
fn mark<'bytes>(path: &AbsPath, bytes: &'bytes [u8]) -> Option<&'bytes [u8]> {
    let is_list = [b".txt".as_slice(), b".in"].iter().any(|it| path.name().ends_with(it));
    bytes.get(..2).filter(|_| is_list)
}

/// The byte order marks of UTF-16 (Unicode, *The Unicode Standard*, 23.8); the mark is the first character of the text.
const LITTLE_ENDIAN: &[u8] = &[0xff, 0xfe];
const BIG_ENDIAN: &[u8] = &[0xfe, 0xff];

pub(crate) fn map<T, U>(reply: Reply<T>, with: impl FnOnce(T) -> U) -> Reply<U> {
    match reply {
        Reply::Known(it) => Reply::Known(with(it)),
        Reply::Absent => Reply::Absent,
        Reply::Fault(fault) => Reply::Fault(fault),
    }
}
