//! A mounted folder hides the environment that was built into the image.
//!
//! The image makes an environment in its copy of the project, and a service mounts the project from outside over it: what the
//! build installed is not seen any more, and instead there is this machine's environment, or none (astral-sh/uv#6669). A volume
//! over the environment's folder keeps it visible, and so does an environment outside of the project.
//!
//! The fix adds such a volume to the service.

use super::{Draft, Rule, fixes};
use crate::{
    action::Action,
    finding::{Related, Severity},
    layer::mount::{Mount, MountKind, covering},
    model::{Container, Made, Model, Mounted},
    text::Span,
};

pub(super) static RULE: Rule =
    Rule { code: "environment-shadowed", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for container in &model.layers.containers {
        let Some(stage) = container.built.as_ref().and_then(|it| it.last()) else { continue };
        for made in &stage.made {
            let Some(bind) = hiding(container, made) else { continue };
            let (inside, whose) = (&made.path, &container.called);
            let message = format!(
                "this mount hides the environment `{inside}` that the image of {whose} has there: put a volume over it"
            );
            let location = bind.location.clone();
            if report.iter().any(|it: &Draft| it.location == location) {
                continue;
            }
            let related =
                Related { location: made.location.clone(), message: "it is made here".to_owned() };
            let actions = over(model, bind, made).into_iter().collect();
            report.push(Draft { related: vec![related], actions, ..Draft::at(location, message) });
        }
    }
}

/// The mount of outside files that lies over an environment.
pub(super) fn hiding<'model>(container: &'model Container, made: &Made) -> Option<&'model Mounted> {
    let mounts: Vec<Mount> = container.mounts.iter().map(|it| it.mount.clone()).collect();
    let over = covering(&mounts, &made.path).filter(|it| it.kind == MountKind::Bind)?;
    // What is mounted at the environment's own place was meant to be there.
    (over.inside != made.path)
        .then(|| container.mounts.iter().find(|it| it.mount == *over))
        .flatten()
}

/// Adds a volume over the environment after the mount that hides it.
fn over(model: &Model, bind: &Mounted, made: &Made) -> Option<Action> {
    let file = model.layers.file(&bind.location.path)?;
    let line = bind.location.range.start.line as usize;
    let span = file.lines.line(&file.text, line)?;
    let text = file.text.get(span.start..span.end)?;
    let indent = text.get(..text.len() - text.trim_start().len())?;
    if file.format != "compose" || !text.trim_start().starts_with("- ") {
        return None;
    }
    // What is written over several lines begins on this one.
    let start = file.location(&bind.location.path, Span::new(span.start, span.start));
    let title = format!("Add a volume over `{}` (`- {}`)", made.path, made.path);
    let edit = fixes::edit(title, start, format!("{indent}- {}\n", made.path));
    Some(fixes::preferred(edit, true))
}
