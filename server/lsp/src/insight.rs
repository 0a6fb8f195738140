//! Hints, links and words about what is under the cursor (LSP 3.17, `textDocument/inlayHint`, `textDocument/documentLink`,
//! `textDocument/hover`), from the last settled state. Where the buffer has gone on since, what stands on lines that were
//! changed is left out, and what is below moves along.

use std::{collections::BTreeMap, sync::Arc};

use envls_core::{
    insight,
    model::Model,
    text::{Encoding, Lines, Position, Range},
    world::AbsPath,
};
use tower_lsp::ls_types::{self as lsp, Uri, request::InlayHintRefreshRequest};

use crate::{convert, outgoing::SOON, shell::Shell};

/// A manifest, or a file that declares layers, as it was when its project was settled last, and how the buffer differs from it.
struct Seen {
    path: AbsPath,
    model: Arc<Model>,
    text: Arc<str>,
    moved: Moved,
}

impl Shell {
    pub(crate) fn inlay_hints(&mut self, params: &lsp::InlayHintParams) -> Vec<lsp::InlayHint> {
        let Some(seen) = self.seen(&params.text_document.uri) else { return Vec::new() };
        let encoding = self.announced.encoding;
        let hints = insight::hints(&seen.model, &seen.path).into_iter().filter_map(|hint| {
            let position = convert::position(seen.moved.position(hint.position)?, encoding);
            let within = params.range.start <= position && position <= params.range.end;
            within.then_some(lsp::InlayHint {
                position,
                label: lsp::InlayHintLabel::String(hint.label),
                kind: None,
                text_edits: None,
                tooltip: Some(lsp::InlayHintTooltip::String(hint.tooltip)),
                padding_left: Some(true),
                padding_right: Some(false),
                data: None,
            })
        });
        hints.collect()
    }

    pub(crate) fn document_links(
        &mut self,
        params: &lsp::DocumentLinkParams,
    ) -> Vec<lsp::DocumentLink> {
        let Some(seen) = self.seen(&params.text_document.uri) else { return Vec::new() };
        let links = insight::links(&seen.model, &seen.path).into_iter().filter_map(|link| {
            Some(lsp::DocumentLink {
                range: convert::range(seen.moved.range(link.range)?, self.announced.encoding),
                target: Some(self.documents.uri_of(&link.target)?),
                tooltip: None,
                data: None,
            })
        });
        links.collect()
    }

    /// What is known of the requirement, or the image, at a position.
    pub(crate) fn requirement_at(&self, uri: &Uri, at: lsp::Position) -> Option<lsp::Hover> {
        let seen = self.seen(uri)?;
        let encoding = self.announced.encoding;
        let line = seen.moved.before(at.line)?;
        let offset = Lines::of(&seen.text).offset(&seen.text, line, at.character, encoding);
        let told = insight::hover(&seen.model, &seen.path, offset)?;
        let range = seen.moved.range(told.range)?;
        Some(shown(told.markdown, convert::range(range, encoding)))
    }

    /// What is known of the import at a position of a source file, or of a cell of a notebook that is open cell by cell.
    pub(crate) fn import_at(&self, uri: &Uri, at: lsp::Position) -> Option<lsp::Hover> {
        let encoding = self.announced.encoding;
        if let Some((file, there, back)) = self.in_notebook(uri, at) {
            let (markdown, range) = self.told_of_import(&file, there, encoding)?;
            let range = lsp::Range { start: back(range.start)?, end: back(range.end)? };
            return Some(shown(markdown, range));
        }
        let (markdown, range) =
            self.told_of_import(&crate::uri::path_of(uri.as_str())?, at, encoding)?;
        Some(shown(markdown, range))
    }

    fn told_of_import(
        &self,
        path: &AbsPath,
        at: lsp::Position,
        encoding: Encoding,
    ) -> Option<(String, lsp::Range)> {
        let model = self.session.project_of(path)?.outcome.model.clone()?;
        let told = insight::import(&model, path, |range| {
            let range = convert::range(range, encoding);
            range.start <= at && at <= range.end
        })?;
        Some((told.markdown, convert::range(told.range, encoding)))
    }

