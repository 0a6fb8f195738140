//! The code actions at a place (LSP 3.17, `textDocument/codeAction`): the actions of the findings there, best first.

use std::collections::BTreeMap;

use envls_core::{
    action::{Action, Edit, What},
    finding::Finding,
    session::{ActionId, Event},
    world::Trust,
};
use serde_json::{Value, json};
use tower_lsp::ls_types as lsp;

use crate::{announced::Announced, command, convert, document::Documents, select, shell::Shell};

/// What is offered at once, for a finding and those that it also mends.
struct Offer<'session> {
    action: &'session Action,
    id: ActionId,
    findings: Vec<&'session Finding>,
}

impl Shell {
    pub(crate) fn code_actions(
        &mut self,
        params: &lsp::CodeActionParams,
    ) -> lsp::CodeActionResponse {
        if let Some(asked) = self.of_cell(params) {
            let mut offered = self.code_actions(&asked);
            // What edits the file itself would edit its text, which the editor shows as cells.
            offered.retain(|it| match it {
                lsp::CodeActionOrCommand::CodeAction(it) => {
                    !edits(it.edit.as_ref(), &asked.text_document.uri)
                }
                lsp::CodeActionOrCommand::Command(_) => true,
            });
            for offered in &mut offered {
                if let lsp::CodeActionOrCommand::CodeAction(offered) = offered
                    && offered.diagnostics.is_some()
                {
                    offered.diagnostics = Some(params.context.diagnostics.clone());
                }
            }
            return offered;
        }
        let uri = &params.text_document.uri;
        self.attend_to(uri);
        let wanted = |kind: &str| wants(params.context.only.as_deref(), kind);
        let mut offered = Vec::new();
        if wanted(lsp::CodeActionKind::QUICKFIX.as_str()) {
            offered.extend(self.quick_fixes(params));
        }
        let is_asked_for = params.context.only.is_some();
        if is_asked_for && wanted("source.envls") {
            offered.extend(self.sources(uri));
            offered.extend(self.write_down(uri));
            offered.extend(self.errand_actions(uri, params.range.start));
        }
        if wanted("source.envls") && (is_asked_for || self.tells_of_choice(uri, params.range.start))
        {
            offered.extend(self.choices(uri));
        }
        offered
    }

    /// Choosing an interpreter: a question where the client can ask, else one action for each that could be chosen.
    fn choices(&mut self, uri: &lsp::Uri) -> Vec<lsp::CodeActionOrCommand> {
        let Some(path) = crate::uri::path_of(uri.as_str()) else { return Vec::new() };
        // The machine's are in the next answer.
        self.events.push(Event::EnvironmentsWanted);
        let Some(model) = self.model_at(&path) else { return Vec::new() };
        let kind = || (lsp::CodeActionKind::new("source.envls"), json!({}));
        if self.announced.message_requests.yes() {
            let title = "Select the Python interpreter".to_owned();
            return vec![self.command(title, command::SELECT, json!({"uri": uri}), kind())];
        }
        let choosable = self.choosable(&path, model).into_iter().filter(|it| !it.is_active);
        let uses = choosable.map(|it| {
            let arguments = json!({"uri": uri, "path": crate::json::spelled(&it.python)});
            self.command(format!("Use `{}`", it.title), command::USE, arguments, kind())
        });
        let clear = model.choice.as_ref().map(|_| {
            self.command(select::FORGET.to_owned(), command::CLEAR, json!({"uri": uri}), kind())
        });
        // The machine's environments are looked for only once somebody asks, and no answer waits for them.
        let further = self.session.environments().is_none().then(|| {
            let title = "Look for more environments on this machine, then offer them here";
            self.command(title.to_owned(), command::SELECT, json!({"uri": uri}), kind())
        });
        uses.chain(clear).chain(further).collect()
    }

    fn quick_fixes(&self, params: &lsp::CodeActionParams) -> Vec<lsp::CodeActionOrCommand> {
        let uri = &params.text_document.uri;
        let Some(path) = crate::uri::path_of(uri.as_str()) else { return Vec::new() };
        let all = self.session.findings_at_file(&path);
        let mut findings: Vec<&Finding> =
            all.iter().filter(|it| self.is_meant(it, params)).map(|it| &**it).collect();
        if findings.is_empty() {
            // Helix names only what is under the cursor, and a person points at a line.
            findings =
                all.iter().filter(|it| self.is_on_line(it, params.range)).map(|it| &**it).collect();
        }
        let standing = self.session.project_of(&path);
        let trust = standing.and_then(|it| it.choice().map(|it| it.trust));
        let untrusted = trust == Some(Trust::Untrusted);
        let version = self.documents.at(uri).map(|it| it.version);
        let offers = merged(&findings);
        let runs = offers.iter().any(|it| matches!(it.action.what, What::Run(_)));
        let mut actions: Vec<_> =
            offers.iter().map(|it| self.shown(it, untrusted, version)).collect();
        if untrusted && runs {
            let title = "Trust this folder".to_owned();
            let arguments = json!({"uri": uri});
            actions.push(self.quick_fix(
                title,
                command::TRUST,
                arguments,
                json!({"version": version}),
            ));
        }
        actions
    }

