//! `envls explain`: which environment a path gets, and what speaks for and against each that it could get.

use std::fmt::Write as _;

use envls_core::{
    action,
    model::{Candidate, Environment, Evidence, Health, Model},
    rule,
    session::Event,
    text::Location,
    world::AbsPath,
};

use crate::{
    Status,
    arguments::{Common, Format, Look},
    json,
    r#loop::Loop,
    place,
    print::{self, DIM, GOOD, NAME, Printer, plain, styled},
};

pub(crate) fn run(given: &Look, common: &Common, printer: &Printer) -> anyhow::Result<Status> {
    let here = place::here()?;
    let path = place::given(given.path.as_ref())?.path;
    let mut turns = Loop::of_choices();
    turns.look(vec![Event::Attended(path.clone())], common)?;
    let standing = turns.session.project_of(&path);
    let model = standing.as_ref().and_then(|it| it.outcome.model.as_deref());
    let text = match given.output_format {
        Format::Json => {
            let encoding = common.position_encoding.into();
            json::print(&json::explain(&path, standing.as_ref(), encoding))?
        }
        Format::Text => text(&path, model, &here),
    };
    printer.out(&text)?;
    let chosen = model.is_some_and(|it| it.selection.is_some());
    Ok(if chosen { Status::Good } else { Status::Bad })
}

fn text(path: &AbsPath, model: Option<&Model>, here: &AbsPath) -> String {
    let asked = path.shown_from(here);
    let asked = plain(&asked);
    let Some(model) = model else {
        return format!(
            "`{asked}` is in no Python project: neither its folder nor one above has a manifest.\n"
        );
    };
    let root = &model.project.root;
    let name = model.called();
    let mut text = String::new();
    let _ = if path == root {
        writeln!(text, "{} is a Python project.", styled(NAME, format!("`{}`", plain(&name))))
    } else {
        let name = styled(NAME, format!("`{}`", plain(&name)));
        writeln!(text, "`{asked}` belongs to the project {name} in `{}`.", plain(&root.to_string()))
    };
    if let Some(claim) = model.claim() {
        let _ = writeln!(text, "\nIt is managed by {}, because", styled(NAME, claim.manager));
        reasons(&mut text, &claim.because, "  - ", here);
    }
    match &model.selection {
        None => {
            let looked_at: Vec<String> =
                model.looked_at.iter().map(|it| format!("`{}`", plain(it))).collect();
            let _ =
                writeln!(text, "\nIt has no environment yet; looked for {}.", looked_at.join(", "));
            let mut make = ["envls", "do", "create"].map(str::to_owned).to_vec();
            if !here.is_within(root) {
                make.extend(["--path".to_owned(), root.shown_from(here)]);
            }
            let _ = writeln!(text, "Make one with `{}`.", plain(&action::line(&make)));
        }
        Some(selection) => {
            let prefix = selection.environment.place().shown_from(here);
            let what = describe(&selection.environment);
            let chosen = styled(GOOD, format!("`{}`", plain(&prefix)));
            let _ = writeln!(text, "\nIt gets {chosen} ({what}), because");
            reasons(&mut text, &selection.because, "  - ", here);
        }
    }
    if !model.candidates.is_empty() {
        text.push_str("\nCandidates, best first:\n");
    }
    for (at, candidate) in model.candidates.iter().enumerate() {
        explain(&mut text, at + 1, candidate, model, here);
    }
    if model.choice.is_some() {
        text.push_str(
            "\nWhat you chose counts first; `envls select PATH --clear` lets go of it.\n",
        );
    }
    text
}

fn explain(text: &mut String, number: usize, candidate: &Candidate, model: &Model, here: &AbsPath) {
    let environment = &candidate.environment;
    let prefix = environment.place().shown_from(here);
    let _ = writeln!(
        text,
        "  {number}. {} ({}), {}",
        styled(NAME, format!("`{}`", plain(&prefix))),
        describe(environment),
        candidate.strength.name(),
    );
    reasons(text, &environment.because, &format!("     {} ", styled(DIM, "is:     ")), here);
    reasons(text, &candidate.because, &format!("     {} ", styled(GOOD, "for:    ")), here);
    let against = styled(print::of_severity(envls_core::finding::Severity::Warning), "against:");
    for (_, what) in rule::problems(&model.project.root, environment) {
        let _ = writeln!(text, "     {against} {}", plain(&what));
    }
    // That it is broken or stale has just been said, and how.
    let unsound = environment.health() != Health::Ok;
    let said = |it: &&Evidence| unsound && matches!(&*it.what, "it is broken" | "it is stale");
    let others: Vec<Evidence> = candidate.against.iter().filter(|it| !said(it)).cloned().collect();
    reasons(text, &others, &format!("     {against} "), here);
    let selected = model.selection.as_ref().filter(|it| it.environment != *environment);
    if let Some(selected) = selected.filter(|_| others.is_empty() && !unsound) {
        let stronger = selected.environment.place().shown_from(here);
        let _ = writeln!(text, "     {against} more speaks for `{}`", plain(&stronger));
    }
}

/// `Python 3.12.4, venv by uv`.
fn describe(environment: &Environment) -> String {
    let implementation = match environment.implementation.as_deref() {
        None | Some("cpython") => "Python",
        Some("pypy") => "PyPy",
        Some(other) => other,
    };
    let version = match &environment.version {
        Some(version) => format!("{implementation} {version}"),
        None => format!("{implementation} of unknown version"),
    };
    let manager = environment.manager.filter(|it| *it != environment.kind);
    let maker = manager.map(|it| format!(" by {it}")).unwrap_or_default();
    format!("{version}, {}{maker}", environment.kind)
}

fn reasons(text: &mut String, reasons: &[Evidence], lead: &str, here: &AbsPath) {
    for reason in reasons {
        let at = match (&reason.path, reason.range) {
            (Some(path), Some(range)) => {
                print::position(&Location { path: path.clone(), range }, here)
            }
            (Some(path), None) => plain(&path.shown_from(here)).into_owned(),
            (None, _) => String::new(),
        };
        let at = if at.is_empty() { at } else { styled(DIM, format!(" ({at})")).to_string() };
        let _ = writeln!(text, "{lead}{}{at}", plain(&reason.what));
    }
}
