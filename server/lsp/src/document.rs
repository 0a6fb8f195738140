//! The documents that the client holds open (LSP 3.17, *Text Document Synchronization*): their versions, and the texts that
//! somebody reads.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use envls_core::{
    declared, manifest,
    session::{Event, Kept, is_source},
    source,
    text::{Encoding, Lines},
    world::AbsPath,
};
use tower_lsp::ls_types::{TextDocumentContentChangeEvent, Uri};

use crate::{frame, uri};

/// What is read of a manifest at most; a longer text is left to the disk, which says so.
const TEXT_LIMIT: usize = 4 * 1024 * 1024;
/// So many edits, and so much of the texts before them, are kept for one that comes late.
const HISTORY_LIMIT: usize = 64;
const HISTORY_BYTES: usize = 1024 * 1024;

/// By address, as the client spells it.
#[derive(Default)]
pub(crate) struct Documents {
    open: BTreeMap<String, Document>,
    /// Counts the openings and edits, so that the latest of two documents of one file can be told.
    clock: u64,
}

pub(crate) struct Document {
    pub(crate) uri: Uri,
    /// `None` where there is no file behind the address.
    pub(crate) path: Option<AbsPath>,
    pub(crate) version: i32,
    text: Text,
    kept: Kept,
    touched: u64,
    history: History,
}

/// The last edits, by version. Some editors send those of one burst in the wrong order; they are applied in the right one
/// as soon as all are there.
#[derive(Default)]
struct History {
    edits: VecDeque<Edited>,
    bytes: usize,
}

struct Edited {
    version: i32,
    before: Text,
    changes: Vec<TextDocumentContentChangeEvent>,
}

#[derive(Clone)]
enum Text {
    Known(Arc<str>),
    /// Nobody reads it, or it is too long.
    NotHeld,
}

impl Documents {
    pub(crate) fn open(&mut self, uri: Uri, version: i32, text: String) -> Vec<Event> {
        self.clock += 1;
        let path = uri::path_of(uri.as_str());
        let text = match &path {
            Some(path) if is_read(path) => held(text.into()),
            _ => Text::NotHeld,
        };
        let name = uri.as_str().to_owned();
        let document = Document {
            uri,
            path,
            version,
            text,
            kept: Kept::Saved,
            touched: self.clock,
            history: History::default(),
        };
        let events = document.events();
        self.open.insert(name, document);
        events
    }

    /// Applies edits one after the other, each to what the one before left.
    pub(crate) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Vec<Event> {
        let Some(document) = self.open.get_mut(uri.as_str()) else {
            tracing::warn!("a document was changed that is not open");
            return Vec::new();
        };
        self.clock += 1;
        document.touched = self.clock;
        document.kept = Kept::Unsaved;
        if document.path.as_ref().is_some_and(is_read) {
            document.text = document.history.edit(&document.text, version, changes, encoding);
        }
        document.version = document.version.max(version);
        document.events()
    }

    pub(crate) fn save(&mut self, uri: &Uri) -> Vec<Event> {
        let Some(path) = uri::path_of(uri.as_str()) else { return Vec::new() };
        if let Some(document) = self.open.get_mut(uri.as_str()) {
            document.kept = Kept::Saved;
        }
        vec![Event::Saved { path: path.clone() }, Event::Touched(path)]
    }

    pub(crate) fn close(&mut self, uri: &Uri) -> Vec<Event> {
        let Some(closed) = self.open.remove(uri.as_str()) else { return Vec::new() };
        let Some(path) = closed.path else { return Vec::new() };
        // The file may be open under another spelling of its address too.
        match self.of(&path).last() {
            Some(other) => other.events(),
            None => vec![Event::Closed { path }],
        }
    }

    /// The documents of a file, the one that was edited last at the end.
    pub(crate) fn of<'documents>(
        &'documents self,
        path: &AbsPath,
    ) -> impl Iterator<Item = &'documents Document> + use<'documents> {
        let mut found: Vec<&Document> =
            self.open.values().filter(|it| it.path.as_ref() == Some(path)).collect();
        found.sort_by_key(|it| it.touched);
        found.into_iter()
    }

    /// The address under which the client knows a file: the one that it used itself, where it has used one.
    pub(crate) fn uri_of(&self, path: &AbsPath) -> Option<Uri> {
        self.of(path).last().map(|it| it.uri.clone()).or_else(|| uri::uri_of(path))
    }

    /// The files of all open documents.
    pub(crate) fn paths(&self) -> BTreeSet<AbsPath> {
        self.open.values().filter_map(|it| it.path.clone()).collect()
    }

    pub(crate) fn version_of(&self, path: &AbsPath) -> Option<i32> {
        self.of(path).last().map(|it| it.version)
    }

    pub(crate) fn at(&self, uri: &Uri) -> Option<&Document> {
        self.open.get(uri.as_str())
    }
}

impl Document {
    /// The text, where it is held.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.text {
            Text::Known(text) => Some(text),
            Text::NotHeld => None,
        }
    }

    fn events(&self) -> Vec<Event> {
        let Some(path) = &self.path else { return Vec::new() };
        match &self.text {
            Text::Known(text) => vec![Event::Edited {
                path: path.clone(),
                version: self.version,
                text: Arc::clone(text),
                kept: self.kept,
            }],
            Text::NotHeld if is_source(path) => vec![Event::Edited {
                path: path.clone(),
                version: self.version,
                text: Arc::from(""),
                kept: self.kept,
            }],
            Text::NotHeld => vec![Event::Attended(path.clone())],
        }
    }
}

