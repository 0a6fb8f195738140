//! What the disk says: texts, listings and entries, read with limits and without ever waiting for a pipe or a device.

pub(crate) mod entry;
pub(crate) mod folder;
pub(crate) mod text;
pub(crate) mod within;

use std::io;

use envls_core::world::{Fault, Reply};

/// What an error of the operating system means as an answer.
pub(crate) fn refusal<T>(error: &io::Error) -> Reply<T> {
    use io::ErrorKind as Kind;
    match error.kind() {
        // A name that is too long, or holds a zero byte, is a name that nothing has.
        Kind::NotFound | Kind::NotADirectory | Kind::InvalidFilename | Kind::InvalidInput => {
            Reply::Absent
        }
        Kind::PermissionDenied => Reply::Fault(Fault::Denied),
        Kind::IsADirectory => Reply::Fault(Fault::NotRegular),
        _ if is_loop(error) => Reply::Fault(Fault::Loop),
        _ if is_socket(error) => Reply::Fault(Fault::NotRegular),
        _ => Reply::Fault(Fault::Other(error.to_string())),
    }
}

/// Whether links lead round in a circle, or a link stood where none was to be followed.
#[cfg(unix)]
pub(crate) fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
pub(crate) fn is_loop(_error: &io::Error) -> bool {
    false
}

/// Opening a socket, or a device that is not there, says "no such device or address".
#[cfg(unix)]
fn is_socket(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error())
}

#[cfg(not(unix))]
fn is_socket(_error: &io::Error) -> bool {
    false
}
