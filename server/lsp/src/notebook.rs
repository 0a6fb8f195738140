//! The notebooks that the client holds open cell by cell (LSP 3.17, *Notebook Document Synchronization*): the file that each
//! would be is given to the session, and what is found in it is shown at its cells.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use envls_core::{
    finding::Finding,
    session::{Event, Kept},
    text::Encoding,
    world::AbsPath,
};
use serde_json::{Value, json};
use tower_lsp::ls_types::{
    self as lsp, NotebookCell, NotebookCellKind, NotebookDocumentCellChange,
    PublishDiagnosticsParams, TextDocumentItem, Uri, notification::PublishDiagnostics,
};

use crate::{convert, document, inbox::NotebookTold, shell::Shell, uri};

/// By address, as the client spells it.
#[derive(Default)]
pub(crate) struct Notebooks {
    open: BTreeMap<String, Notebook>,
}

struct Notebook {
    path: AbsPath,
    /// Counts the states that were given to the session.
    state: i32,
    kept: Kept,
    /// What it says of its kernel and language.
    metadata: Value,
    cells: Vec<Cell>,
    /// By the address of a cell, as the client opened them.
    texts: BTreeMap<String, CellText>,
}

struct Cell {
    uri: Uri,
    is_code: bool,
}

struct CellText {
    language: String,
    version: i32,
    text: String,
}

/// A cell of Python, and the lines that it takes in the file.
struct Placed<'notebook> {
    uri: &'notebook Uri,
    held: &'notebook CellText,
    lines: Range<u32>,
}

impl Notebook {
    fn event(&mut self) -> Event {
        self.state += 1;
        let (text, _) = self.file();
        Event::Edited {
            path: self.path.clone(),
            version: self.state,
            text: text.into(),
            kept: self.kept,
        }
    }

    /// The notebook as a file (*The Notebook file format*), a line of code on each line, and where the cells are in it.
    fn file(&self) -> (String, Vec<Placed<'_>>) {
        let metadata = &self.metadata;
        let mut text = format!(
            "{{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {metadata}, \"cells\": [\n"
        );
        let mut placed = Vec::new();
        let mut line = 1;
        for cell in self.cells.iter().filter(|it| it.is_code) {
            let Some(held) = self.texts.get(cell.uri.as_str()) else { continue };
            if held.language != "python" {
                continue;
            }
            let comma = if placed.is_empty() { "" } else { ", " };
            text.push_str(&format!("{comma}{{\"cell_type\": \"code\", \"source\": [\n"));
            let source: Vec<String> =
                held.text.split_inclusive('\n').map(|it| json!(it).to_string()).collect();
            text.push_str(&source.join(",\n"));
            text.push_str("\n]}\n");
            let count = u32::try_from(source.len().max(1)).unwrap_or(u32::MAX);
            placed.push(Placed { uri: &cell.uri, held, lines: line + 1..line + 1 + count });
            line += count + 2;
        }
        text.push_str("]}\n");
        (text, placed)
    }

    fn opened(&mut self, items: Vec<TextDocumentItem>) {
        for item in items {
            let text =
                CellText { language: item.language_id, version: item.version, text: item.text };
            self.texts.insert(item.uri.as_str().to_owned(), text);
        }
    }

    /// Takes a change in; gives the addresses of the cells that are gone.
    fn change(&mut self, change: NotebookDocumentCellChange, encoding: Encoding) -> Vec<Uri> {
        let mut gone = Vec::new();
        if let Some(structure) = change.structure {
            let array = structure.array;
            let start = (array.start as usize).min(self.cells.len());
            let end = start.saturating_add(array.delete_count as usize).min(self.cells.len());
            let new = array.cells.unwrap_or_default().into_iter().map(Cell::of);
            drop(self.cells.splice(start..end, new));
            self.opened(structure.did_open.unwrap_or_default());
            for closed in structure.did_close.unwrap_or_default() {
                self.texts.remove(closed.uri.as_str());
                gone.push(closed.uri);
            }
        }
        for data in change.data.unwrap_or_default() {
            let known = self.cells.iter_mut().find(|it| it.uri == data.document);
            if let Some(known) = known {
                *known = Cell::of(data);
            }
        }
        for edited in change.text_content.unwrap_or_default() {
            let Some(held) = self.texts.get_mut(edited.document.uri.as_str()) else { continue };
            held.version = edited.document.version;
            for change in &edited.changes {
                held.text = document::edited(&held.text, change, encoding);
            }
        }
        gone
    }
}

