//! The environment of a project in one line.

use anstyle::Style;
use envls_core::{
    finding::Severity,
    model::{Health, Model},
    rule,
};

use super::{
    plain::plain,
    style::{GOOD, of_severity},
};

/// What the environment of a project is, and how that is to be taken.
pub(crate) fn environment(model: &Model) -> (Style, String) {
    let Some(selection) = &model.selection else {
        return (of_severity(Severity::Warning), "no environment yet".to_owned());
    };
    let environment = &selection.environment;
    let prefix = model.shown(environment.place());
    if environment.health() == Health::Broken {
        let damage = environment.damages.iter().min();
        let what = damage.map(|it| rule::damage(&model.project.root, it)).unwrap_or_default();
        return (
            of_severity(Severity::Error),
            plain(&format!("`{prefix}` is broken: {what}")).into_owned(),
        );
    }
    let version = environment.version.as_ref().map(|it| format!(" · Python {it}"));
    let maker = environment.manager.unwrap_or(environment.kind);
    let why = selection.because.first().map(|it| format!(" · {}", it.what)).unwrap_or_default();
    let said = format!("`{prefix}`{} · {maker}{why}", version.unwrap_or_default());
    (GOOD, plain(&said).into_owned())
}
