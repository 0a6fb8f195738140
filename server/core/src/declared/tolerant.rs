//! YAML and JSON that is half typed: a line that cannot be read is left out, so that the rest can be.

use crate::tree::{self, Node, Tree};

/// How many damaged lines are left out before the rest of the file is given up.
const PATIENCE: usize = 8;

/// Gives the documents of a YAML file to a reader, as far as they can be read.
pub(super) fn yaml<T>(text: &str, read: impl Fn(&[Tree<'_>]) -> T) -> T {
    let mut readable = text.to_owned();
    for _ in 0..PATIENCE {
        let trees = tree::documents(&readable);
        let trouble = trees.iter().find_map(|it| it.troubles.first());
        let Some(at) = trouble.map(|it| it.span.start.min(readable.len())) else {
            return read(&trees);
        };
        drop(trees);
        let Some((start, end)) = last_line(&readable, at) else { break };
        readable.replace_range(start..end, &" ".repeat(end - start));
    }
    read(&tree::documents(&readable))
}

/// Gives a JSON file, which may have comments, to a reader, as far as it can be read.
pub(super) fn json<T>(text: &str, read: impl Fn(Node<'_, '_>) -> T) -> T {
    let plain = tree::json_with_comments(text);
    read(tree::json(&plain).root())
}

/// The last line that begins before a byte and holds something.
fn last_line(text: &str, at: usize) -> Option<(usize, usize)> {
    let at = text.floor_char_boundary(at);
    let end = text.get(at..)?.find('\n').map_or(text.len(), |it| at + it);
    let filled = text.get(..end)?.trim_end().len();
    let start = text.get(..filled)?.rfind('\n').map_or(0, |it| it + 1);
    (start < filled).then_some((start, filled))
}
