//! A document as keys and values with their places, whichever language it is written in: what the readers of TOML, JSON and
//! YAML make, and what locks and some manifests are read from.

mod json;
mod toml;
mod yaml;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{lock::Trouble, text::Span};

pub(crate) use self::{
    json::{json, json_with_comments},
    toml::toml,
    yaml::{documents, yaml},
};

/// The lists of files with their hashes are most of a lock's text and say nothing that is judged here.
const PASSED_OVER: &[&str] = &["wheels", "files", "hashes", "attestation-identities"];
/// Deeper than any lock; what is nested deeper is passed over.
const DEEPEST: usize = 64;

/// A document, read as far as it can be.
pub(crate) struct Tree<'text> {
    slots: Vec<Slot<'text>>,
    pub(crate) troubles: Vec<Trouble>,
}

struct Slot<'text> {
    span: Span,
    value: Value<'text>,
}

enum Value<'text> {
    Text(Cow<'text, str>),
    /// A number, a truth value, a date, nothing.
    Plain(&'text str),
    List(Vec<usize>),
    Table(Vec<(Cow<'text, str>, Span, usize)>),
}

/// One value of a document.
#[derive(Clone, Copy)]
pub(crate) struct Node<'tree, 'text> {
    tree: &'tree Tree<'text>,
    at: usize,
}

impl<'text> Tree<'text> {
    pub(crate) fn root(&self) -> Node<'_, 'text> {
        Node { tree: self, at: 0 }
    }
}

impl<'tree, 'text> Node<'tree, 'text> {
    fn slot(self) -> &'tree Slot<'text> {
        // Every index was handed out by `Builder::add`, and nothing is ever removed.
        &self.tree.slots[self.at]
    }

    /// Where it stands; of a string what is between the quotes.
    pub(crate) fn span(self) -> Span {
        self.slot().span
    }

    pub(crate) fn get(self, key: &str) -> Option<Node<'tree, 'text>> {
        let Value::Table(entries) = &self.slot().value else { return None };
        let entry = entries.iter().find(|it| it.0 == key)?;
        Some(Node { tree: self.tree, at: entry.2 })
    }

    /// The value below several keys.
    pub(crate) fn at(self, keys: &[&str]) -> Option<Node<'tree, 'text>> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The value below a key, also where a merge key brings it along (YAML, *Merge Key Language-Independent Type*).
    pub(crate) fn merged(self, key: &str) -> Option<Node<'tree, 'text>> {
        self.get(key).or_else(|| self.with_merged().into_iter().find_map(|it| it.get(key)))
    }

    /// The entries of a table, with those that a merge key brings along; of a key the first counts.
    pub(crate) fn merged_entries(
        self,
    ) -> impl Iterator<Item = (&'tree str, Span, Node<'tree, 'text>)> {
        let entries = self.with_merged().into_iter().flat_map(Node::entries);
        let mut met = BTreeSet::new();
        entries.filter(move |it| it.0 != "<<" && met.insert(it.0))
    }

    /// The table and those that merge keys bring into it, in the order in which they count. Each is taken once, however often and
    /// through whatever circle it is brought.
    fn with_merged(self) -> Vec<Node<'tree, 'text>> {
        let mut all = Vec::new();
        let (mut waiting, mut met) = (vec![self], BTreeSet::new());
        while let Some(table) = waiting.pop() {
            if !met.insert(table.at) {
                continue;
            }
            all.push(table);
            let Some(brought) = table.get("<<") else { continue };
            let start = waiting.len();
            waiting.extend(brought.elements().chain([brought]));
            waiting[start..].reverse();
        }
        all
    }

    pub(crate) fn text(self) -> Option<&'tree str> {
        match &self.slot().value {
            Value::Text(text) => Some(text),
            Value::Plain(_) | Value::List(_) | Value::Table(_) => None,
        }
    }

    /// A string, or a number as it is written.
    pub(crate) fn word(self) -> Option<&'tree str> {
        match &self.slot().value {
            Value::Text(text) => Some(text),
            Value::Plain(word) => Some(word),
            Value::List(_) | Value::Table(_) => None,
        }
    }

    pub(crate) fn is_true(self) -> bool {
        self.word() == Some("true")
    }

    /// Whether it is the truth value, or a text that says the same, as scalars of YAML are kept.
    pub(crate) fn is_yes(self) -> bool {
        self.word().is_some_and(|it| it.eq_ignore_ascii_case("true"))
    }

    /// The elements of a list; of anything else none.
    pub(crate) fn elements(self) -> impl Iterator<Item = Node<'tree, 'text>> {
        let elements = match &self.slot().value {
            Value::List(elements) => elements.as_slice(),
            _ => &[],
        };
        elements.iter().map(move |at| Node { tree: self.tree, at: *at })
    }

    /// The entries of a table, in the order of the text; of anything else none.
    pub(crate) fn entries(self) -> impl Iterator<Item = (&'tree str, Span, Node<'tree, 'text>)> {
        let entries = match &self.slot().value {
            Value::Table(entries) => entries.as_slice(),
            _ => &[],
        };
        entries
            .iter()
            .map(move |(key, span, at)| (&**key, *span, Node { tree: self.tree, at: *at }))
    }

    /// The strings of the list below a key.
    pub(crate) fn texts(self, key: &str) -> Vec<String> {
        let list = self.get(key).into_iter().flat_map(Node::elements);
        list.filter_map(Node::text).map(str::to_owned).collect()
    }

    /// The string below a key.
    pub(crate) fn text_of(self, key: &str) -> Option<&'tree str> {
        self.get(key)?.text()
    }
}