    /// Tells the client to ask for hints again, where those of an open manifest are others now.
    pub(crate) fn refresh_hints(&mut self) {
        if !self.announced.refreshes_hints.yes() {
            return;
        }
        let mut hints = BTreeMap::new();
        for path in self.documents.paths() {
            let standing = self.session.project_of(&path);
            let model = standing.and_then(|it| it.outcome.model.clone());
            let found = model.map(|it| insight::hints(&it, &path)).unwrap_or_default();
            if !found.is_empty() {
                hints.insert(path, found);
            }
        }
        if hints != self.hints {
            self.hints = hints;
            self.outgoing.request::<InlayHintRefreshRequest>((), SOON, |_| {});
        }
    }

    fn seen(&self, uri: &Uri) -> Option<Seen> {
        let path = crate::uri::path_of(uri.as_str())?;
        let model = self.session.project_of(&path)?.outcome.model.clone()?;
        let manifest = model.project.manifests.iter().find(|it| it.path == path);
        let manifest = manifest.map(|it| Arc::clone(&it.document.text));
        let declaring = || model.layers.file(&path).map(|it| Arc::clone(&it.text));
        let text = manifest.or_else(declaring)?;
        let now = self.documents.at(uri).and_then(|it| it.text());
        let moved = now.map_or_else(Moved::default, |now| Moved::of(&text, now));
        Some(Seen { path, model, text, moved })
    }
}

fn shown(markdown: String, range: lsp::Range) -> lsp::Hover {
    let kind = lsp::MarkupKind::Markdown;
    let contents = lsp::HoverContents::Markup(lsp::MarkupContent { kind, value: markdown });
    lsp::Hover { contents, range: Some(range) }
}

/// How a text differs from an older one, by whole lines.
#[derive(Debug, Default, PartialEq, Eq)]
struct Moved {
    /// So many lines at the start are the same.
    same: u32,
    /// From this line of the older text on, the lines are the same again.
    again: u32,
    /// So many lines lower, or higher, they stand now.
    by: i64,
    is_changed: bool,
}

impl Moved {
    fn of(old: &str, new: &str) -> Moved {
        if old == new {
            return Moved::default();
        }
        let (old, new): (Vec<&str>, Vec<&str>) =
            (old.split('\n').collect(), new.split('\n').collect());
        let same = old.iter().zip(&new).take_while(|it| it.0 == it.1).count();
        let rest = old.len().min(new.len()) - same;
        let behind =
            old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|it| it.0 == it.1);
        let behind = behind.count();
        let narrow = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        Moved {
            same: narrow(same),
            again: narrow(old.len() - behind),
            by: new.len() as i64 - old.len() as i64,
            is_changed: true,
        }
    }

    /// The line of the newer text that a line of the older one is.
    fn line(&self, line: u32) -> Option<u32> {
        if !self.is_changed || line < self.same {
            return Some(line);
        }
        (line >= self.again).then(|| u32::try_from(i64::from(line) + self.by).ok())?
    }

    /// The line of the older text that a line of the newer one was.
    fn before(&self, line: u32) -> Option<u32> {
        if !self.is_changed || line < self.same {
            return Some(line);
        }
        let before = u32::try_from(i64::from(line) - self.by).ok()?;
        (before >= self.again).then_some(before)
    }

    fn position(&self, position: Position) -> Option<Position> {
        Some(Position { line: self.line(position.line)?, ..position })
    }

    fn range(&self, range: Range) -> Option<Range> {
        Some(Range { start: self.position(range.start)?, end: self.position(range.end)? })
    }
}

#[cfg(test)]
mod tests {
    use super::Moved;

    #[test]
    fn lines_below_a_change_move_along() {
        let moved = Moved::of("a\nb\nc\nd\n", "a\nx\ny\nc\nd\n");
        let lines: Vec<Option<u32>> = (0..4).map(|it| moved.line(it)).collect();
        assert_eq!(lines, [Some(0), None, Some(3), Some(4)]);
        let before: Vec<Option<u32>> = (0..5).map(|it| moved.before(it)).collect();
        assert_eq!(before, [Some(0), None, None, Some(2), Some(3)]);
        let removed = Moved::of("a\na\na\n", "a\na\n");
        assert_eq!(removed.line(0), Some(0));
        assert_eq!(removed.line(3), Some(2));
        assert_eq!(Moved::of("a", "a").line(7), Some(7));
    }
}
