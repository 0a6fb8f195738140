//! The handlers: each posts what came to the loop before it waits for anything, so that the order of arrival is kept.

use serde_json::Value;
use tokio::sync::oneshot;
use tower_lsp::{
    LanguageServer,
    jsonrpc::{Error, Result},
    ls_types as lsp,
};

use crate::{
    inbox::{Inbox, Message, NotebookTold, Told},
    query::{EnvironmentsParams, PathParams},
    select::ChoiceParams,
    shell::Shell,
};

pub(crate) struct Backend {
    pub(crate) inbox: Inbox,
}

impl Backend {
    fn tell(&self, told: Told) {
        // The loop ends last; whatever comes after it has nobody to tell.
        drop(self.inbox.send(Message::Told(told)));
    }

    async fn ask<T: Send + 'static>(
        &self,
        what: &'static str,
        answer: impl FnOnce(&mut Shell) -> T + Send + 'static,
    ) -> Result<T> {
        let (sender, answered) = oneshot::channel();
        let answer = Box::new(move |shell: &mut Shell| drop(sender.send(answer(shell))));
        drop(self.inbox.send(Message::Asked { what, answer }));
        answered.await.map_err(|_| Error::internal_error())
    }

    pub(crate) async fn cancel_progress(&self, params: lsp::WorkDoneProgressCancelParams) {
        if let lsp::NumberOrString::String(token) = params.token {
            self.tell(Told::ProgressCancelled { token });
        }
    }

    /// Comes without parameters; if it were to have one here, the framework would drop it unsaid.
    pub(crate) async fn did_grant_trust(&self) {
        self.tell(Told::Trusted);
    }

    pub(crate) async fn set_trace(&self, _: Value) {}

    pub(crate) async fn environments(&self, params: EnvironmentsParams) -> Result<Value> {
        self.ask("envls/environments", move |shell| shell.environments(&params)).await
    }

    pub(crate) async fn active_environment(&self, params: PathParams) -> Result<Value> {
        self.ask("envls/activeEnvironment", move |shell| shell.active_environment(&params)).await
    }

    pub(crate) async fn set_active_environment(&self, params: ChoiceParams) -> Result<Value> {
        let what = "envls/setActiveEnvironment";
        self.ask(what, move |shell| shell.set_active_environment(&params)).await
    }

    pub(crate) async fn environment_variables(&self, params: PathParams) -> Result<Value> {
        let what = "envls/environmentVariables";
        self.ask(what, move |shell| shell.environment_variables(&params)).await
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        self.ask("initialize", move |shell| shell.begin(&params)).await
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        self.tell(Told::Initialized);
    }

    async fn shutdown(&self) -> Result<()> {
        self.tell(Told::Ending);
        Ok(())
    }

    async fn did_open(&self, params: lsp::DidOpenTextDocumentParams) {
        let lsp::TextDocumentItem { uri, version, text, .. } = params.text_document;
        self.tell(Told::Opened { uri, version, text });
    }

    async fn did_change(&self, params: lsp::DidChangeTextDocumentParams) {
        let lsp::VersionedTextDocumentIdentifier { uri, version } = params.text_document;
        self.tell(Told::Changed { uri, version, changes: params.content_changes });
    }

    async fn did_save(&self, params: lsp::DidSaveTextDocumentParams) {
        self.tell(Told::Saved { uri: params.text_document.uri });
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        self.tell(Told::Closed { uri: params.text_document.uri });
    }

    async fn notebook_did_open(&self, params: lsp::DidOpenNotebookDocumentParams) {
        self.tell(Told::Notebook(Box::new(NotebookTold::Opened(params))));
    }

    async fn notebook_did_change(&self, params: lsp::DidChangeNotebookDocumentParams) {
        self.tell(Told::Notebook(Box::new(NotebookTold::Changed(params))));
    }

    async fn notebook_did_save(&self, params: lsp::DidSaveNotebookDocumentParams) {
        self.tell(Told::Notebook(Box::new(NotebookTold::Saved(params))));
    }

    async fn notebook_did_close(&self, params: lsp::DidCloseNotebookDocumentParams) {
        self.tell(Told::Notebook(Box::new(NotebookTold::Closed(params))));
    }

    async fn did_change_workspace_folders(&self, params: lsp::DidChangeWorkspaceFoldersParams) {
        self.tell(Told::Folders(params.event));
    }

    async fn did_change_watched_files(&self, params: lsp::DidChangeWatchedFilesParams) {
        self.tell(Told::Files(params.changes));
    }

    async fn did_change_configuration(&self, params: lsp::DidChangeConfigurationParams) {
        self.tell(Told::ConfigurationChanged(params.settings));
    }

    async fn code_action(
        &self,
        params: lsp::CodeActionParams,
    ) -> Result<Option<lsp::CodeActionResponse>> {
        let what = "textDocument/codeAction";
        Ok(Some(self.ask(what, move |shell| shell.code_actions(&params)).await?))
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        self.ask("textDocument/hover", move |shell| shell.hover(&params)).await
    }

    async fn inlay_hint(
        &self,
        params: lsp::InlayHintParams,
    ) -> Result<Option<Vec<lsp::InlayHint>>> {
        let what = "textDocument/inlayHint";
        Ok(Some(self.ask(what, move |shell| shell.inlay_hints(&params)).await?))
    }

    async fn document_link(
        &self,
        params: lsp::DocumentLinkParams,
    ) -> Result<Option<Vec<lsp::DocumentLink>>> {
        let what = "textDocument/documentLink";
        Ok(Some(self.ask(what, move |shell| shell.document_links(&params)).await?))
    }

    async fn execute_command(&self, params: lsp::ExecuteCommandParams) -> Result<Option<Value>> {
        self.ask("workspace/executeCommand", move |shell| shell.execute(&params)).await?
    }
}
