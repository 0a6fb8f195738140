//! Draws what came out of a case as the text that the case file holds.

use std::fmt::Write;

use envls_core::{
    action::What,
    finding::Finding,
    layer::share::Links,
    lock::{LockDocument, Package},
    manifest::{Document, Says, Set},
    model::{Environment, Evidence, Health, Offer},
    session::Session,
    text::Range,
    world::{AbsPath, Machine},
};

use crate::desk::{Desk, Node};

/// Every finding under the text that it stands at, with its actions.
pub(crate) fn findings(desk: &Desk) -> String {
    let mut drawing = String::new();
    for (path, findings) in desk.shown.iter().filter(|it| !it.1.is_empty()) {
        let _ = writeln!(drawing, "{}", shown(path));
        for finding in findings {
            draw(&mut drawing, desk, finding);
        }
    }
    if drawing.is_empty() { "none\n".to_owned() } else { drawing }
}

fn draw(drawing: &mut String, desk: &Desk, finding: &Finding) {
    let (path, range) = (&finding.location.path, finding.location.range);
    let text = match desk.nodes.get(path) {
        Some(Node::File { text, .. }) => text.as_str(),
        _ => "",
    };
    let line = text.lines().nth(range.start.line as usize).unwrap_or("");
    let number = format!("{:>3} | ", range.start.line + 1);
    let _ = writeln!(drawing, "{number}{line}");
    let underline = underline(range, line);
    let before = " ".repeat(number.len() + range.start.utf32 as usize);
    let (severity, code) = (finding.severity.name(), finding.code);
    let _ = writeln!(drawing, "{before}{underline} {severity}[{code}]: {}", finding.message);
    for action in &finding.actions {
        let preferred = if action.preferred { "*" } else { "-" };
        let _ = writeln!(drawing, "      {preferred} {}", action.title);
    }
}

fn underline(range: Range, line: &str) -> String {
    let end = if range.end.line == range.start.line {
        range.end.utf32 as usize
    } else {
        line.chars().count()
    };
    let width = end.saturating_sub(range.start.utf32 as usize);
    if width == 0 { "^".to_owned() } else { "~".repeat(width) }
}

/// What is known of the projects' environments and of the machine's.
pub(crate) fn explanation(session: &Session) -> String {
    let mut drawing = choices(session);
    for environment in session.environments().into_iter().flat_map(|it| &it.found) {
        machine(&mut drawing, environment);
    }
    if let Some(interpreters) = session.interpreters() {
        for it in &interpreters.found {
            let aliases: Vec<String> = it.aliases.iter().map(ToString::to_string).collect();
            let aliases = if aliases.is_empty() {
                String::new()
            } else {
                format!(" = {}", aliases.join(" = "))
            };
            let venv = match &it.venv {
                envls_core::model::VenvModule::Complete => String::new(),
                envls_core::model::VenvModule::Lacks { package } => format!(", lacks {package}"),
            };
            let _ = writeln!(
                drawing,
                "interpreter {}{aliases}: {}, Python {}{venv}",
                it.python, it.kind, it.version
            );
        }
    }
    drawing
}

/// Which manager and environment each project gets, and the candidates with the reasons for and against each.
pub(crate) fn choices(session: &Session) -> String {
    let mut drawing = String::new();
    for standing in session.projects() {
        let _ = writeln!(drawing, "{}", shown(standing.root));
        let Some(model) = &standing.outcome.model else { continue };
        for claim in &model.claims {
            let strength = claim.strength.name();
            let _ = writeln!(
                drawing,
                "  manager {} ({strength}): {}",
                claim.manager,
                because(&claim.because)
            );
        }
        for candidate in &model.candidates {
            let environment = &candidate.environment;
            let selected =
                model.selection.as_ref().is_some_and(|it| it.environment == *environment);
            let mark = if selected { "*" } else { "-" };
            let version = environment.version.as_ref().map_or("?".to_owned(), ToString::to_string);
            let made_by = environment.manager.map(|it| format!(" of {it}")).unwrap_or_default();
            let health = match environment.health() {
                Health::Ok => String::new(),
                other => format!(", {}", other.name()),
            };
            let _ = writeln!(
                drawing,
                "  {mark} {} ({}): {}{made_by}, Python {version}{health}",
                shown(environment.place()),
                candidate.strength.name(),
                environment.kind,
            );
            for evidence in candidate.because.iter().chain(&environment.because) {
                let _ = writeln!(drawing, "      + {}", evidence.what);
            }
            for evidence in &candidate.against {
                let _ = writeln!(drawing, "      - {}", evidence.what);
            }
        }
    }
    drawing
}

