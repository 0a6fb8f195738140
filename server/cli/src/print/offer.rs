//! What an action would do, in every detail that a user must know before agreeing to it.

use std::collections::BTreeMap;

use envls_core::{
    action::{Action, Edit, Recipe, Step, What, line},
    session::Session,
    world::AbsPath,
};

use super::{
    plain::plain,
    style::{DIM, GOOD, NAME, of_severity, styled},
};
use crate::findings;

/// The lines that say what would be done.
pub(crate) fn offer(session: &Session, action: &Action, here: &AbsPath) -> Vec<String> {
    match &action.what {
        What::Run(recipe) => run(recipe, here),
        What::Edit(edits) => change(session, edits, here),
    }
}

fn run(recipe: &Recipe, here: &AbsPath) -> Vec<String> {
    let mut lines = Vec::new();
    for step in &recipe.steps {
        lines.push(match step {
            Step::Run(command) => {
                let words = line(&command.words());
                format!("{} {}", styled(DIM, "$"), styled(NAME, plain(&words)))
            }
            Step::SetAside(path) => {
                let path = path.shown_from(here);
                let what = "aside, until what takes its place has been found sound";
                format!("{} `{}` {what}", styled(DIM, "move"), plain(&path))
            }
            Step::WriteNew { path, .. } => {
                let path = path.shown_from(here);
                format!("{} `{}`, unless it is there", styled(DIM, "write"), plain(&path))
            }
        });
    }
    let mut facts = Vec::new();
    if let Some(command) = recipe.commands().next() {
        facts.push(format!("in {}", command.directory));
    }
    let touches: Vec<String> = recipe.touches.iter().map(|it| it.shown_from(here)).collect();
    if !touches.is_empty() {
        facts.push(format!("changes {}", touches.join(", ")));
    }
    if recipe.network {
        facts.push("uses the network".to_owned());
    }
    lines.push(styled(DIM, plain(&facts.join(" · "))).to_string());
    lines
}

/// The lines that edits change, as they are and as they would be.
fn change(session: &Session, edits: &[Edit], here: &AbsPath) -> Vec<String> {
    let mut files: BTreeMap<&AbsPath, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        files.entry(&edit.location.path).or_default().push(edit);
    }
    let mut lines = Vec::new();
    for (path, mut edits) in files {
        edits.sort_by_key(|it| it.location.range.start);
        let shown = path.shown_from(here);
        let Some(document) = findings::document(session, path) else {
            lines.push(format!("change `{}`", plain(&shown)));
            continue;
        };
        let (mut first, mut last) = (u32::MAX, 0);
        for edit in &edits {
            first = first.min(edit.location.range.start.line);
            last = last.max(edit.location.range.end.line);
        }
        let at = |line: u32| document.lines.line(&document.text, line as usize);
        let (Some(begin), Some(end)) = (at(first), at(last)) else { continue };
        let (mut before, mut after) = (String::new(), String::new());
        before.push_str(document.text.get(begin.start..end.end).unwrap_or(""));
        let mut done = begin.start;
        for edit in &edits {
            let offset = |at: envls_core::text::Position| {
                let line = document.lines.line(&document.text, at.line as usize);
                line.map_or(document.text.len(), |it| it.start + at.utf8 as usize)
            };
            let (start, stop) = (offset(edit.location.range.start), offset(edit.location.range.end));
            after.push_str(document.text.get(done..start).unwrap_or(""));
            after.push_str(&edit.text);
            done = stop.max(done);
        }
        after.push_str(document.text.get(done..end.end).unwrap_or(""));
        lines.push(styled(DIM, format!("{}:{}", plain(&shown), first + 1)).to_string());
        let red = of_severity(envls_core::finding::Severity::Error);
        lines.extend(before.lines().map(|it| styled(red, format!("- {}", plain(it))).to_string()));
        lines.extend(after.lines().map(|it| styled(GOOD, format!("+ {}", plain(it))).to_string()));
    }
    lines
}

/// Whether an action mends nothing, but hides the finding.
pub(crate) fn is_silencing(action: &Action) -> bool {
    match &action.what {
        What::Edit(edits) => edits.iter().all(|it| it.text.contains("# envls: ignore")),
        What::Run(_) => false,
    }
}
