//! The names of the most downloaded distributions: what was probably meant by a name that is like one of them.
//!
//! `tables/names.txt` holds the names of at least five letters among the first 2,000 of the package index by downloads in a
//! month, and after a `-` those of the first 15,000 that are but one letter from one of these and are meant as they are.

use std::{collections::BTreeSet, sync::LazyLock};

struct Names {
    known: BTreeSet<&'static str>,
    /// Those that others are held against, by length.
    popular: Vec<Vec<&'static str>>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names { known: BTreeSet::new(), popular: Vec::new() };
    for line in include_str!("../../tables/names.txt").lines() {
        let bare = line.trim_start_matches("- ");
        names.known.insert(bare);
        if bare == line {
            let longest = names.popular.len().max(line.len() + 1);
            names.popular.resize(longest, Vec::new());
            names.popular[line.len()].push(line);
        }
    }
    names
});

/// The well-known name that differs from this one, normalised, by one slip; `None` where this one is known itself, or where
/// several are as near.
#[must_use]
pub(crate) fn meant(name: &str) -> Option<&'static str> {
    let names = &*NAMES;
    if names.known.contains(name) {
        return None;
    }
    let lengths = [name.len().saturating_sub(1), name.len(), name.len() + 1];
    let near = lengths.into_iter().filter_map(|it| names.popular.get(it)).flatten();
    let mut near = near.filter(|it| is_one_slip(name.as_bytes(), it.as_bytes()));
    let first = near.next()?;
    near.next().is_none().then_some(*first)
}

/// Whether one letter was put in, left out or changed, or two neighbours have changed places.
fn is_one_slip(one: &[u8], other: &[u8]) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    let same = short.iter().zip(long).take_while(|it| it.0 == it.1).count();
    let (short, long) = (short.get(same..).unwrap_or(&[]), long.get(same..).unwrap_or(&[]));
    match (short, long) {
        (_, [_, rest @ ..]) if rest == short => true,
        ([a, b, short @ ..], [c, d, long @ ..]) if a == d && b == c => short == long,
        ([_, short @ ..], [_, long @ ..]) => short == long,
        _ => false,
    }
}
