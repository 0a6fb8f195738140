//! `devcontainer.json` (*Development Containers Specification*, containers.dev): the container that an editor works in. What it
//! runs when it is made is shown and never run here.

use std::collections::BTreeMap;

use super::{
    Build, Declarations, Declared, Format, Volume,
    compose::{said, words},
    tolerant,
};
use crate::{
    layer::mount::{Access, MountKind},
    standard::pyvenv::Said,
    text::Span,
    tree::Node,
};

pub(super) static FORMAT: Format = Format {
    name: "devcontainer",
    summary: "`devcontainer.json`, `.devcontainer.json`: the container that an editor works in",
    globs: &["devcontainer.json", ".devcontainer.json"],
    matches: |name, _| matches!(name, "devcontainer.json" | ".devcontainer.json"),
    read,
};

fn read(text: &str) -> Declarations {
    tolerant::json(text, |root| {
        let declared = container(root);
        let nothing = declared == Declared { span: declared.span, ..Declared::default() };
        let layers = if nothing { Vec::new() } else { vec![declared] };
        Declarations { layers, ..Declarations::default() }
    })
}

fn container(root: Node<'_, '_>) -> Declared {
    let text = |key: &str| root.get(key).and_then(said);
    let image = text("image");
    let build = root.get("build").map(build);
    // As it was written before there was `build`.
    let old = || {
        let dockerfile = text("dockerFile")?;
        let (span, context) = (dockerfile.span, text("context"));
        Some(Build { span, context, dockerfile: Some(dockerfile), ..Build::default() })
    };
    let build = build.or_else(old);
    let files = root.get("dockerComposeFile").map(words).unwrap_or_default();
    let service = text("service").filter(|_| !files.is_empty()).map(|it| (files, it));
    let span = image.as_ref().map(|it| it.span).or(build.as_ref().map(|it| it.span));
    let span = span.or(service.as_ref().map(|it| it.1.span)).unwrap_or_default();
    let mut volumes: Vec<Volume> =
        root.get("mounts").into_iter().flat_map(Node::elements).filter_map(mount).collect();
    volumes.extend(root.get("workspaceMount").and_then(mount));
    let mut variables = BTreeMap::new();
    for key in ["containerEnv", "remoteEnv"] {
        let entries = root.get(key).into_iter().flat_map(Node::entries);
        variables.extend(entries.filter_map(|it| Some((it.0.to_owned(), said(it.2)?))));
    }
    let lifecycle =
        ["onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand"];
    let settings = root.at(&["customizations", "vscode", "settings"]);
    let interpreter =
        settings.and_then(|it| it.get("python.defaultInterpreterPath")).and_then(said);
    Declared {
        name: root.text_of("name").unwrap_or_default().to_owned(),
        span,
        image,
        build,
        volumes,
        variables,
        folder: text("workspaceFolder"),
        user: text("remoteUser").or_else(|| text("containerUser")),
        platform: platform(root),
        python: feature(root),
        interpreter,
        service,
        commands: lifecycle.into_iter().filter_map(|it| root.get(it)).flat_map(commands).collect(),
        ..Declared::default()
    }
}

fn build(node: Node<'_, '_>) -> Build {
    let text = |key: &str| node.get(key).and_then(said);
    let arguments = node.get("args").into_iter().flat_map(Node::entries);
    let dockerfile = text("dockerfile");
    Build {
        span: dockerfile.as_ref().map_or(node.span(), |it| it.span),
        context: text("context"),
        dockerfile,
        target: text("target"),
        arguments: arguments.filter_map(|it| Some((it.0.to_owned(), said(it.2)?))).collect(),
    }
}

/// The version that the Python feature installs (devcontainers/features, `python`).
fn feature(root: Node<'_, '_>) -> Option<Said> {
    let features = root.get("features")?.entries();
    let mut python = features.filter(|(key, ..)| {
        let path = key.rsplit_once(':').filter(|it| !it.1.contains('/')).map_or(*key, |it| it.0);
        path.ends_with("/features/python") || path == "python"
    });
    let (_, _, options) = python.next()?;
    options.get("version").and_then(said).or_else(|| said(options))
}

/// What the engine is told besides (`runArgs`).
fn platform(root: Node<'_, '_>) -> Option<Said> {
    let arguments: Vec<Said> = root.get("runArgs").map(words).unwrap_or_default();
    let mut pairs = arguments.iter().zip(arguments.iter().skip(1).map(Some).chain([None]));
    pairs.find_map(|(argument, next)| match argument.text.strip_prefix("--platform") {
        Some("") => next.cloned(),
        Some(rest) => {
            let text = rest.strip_prefix('=')?.to_owned();
            Some(Said { text, span: argument.span })
        }
        None => None,
    })
}

/// `type=bind,source=…,target=…`, or a table of these.
fn mount(node: Node<'_, '_>) -> Option<Volume> {
    let span = node.span();
    let pairs: BTreeMap<String, String> = match node.word() {
        Some(spelled) => spelled
            .split(',')
            .map(|it| it.split_once('=').unwrap_or((it, "")))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        None => node
            .entries()
            .filter_map(|it| Some((it.0.to_owned(), it.2.word()?.to_owned())))
            .collect(),
    };
    let get = |names: &[&str]| names.iter().find_map(|it| pairs.get(*it)).cloned();
    let kind = match get(&["type"]).as_deref() {
        Some("bind") => MountKind::Bind,
        Some("tmpfs") => MountKind::Temporary,
        _ => MountKind::Volume,
    };
    let only = get(&["readonly", "ro"]).is_some_and(|it| it.is_empty() || it == "true");
    let access = if only { Access::ReadOnly } else { Access::ReadWrite };
    let inside = get(&["target", "destination", "dst"])?;
    Some(Volume { source: get(&["source", "src"]), inside, kind, access, span })
}

/// A command is a line, a list of words, or a table of several.
fn commands(node: Node<'_, '_>) -> Vec<Said> {
    if let Some(line) = said(node) {
        return vec![line];
    }
    let list: Vec<&str> = node.elements().filter_map(Node::word).collect();
    if !list.is_empty() {
        let first = node.elements().next().map_or(Span::default(), Node::span);
        return vec![Said { text: list.join(" "), span: first }];
    }
    node.entries().flat_map(|it| commands(it.2)).collect()
}
