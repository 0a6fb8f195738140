//! `envls which`: just the interpreter's path, for scripts.

use anyhow::Context as _;
use envls_core::{rule, session::Event};

use crate::{
    Status,
    arguments::{Common, Format, Look},
    json,
    r#loop::Loop,
    place,
    print::{Printer, plain},
};

pub(crate) fn run(given: &Look, _: &Common, printer: &Printer) -> anyhow::Result<Status> {
    let path = place::given(given.path.as_ref())?.path;
    let mut turns = Loop::once();
    turns.settle(vec![Event::Attended(path.clone())])?;
    let standing = turns.session.project_of(&path);
    let model = standing.as_ref().and_then(|it| it.outcome.model.as_deref());
    // What is broken would fail in whatever script asks.
    let python = model.and_then(|it| it.usable()?.python.as_ref());
    if given.output_format == Format::Json {
        let project = standing.as_ref().map(|it| it.root);
        printer.out(&json::print(&json::which(&path, project, python))?)?;
    } else if let Some(python) = python {
        let mut line = python.as_bytes().to_vec();
        line.push(b'\n');
        printer.out_bytes(&line)?;
    }
    if python.is_some() {
        return Ok(Status::Good);
    }
    let words = match model {
        None => format!("`{path}` is in no Python project"),
        Some(model) => match &model.selection {
            None => format!("`{}` has no Python environment yet", model.called()),
            Some(selection) => {
                let environment = &selection.environment;
                let damage = environment.damages.iter().min().context("it is usable")?;
                let what = rule::damage(&model.project.root, damage);
                format!("environment `{}` is broken: {what}", model.shown(&environment.prefix))
            }
        },
    };
    printer.aside(&format!("{}\n", plain(&words)));
    Ok(Status::Bad)
}