/// Puts a tree together from the events of a parser. The innermost open container takes what comes.
struct Builder<'text> {
    tree: Tree<'text>,
    /// Containers that are open, outermost first, each with the key it waits to put a value at.
    open: Vec<usize>,
    key: Option<(Cow<'text, str>, Span)>,
    /// The value of a dotted key has its place already.
    awaited: Option<usize>,
    /// How many containers are open inside of one that is passed over.
    passing: usize,
    /// The one that is passed over: how far it goes is known all the same.
    passed: Option<usize>,
    /// The tables and lists of tables that headers name, by their parents.
    named: BTreeMap<(usize, Cow<'text, str>), usize>,
}

impl<'text> Builder<'text> {
    fn new() -> Builder<'text> {
        let root = Slot { span: Span::default(), value: Value::Table(Vec::new()) };
        let tree = Tree { slots: vec![root], troubles: Vec::new() };
        Builder {
            tree,
            open: vec![0],
            key: None,
            awaited: None,
            passing: 0,
            passed: None,
            named: BTreeMap::new(),
        }
    }

    fn add(&mut self, span: Span, value: Value<'text>) -> usize {
        self.tree.slots.push(Slot { span, value });
        self.tree.slots.len() - 1
    }

    /// Puts a value into the innermost container.
    fn put(&mut self, span: Span, value: Value<'text>) -> usize {
        if let Some(at) = self.awaited.take() {
            self.tree.slots[at] = Slot { span, value };
            return at;
        }
        let at = self.add(span, value);
        let key = self.key.take();
        let container = self.open.last().copied().unwrap_or(0);
        match (&mut self.tree.slots[container].value, key) {
            (Value::List(elements), _) => elements.push(at),
            (Value::Table(entries), Some((key, span))) => entries.push((key, span, at)),
            _ => {}
        }
        at
    }

    /// Puts a scalar; where, unless it is in what is passed over.
    fn scalar(&mut self, span: Span, value: Value<'text>) -> Option<usize> {
        (self.passing == 0).then(|| self.put(span, value))
    }

    /// Puts a value that is there already once more.
    fn again(&mut self, at: usize) {
        if self.passing > 0 {
            return;
        }
        let key = self.key.take();
        let container = self.open.last().copied().unwrap_or(0);
        match (&mut self.tree.slots[container].value, key) {
            (Value::List(elements), _) => elements.push(at),
            (Value::Table(entries), Some((key, span))) => entries.push((key, span, at)),
            _ => {}
        }
    }

    /// Opens a container; where, unless it is passed over.
    fn enter(&mut self, span: Span, value: Value<'text>) -> Option<usize> {
        let unwanted = self.key.as_ref().is_some_and(|it| PASSED_OVER.contains(&&*it.0));
        if self.passing > 0 || unwanted || self.open.len() > DEEPEST {
            if self.passing == 0 {
                self.passed = Some(self.put(span, value));
            }
            self.passing += 1;
            return None;
        }
        let at = self.put(span, value);
        self.open.push(at);
        Some(at)
    }

    fn leave(&mut self, end: usize) {
        if self.passing > 0 {
            self.passing -= 1;
            if let Some(at) = self.passed.take_if(|_| self.passing == 0) {
                self.tree.slots[at].span.end = end;
            }
        } else if self.open.len() > 1 {
            let at = self.open.pop().unwrap_or(0);
            self.tree.slots[at].span.end = end;
        }
    }

    fn trouble(&mut self, span: Span, words: impl Into<String>) {
        // The first says it; what follows from it would only be noise.
        if self.tree.troubles.is_empty() {
            self.tree.troubles.push(Trouble { span, words: words.into() });
        }
    }
}
