//! The block of metadata in a Python script (*Inline script metadata*, PEP 723): what the script alone needs. It says nothing
//! of the project that the script lies in.

use super::{Fact, Format, Says, pyproject};
use crate::text::Span;

pub(super) static FORMAT: Format = Format {
    name: "script",
    summary: "`*.py`: the block `# /// script` of a script",
    globs: &[],
    matches: |name, _| name.ends_with(".py") && name != "setup.py",
    marks_project: false,
    of_project: false,
    read,
};

fn read(text: &str, _: &str, _: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut is_first = true;
    for block in blocks(text) {
        let words = match block {
            Block { is_closed: false, .. } => "the block is not closed: expected a line `# ///`",
            _ if !is_first => "a script has one block of this kind only",
            Block { lines, .. } => {
                is_first = false;
                facts.extend(content(text, &lines));
                continue;
            }
        };
        facts.push(Fact { span: block.header, says: Says::Unreadable(words.to_owned()) });
    }
    facts
}

/// A block whose type is `script`.
struct Block {
    header: Span,
    /// The lines between its first and its last, without their ends.
    lines: Vec<Span>,
    is_closed: bool,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = physical(text).into_iter().peekable();
    while let Some(header) = lines.next() {
        if spelled(text, header) != "# /// script" {
            continue;
        }
        let mut inside = Vec::new();
        while let Some(line) = lines.next_if(|it| is_comment(spelled(text, *it))) {
            inside.push(line);
        }
        // The last such line ends it: the content may hold others (PEP 723).
        let end = inside.iter().rposition(|it| spelled(text, *it) == "# ///");
        inside.truncate(end.unwrap_or(0));
        blocks.push(Block { header, lines: inside, is_closed: end.is_some() });
    }
    blocks
}

fn is_comment(line: &str) -> bool {
    line == "#" || line.starts_with("# ")
}

fn spelled(text: &str, span: Span) -> &str {
    text.get(span.start..span.end).unwrap_or("")
}

/// The lines of a text, without their ends.
fn physical(text: &str) -> Vec<Span> {
    let mut at = 0;
    let line = |it: &str| {
        let start = at;
        at += it.len();
        Span::new(start, start + it.trim_end_matches(['\n', '\r']).len())
    };
    text.split_inclusive('\n').map(line).collect()
}

/// What the TOML of a block says; its lines begin with `# `, or are a bare `#`.
fn content(text: &str, lines: &[Span]) -> Vec<Fact> {
    let mut toml = String::new();
    // By line, where it begins in the TOML and in the file.
    let mut starts: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        let words = spelled(text, *line);
        let bare = words.strip_prefix("# ").unwrap_or("");
        starts.push((toml.len(), line.end - bare.len()));
        toml.push_str(bare);
        toml.push('\n');
    }
    let place = |at: usize| {
        let line = starts.partition_point(|it| it.0 <= at).saturating_sub(1);
        starts.get(line).map_or(0, |(within, source)| source + (at - within))
    };
    let moved = |span: Span| {
        let start = place(span.start);
        if span.start == span.end {
            return Span::new(start, start);
        }
        // The end stays on the line that it ends.
        Span::new(start, place(span.end - 1) + 1)
    };
    let facts = pyproject::read_below(&toml, &["script"]);
    facts.into_iter().map(|it| it.relocated(moved)).collect()
}
