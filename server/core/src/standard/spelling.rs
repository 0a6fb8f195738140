//! What was probably meant by a word that means nothing.

/// The nearest of some words, if it is so near that it was probably meant: at most two letters are put in, left out or
/// changed, and fewer in a short word.
pub(crate) fn nearest<'word>(
    word: &str,
    among: impl IntoIterator<Item = &'word str>,
) -> Option<&'word str> {
    let allowed = if word.len() > 3 { 2 } else { 1 };
    let near = among.into_iter().map(|it| (distance(word, it), it)).min()?;
    (near.0 <= allowed).then_some(near.1)
}

/// How many letters must be put in, left out or changed to come from one word to the other.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    if one.len() > 40 {
        return usize::MAX;
    }
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, character) in one.chars().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        for (column, wanted) in row.iter_mut().skip(1).zip(&other) {
            let changed = diagonal + usize::from(character != *wanted);
            diagonal = *column;
            *column = changed.min(*column + 1).min(left + 1);
            left = *column;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}
