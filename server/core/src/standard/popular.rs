//! The names of the most downloaded distributions: what was probably meant by a name that is like one of them.
//!
//! `tables/names.txt` holds the names of at least five letters among the first 2,000 of the package index by downloads in a
//! month, and after a `-` those of the first 15,000 that are but one letter from one of these and are meant as they are.

use std::sync::LazyLock;

struct Names {
    /// Sorted.
    known: Vec<&'static str>,
    /// Those that others are held against, by length, each with the letters that it has.
    popular: Vec<Vec<(u32, &'static str)>>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names { known: Vec::with_capacity(4096), popular: Vec::new() };
    for line in include_str!("../../tables/names.txt").lines() {
        let bare = line.trim_start_matches("- ");
        names.known.push(bare);
        if bare == line {
            let longest = names.popular.len().max(line.len() + 1);
            names.popular.resize(longest, Vec::new());
            names.popular[line.len()].push((letters(line), line));
        }
    }
    names
});

/// The well-known name that differs from this one, normalised, by one slip; `None` where this one is known itself, or where
/// several are as near.
#[must_use]
pub(crate) fn meant(name: &str) -> Option<&'static str> {
    let names = &*NAMES;
    if names.known.binary_search(&name).is_ok() {
        return None;
    }
    let lengths = [name.len().saturating_sub(1), name.len(), name.len() + 1];
    let near = lengths.into_iter().filter_map(|it| names.popular.get(it)).flatten();
    // One slip takes one letter away and brings another at most, which rules out nearly all.
    let has = letters(name);
    let near = near.filter(|it| at_most_two(it.0 ^ has)).map(|it| it.1);
    let near = near.filter(|it| !is_successor(name, it));
    let mut near = near.filter(|it| is_one_slip(name.as_bytes(), it.as_bytes()));
    let first = near.next()?;
    near.next().is_none().then_some(first)
}

/// Whether a name is another with a number put behind it: so are those called that follow it, like `httplib2` and `psycopg2`, and
/// nobody's finger slips there.
fn is_successor(name: &str, other: &str) -> bool {
    let number = name.strip_prefix(other).unwrap_or("");
    !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit())
}

/// Which letters a name has, whatever their order and number; some share a bit.
fn letters(name: &str) -> u32 {
    name.bytes().fold(0, |letters, byte| letters | 1 << (byte & 31))
}

/// Whether no more than two bits are set. Counting them all takes several times as long where the processor has no word for it.
fn at_most_two(bits: u32) -> bool {
    let but_one = bits & bits.wrapping_sub(1);
    but_one & but_one.wrapping_sub(1) == 0
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted() {
        assert!(NAMES.known.is_sorted_by(|one, other| one < other));
    }

    #[test]
    fn what_is_one_slip_from_one_name_is_meant_as_that() {
        assert_eq!(meant("reqeusts"), Some("requests"));
        assert_eq!(meant("requets"), Some("requests"));
        assert_eq!(meant("requestts"), Some("requests"));
        assert_eq!(meant("requesxs"), Some("requests"));
        assert_eq!(meant("requests"), None);
        assert_eq!(meant("requexxs"), None);
    }

    #[test]
    fn what_has_a_number_more_follows_the_other() {
        assert_eq!(meant("httpx2"), None);
        assert_eq!(meant("httpxx"), Some("httpx"));
    }
}