    /// Whether the client asks about a finding: it stands in the range, or the client names it, as editors do for all that
    /// is on the cursor's line.
    fn is_meant(&self, finding: &Finding, params: &lsp::CodeActionParams) -> bool {
        let stands = convert::range(finding.location.range, self.announced.encoding);
        let asked = params.range;
        let overlaps = stands.start <= asked.end && asked.start <= stands.end;
        let named = params.context.diagnostics.iter().any(|it| {
            let code = lsp::NumberOrString::String(finding.code.to_owned());
            it.range == stands
                && it.code.as_ref() == Some(&code)
                && it.source.as_deref() == Some("envls")
        });
        overlaps || named
    }

    /// Whether a finding begins on the one line that the client asks about.
    fn is_on_line(&self, finding: &Finding, asked: lsp::Range) -> bool {
        let stands = convert::range(finding.location.range, self.announced.encoding);
        asked.start.line == asked.end.line && stands.start.line == asked.start.line
    }

    fn shown(
        &self,
        offer: &Offer<'_>,
        untrusted: bool,
        version: Option<i32>,
    ) -> lsp::CodeActionOrCommand {
        let Offer { action, id, findings } = offer;
        let announced = &self.announced;
        let data = json!({"id": id.0, "version": version});
        let trusting = untrusted && !announced.message_requests.yes();
        let shown = match &action.what {
            What::Run(_) if trusting => {
                // Where nobody can be asked, the title is the question.
                let arguments = json!({"id": id.0, "trust": true});
                self.quick_fix(trusting_title(&action.title), command::RUN, arguments, data)
            }
            What::Edit(edits) if announced.action_literals.yes() => {
                let edit = workspace_edit(edits, announced, &self.documents);
                lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
                    title: action.title.clone(),
                    kind: Some(lsp::CodeActionKind::QUICKFIX),
                    edit: Some(edit),
                    data: Some(data),
                    ..lsp::CodeAction::default()
                })
            }
            What::Run(_) | What::Edit(_) | What::Choose(_) => {
                self.quick_fix(action.title.clone(), command::RUN, json!({"id": id.0}), data)
            }
        };
        match shown {
            lsp::CodeActionOrCommand::CodeAction(mut shown) => {
                let diagnostic =
                    |it: &&Finding| convert::diagnostic(it, announced, &self.documents);
                shown.diagnostics = Some(findings.iter().map(diagnostic).collect());
                shown.is_preferred = Some(action.preferred);
                lsp::CodeActionOrCommand::CodeAction(shown)
            }
            command @ lsp::CodeActionOrCommand::Command(_) => command,
        }
    }

    fn quick_fix(
        &self,
        title: String,
        command: &str,
        arguments: Value,
        data: Value,
    ) -> lsp::CodeActionOrCommand {
        self.command(title, command, arguments, (lsp::CodeActionKind::QUICKFIX, data))
    }

    fn command(
        &self,
        title: String,
        command: &str,
        arguments: Value,
        (kind, data): (lsp::CodeActionKind, Value),
    ) -> lsp::CodeActionOrCommand {
        let command = lsp::Command {
            title: title.clone(),
            command: command.to_owned(),
            arguments: Some(vec![arguments]),
        };
        if !self.announced.action_literals.yes() {
            return lsp::CodeActionOrCommand::Command(command);
        }
        lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
            title,
            kind: Some(kind),
            command: Some(command),
            data: Some(data),
            ..lsp::CodeAction::default()
        })
    }

    fn sources(&self, uri: &lsp::Uri) -> Vec<lsp::CodeActionOrCommand> {
        let kind = || lsp::CodeActionKind::new("source.envls");
        let arguments = || json!({"uri": uri});
        [
            ("Explain the Python environment", command::EXPLAIN),
            ("Look at all environments again", command::REFRESH),
        ]
        .into_iter()
        .map(|(title, command)| {
            self.command(title.to_owned(), command, arguments(), (kind(), json!({})))
        })
        .collect()
    }
}

