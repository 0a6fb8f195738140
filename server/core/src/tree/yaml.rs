//! YAML (YAML 1.2), by the events of its parser. Scalars are kept as text; what a lock means by them, its reader knows.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{Builder, Tree, Value};
use crate::text::Span;

/// Reads the first YAML document of a text.
pub(crate) fn yaml(text: &str) -> Tree<'_> {
    documents(text).into_iter().next().unwrap_or_else(|| Builder::new().tree)
}

/// Reads the YAML documents of a text; a damage ends the last one.
pub(crate) fn documents(text: &str) -> Vec<Tree<'_>> {
    let offsets = Offsets::of(text);
    let mut trees = Vec::new();
    let mut builder = Builder::new();
    let mut is_first = true;
    // By the number that the parser gives an anchor.
    let mut anchored: BTreeMap<usize, usize> = BTreeMap::new();
    for event in Parser::new_from_str(text) {
        let (event, stretch) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = offsets.byte(text, error.marker().index());
                builder.trouble(Span::new(at, at), error.info().to_owned());
                break;
            }
        };
        let byte = |index| offsets.byte(text, index);
        let span = || Span::new(byte(stretch.start.index()), byte(stretch.end.index()));
        match event {
            Event::MappingStart(..) if is_first => is_first = false,
            Event::MappingStart(anchor, _) => {
                let at = open(&mut builder, span(), Value::Table(Vec::new()));
                anchored.extend(at.filter(|_| anchor > 0).map(|at| (anchor, at)));
            }
            Event::SequenceStart(anchor, _) => {
                is_first = false;
                let at = open(&mut builder, span(), Value::List(Vec::new()));
                anchored.extend(at.filter(|_| anchor > 0).map(|at| (anchor, at)));
            }
            Event::MappingEnd | Event::SequenceEnd => builder.leave(byte(stretch.start.index())),
            Event::Scalar(value, ..) if awaits_key(&builder) => {
                builder.key = Some((value, span()));
            }
            Event::Scalar(value, style, anchor, _) => {
                is_first = false;
                let whole = without_properties(text, span());
                let quote = match style {
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1,
                    _ => 0,
                };
                let inner = Span::new(whole.start + quote, whole.end.saturating_sub(quote));
                let at = builder.scalar(inner, Value::Text(value));
                anchored.extend(at.filter(|_| anchor > 0).map(|at| (anchor, at)));
            }
            Event::Alias(_) if awaits_key(&builder) => builder.key = Some(("".into(), span())),
            Event::Alias(anchor) => match anchored.get(&anchor) {
                Some(at) => builder.again(*at),
                None => drop(builder.scalar(span(), Value::Plain(""))),
            },
            Event::DocumentEnd => {
                trees.push(std::mem::replace(&mut builder, Builder::new()).tree);
                (is_first, anchored) = (true, BTreeMap::new());
            }
            _ => {}
        }
    }
    let is_empty = builder.tree.slots.len() <= 1 && builder.tree.troubles.is_empty();
    if !is_empty || trees.is_empty() {
        trees.push(builder.tree);
    }
    trees
}

/// What a scalar says, without its anchor and its tag (YAML 1.2.2, 6.9: node properties).
fn without_properties(text: &str, whole: Span) -> Span {
    let mut rest = text.get(whole.start..whole.end).unwrap_or("");
    while rest.starts_with(['&', '!']) {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        rest = rest.get(end..).unwrap_or("").trim_start();
    }
    Span::new(whole.end - rest.len(), whole.end)
}

/// Whether the next value is the key of an entry.
fn awaits_key(builder: &Builder<'_>) -> bool {
    let innermost = builder.open.last().copied().unwrap_or(0);
    let is_table = matches!(builder.tree.slots[innermost].value, Value::Table(_));
    builder.passing == 0 && is_table && builder.key.is_none()
}

fn open<'text>(builder: &mut Builder<'text>, span: Span, value: Value<'text>) -> Option<usize> {
    if awaits_key(builder) && builder.open.len() > 1 {
        // A key that is itself a list or a table: no lock has one, and it is passed over.
        builder.key = Some(("hashes".into(), span));
    }
    builder.enter(span, value)
}

/// The parser counts characters, we count bytes.
enum Offsets {
    Same,
    /// The byte at which every so many characters begin.
    Every(Vec<usize>),
}

const STEP: usize = 512;

impl Offsets {
    fn of(text: &str) -> Offsets {
        if text.is_ascii() {
            return Offsets::Same;
        }
        Offsets::Every(text.char_indices().step_by(STEP).map(|it| it.0).collect())
    }

    fn byte(&self, text: &str, index: usize) -> usize {
        let Offsets::Every(starts) = self else { return index.min(text.len()) };
        let Some(start) = starts.get(index / STEP).copied() else { return text.len() };
        let rest = text.get(start..).unwrap_or("");
        rest.char_indices().nth(index % STEP).map_or(text.len(), |it| start + it.0)
    }
}
