//! An environment is copied into another stage of a build, and the Python that it leads to is not.
//!
//! uv makes an environment from a Python of its own, where it is told to or the image has none; that lies under
//! `~/.local/share/uv/python`, outside of the project. Copied alone, the environment's interpreter is a link to nothing
//! (*Using uv in Docker*, intermediate layers).
//!
//! The fix copies that folder too.

use super::{Draft, Rule, fixes};
use crate::{
    action::Action,
    finding::{Related, Severity},
    model::{Built, Made, Model},
    text::Span,
};

pub(super) static RULE: Rule =
    Rule { code: "managed-python-lost", severity: Severity::Error, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for (_, built) in model.layers.builds() {
        let Some(stage) = built.last().filter(|it| !it.keeps_managed) else { continue };
        for made in stage.made.iter().filter(|it| it.managed) {
            let Some(origin) = made.from.and_then(|it| built.stages.get(it)) else { continue };
            let Some(first) = origin.made.iter().find(|it| it.managed) else { continue };
            let (path, kept) = (&made.path, &made.kept_in);
            let message = format!(
                "environment `{path}` leads to a Python of uv's in `{kept}`, which is not copied: it will not start"
            );
            let related =
                Related { location: first.location.clone(), message: "it is made here".to_owned() };
            let actions = also(built, made, origin.name.as_deref()).into_iter().collect();
            let location = made.location.clone();
            report.push(Draft { related: vec![related], actions, ..Draft::at(location, message) });
        }
    }
}

/// Copies the folder of uv's Pythons before the environment.
fn also(built: &Built, made: &Made, stage: Option<&str>) -> Option<Action> {
    let start =
        built.document.location(&built.dockerfile, Span::new(made.span.start, made.span.start));
    let (stage, kept) = (stage?, &made.kept_in);
    let line = format!("COPY --from={stage} {kept} {kept}");
    let title = format!("Copy that Python too (`{line}`)");
    Some(fixes::preferred(fixes::edit(title, start, format!("{line}\n")), true))
}