impl History {
    /// The text after an edit. One that is older than edits already made is put before them, and they are made again.
    fn edit(
        &mut self,
        text: &Text,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Text {
        let at = self.edits.partition_point(|it| it.version <= version);
        let later = self.edits.split_off(at);
        let mut text = later.front().map_or(text, |it| &it.before).clone();
        self.bytes -= later.iter().map(|it| it.before.bytes()).sum::<usize>();
        let this = Edited { version, before: Text::NotHeld, changes };
        for edit in std::iter::once(this).chain(later) {
            let before = text.clone();
            for change in &edit.changes {
                text = applied(&text, change, encoding);
            }
            self.bytes += before.bytes();
            self.edits.push_back(Edited { before, ..edit });
        }
        while self.edits.len() > HISTORY_LIMIT || self.bytes > HISTORY_BYTES {
            let Some(oldest) = self.edits.pop_front() else { break };
            self.bytes -= oldest.before.bytes();
        }
        text
    }
}

impl Text {
    fn bytes(&self) -> usize {
        match self {
            Text::Known(text) => text.len(),
            Text::NotHeld => 0,
        }
    }
}

/// Whether a document's text is read from the buffer.
fn is_read(path: &AbsPath) -> bool {
    manifest::format_of(path).is_some_and(|it| it.of_project)
        || declared::format_of(path).is_some()
        || source::is_source(path.name())
}

fn held(text: Arc<str>) -> Text {
    if text.len() > TEXT_LIMIT || &*text == frame::LONG { Text::NotHeld } else { Text::Known(text) }
}

/// A text after an edit; one that became too long is not held.
pub(crate) fn edited(
    text: &str,
    change: &TextDocumentContentChangeEvent,
    encoding: Encoding,
) -> String {
    match applied(&Text::Known(text.into()), change, encoding) {
        Text::Known(text) => text.to_string(),
        Text::NotHeld => String::new(),
    }
}

fn applied(text: &Text, change: &TextDocumentContentChangeEvent, encoding: Encoding) -> Text {
    let Some(range) = change.range else { return held(change.text.as_str().into()) };
    // What an edit of an unknown text leaves is not known either.
    let Text::Known(text) = text else { return Text::NotHeld };
    if change.text == frame::LONG {
        return Text::NotHeld;
    }
    let lines = Lines::of(text);
    let start = lines.offset(text, range.start.line, range.start.character, encoding);
    let end = lines.offset(text, range.end.line, range.end.character, encoding);
    let (start, end) = (start.min(end), start.max(end));
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    held([before, &change.text, after].concat().into())
}

#[cfg(test)]
mod tests {
    use envls_core::text::Encoding;
    use tower_lsp::ls_types::{Position, Range, TextDocumentContentChangeEvent};

    use super::{History, Text, applied};

    /// The text after replacing a range, given as `line:column-line:column`.
    fn check(text: &str, range: [u32; 4], new: &str, encoding: Encoding, expected: &str) {
        let [a, b, c, d] = range;
        let change = TextDocumentContentChangeEvent {
            range: Some(Range { start: Position::new(a, b), end: Position::new(c, d) }),
            range_length: None,
            text: new.to_owned(),
        };
        let Text::Known(found) = applied(&Text::Known(text.into()), &change, encoding) else {
            panic!("it is short")
        };
        assert_eq!(&*found, expected, "{text:?} {range:?}");
    }

    #[test]
    fn columns_count_in_the_negotiated_unit() {
        check("a🐍b\r\nc", [0, 3, 0, 4], "x", Encoding::Utf16, "a🐍x\r\nc");
        check("a🐍b\r\nc", [0, 5, 0, 6], "x", Encoding::Utf8, "a🐍x\r\nc");
        check("a🐍b\r\nc", [0, 2, 0, 3], "x", Encoding::Utf32, "a🐍x\r\nc");
    }

    #[test]
    fn what_is_out_of_range_is_moved_into_it() {
        check("a\r\nb", [0, 99, 1, 0], "", Encoding::Utf16, "ab");
        check("a\r\nb", [7, 0, 9, 9], "c", Encoding::Utf16, "a\r\nbc");
        check("a🐍", [0, 2, 0, 3], "x", Encoding::Utf16, "ax");
        check("ab", [0, 2, 0, 1], "x", Encoding::Utf16, "ax");
        check("", [u32::MAX, u32::MAX, u32::MAX, u32::MAX], "x", Encoding::Utf8, "x");
    }

    #[test]
    fn line_breaks_are_edited_like_text() {
        check("a\r\nb\rc\n", [0, 1, 1, 0], "", Encoding::Utf16, "ab\rc\n");
        check("a\r\nb\rc\n", [1, 1, 2, 0], "\n", Encoding::Utf16, "a\r\nb\nc\n");
    }

    #[test]
    fn edits_are_applied_in_the_order_of_their_versions() {
        let typed = "requests";
        for order in [[0, 1, 2, 3, 4, 5, 6, 7], [3, 5, 4, 0, 1, 2, 7, 6], [7, 6, 5, 4, 3, 2, 1, 0]]
        {
            let mut history = History::default();
            let mut text = Text::Known("".into());
            for at in order {
                let place = Position::new(0, u32::try_from(at).expect("it is small"));
                let change = TextDocumentContentChangeEvent {
                    range: Some(Range { start: place, end: place }),
                    range_length: None,
                    text: typed[at..=at].to_owned(),
                };
                let version = i32::try_from(at).expect("it is small");
                text = history.edit(&text, version, vec![change], Encoding::Utf8);
            }
            let Text::Known(text) = text else { panic!("it is short") };
            assert_eq!(&*text, typed, "{order:?}");
        }
    }
}
