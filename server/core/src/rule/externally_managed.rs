//! The interpreter that was chosen for the project is kept by the system, which tells installers to leave it alone.
//!
//! A file `EXTERNALLY-MANAGED` beside its standard library says so (PEP 668): pip and uv refuse to install into it, and what is
//! installed all the same can break programs of the system.
//!
//! The fix makes an environment of the project's own.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Reach, Severity, Subject},
    model::Model,
};

pub(super) static RULE: Rule =
    Rule { code: "externally-managed", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(environment) = model.usable() else { return };
    let (Some(marker), Some(python)) = (&environment.externally_managed, &environment.python)
    else {
        return;
    };
    let (python, marker) = (model.shown(python), model.shown(marker));
    let message = format!(
        "`{python}` is kept by the system (`{marker}`), nothing should be installed into it"
    );
    let subject = Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
    let actions = fixes::instead(model);
    let draft = Draft::at(model.anchor(), message);
    report.push(Draft { actions, subject, reach: Reach::Project, ..draft });
}
