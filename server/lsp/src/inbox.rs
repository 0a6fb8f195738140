//! Everything that reaches the loop, through one channel and in the order in which it came.

use envls_core::{session::ActionId, world::AbsPath};
use envls_host::host::HostEvent;
use serde_json::Value;
use tokio::sync::mpsc;
use tower_lsp::ls_types::{
    DidChangeNotebookDocumentParams, DidCloseNotebookDocumentParams, DidOpenNotebookDocumentParams,
    DidSaveNotebookDocumentParams, FileEvent, TextDocumentContentChangeEvent, Uri,
    WorkspaceFoldersChangeEvent,
};

use crate::shell::Shell;

/// Where handlers and threads post; unbounded, so that posting never waits.
pub(crate) type Inbox = mpsc::UnboundedSender<Message>;

pub(crate) enum Message {
    Told(Told),
    /// Something that is answered from the last settled state.
    Asked {
        what: &'static str,
        answer: Box<dyn FnOnce(&mut Shell) + Send>,
    },
    Host(Vec<HostEvent>),
    End,
}

/// What the client, or one of its answers, tells.
pub(crate) enum Told {
    Initialized,
    Opened {
        uri: Uri,
        version: i32,
        text: String,
    },
    Changed {
        uri: Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    },
    Saved {
        uri: Uri,
    },
    Closed {
        uri: Uri,
    },
    Notebook(Box<NotebookTold>),
    Folders(WorkspaceFoldersChangeEvent),
    Files(Vec<FileEvent>),
    /// `didChangeConfiguration`, with whatever came along.
    ConfigurationChanged(Value),
    /// The client's answer to `workspace/configuration`.
    Section(Value),
    /// The editor's own dialogue gave trust.
    Trusted,
    Consented {
        action: ActionId,
        answer: Answer,
    },
    /// The user chose an interpreter, or let go of one, when asked.
    Preferred {
        path: AbsPath,
        python: Option<AbsPath>,
    },
    ProgressCancelled {
        token: String,
    },
    /// Whether the client took the progress that was announced to it.
    ProgressMade {
        token: String,
        made: bool,
    },
    /// It has taken a while by now to settle.
    StillSettling {
        since: u64,
    },
    /// The client shuts the server down.
    Ending,
}

/// What the client tells of a notebook that it holds open cell by cell.
pub(crate) enum NotebookTold {
    Opened(DidOpenNotebookDocumentParams),
    Changed(DidChangeNotebookDocumentParams),
    Saved(DidSaveNotebookDocumentParams),
    Closed(DidCloseNotebookDocumentParams),
}

/// What the user said when asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Once,
    Trust,
    No,
    /// The client cannot ask.
    Unasked,
}
