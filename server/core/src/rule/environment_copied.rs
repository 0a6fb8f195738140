//! An environment of this machine is copied into an image.
//!
//! `COPY . .` takes the environment in the folder along, unless `.dockerignore` leaves it out: it was made for another system
//! and leads to an interpreter that is not in the image, and it comes to lie over what the build itself installs there. Judged
//! is the `.dockerignore` that counts: the one named after the Dockerfile, else that of the context.
//!
//! The fix adds the environment to that file.

use super::{Draft, Rule, fixes};
use crate::{
    action::Action,
    declared::leaves_out,
    finding::{Related, Severity, Subject},
    model::{Built, Copied, Model},
    text::{Location, Span},
    world::AbsPath,
};

pub(super) static RULE: Rule =
    Rule { code: "environment-copied", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let own = model.own_prefix();
    let there = model.candidates.iter().any(|it| it.environment.is_at(&own));
    if !there || !own.is_within(&model.project.root) {
        return;
    }
    for (_, built) in model.layers.builds() {
        let Some(below) = own.below(&built.context).map(String::from_utf8_lossy) else { continue };
        let Some((ignoring, patterns)) = ignoring(model, built) else { continue };
        if patterns.as_ref().is_some_and(|it| leaves_out(&it.declarations.patterns, &below)) {
            continue;
        }
        // What the wanted stage does not rest on is not built, but most wanted stages rest on all.
        let copied = built.stages.iter().flat_map(|it| &it.copied);
        let Some(copied) = copied.into_iter().find(|it| takes(it, &below)) else { continue };
        let (shown, copying) = (model.shown(&own), &copied.source.text);
        let file = ignoring.shown_from(&built.context);
        let message = format!(
            "`{copying}` takes environment `{shown}` of this machine into the image: add it to `{file}`"
        );
        let location = built.document.location(&built.dockerfile, copied.source.span);
        if report.iter().any(|it: &Draft| it.location == location) {
            continue;
        }
        let actions = add(model, &ignoring, &below).into_iter().collect();
        let related = patterns.map(|_| Related {
            location: Location::start_of(&ignoring),
            message: "this is what is left out".to_owned(),
        });
        let subject = Subject { environment: Some(own.clone()), ..Subject::default() };
        let related = related.into_iter().collect();
        report.push(Draft { related, actions, subject, ..Draft::at(location, message) });
    }
}

/// Whether what is copied has a path of the context in it.
fn takes(copied: &Copied, path: &str) -> bool {
    let source = copied.source.text.trim_start_matches("./").trim_matches('/');
    let all = matches!(source, "" | "." | "*") && !(source == "*" && path.starts_with('.'));
    let below = path.strip_prefix(source).is_some_and(|it| it.is_empty() || it.starts_with('/'));
    // Docker's own `*` matches names that begin with a dot too, and gives their content, not the folder.
    let excluded = copied.excluded.iter().any(|it| it.trim_matches('/') == path);
    (all || below && !source.is_empty()) && !excluded && !copied.source.text.contains("://")
}

type Ignoring<'model> = (AbsPath, Option<&'model std::sync::Arc<crate::declared::Document>>);

/// The file that says what is left out of a build, and what it says, where it is there.
fn ignoring<'model>(model: &'model Model, built: &Built) -> Option<Ignoring<'model>> {
    let own =
        built.dockerfile.parent()?.join(format!("{}.dockerignore", built.dockerfile.name_text()));
    if let Some(file) = model.layers.file(&own) {
        return Some((own, Some(file)));
    }
    for name in [".containerignore", ".dockerignore"] {
        let path = built.context.join(name);
        if let Some(file) = model.layers.file(&path) {
            return Some((path, Some(file)));
        }
    }
    Some((built.context.join(".dockerignore"), None))
}

/// Adds a line to what is left out.
fn add(model: &Model, ignoring: &AbsPath, path: &str) -> Option<Action> {
    let Some(file) = model.layers.file(ignoring) else {
        return Some(fixes::write_new(model, ignoring, &format!("{path}\n")));
    };
    let end = file.text.len();
    let begins = file.text.is_empty() || file.text.ends_with('\n');
    let text = format!("{}{path}\n", if begins { "" } else { "\n" });
    let location = file.location(ignoring, Span::new(end, end));
    let title = format!("Add `{path}` to `{}`", model.shown(ignoring));
    Some(fixes::preferred(fixes::edit(title, location, text), true))
}
