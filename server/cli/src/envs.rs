//! `envls envs`: every environment of the projects below a path, and the machine's interpreters.

use std::{cmp::Reverse, collections::BTreeSet, fmt::Write as _};

use envls_core::{
    model::{Environment, Health, Interpreter, Offer, VenvModule},
    session::{Event, Session},
    world::AbsPath,
};

use crate::{
    Status,
    arguments::{Common, Format, Look},
    json,
    r#loop::Loop,
    place,
    print::{self, DIM, GOOD, NAME, Printer, of_severity, plain, styled},
};

pub(crate) fn run(given: &Look, common: &Common, printer: &Printer) -> anyhow::Result<Status> {
    let here = place::here()?;
    let path = place::given(given.path.as_ref())?;
    let mut turns = Loop::of_choices();
    let mut events = place::events(std::slice::from_ref(&path));
    events.extend([Event::InterpretersWanted, Event::EnvironmentsWanted]);
    turns.look(events, common)?;
    let session = &turns.session;
    print::notes(session, printer);
    let text = match given.output_format {
        Format::Json => json::print(&json::envs(session, common.position_encoding.into()))?,
        Format::Text => text(session, &here),
    };
    printer.out(&text)?;
    Ok(Status::Good)
}

/// One line of the table.
struct Row {
    version: String,
    kind: String,
    path: String,
    remark: String,
}

fn text(session: &Session, here: &AbsPath) -> String {
    let mut sections: Vec<(String, Vec<Row>)> = Vec::new();
    let mut shown = BTreeSet::new();
    for standing in session.projects() {
        let Some(model) = &standing.outcome.model else { continue };
        let chosen = model.selection.as_ref().map(|it| &it.environment.real);
        shown.extend(model.candidates.iter().map(|it| it.environment.real.clone()));
        let rows = model.candidates.iter().map(|it| {
            let is_chosen = chosen == Some(&it.environment.real);
            environment(&it.environment, is_chosen, here)
        });
        let root = standing.root.shown_from(here);
        let title =
            format!("{} {}", styled(NAME, plain(&model.called())), styled(DIM, plain(&root)));
        sections.push((title, rows.collect()));
    }
    let others = session.environments().into_iter().flat_map(|it| &it.found);
    let others = others.filter(|it| !shown.contains(&it.real));
    let others = others.map(|it| environment(it, false, here)).collect();
    sections.push((styled(NAME, "This machine's other environments").to_string(), others));
    let found = session.interpreters().into_iter().flat_map(|it| &it.found);
    let mut found: Vec<&Interpreter> = found.collect();
    found.sort_by_key(|it| (Reverse(&it.version), &it.python));
    let machine = found.into_iter().map(interpreter).collect();
    sections.push((styled(NAME, "This machine's interpreters").to_string(), machine));
    table(&sections)
}

fn environment(environment: &Environment, is_chosen: bool, here: &AbsPath) -> Row {
    let version = environment.version.as_ref().map_or("?".to_owned(), ToString::to_string);
    let made_by = environment.manager.filter(|it| *it != environment.kind);
    let kind = environment.kind;
    let broken = of_severity(envls_core::finding::Severity::Error);
    let stale = of_severity(envls_core::finding::Severity::Warning);
    let mut remarks = Vec::new();
    if is_chosen {
        remarks.push(styled(GOOD, "chosen").to_string());
    }
    match environment.health() {
        Health::Ok => {}
        health if environment.is_usable() => remarks.push(styled(stale, health.name()).to_string()),
        health => remarks.push(styled(broken, health.name()).to_string()),
    }
    if environment.offer == Offer::Withheld {
        remarks.push(styled(DIM, "not offered").to_string());
    }
    Row {
        version,
        kind: made_by.map_or(kind.to_owned(), |it| format!("{kind} by {it}")),
        path: environment.place().shown_from(here),
        remark: remarks.join(", "),
    }
}

fn interpreter(interpreter: &Interpreter) -> Row {
    let remark = match &interpreter.venv {
        VenvModule::Complete => String::new(),
        VenvModule::Lacks { package } => {
            styled(DIM, format!("makes no environments without `{package}`")).to_string()
        }
    };
    Row {
        version: interpreter.version.to_string(),
        kind: interpreter.kind.to_owned(),
        path: interpreter.python.to_string(),
        remark,
    }
}

fn table(sections: &[(String, Vec<Row>)]) -> String {
    let rows = || sections.iter().flat_map(|it| &it.1);
    let width = |of: fn(&Row) -> &str| rows().map(|it| of(it).chars().count()).max().unwrap_or(0);
    let version = width(|it| &it.version);
    let kind = width(|it| &it.kind);
    let path = width(|it| &it.path);
    let mut blocks = Vec::new();
    for (title, rows) in sections {
        let mut block = format!("{title}\n");
        if rows.is_empty() {
            let _ = writeln!(block, "  {}", styled(DIM, "none"));
        }
        for row in rows {
            let line = format!(
                "  {:version$}  {:kind$}  {:path$}  {}",
                row.version,
                row.kind,
                plain(&row.path),
                row.remark
            );
            let _ = writeln!(block, "{}", line.trim_end());
        }
        blocks.push(block);
    }
    blocks.join("\n")
}