impl Shell {
    /// What can be done with the environment though no finding asks for it.
    fn errand_actions(
        &mut self,
        uri: &lsp::Uri,
        at: lsp::Position,
    ) -> Vec<lsp::CodeActionOrCommand> {
        let Some(path) = crate::uri::path_of(uri.as_str()) else { return Vec::new() };
        let errands = self.errands(uri.as_str(), &path, at).into_iter();
        let kind = || (lsp::CodeActionKind::new("source.envls"), json!({}));
        errands.map(|it| self.command(it.title, command::DO, it.arguments, kind())).collect()
    }

    /// Declares what is installed and nowhere declared; it belongs to no finding, for nothing is wrong with it.
    fn write_down(&self, uri: &lsp::Uri) -> Option<lsp::CodeActionOrCommand> {
        let path = crate::uri::path_of(uri.as_str())?;
        let model = self.session.project_of(&path)?.outcome.model.as_deref()?;
        let action = envls_core::rule::write_down(model)?;
        let What::Edit(edits) = &action.what else { return None };
        self.announced.action_literals.yes().then(|| {
            lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
                title: action.title.clone(),
                kind: Some(lsp::CodeActionKind::new("source.envls")),
                edit: Some(workspace_edit(edits, &self.announced, &self.documents)),
                ..lsp::CodeAction::default()
            })
        })
    }
}

fn edits(edit: Option<&lsp::WorkspaceEdit>, uri: &lsp::Uri) -> bool {
    let Some(edit) = edit else { return false };
    let changes = edit.changes.as_ref().is_some_and(|it| it.contains_key(uri));
    let documents = match &edit.document_changes {
        Some(lsp::DocumentChanges::Edits(edits)) => {
            edits.iter().any(|it| it.text_document.uri == *uri)
        }
        _ => false,
    };
    changes || documents
}

/// Whether a kind is asked for: one that is asked for stands for all below it (LSP 3.17, `CodeActionKind`).
fn wants(only: Option<&[lsp::CodeActionKind]>, kind: &str) -> bool {
    only.is_none_or(|only| {
        only.iter().map(lsp::CodeActionKind::as_str).any(|asked| {
            let below = kind.strip_prefix(asked);
            asked.is_empty() || below.is_some_and(|it| it.is_empty() || it.starts_with('.'))
        })
    })
}

/// The actions of findings, each once: one command often mends several. Within a finding they are best first already, and
/// over several findings those that are preferred come before the rest.
fn merged<'session>(findings: &[&'session Finding]) -> Vec<Offer<'session>> {
    let mut offers: Vec<Offer<'session>> = Vec::new();
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for finding in findings {
        for (at, action) in finding.actions.iter().enumerate() {
            let known = places.entry(&action.title).or_default();
            let same = known
                .iter()
                .find(|it| offers.get(**it).is_some_and(|offer| offer.action.what == action.what));
            match same.and_then(|it| offers.get_mut(*it)) {
                Some(offer) => offer.findings.push(finding),
                None => {
                    known.push(offers.len());
                    let id = ActionId::of(finding, at);
                    offers.push(Offer { action, id, findings: vec![finding] });
                }
            }
        }
    }
    offers.sort_by_key(|it| !it.action.preferred);
    offers
}

/// `Create …` becomes `Trust this folder and create …`.
pub(crate) fn trusting_title(title: &str) -> String {
    let mut characters = title.chars();
    let first = characters.next().map(|it| it.to_lowercase().to_string()).unwrap_or_default();
    format!("Trust this folder and {first}{}", characters.as_str())
}

/// Edits in the form that the client takes (LSP 3.17, `WorkspaceEdit`).
pub(crate) fn workspace_edit(
    edits: &[Edit],
    announced: &Announced,
    documents: &Documents,
) -> lsp::WorkspaceEdit {
    let mut by_path: BTreeMap<_, Vec<lsp::TextEdit>> = BTreeMap::new();
    for edit in edits {
        let range = convert::range(edit.location.range, announced.encoding);
        let changed = lsp::TextEdit { range, new_text: edit.text.clone() };
        by_path.entry(&edit.location.path).or_default().push(changed);
    }
    let files = by_path.into_iter().filter_map(|(path, edits)| {
        Some((documents.uri_of(path)?, documents.version_of(path), edits))
    });
    if !announced.document_changes.yes() {
        let changes = files.map(|(uri, _, edits)| (uri, edits)).collect();
        return lsp::WorkspaceEdit { changes: Some(changes), ..lsp::WorkspaceEdit::default() };
    }
    let changed = files.map(|(uri, version, edits)| lsp::TextDocumentEdit {
        text_document: lsp::OptionalVersionedTextDocumentIdentifier { uri, version },
        edits: edits.into_iter().map(lsp::OneOf::Left).collect(),
    });
    lsp::WorkspaceEdit {
        document_changes: Some(lsp::DocumentChanges::Edits(changed.collect())),
        ..lsp::WorkspaceEdit::default()
    }
}
