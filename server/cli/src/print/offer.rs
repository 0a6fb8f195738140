//! What an action would do, in every detail that a user must know before agreeing to it.

use std::collections::BTreeSet;

use envls_core::{
    action::{Action, Edit, Recipe, Step, What, line},
    finding::Severity,
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
        What::Choose(_) => Vec::new(),
    }
}

/// What an action is called, without the commands that are shown apart.
pub(crate) fn verb(action: &Action) -> &str {
    match &action.what {
        What::Run(recipe) => {
            let commands = format!(" (`{}`)", recipe.shown());
            action.title.strip_suffix(&commands).unwrap_or(&action.title)
        }
        What::Edit(_) | What::Choose(_) => &action.title,
    }
}

fn run(recipe: &Recipe, here: &AbsPath) -> Vec<String> {
    let mut lines = Vec::new();
    for step in &recipe.steps {
        lines.push(match step {
            // What comes of a failure is said when there is one.
            Step::UndoIfFails(_) => continue,
            Step::Run(command) => {
                let words = line(&command.words());
                format!("{} {}", styled(DIM, "$"), styled(NAME, plain(&words)))
            }
            Step::SetAside(path) => {
                let path = path.shown_from(here);
                let what = "aside, until what takes its place has been found sound";
                format!("{} `{}` {what}", styled(DIM, "move"), plain(&path))
            }
            Step::Remove(path) => {
                let path = path.shown_from(here);
                format!("{} `{}` and all in it", styled(DIM, "remove"), plain(&path))
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

/// What is to be known of running something on the account of a project whose folder is not trusted.
pub(crate) fn untrusted(root: &AbsPath, recipe: &Recipe) -> String {
    let name = root.name_text();
    let code = if recipe.runs_project_code {
        ": this may run code of the project and of what it installs"
    } else {
        ""
    };
    let words = format!("`{name}` is not trusted yet{code}");
    styled(of_severity(Severity::Warning), plain(&words)).to_string()
}

/// The lines that edits change, as they are and as they would be.
fn change(session: &Session, edits: &[Edit], here: &AbsPath) -> Vec<String> {
    let mut lines = Vec::new();
    for path in edits.iter().map(|it| &it.location.path).collect::<BTreeSet<_>>() {
        let shown = path.shown_from(here);
        let Some(document) = findings::document(session, path) else {
            lines.push(format!("change `{}`", plain(&shown)));
            continue;
        };
        let edited = findings::edited(document, path, edits);
        let (before, after): (Vec<&str>, Vec<&str>) =
            (document.text.lines().collect(), edited.lines().collect());
        let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| {
            pairs.take_while(|(before, after)| before == after).count()
        };
        let first = same(&mut before.iter().zip(&after));
        let last = same(&mut before.iter().skip(first).rev().zip(after.iter().skip(first).rev()));
        let changed = |of: &[&str]| -> Vec<String> {
            let count = of.len().saturating_sub(first + last);
            of.iter().skip(first).take(count).map(|it| plain(it).into_owned()).collect()
        };
        lines.push(styled(DIM, format!("{}:{}", plain(&shown), first + 1)).to_string());
        let red = of_severity(Severity::Error);
        let removed =
            changed(&before).into_iter().map(|it| styled(red, format!("- {it}")).to_string());
        lines.extend(removed);
        let added =
            changed(&after).into_iter().map(|it| styled(GOOD, format!("+ {it}")).to_string());
        lines.extend(added);
    }
    lines
}

/// Whether an action mends nothing, but hides the finding.
pub(crate) fn is_silencing(action: &Action) -> bool {
    match &action.what {
        What::Edit(edits) => edits.iter().all(|it| it.text.contains("# envls: ignore")),
        What::Run(_) | What::Choose(_) => false,
    }
}
