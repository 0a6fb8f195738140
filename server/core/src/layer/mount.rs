//! What a layer sees of the system that starts it, and what lies over it: plain data, from whichever file declares it.

use crate::world::AbsPath;

/// One folder or file of a layer that comes from outside of its own image or disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mount {
    /// Where it is inside of the layer.
    pub inside: AbsPath,
    /// The path outside that is seen there; `None` where it is none of the outside's files, or where nobody can tell.
    pub outside: Option<AbsPath>,
    pub kind: MountKind,
    pub access: Access,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MountKind {
    /// The files of the outside themselves, seen on both sides.
    Bind,
    /// A store that the engine keeps by itself: what is in it is seen inside only.
    Volume,
    /// A file system in memory, gone with the layer.
    Temporary,
    /// A copy of what is outside, that a tool brings up to date when that changes.
    Synced,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    ReadWrite,
    ReadOnly,
}

/// The mount that decides what is seen at a path inside: of all that it is within, the deepest.
#[must_use]
pub fn covering<'mounts>(mounts: &'mounts [Mount], inside: &AbsPath) -> Option<&'mounts Mount> {
    let around = mounts.iter().filter(|it| inside.is_within(&it.inside));
    around.max_by_key(|it| it.inside.as_bytes().len())
}

/// The path inside at which a path of the outside is seen, and nothing else over it; of several the shortest.
#[must_use]
pub fn seen_at(mounts: &[Mount], outside: &AbsPath) -> Option<AbsPath> {
    let paths = mounts.iter().filter(|it| it.kind == MountKind::Bind).filter_map(|it| {
        let mut below = outside.below(it.outside.as_ref()?)?.to_vec();
        if outside.is_windows() && !it.inside.is_windows() {
            below.iter_mut().filter(|byte| **byte == b'\\').for_each(|byte| *byte = b'/');
        }
        Some((it.inside.join(below), it))
    });
    let visible = paths.filter(|(inside, bind)| covering(mounts, inside) == Some(*bind));
    visible.map(|it| it.0).min_by_key(|it| (it.as_bytes().len(), it.clone()))
}
