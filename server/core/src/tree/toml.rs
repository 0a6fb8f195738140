//! TOML (TOML 1.0), by the events of its parser: no table is built of what is passed over.

use std::borrow::Cow;

use toml_parser::{
    ErrorSink, ParseError, Source, Span as Stretch,
    decoder::Encoding,
    parser::{EventReceiver, RecursionGuard, parse_document},
};

use super::{Builder, DEEPEST, Tree, Value};
use crate::text::Span;

/// Reads a TOML document.
pub(crate) fn toml(text: &str) -> Tree<'_> {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut reader = Reader { source, builder: Builder::new(), keys: Vec::new() };
    let mut errors = Errors(None);
    let depth = u32::try_from(DEEPEST).unwrap_or(u32::MAX);
    let mut guard = RecursionGuard::new(&mut reader, depth);
    parse_document(&tokens, &mut guard, &mut errors);
    let mut builder = reader.builder;
    if let Some(error) = errors.0 {
        let found = error.unexpected().or_else(|| error.context());
        let found = found.map_or(Span::new(text.len(), text.len()), span);
        builder.trouble(found, error.description().to_owned());
    }
    builder.tree
}

struct Errors(Option<ParseError>);

impl ErrorSink for Errors {
    fn report_error(&mut self, error: ParseError) {
        self.0.get_or_insert(error);
    }
}

struct Reader<'text> {
    source: Source<'text>,
    builder: Builder<'text>,
    /// The parts of the key or header that is being read.
    keys: Vec<(Cow<'text, str>, Span)>,
}

fn span(stretch: Stretch) -> Span {
    Span::new(stretch.start(), stretch.end())
}

impl<'text> Reader<'text> {
    /// The table that a header or a dotted key leads to, made where it is not there yet.
    fn descend(&mut self, from: usize, keys: &[(Cow<'text, str>, Span)]) -> usize {
        keys.iter().fold(from, |at, key| {
            let next = self.named(at, key, || Value::Table(Vec::new()));
            match &self.builder.tree.slots[next].value {
                Value::List(elements) => elements.last().copied().unwrap_or(next),
                _ => next,
            }
        })
    }

    fn named(
        &mut self,
        parent: usize,
        (key, span): &(Cow<'text, str>, Span),
        value: impl FnOnce() -> Value<'text>,
    ) -> usize {
        if let Some(at) = self.builder.named.get(&(parent, key.clone())) {
            return *at;
        }
        let at = self.builder.add(*span, value());
        if let Value::Table(entries) = &mut self.builder.tree.slots[parent].value {
            entries.push((key.clone(), *span, at));
        }
        self.builder.named.insert((parent, key.clone()), at);
        at
    }

    fn header(&mut self, is_list: bool) {
        let keys = std::mem::take(&mut self.keys);
        let Some((key, before)) = keys.split_last() else { return };
        let parent = self.descend(0, before);
        let at = if is_list {
            let list = self.named(parent, key, || Value::List(Vec::new()));
            let table = self.builder.add(key.1, Value::Table(Vec::new()));
            match &mut self.builder.tree.slots[list].value {
                Value::List(elements) => elements.push(table),
                Value::Table(_) | Value::Text(_) | Value::Plain(_) => {}
            }
            table
        } else {
            self.descend(parent, std::slice::from_ref(key))
        };
        self.builder.open = vec![0];
        if at != 0 {
            self.builder.open.push(at);
        }
    }
}

impl EventReceiver for Reader<'_> {
    fn std_table_open(&mut self, _: Stretch, _: &mut dyn ErrorSink) {
        self.keys.clear();
    }

    fn std_table_close(&mut self, _: Stretch, _: &mut dyn ErrorSink) {
        self.header(false);
    }

    fn array_table_open(&mut self, _: Stretch, _: &mut dyn ErrorSink) {
        self.keys.clear();
    }

    fn array_table_close(&mut self, _: Stretch, _: &mut dyn ErrorSink) {
        self.header(true);
    }

    fn inline_table_open(&mut self, at: Stretch, _: &mut dyn ErrorSink) -> bool {
        self.builder.enter(span(at), Value::Table(Vec::new()));
        true
    }

    fn inline_table_close(&mut self, at: Stretch, _: &mut dyn ErrorSink) {
        self.builder.leave(at.end());
    }

    fn array_open(&mut self, at: Stretch, _: &mut dyn ErrorSink) -> bool {
        self.builder.enter(span(at), Value::List(Vec::new()));
        true
    }

    fn array_close(&mut self, at: Stretch, _: &mut dyn ErrorSink) {
        self.builder.leave(at.end());
    }

    fn simple_key(&mut self, at: Stretch, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        if self.builder.passing > 0 {
            return;
        }
        let Some(raw) = self.source.get(at) else { return };
        let raw = toml_parser::Raw::new_unchecked(raw.as_str(), kind, at);
        let mut key = Cow::Borrowed("");
        raw.decode_key(&mut key, error);
        self.keys.push((key, span(at)));
    }

    fn key_val_sep(&mut self, _: Stretch, _: &mut dyn ErrorSink) {
        if self.builder.passing > 0 {
            return;
        }
        let mut keys = std::mem::take(&mut self.keys);
        let key = keys.pop();
        if !keys.is_empty() {
            // A dotted key: its table takes this one value, and the container it stands in the next.
            let container = self.builder.open.last().copied().unwrap_or(0);
            let table = self.descend(container, &keys);
            if let Some((key, span)) = key {
                let at = self.builder.add(span, Value::Plain(""));
                if let Value::Table(entries) = &mut self.builder.tree.slots[table].value {
                    entries.push((key, span, at));
                }
                self.builder.awaited = Some(at);
            }
            return;
        }
        self.builder.key = key;
    }

    fn scalar(&mut self, at: Stretch, kind: Option<Encoding>, error: &mut dyn ErrorSink) {
        if self.builder.passing > 0 {
            return;
        }
        let Some(raw) = self.source.get(at) else { return };
        let raw = toml_parser::Raw::new_unchecked(raw.as_str(), kind, at);
        let whole = span(at);
        if kind.is_none() {
            self.builder.scalar(whole, Value::Plain(raw.as_str()));
            return;
        }
        let mut text = Cow::Borrowed("");
        let _ = raw.decode_scalar(&mut text, error);
        let quote = match kind {
            Some(Encoding::MlBasicString | Encoding::MlLiteralString) => 3,
            _ => 1,
        };
        let inner = Span::new(whole.start + quote, whole.end.saturating_sub(quote));
        self.builder.scalar(inner, Value::Text(text));
    }
}
