//! The project's environment was made inside a container that sees the project too, and does not work here.
//!
//! A bind mount, or a folder that a virtual machine shares with its host, shows the same files on both sides, and an environment
//! leads to an interpreter by its path: the other side's is not there on this machine. Recognised by the path that the
//! environment's own files say it was made at, by what is declared to be seen where or the share that it is on, and by the Python
//! that the container's image has at that place. Such an environment is not broken: it works where it was made.
//!
//! The fix gives each side its own: a volume over the environment inside the container. Making it anew here takes it away from
//! the other side.

use super::{Draft, Rule, fixes};
use crate::{
    action::Action,
    finding::{Reach, Related, Severity, Subject},
    model::{Damage, Model, Origin, Staleness},
    text::{Location, Span},
    world::AbsPath,
};

pub(super) static RULE: Rule =
    Rule { code: "environment-in-layer", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(selection) = &model.selection else { return };
    let Some(Origin::Layer { called, location, inside, is_named }) = &model.origin else { return };
    let environment = &selection.environment;
    let shown = |path: &AbsPath| fixes::shown(model, path);
    let what = match environment.damages.iter().min() {
        Some(Damage::DanglingPython { target, .. }) => {
            format!("its Python {} is not on this machine", shown(target))
        }
        Some(Damage::BaseGone { home }) => {
            format!("its Python in {} is not on this machine", shown(home))
        }
        Some(_) => return,
        None => match environment.staleness.iter().min() {
            Some(Staleness::Moved { .. }) => "its scripts start what is there".to_owned(),
            _ => return,
        },
    };
    let made = if *is_named { "was made" } else { "seems to be made" };
    let prefix = shown(environment.place());
    let message = format!("environment {prefix} {made} in {called}, as `{inside}`: {what}");
    let own = location.as_ref().and_then(|it| own_for_each(model, it, inside));
    let again = fixes::instead(model).into_iter().map(|it| fixes::preferred(it, false));
    let actions = own.into_iter().chain(again).collect();
    let related = location.iter().map(|it| seen_here(it, called, inside)).collect();
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    let draft = Draft::at(model.anchor(), message);
    report.push(Draft { related, actions, subject, reach: Reach::Project, ..draft });
}

/// The mount by which a layer sees the environment.
pub(super) fn seen_here(location: &Location, called: &str, inside: &AbsPath) -> Related {
    let message = format!("{called} sees it as `{inside}` by this");
    Related { location: location.clone(), message }
}

/// Puts a volume over the environment, so that what is inside is no longer what is here.
pub(super) fn own_for_each(model: &Model, location: &Location, inside: &AbsPath) -> Option<Action> {
    let file = model.layers.file(&location.path).filter(|it| it.format == "compose")?;
    let span = file.lines.line(&file.text, location.range.start.line as usize)?;
    let text = file.text.get(span.start..span.end)?;
    let indent = text.get(..text.len() - text.trim_start().len())?;
    if !text.trim_start().starts_with("- ") {
        return None;
    }
    let start = file.location(&location.path, Span::new(span.start, span.start));
    let title = format!("Add a volume over `{inside}` (`- {inside}`)");
    let edit = fixes::edit(title, start, format!("{indent}- {inside}\n"));
    Some(fixes::preferred(edit, true))
}
