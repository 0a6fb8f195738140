//! `envls doctor`: one page about the machine, the tools, trust, watches and what was decided, for a bug report.

mod mask;
mod record;
mod tools;

use std::{collections::BTreeMap, fmt::Write as _};

use envls_core::{
    layer::{here::Layer, share::Share},
    model::Model,
    session::{Event, Session},
    world::{Machine, Os, Trust},
};
use envls_host::environment::Environment;
use serde::Serialize;

use self::{mask::masked, tools::Tool};
use crate::{
    Status,
    arguments::{Common, Doctor, Format},
    json,
    r#loop::Loop,
    place,
    print::{DIM, NAME, Printer, counted, plain, styled},
};

/// The beginnings of the variables that tell Python, its tools or us where to look.
const TELLING: [&str; 22] = [
    "ASDF_",
    "CONDA_",
    "ENVLS_",
    "HATCH_",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LANG",
    "MAMBA_",
    "MISE_",
    "PDM_",
    "PIPENV_",
    "PIPX_",
    "PIP_",
    "PIXI_",
    "POETRY_",
    "PYENV",
    "PYTHON",
    "SSL_CERT",
    "UV_",
    "VIRTUAL_ENV",
    "WORKON_HOME",
    "XDG_",
];

/// The page. For a script it is one document, which has no place in the contract but its version.
#[derive(Debug, Serialize)]
struct Page {
    version: u32,
    envls: &'static str,
    system: &'static str,
    architecture: String,
    /// The layers that this runs in, innermost first.
    layers: Vec<Around>,
    /// The folders that are shared with another system.
    shares: Vec<Shared>,
    path: String,
    trusted: bool,
    /// Where what the user said is kept.
    trust: Option<String>,
    choices: Option<String>,
    log: Option<String>,
    variables: BTreeMap<String, String>,
    tools: Vec<Tool>,
    watched_by_events: usize,
    watched_by_looking: usize,
    interpreters: Option<usize>,
    environments: Option<usize>,
    projects: Vec<Project>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Around {
    kind: &'static str,
    because: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Shared {
    path: String,
    kind: &'static str,
    source: String,
}

#[derive(Debug, Serialize)]
struct Project {
    root: String,
    name: String,
    manager: Option<&'static str>,
    manager_because: Vec<String>,
    manifests: Vec<String>,
    locks: Vec<String>,
    environment: Option<String>,
    version: Option<String>,
    health: Option<&'static str>,
    environment_because: Vec<String>,
    findings: BTreeMap<&'static str, usize>,
}

pub(crate) fn run(given: &Doctor, common: &Common, printer: &Printer) -> anyhow::Result<Status> {
    if let (Some(layer), Some(folder)) = (&given.layer, &given.record) {
        return record::run(layer, folder, printer);
    }
    let given = &given.look;
    let path = place::given(given.path.as_ref())?;
    // Live, so that what would be watched is counted too.
    let mut turns = Loop::thorough();
    let mut events = place::events(std::slice::from_ref(&path));
    events.extend([Event::InterpretersWanted, Event::EnvironmentsWanted]);
    turns.look(events, common)?;
    let environment = Environment::of_this_process();
    let project = turns.session.project_of(&path.path).map(|it| it.root.clone());
    let root = project.unwrap_or_else(|| path.path.clone());
    let trusted = turns.trust().ask(&root) == Trust::Trusted;
    let tools = tools::look(&root, common.trusted, trusted)?;
    let (watched_by_events, watched_by_looking) = turns.watched();
    let session = &turns.session;
    let machine = tools.machine.as_ref();
    let page = Page {
        version: 1,
        envls: env!("CARGO_PKG_VERSION"),
        system: system(machine),
        architecture: machine.map_or_else(String::new, |it| it.architecture.clone()),
        layers: machine.map(|it| around(it)).unwrap_or_default(),
        shares: machine.map(|it| shared(it)).unwrap_or_default(),
        path: path.path.to_string(),
        trusted,
        trust: turns.trust().file().map(|it| it.to_string()),
        choices: turns.choices_file().map(|it| it.to_string()),
        log: envls_lsp::log_file(&environment).map(|it| it.to_string()),
        variables: variables(&environment),
        tools: tools.found,
        watched_by_events,
        watched_by_looking,
        interpreters: session.interpreters().map(|it| it.found.len()),
        environments: session.environments().map(|it| it.found.len()),
        projects: projects(session),
        notes: session.notes().iter().map(|it| masked(it)).collect(),
    };
    let text = match given.output_format {
        Format::Json => json::print(&page)?,
        Format::Text => text(&page),
    };
    printer.out(&text)?;
    Ok(Status::Good)
}

fn system(machine: Option<&std::sync::Arc<Machine>>) -> &'static str {
    match machine.map(|it| it.os) {
        Some(Os::Linux) => "Linux",
        Some(Os::Macos) => "macOS",
        Some(Os::Windows) => "Windows",
        Some(Os::Other) | None => "another system",
    }
}

fn around(machine: &Machine) -> Vec<Around> {
    let one = |it: &Layer| Around { kind: it.kind.name(), because: it.because.clone() };
    machine.layers.iter().map(one).collect()
}

fn shared(machine: &Machine) -> Vec<Shared> {
    let one = |it: &Share| {
        let source = masked(&it.source);
        Shared { path: it.point.to_string(), kind: it.kind.name(), source }
    };
    machine.shares.iter().map(one).collect()
}

fn variables(environment: &Environment) -> BTreeMap<String, String> {
    let telling = |name: &str| TELLING.iter().any(|it| name.starts_with(it));
    let all = environment.iter().map(|(name, value)| (name.to_string_lossy(), value));
    let all = all.filter(|(name, _)| telling(&name.to_uppercase()));
    all.map(|(name, value)| {
        let value = mask::value(&name, &value.to_string_lossy());
        (name.into_owned(), value)
    })
    .collect()
}

fn projects(session: &Session) -> Vec<Project> {
    let one = |model: &Model, findings: BTreeMap<&'static str, usize>| {
        let claim = model.claim();
        let selection = model.selection.as_ref();
        let environment = selection.map(|it| &it.environment);
        let reasons =
            |it: &[envls_core::model::Evidence]| it.iter().map(|it| masked(&it.what)).collect();
        Project {
            root: model.project.root.to_string(),
            name: model.called(),
            manager: claim.map(|it| it.manager),
            manager_because: claim.map_or_else(Vec::new, |it| reasons(&it.because)),
            manifests: model.project.manifests.iter().map(|it| model.shown(&it.path)).collect(),
            locks: model.locks.iter().map(|it| model.shown(&it.path)).collect(),
            environment: environment.map(|it| model.shown(it.place())),
            version: environment.and_then(|it| it.version.as_ref()).map(ToString::to_string),
            health: environment.map(|it| it.health().name()),
            environment_because: selection.map_or_else(Vec::new, |it| reasons(&it.because)),
            findings,
        }
    };
    let standing = session.projects();
    standing
        .filter_map(|it| {
            let mut findings = BTreeMap::new();
            for finding in &it.outcome.findings {
                *findings.entry(finding.code).or_default() += 1;
            }
            Some(one(it.outcome.model.as_deref()?, findings))
        })
        .collect()
}