/// One environment of the machine, with all that is known of it.
fn machine(drawing: &mut String, environment: &Environment) {
    let version = environment.version.as_ref().map_or("?".to_owned(), ToString::to_string);
    let made_by = environment.manager.map(|it| format!(" of {it}")).unwrap_or_default();
    let health = match environment.health() {
        Health::Ok => String::new(),
        other => format!(", {}", other.name()),
    };
    let offer = if environment.offer == Offer::Offered { "" } else { ", not offered" };
    let name = environment.name.as_ref().map(|it| format!(", named {it}")).unwrap_or_default();
    let project = environment.project.as_ref().map(|it| format!(", for {}", shown(it)));
    let aliases: String =
        environment.aliases.iter().map(|it| format!(" = {}", shown(it))).collect();
    let _ = writeln!(
        drawing,
        "environment {}{aliases}: {}{made_by}, Python {version}{name}{}{health}{offer}",
        shown(&environment.prefix),
        environment.kind,
        project.unwrap_or_default(),
    );
    for evidence in &environment.because {
        let _ = writeln!(drawing, "      + {}", evidence.what);
    }
}

fn because(evidence: &[Evidence]) -> String {
    evidence.iter().map(|it| it.what.as_str()).collect::<Vec<_>>().join("; ")
}

/// What a manifest says, fact by fact, under the text that says it.
pub(crate) fn facts(document: &Document) -> String {
    let mut drawing = String::new();
    let mut last = None;
    for fact in &document.facts {
        let range = document.range(fact.span);
        let line = document.text.lines().nth(range.start.line as usize).unwrap_or("");
        let number = format!("{:>3} | ", range.start.line + 1);
        if last != Some(range.start.line) {
            let _ = writeln!(drawing, "{number}{line}");
        }
        last = Some(range.start.line);
        let before = " ".repeat(number.len() + range.start.utf32 as usize);
        let _ = writeln!(drawing, "{before}{} {}", underline(range, line), words(&fact.says));
    }
    drawing
}

/// The layers that the server would run in, and the folders that are shared with another system.
pub(crate) fn around(machine: &Machine) -> String {
    let mut drawing = String::new();
    for layer in &machine.layers {
        let _ = writeln!(drawing, "{}: {}", layer.kind.name(), layer.because.join("; "));
    }
    for share in &machine.shares {
        let (kind, source) = (share.kind.name(), &share.source);
        let links = match share.links {
            Links::Plain => "",
            Links::OneSided => ", links on one side only",
            Links::Missing => ", no links",
        };
        let _ = writeln!(drawing, "{} is {kind} (`{source}`){links}", share.point);
    }
    if let Some(libc) = machine.libc {
        let _ = writeln!(drawing, "{libc:?}");
    }
    if drawing.is_empty() { "none\n".to_owned() } else { drawing }
}

/// What a lock says: itself on the first line, then each package under the text that names it.
pub(crate) fn lock(document: &LockDocument) -> String {
    let lock = &document.lock;
    let mut drawing = document.format.to_owned();
    let stated =
        [("version", &lock.version), ("Python", &lock.requires_python), ("hash", &lock.hash)];
    for (what, stated) in stated {
        let Some(stated) = stated else { continue };
        let line = document.range(stated.span).start.line + 1;
        let _ = write!(drawing, ", {what} `{}` at line {line}", stated.text);
    }
    drawing.push('\n');
    for package in &lock.packages {
        let range = document.range(package.name_span);
        let line = document.text.lines().nth(range.start.line as usize).unwrap_or("");
        let number = format!("{:>3} | ", range.start.line + 1);
        let before = " ".repeat(number.len() + range.start.utf32 as usize);
        let _ = writeln!(drawing, "{number}{line}");
        let _ = writeln!(drawing, "{before}{} {}", underline(range, line), locked(package));
    }
    for trouble in &lock.troubles {
        let line = document.range(trouble.span).start.line + 1;
        let _ = writeln!(drawing, "line {line}: {}", trouble.words);
    }
    drawing
}

