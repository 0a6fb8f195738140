//! Distributions whose whole content has become part of the standard library, under that name or another, and that nobody
//! needs any more (each one's own page in the package index; the library's documentation, "New in version").

/// A distribution that the standard library has made obsolete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backport {
    /// Normalised.
    pub distribution: &'static str,
    /// Where the standard library has it.
    pub module: &'static str,
    /// The minor version of Python 3 that has it first.
    pub since: u64,
}

const fn backport(distribution: &'static str, module: &'static str, since: u64) -> Backport {
    Backport { distribution, module, since }
}

/// Sorted by name.
static ALL: &[Backport] = &[
    backport("argparse", "argparse", 2),
    backport("asyncio", "asyncio", 4),
    backport("backports-abc", "collections.abc", 5),
    backport("backports-datetime-fromisoformat", "datetime", 11),
    backport("backports-functools-lru-cache", "functools", 3),
    backport("backports-lzma", "lzma", 3),
    backport("backports-shutil-get-terminal-size", "shutil", 3),
    backport("backports-shutil-which", "shutil", 3),
    backport("backports-statistics", "statistics", 4),
    backport("backports-tempfile", "tempfile", 2),
    backport("backports-weakref", "weakref", 4),
    backport("backports-zoneinfo", "zoneinfo", 9),
    backport("chainmap", "collections", 3),
    backport("contextvars", "contextvars", 7),
    backport("counter", "collections", 1),
    backport("dataclasses", "dataclasses", 7),
    backport("enum34", "enum", 4),
    backport("faulthandler", "faulthandler", 3),
    backport("functools32", "functools", 2),
    backport("futures", "concurrent.futures", 2),
    backport("graphlib-backport", "graphlib", 9),
    backport("hashlib", "hashlib", 0),
    backport("importlib", "importlib", 1),
    backport("ipaddress", "ipaddress", 3),
    backport("monotonic", "time", 3),
    backport("multiprocessing", "multiprocessing", 0),
    backport("ordereddict", "collections", 1),
    backport("ordereddict-backport", "collections", 1),
    backport("pathlib", "pathlib", 4),
    backport("pathlib2", "pathlib", 4),
    backport("pickle5", "pickle", 8),
    backport("pysha3", "hashlib", 6),
    backport("scandir", "os", 5),
    backport("selectors2", "selectors", 4),
    backport("selectors34", "selectors", 4),
    backport("shutilwhich", "shutil", 3),
    backport("singledispatch", "functools", 4),
    backport("ssl", "ssl", 0),
    backport("statistics", "statistics", 4),
    backport("subprocess32", "subprocess", 3),
    backport("trollius", "asyncio", 4),
    backport("typing", "typing", 5),
    backport("unittest2", "unittest", 4),
    backport("uuid", "uuid", 0),
    backport("weakrefmethod", "weakref", 4),
    backport("wsgiref", "wsgiref", 0),
    backport("zipfile36", "zipfile", 6),
];

/// What has made a distribution obsolete, by its normalised name.
#[must_use]
pub fn backport_of(distribution: &str) -> Option<&'static Backport> {
    let at = ALL.binary_search_by(|it| it.distribution.cmp(distribution)).ok()?;
    ALL.get(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found() {
        assert!(ALL.is_sorted_by_key(|it| it.distribution));
        assert!(ALL.iter().all(|it| backport_of(it.distribution) == Some(it)));
    }
}
