//! The project has no Python environment yet: nothing that it needs can be installed or checked.
//!
//! An environment is a folder of its own for a project's Python and packages, usually `.venv` beside `pyproject.toml`. Until
//! there is one, this is the only finding about the environment; the requirements are not judged.
//!
//! A folder of Python files without a manifest has this finding only if its code imports what Python itself does not bring.
//!
//! What serves a project around it, as its documentation, as an example or as something that a test is given, mostly needs none until
//! somebody works on it: there it is only a hint.
//!
//! The fix makes it with the project's own tool: `uv sync` for a project of uv, otherwise uv's, virtualenv's or the standard
//! library's way with the best Python of this machine, and installs what the project declares. Where a container runs the project
//! already, its interpreter is offered too, or that it is started.

use std::collections::BTreeSet;

use super::{Draft, Rule, adding, fixes, layer_unreachable};
use crate::{
    action::{Action, Command, What},
    finding::{Reach, Severity},
    model::{Expectation, Judgement, Model},
    text::Location,
};

pub(super) static RULE: Rule = Rule { code: "no-environment", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let (Some(_), None) = (model.claim(), &model.selection) else { return };
    if model.project.is_bare {
        without_manifest(model, report);
        return;
    }
    let looked_at = fixes::joined(&model.looked_at);
    let unchecked = model.wants.iter().filter(|it| it.expected != Expectation::Optional).count();
    let unchecked = match unchecked {
        0 => String::new(),
        1 => "; 1 requirement is unchecked".to_owned(),
        many => format!("; {many} requirements are unchecked"),
    };
    let mut actions = fixes::create(model);
    let hindrance = match actions.first() {
        None => fixes::cannot_create(model),
        Some(first) => unpinned(model, first).unwrap_or_default(),
    };
    // What runs the project already may have one.
    actions.extend(layer_unreachable::alternatives(model));
    let name = model.called();
    let message = format!(
        "`{name}` has no Python environment yet (looked for {looked_at}){unchecked}{hindrance}"
    );
    let at_most = model.imports.serves_another().then_some(Severity::Hint);
    let draft = Draft::at(model.anchor(), message);
    report.push(Draft { actions, at_most, reach: Reach::Project, ..draft });
}

/// That the environment would be made of another Python than the one that is pinned. Some tools get themselves the one that is,
/// or heed no pin: they are not told which to take.
fn unpinned(model: &Model, create: &Action) -> Option<String> {
    let base = model.base(|_| true)?;
    let What::Run(recipe) = &create.what else { return None };
    let (python, shown) = (&base.python, base.python.to_string());
    let takes = |it: &Command| it.program == *python || it.arguments.contains(&shown);
    let pin = model.project.pins.first().filter(|_| recipe.commands().any(takes))?;
    if model.project.admits_by_pin(Some(&base.version)) {
        return None;
    }
    let (file, spelled, version) = (pin.location.path.name_text(), &pin.spelled, &base.version);
    Some(format!(
        "; `{file}` asks for Python `{spelled}`, which is not on this machine: install it first, or go on with {version}"
    ))
}

/// Where nothing declares anything, the code says what is missing.
fn without_manifest(model: &Model, report: &mut Vec<Draft>) {
    let missing = model.imports.judged.iter().filter(|it| {
        matches!(it.judgement, Judgement::Undeclared { .. } | Judgement::Ambiguous { .. })
    });
    let first = missing.clone().next();
    let modules: BTreeSet<&str> = missing.filter_map(|it| it.module.split('.').next()).collect();
    let Some(first) = first else { return };
    let named: Vec<String> = modules.iter().take(NAMED).map(|it| (*it).to_owned()).collect();
    let more = match modules.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let mut actions = fixes::create(model);
    actions.extend(adding::begin(model));
    let hindrance = if actions.is_empty() { fixes::cannot_create(model) } else { String::new() };
    let message = format!(
        "`{}` has no Python environment yet (looked for {}), and its code imports {}{more}{hindrance}",
        model.called(),
        fixes::joined(&model.looked_at),
        fixes::joined(&named)
    );
    let location = Location { path: first.path.clone(), range: first.range };
    report.push(Draft { actions, reach: Reach::Project, ..Draft::at(location, message) });
}

/// How many modules are named.
const NAMED: usize = 4;
