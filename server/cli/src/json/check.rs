//! `check --output-format json`.

use envls_core::{
    action::{self, What},
    finding::{self, Tag},
    manifest::Set,
    model::{Model, Told, Want},
    session::Session,
    standard::{marker::Verdict, version::Version},
    text::Encoding,
    world::AbsPath,
};
use serde::Serialize;

use super::{
    Evidence, Range, VERSION, choice::Selection, choice::selection, evidence, range, spelled,
};
use crate::findings;

#[derive(Debug, Serialize)]
pub(crate) struct Check {
    version: u32,
    projects: Vec<Project>,
    findings: Vec<Finding>,
    settled: bool,
}

#[derive(Debug, Serialize)]
struct Project {
    root: String,
    name: String,
    manager: Option<Manager>,
    manifests: Vec<File>,
    locks: Vec<File>,
    selection: Option<Selection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requirements: Option<Vec<Requirement>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imports: Option<Vec<Import>>,
}

#[derive(Debug, Serialize)]
struct Import {
    module: String,
    path: String,
    range: Range,
    conditions: Vec<&'static str>,
    origin: &'static str,
    distribution: Option<String>,
}

#[derive(Debug, Serialize)]
struct Manager {
    name: &'static str,
    because: Vec<Evidence>,
}

#[derive(Debug, Serialize)]
struct File {
    path: String,
    format: &'static str,
}

