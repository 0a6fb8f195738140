//! Absolute paths as their operating system spells them: bytes, not text, of this machine or of another one.

use std::{fmt, sync::Arc};

use super::place::Place;

/// An absolute path. `/…` is a POSIX path, `C:\…` and `\\server\…` are Windows ones, whatever machine we run on: a container
/// or a recorded listing may speak of another system than ours. Bytes that are no UTF-8 survive; on Windows they are WTF-8.
///
/// A path in a layer begins with the layer's own name, as users write it: `podman:shop:/app/.venv`. So paths of two places are
/// never taken for one another, and whatever is joined to a path stays in its place.
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

    /// For what a user or their own files spell: a path of this system, or one in a layer.
    #[must_use]
    pub fn parse_anywhere(path: impl AsRef<[u8]>) -> Option<AbsPath> {
        let path = path.as_ref();
        if let Some(here) = AbsPath::parse(path) {
            return Some(here);
        }
        let (place, inside) = Place::of_path(path)?;
        Some(AbsPath::parse(inside)?.at(&place))
    }

    /// The place that the path is in.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::of_path(&self.0).map_or(Place::Here, |it| it.0)
    }

    /// The path as the system that it is in spells it.
    #[must_use]
    pub fn inside(&self) -> AbsPath {
        match place_length(&self.0) {
            0 => self.clone(),
            length => AbsPath(self.0.get(length..).unwrap_or_default().into()),
        }
    }

    /// The same path in another place.
    #[must_use]
    pub fn at(&self, place: &Place) -> AbsPath {
        let inside = self.inside();
        match place {
            Place::Here => inside,
            Place::Layer(name) => {
                AbsPath([name.as_bytes(), b":", inside.as_bytes()].concat().into())
            }
        }
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
    /// absolute path stays what it is, in the same place.
    #[must_use]
    pub fn join(&self, relative: impl AsRef<[u8]>) -> AbsPath {
        let relative = relative.as_ref();
        if let Some(absolute) = AbsPath::parse(relative) {
            return if self.is_here() { absolute } else { absolute.at(&self.place()) };
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

    /// Whether it is a path of the system that the server itself runs on.
    #[must_use]
    pub fn is_here(&self) -> bool {
        place_length(&self.0) == 0
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

/// How many of the first bytes name the layer that a path is in. Those of this system begin with a separator or a drive.
fn place_length(path: &[u8]) -> usize {
    if path.first() == Some(&b'/') || is_windows_here(path) {
        return 0;
    }
    Place::of_path(path).map_or(0, |it| path.len() - it.1.len())
}

fn is_windows(path: &[u8]) -> bool {
    if path.first() == Some(&b'/') {
        return false;
    }
    is_windows_here(path.get(place_length(path)..).unwrap_or_default())
}

fn is_windows_here(path: &[u8]) -> bool {
    let drive = matches!(path, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    drive || path.starts_with(br"\\")
}

/// The part that is no component: `/`, `C:\`, `\\server\share`.
fn root_length(path: &[u8]) -> usize {
    let place = place_length(path);
    place + root_length_here(path.get(place..).unwrap_or_default())
}

fn root_length_here(path: &[u8]) -> usize {
    if !is_windows_here(path) {
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
        let place = place_length(&path);
        path.iter_mut().skip(place).filter(|byte| **byte == b'/').for_each(|byte| *byte = b'\\');
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
