//! What a single-file script says that it needs (*Inline script metadata*, PEP 723).

use toml::de::{DeTable, DeValue};

use super::words::OPENING;
use crate::{
    standard::requirement::{self, Requirement},
    text::{Lines, Range, Span},
};

/// The block of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The line that opens the block.
    pub range: Range,
    pub wants: Vec<Wanted>,
    pub requires_python: Option<String>,
    /// What is wrong with the block, in words that say what was expected.
    pub troubles: Vec<(Range, String)>,
    /// Where another requirement would be written; `None` where the block cannot be read.
    pub insertion: Option<Insertion>,
}

/// A requirement of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub range: Range,
    pub requirement: Requirement,
}

/// Where a requirement is put in, and what stands around it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    pub range: Range,
    pub before: String,
    pub after: String,
}

impl Insertion {
    /// The text that puts a requirement in.
    #[must_use]
    pub fn text(&self, requirement: &str) -> String {
        format!("{}\"{requirement}\"{}", self.before, self.after)
    }
}

/// The block in a text; `None` where there is none. One that is not closed is none.
pub(super) fn read(text: &str) -> Option<Script> {
    let mut blocks = blocks(text).into_iter();
    let block = blocks.next()?;
    let lines = Lines::of(text);
    let mut script = Script { range: lines.range(text, block.opening), ..Script::default() };
    for further in blocks {
        let words = "a script has one block `script`, this is another".to_owned();
        script.troubles.push((lines.range(text, further.opening), words));
    }
    block.read(text, &lines, &mut script);
    Some(script)
}

/// A block: its lines without the comment signs, and where each begins in the file.
struct Block {
    opening: Span,
    content: String,
    /// Where each line of the content begins in the content and in the file.
    starts: Vec<(usize, usize)>,
    newline: &'static str,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut lines: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        lines.push((at, line.trim_end_matches(['\r', '\n'])));
        at += line.len();
    }
    let mut blocks = Vec::new();
    let mut next = 0;
    while let Some((start, line)) = lines.get(next).copied() {
        next += 1;
        if line != OPENING {
            continue;
        }
        let rest = lines.get(next..).unwrap_or_default();
        let comments = rest.iter().take_while(|it| it.1 == "#" || it.1.starts_with("# "));
        let comments: Vec<&(usize, &str)> = comments.collect();
        // The last closing line counts, for a value may hold one too.
        let Some(end) = comments.iter().rposition(|it| it.1 == "# ///") else { continue };
        let (mut content, mut starts) = (String::new(), Vec::new());
        for (start, line) in comments.iter().take(end) {
            let stripped = line.strip_prefix("# ").unwrap_or("");
            starts.push((content.len(), start + line.len() - stripped.len()));
            content.push_str(stripped);
            content.push('\n');
        }
        let opening = Span::new(start, start + line.len());
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        blocks.push(Block { opening, content, starts, newline });
        next += end + 1;
    }
    blocks
}

impl Block {
    /// A stretch of the content as one of the file.
    fn place(&self, span: Span) -> Span {
        let at = |offset: usize| {
            let line = self.starts.partition_point(|it| it.0 <= offset).saturating_sub(1);
            let (start, place) = self.starts.get(line).copied().unwrap_or((0, self.opening.end));
            place + offset.saturating_sub(start)
        };
        Span::new(at(span.start), at(span.end))
    }

    fn read(&self, text: &str, lines: &Lines, script: &mut Script) {
        let range = |span: std::ops::Range<usize>| {
            lines.range(text, self.place(Span::new(span.start, span.end)))
        };
        let (table, errors) = DeTable::parse_recoverable(&self.content);
        let broken = !errors.is_empty();
        for error in errors.into_iter().take(1) {
            let span = error.span().unwrap_or(0..self.content.len().min(1));
            script.troubles.push((range(span), error.message().to_owned()));
        }
        let table = table.get_ref();
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("requires-python", DeValue::String(it)) => {
                    script.requires_python = Some(it.to_string());
                }
                ("dependencies", DeValue::Array(elements)) => {
                    for element in elements {
                        let at = range(element.span());
                        let DeValue::String(spelled) = element.get_ref() else {
                            script
                                .troubles
                                .push((at, "expected a requirement in quotes".to_owned()));
                            continue;
                        };
                        match requirement::parse(spelled, 0) {
                            Ok(requirement) => script.wants.push(Wanted { range: at, requirement }),
                            Err(it) => script.troubles.push((at, it.message)),
                        }
                    }
                    if !broken {
                        let spans: Vec<_> = elements.iter().map(|it| it.span()).collect();
                        script.insertion = self.inside(text, lines, value.span(), spans.last());
                    }
                }
                ("dependencies" | "requires-python", _) => {
                    let words = "expected a list of requirements, or a version specifier in quotes";
                    script.troubles.push((range(value.span()), words.to_owned()));
                }
                ("tool", DeValue::Table(_)) => {}
                (other, _) => {
                    let words = format!(
                        "a script's block has `dependencies`, `requires-python` and `tool`, not `{other}`"
                    );
                    script.troubles.push((range(key.span()), words));
                }
            }
        }
        if !broken && !table.iter().any(|it| it.0.get_ref() == "dependencies") {
            let end = self.opening.end;
            script.insertion = Some(Insertion {
                range: lines.range(text, Span::new(end, end)),
                before: format!("{}# dependencies = [", self.newline),
                after: "]".to_owned(),
            });
        }
    }

    /// Behind the last element of a list, as it is written.
    fn inside(
        &self,
        text: &str,
        lines: &Lines,
        list: std::ops::Range<usize>,
        last: Option<&std::ops::Range<usize>>,
    ) -> Option<Insertion> {
        let at = |offset: usize| lines.range(text, self.place(Span::new(offset, offset)));
        let Some(last) = last else {
            let (before, after) = (String::new(), String::new());
            return Some(Insertion { range: at(list.start + 1), before, after });
        };
        let rest = self.content.get(last.end..list.end)?;
        let comma = rest.trim_start().starts_with(',');
        let end = if comma { last.end + rest.find(',')? + 1 } else { last.end };
        let line_start = self.content.get(..last.start)?.rfind('\n').map_or(0, |it| it + 1);
        let indent = self.content.get(line_start..last.start)?;
        let separator = if comma { "" } else { "," };
        let (before, after) = if indent.trim().is_empty() && line_start > list.start {
            (format!("{separator}{}# {indent}", self.newline), ",".to_owned())
        } else {
            (format!("{separator} "), String::new())
        };
        Some(Insertion { range: at(end), before, after })
    }
}