impl Cell {
    fn of(cell: NotebookCell) -> Cell {
        Cell { uri: cell.document, is_code: cell.kind == NotebookCellKind::CODE }
    }
}

impl Placed<'_> {
    /// The position in the cell of one in the file, whose columns count the quote and what is escaped too.
    fn position(&self, at: lsp::Position, encoding: Encoding) -> lsp::Position {
        let line = at.line - self.lines.start;
        let written = self.held.text.split('\n').nth(line as usize).unwrap_or_default();
        let (own, _) = columns(written, encoding, |_, escaped| escaped >= at.character);
        lsp::Position::new(line, own)
    }

    /// The position in the file of one in the cell.
    fn in_file(&self, at: lsp::Position, encoding: Encoding) -> lsp::Position {
        let written = self.held.text.split('\n').nth(at.line as usize).unwrap_or_default();
        let (_, escaped) = columns(written, encoding, |own, _| own >= at.character);
        lsp::Position::new(self.lines.start.saturating_add(at.line), escaped)
    }
}

/// Where a line of a cell has been followed to, until it is reached: the column in the cell, and the one in the file.
fn columns(line: &str, encoding: Encoding, reached: impl Fn(u32, u32) -> bool) -> (u32, u32) {
    let (mut own, mut escaped) = (0, 1);
    for character in line.chars() {
        if reached(own, escaped) {
            break;
        }
        own += units(&character.to_string(), encoding);
        escaped += units(&json!(character.to_string()).to_string(), encoding) - 2;
    }
    (own, escaped)
}

