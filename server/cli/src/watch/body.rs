//! The projects, their environments and findings, as lines of a page.

use std::collections::BTreeSet;

use envls_core::{
    finding::{Finding, Severity},
    model::Model,
    session::Session,
};

use super::{numbers::mending, state::State};
use crate::{
    findings,
    print::{DIM, GOOD, NAME, environment, of_severity, plain, position, snippet, styled, wrap},
};

/// All projects with their findings, each finding once.
pub(super) fn body(state: &State, session: &Session, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut shown: BTreeSet<(String, &str)> = BTreeSet::new();
    let mut explained: BTreeSet<usize> = BTreeSet::new();
    for model in session.projects().filter_map(|it| it.outcome.model.as_deref()) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(title(model, state, columns));
        let Some(standing) = session.project_of(&model.project.root) else { continue };
        let mut clean = true;
        for finding in &standing.outcome.findings {
            // A file that two projects include says the same to both.
            let named = (position(&finding.location, &state.here), &*finding.message);
            if shown.insert(named) {
                lines.extend(self::finding(finding, state, session, columns, &mut explained));
            }
            clean = false;
        }
        if clean {
            lines.push(format!("  {}", styled(GOOD, "✓ nothing to mend")));
        }
    }
    if lines.is_empty() {
        let path = state.path.to_string();
        let words = if state.settled {
            format!("There is no Python project at `{}`, above or below.", plain(&path))
        } else {
            "Looking for projects …".to_owned()
        };
        lines.extend(wrap(&words, columns));
    }
    for note in session.notes() {
        lines.push(String::new());
        let note = wrap(&plain(note), columns);
        lines.extend(note.into_iter().map(|it| styled(DIM, it).to_string()));
    }
    lines
}

fn title(model: &Model, state: &State, columns: usize) -> Vec<String> {
    let name = plain(&model.called()).into_owned();
    let root = model.project.root.shown_from(&state.here);
    let root = if root == name || model.project.root == state.here { String::new() } else { root };
    let mut lines =
        vec![format!("{} {}", styled(NAME.underline(), name), styled(DIM, plain(&root)))];
    let (style, said) = environment(model);
    for line in wrap(&said, columns.saturating_sub(2)) {
        lines.push(format!("  {}", styled(style, line)));
    }
    lines
}

fn finding(
    finding: &Finding,
    state: &State,
    session: &Session,
    columns: usize,
    explained: &mut BTreeSet<usize>,
) -> Vec<String> {
    let style = of_severity(finding.severity);
    let mark = match finding.severity {
        Severity::Error => '✗',
        Severity::Warning => '▲',
        Severity::Information => '●',
        Severity::Hint => '○',
    };
    let mut lines = vec![String::new()];
    for (at, line) in wrap(&plain(&finding.message), columns.saturating_sub(4)).iter().enumerate() {
        let mark = if at == 0 { mark } else { ' ' };
        lines.push(format!("  {} {line}", styled(style, mark)));
    }
    let (mut new, mut known) = (Vec::new(), Vec::new());
    for (_, action) in mending(finding) {
        let Some(number) = state.numbers.find(action) else { continue };
        if explained.insert(number) { new.push((number, action)) } else { known.push(number) }
    }
    let at = position(&finding.location, &state.here);
    let known: Vec<String> = known.iter().map(|it| format!("[{it}]")).collect();
    let known = match known.as_slice() {
        [] => String::new(),
        known => format!("  {}", styled(GOOD, known.join(" "))),
    };
    lines.push(format!("    {}{known}", styled(DIM, format!("{at}  {}", finding.code))));
    if let Some(line) = findings::line(session, &finding.location) {
        let number = finding.location.range.start.line;
        let snippet = snippet(&line, number, style, columns.saturating_sub(4));
        lines.extend(snippet.map(|it| format!("    {it}")));
    }
    for (number, action) in new {
        let number = format!("[{number}]");
        let indent = number.len() + 5;
        let title = wrap(&plain(&action.title), columns.saturating_sub(indent));
        for (at, line) in title.iter().enumerate() {
            let number = if at == 0 { number.clone() } else { " ".repeat(number.len()) };
            lines.push(format!("    {} {line}", styled(GOOD.bold(), number)));
        }
    }
    lines
}
