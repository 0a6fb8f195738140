//! Where a path of one system is seen in another: what a layer shares with the system that runs it, both ways.
//!
//! The longest share decides, and what lies over it hides it. Where nothing is shared there is no path, and none is guessed.

use crate::world::{AbsPath, Place};

/// One folder or file that a layer shares with the system that runs it, or that lies over such a one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shared {
    /// As the layer spells it.
    pub inside: AbsPath,
    /// As the system outside spells it; `None` where it is none of its files: a volume, a file system in memory.
    pub outside: Option<AbsPath>,
}

/// The paths of one layer and those of the system outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathMap {
    place: Place,
    /// What is shared, with `inside` in its place.
    shared: Vec<Shared>,
}

impl PathMap {
    /// What a layer shares. Where two lie at one path inside, the later one hides the earlier, as mounts do.
    #[must_use]
    pub fn new(place: Place, shared: impl IntoIterator<Item = Shared>) -> PathMap {
        let mut kept: Vec<Shared> = Vec::new();
        for it in shared {
            let inside = it.inside.at(&place);
            kept.retain(|before| before.inside != inside);
            kept.push(Shared { inside, outside: it.outside });
        }
        kept.sort();
        PathMap { place, shared: kept }
    }

    /// Everything at the same path on both sides, as in a layer that shares the root or a home folder.
    #[must_use]
    pub fn identity(place: Place, folder: &AbsPath) -> PathMap {
        let shared = Shared { inside: folder.inside(), outside: Some(folder.clone()) };
        PathMap::new(place, [shared])
    }

    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared.iter().all(|it| it.outside.is_none())
    }

    /// Where a path of the outside is seen inside; of several, the shortest that nothing hides.
    #[must_use]
    pub fn inward(&self, outside: &AbsPath) -> Option<AbsPath> {
        let seen = self.shared.iter().filter_map(|it| {
            let inside = carried(outside, it.outside.as_ref()?, &it.inside)?;
            // What lies over it there hides it.
            (self.covering(&inside) == Some(it)).then_some(inside)
        });
        seen.min_by_key(|it| (it.as_bytes().len(), it.clone()))
    }

    /// Where a path inside is on the outside.
    #[must_use]
    pub fn outward(&self, inside: &AbsPath) -> Option<AbsPath> {
        if inside.place() != self.place {
            return None;
        }
        let covering = self.covering(inside)?;
        carried(inside, &covering.inside, covering.outside.as_ref()?)
    }

    /// The map of a layer that runs in another one, from the outermost system to the innermost layer. What the middle one does
    /// not share with the outside has no path there.
    #[must_use]
    pub fn through(&self, inner: &PathMap) -> PathMap {
        let carried_out = inner.shared.iter().map(|it| {
            let outside = it.outside.as_ref().and_then(|it| self.outward(&it.at(&self.place)));
            Shared { inside: it.inside.clone(), outside }
        });
        let mut shared: Vec<Shared> = carried_out.collect();
        // A share that the middle layer itself has below what it hands on is another path outside.
        for it in &self.shared {
            let handed_on = inner.shared.iter().filter_map(|by| {
                let middle = by.outside.as_ref()?.at(&self.place);
                (it.inside != middle)
                    .then(|| carried(&it.inside, &middle, &by.inside))?
                    .filter(|at| inner.covering(at) == Some(by))
            });
            for inside in handed_on {
                if !shared.iter().any(|known| known.inside == inside) {
                    shared.push(Shared { inside, outside: it.outside.clone() });
                }
            }
        }
        PathMap::new(inner.place.clone(), shared)
    }

    /// What decides about a path inside: of all that it lies in, the deepest.
    fn covering(&self, inside: &AbsPath) -> Option<&Shared> {
        let around = self.shared.iter().filter(|it| inside.is_within(&it.inside));
        around.max_by_key(|it| it.inside.as_bytes().len())
    }
}

/// A path below one folder as the same path below another, in that one's spelling.
fn carried(path: &AbsPath, from: &AbsPath, to: &AbsPath) -> Option<AbsPath> {
    let below = path.below(from)?;
    let below = below.strip_prefix(if from.is_windows() { b"\\" } else { b"/" }).unwrap_or(below);
    if below.is_empty() {
        return Some(to.clone());
    }
    // A name that holds the other system's separator would become another path there.
    if !from.is_windows() && to.is_windows() && below.contains(&b'\\') {
        return None;
    }
    let below: Vec<u8> = match (from.is_windows(), to.is_windows()) {
        (true, false) => below.iter().map(|it| if *it == b'\\' { b'/' } else { *it }).collect(),
        _ => below.to_vec(),
    };
    Some(to.join(below))
}
