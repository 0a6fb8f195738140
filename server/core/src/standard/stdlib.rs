//! The top-level modules of the standard library, by the minor versions of Python 3 that have them. The table is made from
//! interpreters by `tables/make-stdlib`.

use super::table::{Table, table};

/// A top-level module of the standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Module {
    /// The first minor version that has it; `None` where the oldest known does.
    pub since: Option<u64>,
    /// The last minor version that has it; `None` where the newest known does.
    pub until: Option<u64>,
}

impl Module {
    /// Whether a minor version of Python 3 has it.
    #[must_use]
    pub fn is_in(self, minor: u64) -> bool {
        self.since.is_none_or(|it| it <= minor) && self.until.is_none_or(|it| minor <= it)
    }
}

static ALL: Table = table!(include_str!("../../tables/stdlib.tsv"));

/// The module of that name, if the standard library of any known version has it.
#[must_use]
pub fn module(name: &str) -> Option<Module> {
    // These two are no modules of the library, but of every interpreter and every program.
    if matches!(name, "__future__" | "__main__" | "test" | "this" | "antigravity") {
        return Some(Module { since: None, until: None });
    }
    let mut numbers = ALL.get(name)?.1.split('\t').map(|it| it.parse().ok());
    Some(Module { since: numbers.next().flatten(), until: numbers.next().flatten() })
}

/// Where to turn for what was removed: what the library itself has in its place, and the distribution that brings the module
/// back (PEP 594, PEP 632; *What's New in Python 3.12* and *3.13*, Removed; each distribution's own page).
#[must_use]
pub fn replacement(module: &str) -> (Option<&'static str>, Option<&'static str>) {
    match module {
        "aifc" => (None, Some("standard-aifc")),
        "asynchat" => (Some("asyncio"), Some("pyasynchat")),
        "asyncore" => (Some("asyncio"), Some("pyasyncore")),
        "audioop" => (None, Some("audioop-lts")),
        "binhex" => (Some("binascii"), None),
        "cgi" | "cgitb" => (None, Some("legacy-cgi")),
        "chunk" => (None, Some("standard-chunk")),
        "crypt" => (Some("hashlib"), Some("standard-crypt")),
        "distutils" => (None, Some("setuptools")),
        "dummy_threading" => (Some("threading"), None),
        "imghdr" => (None, Some("standard-imghdr")),
        "imp" => (Some("importlib"), None),
        "mailcap" => (Some("mimetypes"), Some("standard-mailcap")),
        "nntplib" => (None, Some("standard-nntplib")),
        "parser" | "symbol" => (Some("ast"), None),
        "pipes" => (Some("subprocess"), Some("standard-pipes")),
        "smtpd" => (None, Some("aiosmtpd")),
        "sndhdr" => (None, Some("standard-sndhdr")),
        "sunau" => (None, Some("standard-sunau")),
        "telnetlib" => (None, Some("standard-telnetlib")),
        "uu" => (Some("base64"), Some("standard-uu")),
        "xdrlib" => (None, Some("standard-xdrlib")),
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(ALL.all().is_sorted_by(|one, other| one.0 < other.0));
    }

    #[test]
    fn what_came_and_went_is_known() {
        assert_eq!(module("os"), Some(Module { since: None, until: None }));
        assert_eq!(module("tomllib").map(|it| it.since), Some(Some(11)));
        assert_eq!(module("distutils").map(|it| it.until), Some(Some(11)));
        assert!(module("cgi").is_some_and(|it| it.is_in(12) && !it.is_in(13)));
        assert_eq!(module("numpy"), None);
    }
}
