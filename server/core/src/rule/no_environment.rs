//! The project has no Python environment yet: nothing that it needs can be installed or checked.
//!
//! An environment is a folder of its own for a project's Python and packages, usually `.venv` beside `pyproject.toml`. Until
//! there is one, this is the only finding about the environment; the requirements are not judged.
//!
//! The fix makes it with the project's own tool: `uv sync` for a project of uv, otherwise uv's, virtualenv's or the standard
//! library's way with the best Python of this machine, and installs what the project declares.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Reach, Severity},
    model::{Expectation, Model},
};

pub(super) static RULE: Rule = Rule { code: "no-environment", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (Some(_), None) = (model.claim(), &model.selection) else { return };
    let looked_at = fixes::joined(&model.looked_at);
    let unchecked = model.wants.iter().filter(|it| it.expected != Expectation::Optional).count();
    let unchecked = match unchecked {
        0 => String::new(),
        1 => "; 1 requirement is unchecked".to_owned(),
        many => format!("; {many} requirements are unchecked"),
    };
    let actions = fixes::create(model);
    let hindrance = if actions.is_empty() { fixes::cannot_create(model) } else { String::new() };
    let name = model.called();
    let message = format!(
        "`{name}` has no Python environment yet (looked for {looked_at}){unchecked}{hindrance}"
    );
    report.push(Draft { actions, reach: Reach::Project, ..Draft::at(model.anchor(), message) });
}
