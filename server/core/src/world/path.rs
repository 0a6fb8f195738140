//! Absolute paths as their operating system spells them: bytes, not text, of this machine or of another one.

use std::{fmt, sync::Arc};

/// An absolute path. `/…` is a POSIX path, `C:\…` and `\\server\…` are Windows ones, whatever machine we run on: a container
/// or a recorded listing may speak of another system than ours. Bytes that are no UTF-8 survive; on Windows they are WTF-8.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsPath(Arc<[u8]>);

impl AbsPath {
    /// For what comes from outside, which may be anything. `None` when it is not absolute.
    #[must_use]
    pub fn parse(path: impl AsRef<[u8]>) -> Option<AbsPath> {
        let path = path.as_ref();
        let windows = is_windows(path);
        if !windows && path.first() != Some(&b'/') {
            return None;
        }
        Some(AbsPath(tidied(path, windows).into()))
    }

    /// For literals.
    ///
    /// # Panics
    /// When the literal is not an absolute path.
    #[must_use]
    pub fn new(path: &str) -> AbsPath {
        AbsPath::parse(path).expect("a literal absolute path")
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    #[must_use]
    pub fn is_windows(&self) -> bool {
        is_windows(&self.0)
    }

    /// This path and a relative one below it, which may have several components; `.` and `..` are resolved by spelling. An
    /// absolute path stays what it is.
    #[must_use]
    pub fn join(&self, relative: impl AsRef<[u8]>) -> AbsPath {
        let relative = relative.as_ref();
        if let Some(absolute) = AbsPath::parse(relative) {
            return absolute;
        }
        let length = self.0.len() + relative.len() + 1;
        let separator = self.separator();
        let is_plain = is_plain(relative) && self.0.last() != Some(&separator);
        // Paths are joined all the time, and most are no longer than this.
        let mut short = [0; 256];
        if is_plain && let Some(short) = short.get_mut(..length) {
            let (folder, name) = short.split_at_mut(self.0.len());
            folder.copy_from_slice(&self.0);
            if let Some((first, name)) = name.split_first_mut() {
                *first = separator;
                name.copy_from_slice(relative);
            }
            return AbsPath((&*short).into());
        }
        let mut bytes = Vec::with_capacity(length);
        bytes.extend_from_slice(&self.0);
        bytes.push(separator);
        bytes.extend_from_slice(relative);
        if is_plain {
            return AbsPath(bytes.into());
        }
        AbsPath(tidied(&bytes, self.is_windows()).into())
    }

    /// The folder that this path is in; `None` for a root.
    #[must_use]
    pub fn parent(&self) -> Option<AbsPath> {
        let separator = self.separator();
        let at = self.0.iter().rposition(|byte| *byte == separator)?;
        let root = root_length(&self.0);
        if self.0.len() <= root {
            return None;
        }
        Some(AbsPath(self.0.get(..at.max(root))?.into()))
    }

    /// This folder's ancestors, nearest first, itself not among them.
    pub fn ancestors(&self) -> impl Iterator<Item = AbsPath> + use<> {
        std::iter::successors(self.parent(), AbsPath::parent)
    }

    /// The last component; empty for a root.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        let separator = self.separator();
        let start = self.0.iter().rposition(|byte| *byte == separator).map_or(0, |at| at + 1);
        self.0.get(start.max(root_length(&self.0))..).unwrap_or_default()
    }

    /// The last component of the folder that this is in; empty where that is a root.
    #[must_use]
    pub fn folder_name(&self) -> &[u8] {
        let separator = self.separator();
        let root = root_length(&self.0);
        let mut components = self.0.get(root..).unwrap_or_default().rsplit(|it| *it == separator);
        components.nth(1).unwrap_or_default()
    }

    /// The last component as text; bytes that are no UTF-8 show as replacement characters.
    #[must_use]
    pub fn name_text(&self) -> String {
        String::from_utf8_lossy(self.name()).into_owned()
    }

    /// Whether this is `folder` or lies below it, by components.
    #[must_use]
    pub fn is_within(&self, folder: &AbsPath) -> bool {
        self.below(folder).is_some()
    }

    /// The rest of this path below `folder`: empty for the folder itself, `None` when it is elsewhere.
    #[must_use]
    pub fn below(&self, folder: &AbsPath) -> Option<&[u8]> {
        let rest = self.0.strip_prefix(&*folder.0)?;
        if rest.is_empty() || folder.0.last() == Some(&self.separator()) {
            return Some(rest);
        }
        rest.strip_prefix(&[self.separator()])
    }

    /// How a person in `folder` would write it: relative when it lies below, else whole.
    #[must_use]
    pub fn shown_from(&self, folder: &AbsPath) -> String {
        match self.below(folder) {
            Some(rest) if !rest.is_empty() => String::from_utf8_lossy(rest).into_owned(),
            _ => self.to_string(),
        }
    }

    fn separator(&self) -> u8 {
        if self.is_windows() { b'\\' } else { b'/' }
    }
}

impl fmt::Display for AbsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for AbsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

fn is_windows(path: &[u8]) -> bool {
    let drive = matches!(path, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    drive || path.starts_with(br"\\")
}

/// The part that is no component: `/`, `C:\`, `\\server\share`.
fn root_length(path: &[u8]) -> usize {
    if !is_windows(path) {
        return 1;
    }
    if path.get(1) == Some(&b':') {
        return 3;
    }
    let separators = path.iter().enumerate().skip(2).filter(|(_, byte)| **byte == b'\\');
    separators.map(|(at, _)| at).nth(1).unwrap_or(path.len())
}

/// Whether a relative path is one plain name, in which `tidied` would change nothing.
fn is_plain(relative: &[u8]) -> bool {
    let special = relative.is_empty() || relative == b"." || relative == b"..";
    !special && !relative.contains(&b'/') && !relative.contains(&b'\\')
}

/// One separator between components, none at the end, no `.`, and `..` resolved by spelling.
fn tidied(path: &[u8], windows: bool) -> Vec<u8> {
    let separator = if windows { b'\\' } else { b'/' };
    let mut path = path.to_vec();
    if windows {
        path.iter_mut().filter(|byte| **byte == b'/').for_each(|byte| *byte = b'\\');
    }
    let root = root_length(&path).min(path.len());
    let (root, rest) = path.split_at(root);
    let mut components: Vec<&[u8]> = Vec::new();
    for component in rest.split(|byte| *byte == separator) {
        match component {
            b"" | b"." => {}
            b".." => drop(components.pop()),
            name => components.push(name),
        }
    }
    let mut tidy = root.to_vec();
    for (at, component) in components.iter().enumerate() {
        if at > 0 || tidy.last() != Some(&separator) {
            tidy.push(separator);
        }
        tidy.extend_from_slice(component);
    }
    tidy
}
