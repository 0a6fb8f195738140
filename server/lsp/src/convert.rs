//! Findings in the words of the protocol.

use envls_core::{
    finding::{Finding, Severity, Tag},
    session::ActionId,
    text::{Encoding, Location, Position, Range},
};
use serde_json::json;
use tower_lsp::ls_types as lsp;

use crate::{announced::Announced, document::Documents};

/// Where each code is explained.
const REFERENCE: &str = "https://github.com/envls/envls/blob/main/docs/reference/diagnostics.md";

pub(crate) fn position(at: Position, encoding: Encoding) -> lsp::Position {
    lsp::Position::new(at.line, at.column(encoding))
}

pub(crate) fn range(of: Range, encoding: Encoding) -> lsp::Range {
    lsp::Range { start: position(of.start, encoding), end: position(of.end, encoding) }
}

/// A finding as the client can show it (LSP 3.17, `Diagnostic`).
pub(crate) fn diagnostic(
    finding: &Finding,
    announced: &Announced,
    documents: &Documents,
) -> lsp::Diagnostic {
    let code = finding.code;
    let link = format!("{REFERENCE}#{code}").parse().ok();
    let related = finding.related.iter().filter_map(|it| {
        let location = location(&it.location, announced.encoding, documents)?;
        Some(lsp::DiagnosticRelatedInformation { location, message: it.message.clone() })
    });
    let related = Some(related.collect::<Vec<_>>()).filter(|it| !it.is_empty());
    let actions: Vec<String> =
        (0..finding.actions.len()).map(|at| ActionId::of(finding, at).0).collect();
    lsp::Diagnostic {
        range: range(finding.location.range, announced.encoding),
        severity: Some(severity(finding.severity)),
        code: Some(lsp::NumberOrString::String(code.to_owned())),
        code_description: link
            .filter(|_| announced.code_description.yes())
            .map(|href| lsp::CodeDescription { href }),
        source: Some("envls".to_owned()),
        message: message(finding, announced),
        related_information: related.filter(|_| announced.related_information.yes()),
        tags: tags(finding).filter(|_| announced.tags.yes()),
        data: Some(json!({ "actions": actions })),
    }
}

/// A client that shows no related places gets them in words.
fn message(finding: &Finding, announced: &Announced) -> String {
    let mut message = finding.message.clone();
    if !announced.related_information.yes() {
        for related in &finding.related {
            let folder = finding.location.path.parent();
            let path = folder.map_or_else(
                || related.location.path.to_string(),
                |folder| related.location.path.shown_from(&folder),
            );
            let line = related.location.range.start.line + 1;
            message.push_str(&format!("\n{path}:{line}: {}", related.message));
        }
    }
    message
}

fn severity(severity: Severity) -> lsp::DiagnosticSeverity {
    match severity {
        Severity::Error => lsp::DiagnosticSeverity::ERROR,
        Severity::Warning => lsp::DiagnosticSeverity::WARNING,
        Severity::Information => lsp::DiagnosticSeverity::INFORMATION,
        Severity::Hint => lsp::DiagnosticSeverity::HINT,
    }
}

fn tags(finding: &Finding) -> Option<Vec<lsp::DiagnosticTag>> {
    let tags = finding.tags.iter().map(|it| match it {
        Tag::Unnecessary => lsp::DiagnosticTag::UNNECESSARY,
    });
    Some(tags.collect::<Vec<_>>()).filter(|it| !it.is_empty())
}

fn location(of: &Location, encoding: Encoding, documents: &Documents) -> Option<lsp::Location> {
    Some(lsp::Location { uri: documents.uri_of(&of.path)?, range: range(of.range, encoding) })
}
