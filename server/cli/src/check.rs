//! `envls check`: every project below the paths, and what is wrong with it.

use envls_core::{finding::Finding, session::Session, world::AbsPath};

use crate::{
    Status,
    arguments::{Check, CheckFormat, Common},
    findings, json,
    r#loop::Loop,
    place,
    print::{self, Loudness, Printer, Shown},
};

pub(crate) fn run(given: &Check, common: &Common, printer: &Printer) -> anyhow::Result<Status> {
    let here = place::here()?;
    let paths = place::all_given(&given.paths)?;
    let mut turns = Loop::brief();
    turns.look(place::events(&paths), common)?;
    let session = &turns.session;
    print::notes(session, printer);
    for tool in &turns.silent {
        let tool = tool.name_text();
        let tool = print::plain(&tool);
        printer.aside(&format!(
            "note: `{tool}` did not say its version within a second: the findings do without, the commands offered may not suit it\n"
        ));
    }
    if printer.loudness() >= Loudness::Verbose {
        for model in session.projects().filter_map(|it| it.outcome.model.as_deref()) {
            let (style, said) = print::environment(model);
            let name = model.called();
            printer.aside(&format!("{}: {}\n", print::plain(&name), print::styled(style, said)));
        }
    }
    let found = findings::all(session);
    let text = match given.output_format {
        CheckFormat::Text => text(session, &found, &here, printer),
        CheckFormat::Json => {
            let facts = if given.facts { json::Facts::Told } else { json::Facts::LeftOut };
            json::print(&json::check(session, facts, common.position_encoding.into()))?
        }
        CheckFormat::Github => found.iter().map(|it| print::command(it, &here)).collect(),
    };
    printer.out(&text)?;
    let status = findings::status(found);
    turns.end();
    Ok(status)
}

/// The findings and, unless only they are wanted, how many there are.
pub(crate) fn text(
    session: &Session,
    found: &[&Finding],
    here: &AbsPath,
    printer: &Printer,
) -> String {
    let shown = Shown { here, columns: printer.columns() };
    let each = found.iter().map(|it| print::finding(session, it, shown));
    let mut blocks: Vec<String> = each.collect();
    if printer.loudness() > Loudness::Quiet {
        let projects = session.projects().filter(|it| it.outcome.model.is_some()).count();
        blocks.push(print::summary(found, projects));
    }
    blocks.join("\n")
}
