//! Where the few words stand in a text that anything here begins with, found by going through it once.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// What an import cannot do without, or what uses of modules by name cannot: `import`, `ImportError`, `importorskip`.
const IMPORTING: [&str; 5] =
    ["mport", "find_spec", "INSTALLED_APPS", "MIDDLEWARE", "pytest_plugins"];

/// Sphinx's, common in other texts too: it is looked at where it stands among imports.
const MENTIONING: [&str; 1] = ["extensions"];

/// What a comment begins with that silences, and whether its codes are deptry's.
const SILENCING: [(&str, bool); 2] = [("# envls: ignore", false), ("# deptry: ignore", true)];

/// What opens the block of a script (*Inline script metadata*).
pub(super) const OPENING: &str = "# /// script";

static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let silencing = SILENCING.iter().map(|it| it.0);
    let words = IMPORTING.into_iter().chain(MENTIONING).chain(silencing).chain([OPENING]);
    let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words);
    finder.expect("some ten words are not too many")
});

/// The words of one text, by the byte at which each begins, in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Of statements that are looked at.
    statements: Vec<usize>,
    last_import: Option<usize>,
    pub(super) silencing: Vec<Silencing>,
    pub(super) opens_script: bool,
}

/// A comment that silences.
#[derive(Clone, Copy, Debug)]
pub(super) struct Silencing {
    pub(super) start: usize,
    /// Behind the words that make it one.
    pub(super) end: usize,
    /// Whether the codes behind it are deptry's.
    pub(super) is_of_deptry: bool,
}

impl Words {
    pub(super) fn of(text: &str) -> Words {
        let mut words = Words::default();
        for found in FINDER.find_iter(text) {
            let start = found.start();
            let which = found.pattern().as_usize();
            match which.checked_sub(IMPORTING.len() + MENTIONING.len()) {
                None => {
                    words.statements.push(start);
                    if which < IMPORTING.len() {
                        words.last_import = Some(start);
                    }
                }
                Some(at) => match SILENCING.get(at) {
                    Some((_, is_of_deptry)) => {
                        let (end, is_of_deptry) = (found.end(), *is_of_deptry);
                        words.silencing.push(Silencing { start, end, is_of_deptry });
                    }
                    None => words.opens_script = true,
                },
            }
        }
        words
    }

    /// Where the last word begins that an import needs.
    pub(super) fn last_import(&self) -> Option<usize> {
        self.last_import
    }

    /// Whether a statement in this stretch is looked at.
    pub(super) fn are_in(&self, from: usize, to: usize) -> bool {
        let next = self.statements.get(self.statements.partition_point(|it| *it < from));
        next.is_some_and(|it| *it < to)
    }
}
