//! A finding as a workflow command, by which GitHub annotates a change (*Workflow commands for GitHub Actions*).

use envls_core::{
    finding::{Finding, Severity},
    world::AbsPath,
};

use super::plain::plain;

/// `::warning file=…,line=…,col=…,endLine=…,endColumn=…,title=…::message`.
pub(crate) fn command(finding: &Finding, here: &AbsPath) -> String {
    let kind = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information | Severity::Hint => "notice",
    };
    let (start, end) = (finding.location.range.start, finding.location.range.end);
    let file = property(&finding.location.path.shown_from(here));
    let code = finding.code;
    // The end is the last column of the stretch, not the one after it.
    let columns = if start.line == end.line {
        format!("col={},endLine={},endColumn={}", start.utf32 + 1, end.line + 1, end.utf32.max(1))
    } else {
        format!("endLine={}", end.line + 1)
    };
    let message = data(&finding.message);
    format!(
        "::{kind} file={file},line={},{columns},title=envls ({code})::{message}\n",
        start.line + 1
    )
}

fn data(text: &str) -> String {
    // What would end the command has been spelled out.
    plain(text).replace('%', "%25")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