#[derive(Debug, Serialize)]
struct Requirement {
    name: String,
    spelled: String,
    group: Option<String>,
    extra: Option<String>,
    marker: Option<String>,
    applies: Option<bool>,
    path: String,
    range: Range,
    locked: Option<String>,
    installed: Option<String>,
    satisfied: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Finding {
    code: &'static str,
    severity: &'static str,
    path: String,
    range: Range,
    message: String,
    tags: Vec<&'static str>,
    related: Vec<Related>,
    subject: Subject,
    actions: Vec<Action>,
}

#[derive(Debug, Serialize)]
struct Related {
    path: String,
    range: Range,
    message: String,
}

#[derive(Debug, Serialize)]
struct Subject {
    distribution: Option<String>,
    module: Option<String>,
    environment: Option<String>,
}

#[derive(Debug, Serialize)]
struct Action {
    title: String,
    preferred: bool,
    #[serde(flatten)]
    what: Kind,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Kind {
    Choose {
        project: String,
        python: Option<String>,
    },
    Run {
        /// The first of the commands.
        command: Vec<String>,
        cwd: Option<String>,
        /// All of them, in order; each runs only when those before it have succeeded.
        commands: Vec<Command>,
        /// What is moved aside first, and is put back unless what takes its place is sound.
        replaces: Vec<String>,
        touches: Vec<String>,
        network: bool,
    },
    Edit {
        edits: Vec<Edit>,
    },
}

#[derive(Debug, Serialize)]
struct Command {
    command: Vec<String>,
    program: String,
    cwd: String,
}

#[derive(Debug, Serialize)]
struct Edit {
    path: String,
    range: Range,
    text: String,
}

/// Whether the requirements are told too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Facts {
    Told,
    LeftOut,
}

/// What a settled session has found.
pub(crate) fn check(session: &Session, facts: Facts, encoding: Encoding) -> Check {
    let models = session.projects().filter_map(|it| it.outcome.model.as_deref());
    Check {
        version: VERSION,
        projects: models.map(|it| project(it, facts, encoding)).collect(),
        findings: findings::all(session).into_iter().map(|it| finding(it, encoding)).collect(),
        settled: session.is_quiescent(),
    }
}

fn project(model: &Model, facts: Facts, encoding: Encoding) -> Project {
    let project = &model.project;
    let manager = model
        .claim()
        .map(|it| Manager { name: it.manager, because: evidence(&it.because, encoding) });
    let manifest = |it: &envls_core::model::ManifestRead| File {
        path: spelled(&it.path),
        format: it.document.format,
    };
    let lock = |it: &envls_core::model::LockRead| File {
        path: spelled(&it.path),
        format: it.document.format,
    };
    let requirements = (facts == Facts::Told)
        .then(|| model.wants.iter().map(|it| requirement(model, it, encoding)).collect());
    let imports = (facts == Facts::Told)
        .then(|| model.imports.told(model).iter().map(|it| import(it, encoding)).collect());
    Project {
        root: spelled(&project.root),
        name: model.called(),
        manager,
        manifests: project.manifests.iter().map(manifest).collect(),
        locks: model.locks.iter().map(lock).collect(),
        selection: selection(model, encoding),
        requirements,
        imports,
    }
}

fn import(told: &Told<'_>, encoding: Encoding) -> Import {
    Import {
        module: told.import.module.to_string(),
        path: spelled(told.path),
        range: range(told.import.range, encoding),
        conditions: told.import.conditions.iter().map(|it| it.name()).collect(),
        origin: told.origin,
        distribution: told.distribution.clone(),
    }
}

fn requirement(model: &Model, want: &Want, encoding: Encoding) -> Requirement {
    let requirement = &want.requirement;
    let (group, extra) = match &want.set {
        Set::Group(group) => (Some(group.clone()), None),
        Set::Extra(extra) => (None, Some(extra.clone())),
        Set::Environment(name) => (Some(name.clone()), None),
        Set::Main | Set::Build | Set::Constraint | Set::Override => (None, None),
    };
    let manifest = model.project.manifests.iter().find(|it| it.path == want.path);
    let marker = requirement.marker_span.zip(manifest);
    let found = model.installed.as_ref().map(|it| it.distributions.get(&requirement.name));
    let versions = found.flatten().into_iter().flatten().map(|it| it.version.to_string());
    let versions: Vec<String> = versions.collect();
    let admitted = |it: &String| {
        Version::parse(it).is_some_and(|version| requirement.specifiers.admits(&version))
    };
    Requirement {
        name: requirement.name.to_string(),
        spelled: requirement.spelled.clone(),
        group,
        extra,
        marker: marker.map(|(span, it)| it.document.spelled(span).to_owned()),
        applies: match want.applies {
            Verdict::Holds => Some(true),
            Verdict::Fails => Some(false),
            Verdict::Unknown => None,
        },
        path: spelled(&want.path),
        range: range(want.location.range, encoding),
        locked: model.locked_version(&requirement.name).map(|it| it.0.to_owned()),
        installed: versions.last().cloned(),
        satisfied: found.map(|_| versions.iter().any(admitted)),
    }
}

fn finding(finding: &finding::Finding, encoding: Encoding) -> Finding {
    let related = |it: &finding::Related| Related {
        path: spelled(&it.location.path),
        range: range(it.location.range, encoding),
        message: it.message.clone(),
    };
    let tag = |it: &Tag| match it {
        Tag::Unnecessary => "unnecessary",
    };
    Finding {
        code: finding.code,
        severity: finding.severity.name(),
        path: spelled(&finding.location.path),
        range: range(finding.location.range, encoding),
        message: finding.message.clone(),
        tags: finding.tags.iter().map(tag).collect(),
        related: finding.related.iter().map(related).collect(),
        subject: Subject {
            distribution: finding.subject.distribution.clone(),
            module: finding.subject.module.clone(),
            environment: finding.subject.environment.as_ref().map(spelled),
        },
        actions: finding.actions.iter().map(|it| action(it, encoding)).collect(),
    }
}

fn action(action: &action::Action, encoding: Encoding) -> Action {
    let what = match &action.what {
        What::Run(recipe) => run(recipe),
        What::Choose(choice) => Kind::Choose {
            project: spelled(&choice.project),
            python: choice.python.as_ref().map(spelled),
        },
        What::Edit(edits) => {
            Kind::Edit { edits: edits.iter().map(|it| edit(it, encoding)).collect() }
        }
    };
    Action { title: action.title.clone(), preferred: action.preferred, what }
}

fn run(recipe: &action::Recipe) -> Kind {
    let paths = |paths: &[AbsPath]| paths.iter().map(spelled).collect();
    let first = recipe.commands().next();
    let set_aside = recipe.steps.iter().filter_map(|it| match it {
        action::Step::SetAside(path) => Some(spelled(path)),
        _ => None,
    });
    Kind::Run {
        command: first.map(action::Command::words).unwrap_or_default(),
        cwd: first.map(|it| spelled(&it.directory)),
        commands: recipe
            .commands()
            .map(|it| Command {
                command: it.words(),
                program: spelled(&it.program),
                cwd: spelled(&it.directory),
            })
            .collect(),
        replaces: set_aside.collect(),
        touches: paths(&recipe.touches),
        network: recipe.network,
    }
}

fn edit(edit: &action::Edit, encoding: Encoding) -> Edit {
    Edit {
        path: spelled(&edit.location.path),
        range: range(edit.location.range, encoding),
        text: edit.text.clone(),
    }
}