fn text(page: &Page) -> String {
    let mut text = format!(
        "{} on {} ({})\n",
        styled(NAME, format!("envls {}", page.envls)),
        page.system,
        page.architecture
    );
    surroundings(&mut text, page);
    let unknown = || styled(DIM, "nowhere: there is no home folder").to_string();
    let shown =
        |it: &Option<String>| it.as_deref().map_or_else(unknown, |it| plain(it).into_owned());
    let trusted =
        if page.trusted { "trusted" } else { "not trusted: no tool was asked for its version" };
    let _ = writeln!(text, "\n{}", styled(NAME, "Places"));
    let _ = writeln!(text, "  folder   {} ({trusted})", plain(&page.path));
    let _ = writeln!(text, "  trust    {}", shown(&page.trust));
    let _ = writeln!(text, "  choices  {}", shown(&page.choices));
    let _ = writeln!(text, "  log      {}", shown(&page.log));
    let (events, looking) = (page.watched_by_events, page.watched_by_looking);
    let _ =
        writeln!(text, "  watched  {events} by the system's events, {looking} by looking again");
    let _ = writeln!(text, "\n{}", styled(NAME, "Tools"));
    tools_found(&mut text, &page.tools);
    let counted_or = |it: Option<usize>, one: &str| {
        it.map_or_else(|| format!("{one}s unknown"), |it| counted(it, one))
    };
    let interpreters = counted_or(page.interpreters, "interpreter");
    let environments = counted_or(page.environments, "environment");
    let _ = writeln!(
        text,
        "  {interpreters} and {environments} on this machine (`envls envs` lists them)"
    );
    let _ = writeln!(text, "\n{}", styled(NAME, "Variables"));
    none_of(&mut text, page.variables.is_empty());
    for (name, value) in &page.variables {
        let _ = writeln!(text, "  {}={}", plain(name), plain(value));
    }
    for project in &page.projects {
        decided(&mut text, project);
    }
    if page.projects.is_empty() {
        let _ = writeln!(text, "\n{}\n  none here", styled(NAME, "Projects"));
    }
    for note in &page.notes {
        let _ = writeln!(text, "\nnote: {}", plain(note));
    }
    text
}

