//! Between the core's paths, which are bytes of any system, and the paths of the system that we run on.

use std::{borrow::Cow, path::Path};

use envls_core::world::AbsPath;

/// The path as this system takes it; `None` for a path of another system or another place, which can lead nowhere
/// here.
#[cfg(unix)]
#[must_use]
pub fn native(path: &AbsPath) -> Option<Cow<'_, Path>> {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    let bytes = path.as_bytes();
    // A byte that ends a C string can be in no name, so the path can lead nowhere either.
    let ours = path.is_here() && !path.is_windows() && !bytes.contains(&0);
    ours.then(|| Cow::Borrowed(Path::new(OsStr::from_bytes(bytes))))
}

#[cfg(not(unix))]
#[must_use]
pub fn native(path: &AbsPath) -> Option<Cow<'_, Path>> {
    if !path.is_here() || !path.is_windows() {
        return None;
    }
    // Names that are no Unicode cannot be made of bytes without `unsafe`; what stands for them leads nowhere.
    let text = String::from_utf8_lossy(path.as_bytes()).into_owned();
    Some(Cow::Owned(text.into()))
}

/// The core's spelling of a path of this system; `None` when it is not absolute.
#[must_use]
pub fn of(path: &Path) -> Option<AbsPath> {
    AbsPath::parse(path.as_os_str().as_encoded_bytes())
}
