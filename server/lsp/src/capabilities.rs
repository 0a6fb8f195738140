//! What the server says that it can do: everything statically, since some clients drop what is registered later.

use envls_core::{declared, manifest, text::Encoding};
use serde_json::json;
use tower_lsp::ls_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability,
    DidChangeWatchedFilesRegistrationOptions, DocumentLinkOptions, ExecuteCommandOptions,
    FileSystemWatcher, GlobPattern, HoverProviderCapability, InitializeResult, Notebook,
    NotebookCellSelector, NotebookDocumentSyncOptions, NotebookSelector, OneOf,
    PositionEncodingKind, Registration, SaveOptions, ServerCapabilities, ServerInfo,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions, WorkDoneProgressOptions, WorkspaceFoldersServerCapabilities,
    WorkspaceServerCapabilities,
};

use crate::{announced::Announced, command};

/// The answer to `initialize` (LSP 3.17, `InitializeResult`).
pub(crate) fn answer(announced: &Announced) -> InitializeResult {
    let commands = if announced.registers_commands.yes() { &[][..] } else { command::ALL };
    let capabilities = ServerCapabilities {
        position_encoding: Some(match announced.encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
            Encoding::Utf32 => PositionEncodingKind::UTF32,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions {
                include_text: Some(false),
            })),
            ..TextDocumentSyncOptions::default()
        })),
        notebook_document_sync: Some(OneOf::Left(NotebookDocumentSyncOptions {
            notebook_selector: vec![NotebookSelector::ByNotebook {
                notebook: Notebook::String("jupyter-notebook".to_owned()),
                cells: Some(vec![NotebookCellSelector { language: "python".to_owned() }]),
            }],
            save: Some(true),
        })),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QUICKFIX,
                CodeActionKind::SOURCE,
                CodeActionKind::new("source.envls"),
            ]),
            ..CodeActionOptions::default()
        })),
        inlay_hint_provider: Some(OneOf::Left(true)),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        execute_command_provider: (!commands.is_empty()).then(|| ExecuteCommandOptions {
            commands: commands.iter().map(|it| (*it).to_owned()).collect(),
            ..ExecuteCommandOptions::default()
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            ..WorkspaceServerCapabilities::default()
        }),
        experimental: Some(json!({"envls": {
            "environments": true,
            "activeEnvironment": true,
            "setActiveEnvironment": true,
            "activeEnvironmentChanged": true,
            "packagesChanged": true,
            "environmentVariables": true,
            "status": true,
            "didGrantTrust": true,
        }})),
        ..ServerCapabilities::default()
    };
    InitializeResult {
        capabilities,
        server_info: Some(ServerInfo {
            name: "envls".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        ..InitializeResult::default()
    }
}

/// What cannot be declared: the protocol knows these only as registrations.
pub(crate) fn registrations(announced: &Announced) -> Vec<Registration> {
    let mut registrations = Vec::new();
    if announced.watches_files.yes() {
        let watcher = |glob: String| FileSystemWatcher {
            glob_pattern: GlobPattern::String(glob),
            kind: None,
        };
        let options = DidChangeWatchedFilesRegistrationOptions {
            watchers: globs().into_iter().map(watcher).collect(),
        };
        registrations.push(Registration {
            id: "envls/files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: serde_json::to_value(options).ok(),
        });
    }
    if announced.registers_configuration.yes() {
        registrations.push(Registration {
            id: "envls/configuration".to_owned(),
            method: "workspace/didChangeConfiguration".to_owned(),
            register_options: Some(json!({"section": "envls"})),
        });
    }
    registrations
}

/// Few and narrow: our own watcher sees the rest, and each event of a client costs it a message.
fn globs() -> Vec<String> {
    let manifests = manifest::ALL.iter().flat_map(|format| format.globs);
    let mut globs: Vec<String> = manifests.map(|glob| format!("**/{glob}")).collect();
    let declarations = declared::ALL.iter().flat_map(|format| format.globs);
    globs.extend(declarations.map(|glob| format!("**/{glob}")));
    globs.extend(["**/uv.lock".to_owned(), "**/.venv/pyvenv.cfg".to_owned()]);
    // What the sources import rests on these events, for nobody watches every folder of sources.
    globs.extend(["**/*.py".to_owned(), "**/*.pyi".to_owned(), "**/*.ipynb".to_owned()]);
    globs.sort();
    globs.dedup();
    globs
}