/// The layers and shares around; nothing where this is a machine of its own.
fn surroundings(text: &mut String, page: &Page) {
    if !page.layers.is_empty() || !page.shares.is_empty() {
        let _ = writeln!(text, "\n{}", styled(NAME, "Layers"));
    }
    for layer in &page.layers {
        let _ = writeln!(text, "  {}, because {}", layer.kind, layer.because.join("; "));
    }
    for share in &page.shares {
        let (path, source) = (plain(&share.path), plain(&share.source));
        let _ = writeln!(text, "  {path} is {} ({source})", share.kind);
    }
}

fn tools_found(text: &mut String, tools: &[Tool]) {
    none_of(text, tools.is_empty());
    let width = tools.iter().map(|it| it.name.len()).max().unwrap_or_default();
    for tool in tools {
        let version = tool.version.as_deref().map(|it| format!("  {}", plain(it)));
        let path = plain(&tool.path);
        let _ = writeln!(text, "  {:width$}  {path}{}", tool.name, version.unwrap_or_default());
    }
}

fn none_of(text: &mut String, is_empty: bool) {
    if is_empty {
        let _ = writeln!(text, "  {}", styled(DIM, "none"));
    }
}

fn decided(text: &mut String, project: &Project) {
    let (name, root) = (plain(&project.name).into_owned(), plain(&project.root).into_owned());
    let _ = writeln!(text, "\n{} {root}", styled(NAME, name));
    let files: Vec<&String> = project.manifests.iter().chain(&project.locks).collect();
    let files: Vec<String> = files.into_iter().map(|it| format!("`{}`", plain(it))).collect();
    let files = if files.is_empty() { "none, only code".to_owned() } else { files.join(", ") };
    let _ = writeln!(text, "  files        {files}");
    let because = |reasons: &[String]| match reasons {
        [] => String::new(),
        reasons => format!(", because {}", plain(&reasons.join("; "))),
    };
    let manager = project.manager.unwrap_or("nobody");
    let _ = writeln!(text, "  managed by   {manager}{}", because(&project.manager_because));
    let environment = match (&project.environment, &project.health) {
        (Some(at), Some(health)) => {
            let version = project.version.as_deref().unwrap_or("of unknown version");
            format!("`{}`, Python {version}, {health}", plain(at))
        }
        _ => "none".to_owned(),
    };
    let _ = writeln!(text, "  environment  {environment}{}", because(&project.environment_because));
    let counts = project.findings.iter().map(|(code, count)| format!("{count} {code}"));
    let counts: Vec<String> = counts.collect();
    let counts = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
    let _ = writeln!(text, "  findings     {counts}");
}
