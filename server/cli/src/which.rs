//! `envls which`: just the interpreter's path, for scripts.

use envls_core::session::Event;

use crate::{
    Status,
    arguments::{Common, Format, Look},
    json,
    r#loop::Loop,
    place,
    print::{Printer, plain},
    variables::lacking,
};

pub(crate) fn run(given: &Look, common: &Common, printer: &Printer) -> anyhow::Result<Status> {
    let path = place::given(given.path.as_ref())?.path;
    let mut turns = Loop::of_choices();
    turns.look(vec![Event::Attended(path.clone())], common)?;
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
    printer.aside(&format!("{}\n", plain(&lacking(&path, model))));
    Ok(Status::Bad)
}