fn units(text: &str, encoding: Encoding) -> u32 {
    let count = match encoding {
        Encoding::Utf8 => text.len(),
        Encoding::Utf16 => text.encode_utf16().count(),
        Encoding::Utf32 => text.chars().count(),
    };
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// What a notebook says of its kernel: editors hand the file's own metadata on, or put it below a key of theirs.
fn metadata(stated: Option<lsp::LSPObject>) -> Value {
    let stated = serde_json::to_value(stated).unwrap_or_default();
    let places = ["", "/metadata", "/custom/metadata"].map(|it| stated.pointer(it));
    let said = |key: &str| places.iter().flatten().find_map(|it| it.get(key)).cloned();
    let kept = ["kernelspec", "language_info"].map(|key| Some((key.to_owned(), said(key)?)));
    Value::Object(kept.into_iter().flatten().collect())
}

impl Notebooks {
    fn of(&self, path: &AbsPath) -> Option<&Notebook> {
        self.open.values().find(|it| it.path == *path)
    }

    fn with_cell(&self, uri: &Uri) -> Option<(&String, &Notebook)> {
        self.open.iter().find(|it| it.1.texts.contains_key(uri.as_str()))
    }
}

impl Shell {
    pub(crate) fn notebook_told(&mut self, told: NotebookTold) {
        match told {
            NotebookTold::Opened(params) => {
                let opened = params.notebook_document;
                let Some(path) = uri::path_of(opened.uri.as_str()) else { return };
                self.attend_to(&opened.uri);
                let mut notebook = Notebook {
                    path,
                    state: 0,
                    kept: Kept::Saved,
                    metadata: metadata(opened.metadata),
                    cells: opened.cells.into_iter().map(Cell::of).collect(),
                    texts: BTreeMap::new(),
                };
                notebook.opened(params.cell_text_documents);
                self.events.push(notebook.event());
                self.notebooks.open.insert(opened.uri.as_str().to_owned(), notebook);
            }
            NotebookTold::Changed(params) => {
                let uri = &params.notebook_document.uri;
                self.attend_to(uri);
                let Some(notebook) = self.notebooks.open.get_mut(uri.as_str()) else { return };
                if params.change.metadata.is_some() {
                    notebook.metadata = metadata(params.change.metadata);
                }
                let encoding = self.announced.encoding;
                let gone = params.change.cells.map(|it| notebook.change(it, encoding));
                notebook.kept = Kept::Unsaved;
                self.events.push(notebook.event());
                gone.into_iter().flatten().for_each(|it| self.forget_cell(it));
            }
            NotebookTold::Saved(params) => {
                let uri = &params.notebook_document.uri;
                let Some(notebook) = self.notebooks.open.get_mut(uri.as_str()) else { return };
                notebook.kept = Kept::Saved;
                let path = notebook.path.clone();
                self.events.extend([Event::Saved { path: path.clone() }, Event::Touched(path)]);
            }
            NotebookTold::Closed(params) => {
                let uri = params.notebook_document.uri;
                let Some(closed) = self.notebooks.open.remove(uri.as_str()) else { return };
                closed.cells.into_iter().for_each(|it| self.forget_cell(it.uri));
                self.events.push(Event::Closed { path: closed.path });
            }
        }
    }

    fn forget_cell(&self, uri: Uri) {
        let params = PublishDiagnosticsParams { uri, diagnostics: Vec::new(), version: None };
        self.outgoing.notify::<PublishDiagnostics>(params);
    }

    /// Shows what was found in a notebook at its cells, each with its own version; what stands outside of them stands at the
    /// first. `None` where the client does not hold it open as a notebook.
    pub(crate) fn publish_notebook(&self, path: &AbsPath, findings: &[Arc<Finding>]) -> Option<()> {
        let (_, placed) = self.notebooks.of(path)?.file();
        let encoding = self.announced.encoding;
        for (at, cell) in placed.iter().enumerate() {
            let mut diagnostics = Vec::new();
            for finding in findings {
                let mut shown = convert::diagnostic(finding, &self.announced, &self.documents);
                let line = shown.range.start.line;
                if cell.lines.contains(&line) {
                    let end = shown.range.end;
                    let start = cell.position(shown.range.start, encoding);
                    let end = if cell.lines.contains(&end.line) {
                        cell.position(end, encoding)
                    } else {
                        start
                    };
                    shown.range = lsp::Range { start, end };
                } else if at == 0 && !placed.iter().any(|it| it.lines.contains(&line)) {
                    shown.range = lsp::Range::default();
                } else {
                    continue;
                }
                diagnostics.push(shown);
            }
            let version = Some(cell.held.version);
            let params = PublishDiagnosticsParams { uri: cell.uri.clone(), diagnostics, version };
            self.outgoing.notify::<PublishDiagnostics>(params);
        }
        Some(())
    }

    /// The file that a cell is in, a position of the cell in it, and the way back to the cell.
    pub(crate) fn in_notebook(
        &self,
        uri: &Uri,
        at: lsp::Position,
    ) -> Option<(AbsPath, lsp::Position, impl Fn(lsp::Position) -> Option<lsp::Position>)> {
        let (_, notebook) = self.notebooks.with_cell(uri)?;
        let (_, placed) = notebook.file();
        let cell = placed.into_iter().find(|it| *it.uri == *uri)?;
        let encoding = self.announced.encoding;
        let there = cell.in_file(at, encoding);
        let back = move |it: lsp::Position| {
            cell.lines.contains(&it.line).then(|| cell.position(it, encoding))
        };
        Some((notebook.path.clone(), there, back))
    }

    /// What is asked about a cell, asked about its place in the file.
    pub(crate) fn of_cell(&self, params: &lsp::CodeActionParams) -> Option<lsp::CodeActionParams> {
        let (uri, notebook) = self.notebooks.with_cell(&params.text_document.uri)?;
        let (_, placed) = notebook.file();
        let cell = placed.iter().find(|it| *it.uri == params.text_document.uri)?;
        let encoding = self.announced.encoding;
        let range = |it: lsp::Range| lsp::Range {
            start: cell.in_file(it.start, encoding),
            end: cell.in_file(it.end, encoding),
        };
        let mut asked = params.clone();
        asked.text_document.uri = uri.parse().ok()?;
        asked.range = range(asked.range);
        for diagnostic in &mut asked.context.diagnostics {
            diagnostic.range = range(diagnostic.range);
        }
        Some(asked)
    }
}
