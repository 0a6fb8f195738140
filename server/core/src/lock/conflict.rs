//! Merge conflicts that git has left in a lock (git's documentation, *How conflicts are presented*).

use super::Trouble;
use crate::text::Span;

/// The line that begins each conflict.
pub(super) fn conflicts(text: &str) -> Vec<Trouble> {
    let mut conflicts = Vec::new();
    for (at, _) in text.match_indices("<<<<<<<") {
        let begins = at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
        let rest = text.get(at..).unwrap_or("");
        let line = rest.lines().next().unwrap_or("");
        let is_marker = line.get(7..).is_some_and(|it| it.is_empty() || it.starts_with(' '));
        if begins && is_marker && rest.contains("\n>>>>>>>") {
            let span = Span::new(at, at + line.trim_end().len());
            conflicts
                .push(Trouble { span, words: "a merge conflict has not been settled".to_owned() });
        }
    }
    conflicts
}