fn locked(package: &Package) -> String {
    let mut words = package.name.to_string();
    if let Some(version) = &package.version {
        let _ = write!(words, " {version}");
    }
    let _ = write!(words, ", {}", package.source.name());
    let groups = package.groups.iter().flatten().map(String::as_str).collect::<Vec<_>>();
    for (what, list) in [
        ("extras", package.extras.iter().map(String::as_str).collect()),
        ("groups", groups),
        ("if", package.markers.iter().map(String::as_str).collect::<Vec<_>>()),
    ] {
        if !list.is_empty() {
            let _ = write!(words, ", {what} {}", list.join(" or "));
        }
    }
    if let Some(only) = &package.only_for {
        let _ = write!(words, ", only for {}", only.join(" or "));
    }
    for dependency in &package.dependencies {
        let _ = write!(words, "; needs {}", dependency.name);
        match &dependency.of {
            envls_core::lock::Belongs::Always => {}
            of => {
                let _ = write!(words, " for {of:?}");
            }
        }
        if let Some(marker) = &dependency.marker {
            let _ = write!(words, " if `{marker}`");
        }
    }
    if let Some(declares) = &package.declares {
        let declared = |list: &[envls_core::lock::Declared]| -> Vec<String> {
            list.iter().map(|it| format!("{}{}", it.name, it.specifiers)).collect()
        };
        let _ = write!(words, "; declared {}", declared(&declares.requires).join(" "));
        for (group, list) in &declares.groups {
            let _ = write!(words, ", in {group} {}", declared(list).join(" "));
        }
    }
    words
}

fn words(says: &Says) -> String {
    let set = |set: &Set| match set {
        Set::Main => "main".to_owned(),
        Set::Group(name) => format!("group {name}"),
        Set::Extra(name) => format!("extra {name}"),
        Set::Build => "build".to_owned(),
        Set::Constraint => "constraint".to_owned(),
        Set::Override => "override".to_owned(),
        Set::Environment(name) => format!("environment {name}"),
    };
    match says {
        Says::Requirement { set: of, requirement } => {
            let extras: Vec<&str> = requirement.extras.iter().map(|it| it.0.as_str()).collect();
            let extras = if extras.is_empty() {
                String::new()
            } else {
                format!(", extras {}", extras.join(" "))
            };
            let specifiers = requirement.specifiers.to_string();
            let specifiers =
                if specifiers.is_empty() { String::new() } else { format!(", `{specifiers}`") };
            let url =
                requirement.url.as_ref().map(|it| format!(", from `{it}`")).unwrap_or_default();
            let marker = requirement.marker.as_ref().map(|it| format!(", if `{}`", it.spelled()));
            let name = &requirement.name;
            format!("{}: {name}{extras}{specifiers}{url}{}", set(of), marker.unwrap_or_default())
        }
        Says::InvalidRequirement { set: of, invalid } => {
            format!("{}: invalid, {}", set(of), invalid.message)
        }
        Says::Direct { set: of, target, editable } => {
            format!("{}: from `{target}`{}", set(of), if *editable { ", editable" } else { "" })
        }
        Says::Defines(of) => format!("defines {}", set(of)),
        Says::Conda { set: of, spec } => {
            let version = spec.version.as_ref().map(|it| format!(", `{}`", it.0));
            let build = spec.build.as_ref().map(|it| format!(", build `{}`", it.0));
            let (version, build) = (version.unwrap_or_default(), build.unwrap_or_default());
            format!("{}: conda installs {}{version}{build}", set(of), spec.name)
        }
        other => format!("{other:?}"),
    }
}

/// The edits of an action, so that a case can apply them.
pub(crate) fn edits(what: &What) -> Vec<(AbsPath, Range, String)> {
    match what {
        What::Edit(edits) => {
            let edit = |it: &envls_core::action::Edit| {
                (it.location.path.clone(), it.location.range, it.text.clone())
            };
            edits.iter().map(edit).collect()
        }
        What::Run(_) | What::Choose(_) => Vec::new(),
    }
}

fn shown(path: &AbsPath) -> String {
    path.shown_from(&AbsPath::new("/w"))
}
