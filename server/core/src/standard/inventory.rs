//! What is installed in a site-packages folder, by the names in it alone (*Recording installed projects*; setuptools,
//! *The Internal Structure of Python Eggs*).

use std::sync::Arc;

use super::name;
use crate::world::{Distribution, Inventory, ListedKind};

/// Reads the names in a site-packages folder. What a torn uninstallation of pip left behind begins with `~` and is not
/// installed (pip, `AdjacentTempDirectory`).
#[must_use]
pub fn inventory<'name>(entries: impl IntoIterator<Item = (&'name [u8], ListedKind)>) -> Inventory {
    let mut leftovers: Vec<Arc<str>> = Vec::new();
    let mut found: Vec<(Arc<str>, Distribution)> = Vec::new();
    for (name, kind) in entries {
        if name.starts_with(b"~") {
            leftovers.extend(str::from_utf8(name).map(Arc::from));
        } else {
            found.extend(distribution(name, kind));
        }
    }
    leftovers.sort_unstable();
    // Folders are listed by name, so this is nearly sorted, and a map of what is sorted is made in one go.
    found.sort_unstable();
    let mut distributions: Vec<(Arc<str>, Vec<Distribution>)> = Vec::with_capacity(found.len());
    for (name, distribution) in found {
        match distributions.last_mut() {
            Some((last, them)) if *last == name => them.push(distribution),
            _ => distributions.push((name, vec![distribution])),
        }
    }
    Inventory { distributions: distributions.into_iter().collect(), leftovers }
}

fn distribution(folder: &[u8], kind: ListedKind) -> Option<(Arc<str>, Distribution)> {
    // Most names are of packages, so the cheapest question that tells them apart comes first.
    let stem = stem(folder, kind)?;
    let folder = str::from_utf8(folder).ok()?;
    let stem = folder.get(..stem)?;
    let (name, version) = parts(stem);
    if name.is_empty() {
        return None;
    }
    let normal = name::normalised(name);
    let name = Arc::<str>::from(name);
    let normal = if normal == *name { Arc::clone(&name) } else { normal.into() };
    Some((normal, Distribution { name, version: version.into(), folder: folder.into() }))
}

/// The normalised name and the version that a metadata folder is named after.
pub(super) fn named(folder: &str) -> Option<(String, &str)> {
    let stem = folder.get(..stem(folder.as_bytes(), ListedKind::Folder)?)?;
    let (name, version) = parts(stem);
    (!name.is_empty()).then(|| (name::normalised(name), version))
}

/// How long the name of a metadata folder or file is without its ending.
fn stem(name: &[u8], kind: ListedKind) -> Option<usize> {
    let ending: &[u8] = match name.last()? {
        // A file of that name is no metadata: `.dist-info` has always been a folder.
        b'o' if name.ends_with(b".dist-info") && kind != ListedKind::File => b".dist-info",
        b'o' if name.ends_with(b".egg-info") => b".egg-info",
        b'g' if name.ends_with(b".egg") => b".egg",
        b'k' if name.ends_with(b".egg-link") => b".egg-link",
        _ => return None,
    };
    Some(name.len() - ending.len())
}

/// Splits `name-version` and `name-version-py3.8`. A dash inside of a name or a version is written `_` there, so the first
/// one is the border; some old tools did not, and then a version still begins with a digit.
fn parts(stem: &str) -> (&str, &str) {
    let stem = match stem.rfind("-py").filter(|at| is_python_tag(stem, *at)) {
        Some(at) => stem.get(..at).unwrap_or(stem),
        None => stem,
    };
    let begins_version = |at: usize| stem.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit);
    let mut dashes = stem.match_indices('-').map(|it| it.0);
    let border = dashes.clone().find(|at| begins_version(*at)).or_else(|| dashes.next());
    match border {
        Some(at) => (stem.get(..at).unwrap_or(stem), stem.get(at + 1..).unwrap_or("")),
        None => (stem, ""),
    }
}

/// Whether what follows is `-py3.8` or `-py3.8-linux-x86_64`, as eggs have it.
fn is_python_tag(stem: &str, at: usize) -> bool {
    stem.as_bytes().get(at + 3).is_some_and(u8::is_ascii_digit)
}
