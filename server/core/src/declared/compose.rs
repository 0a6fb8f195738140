//! `compose.yaml` (*Compose file reference*, Docker): services, what they are built from and what they see of the project.
//! Variables are put in from `.env` and their own defaults; what a file takes over from another is followed.

use std::collections::BTreeMap;

use super::{Build, Declarations, Declared, Format, Volume, tolerant};
use crate::{
    layer::mount::{Access, MountKind},
    standard::pyvenv::Said,
    text::Span,
    tree::{Node, Tree},
};

pub(super) static FORMAT: Format = Format {
    name: "compose",
    summary: "`compose*.yaml`, `docker-compose*.yml`: services, and what they see of the project",
    globs: &["compose*.yaml", "compose*.yml", "docker-compose*.yaml", "docker-compose*.yml"],
    matches,
    read,
};

fn matches(name: &str, _: &str) -> bool {
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    let stem = stem.map(|it| it.strip_prefix("docker-").unwrap_or(it));
    let stem = stem.map(|it| it.strip_prefix("podman-").unwrap_or(it));
    let rest = stem.and_then(|it| it.strip_prefix("compose"));
    rest.is_some_and(|it| it.is_empty() || it.starts_with(['.', '-', '_']))
}

fn read(text: &str) -> Declarations {
    tolerant::yaml(text, |trees| {
        let mut declarations = Declarations::default();
        let Some(root) = trees.first().map(Tree::root) else { return declarations };
        for (name, span, node) in root.get("services").into_iter().flat_map(Node::merged_entries) {
            declarations.layers.push(service(name, span, node));
        }
        let includes = root.get("include").into_iter().flat_map(Node::elements);
        for include in includes {
            let path = include.get("path").unwrap_or(include);
            declarations.includes.extend(words(path));
        }
        declarations
    })
}

pub(super) fn said(node: Node<'_, '_>) -> Option<Said> {
    Some(Said { text: node.word()?.to_owned(), span: node.span() })
}

/// A word, or the words of a list.
pub(super) fn words(node: Node<'_, '_>) -> Vec<Said> {
    said(node).into_iter().chain(node.elements().filter_map(said)).collect()
}

fn service(name: &str, span: Span, node: Node<'_, '_>) -> Declared {
    let get = |key: &str| node.merged(key);
    let text = |key: &str| get(key).and_then(said);
    let mut volumes: Vec<Volume> =
        get("volumes").into_iter().flat_map(list).filter_map(volume).collect();
    volumes.extend(get("tmpfs").into_iter().flat_map(words).map(temporary));
    let watched = get("develop").and_then(|it| it.get("watch")).into_iter().flat_map(list);
    volumes.extend(watched.filter_map(synced));
    let extends = get("extends").and_then(|it| match it.get("service") {
        Some(service) => Some((it.get("file").and_then(said), said(service)?)),
        None => Some((None, said(it)?)),
    });
    let commands = ["command", "entrypoint"].into_iter().filter_map(get);
    Declared {
        name: name.to_owned(),
        span,
        image: text("image"),
        build: get("build").map(build),
        volumes,
        variables: get("environment").map(variables).unwrap_or_default(),
        folder: text("working_dir"),
        user: text("user"),
        platform: text("platform"),
        extends,
        commands: commands.flat_map(words).collect(),
        ..Declared::default()
    }
}

fn list<'tree, 'text>(node: Node<'tree, 'text>) -> impl Iterator<Item = Node<'tree, 'text>> {
    node.elements()
}

fn build(node: Node<'_, '_>) -> Build {
    if let Some(context) = said(node) {
        return Build { span: context.span, context: Some(context), ..Build::default() };
    }
    let text = |key: &str| node.merged(key).and_then(said);
    Build {
        span: node.span(),
        context: text("context"),
        dockerfile: text("dockerfile"),
        target: text("target"),
        arguments: node.merged("args").map(variables).unwrap_or_default(),
    }
}

/// A table of names and values, or a list of `name=value`.
fn variables(node: Node<'_, '_>) -> BTreeMap<String, Said> {
    let table = node.merged_entries().filter_map(|it| Some((it.0.to_owned(), said(it.2)?)));
    let list = node.elements().filter_map(|it| {
        let (name, value) = it.word()?.split_once('=')?;
        Some((name.to_owned(), Said { text: value.to_owned(), span: it.span() }))
    });
    table.chain(list).collect()
}

/// `source:inside:mode`, or a table of these.
fn volume(node: Node<'_, '_>) -> Option<Volume> {
    let span = node.span();
    let Some(short) = node.word() else {
        let text = |key: &str| node.get(key).and_then(Node::word);
        let kind = match text("type")? {
            "bind" => MountKind::Bind,
            "tmpfs" => MountKind::Temporary,
            _ => MountKind::Volume,
        };
        let only = node.get("read_only").and_then(Node::word) == Some("true");
        let access = if only { Access::ReadOnly } else { Access::ReadWrite };
        let (source, inside) = (text("source").map(str::to_owned), text("target")?.to_owned());
        return Some(Volume { source, inside, kind, access, span });
    };
    let mut parts = split(short);
    let options = if parts.len() > 2 { parts.pop() } else { None };
    let only = options.is_some_and(|it| it.split(',').any(|it| it == "ro"));
    let access = if only { Access::ReadOnly } else { Access::ReadWrite };
    let inside = parts.pop()?.to_owned();
    let source = parts.pop().map(str::to_owned);
    let is_path = source
        .as_ref()
        .is_some_and(|it| it.starts_with(['.', '/', '~', '$', '\\']) || it.get(1..2) == Some(":"));
    let kind = if is_path { MountKind::Bind } else { MountKind::Volume };
    Some(Volume { source, inside, kind, access, span })
}

/// The parts between colons; neither those of variables nor that of a drive count.
fn split(short: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    let bytes = short.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => {
                let letter =
                    at == start + 1 && bytes.get(start).is_some_and(u8::is_ascii_alphabetic);
                let is_drive = letter && matches!(bytes.get(at + 1), Some(b'\\' | b'/'));
                if !is_drive {
                    parts.push(short.get(start..at).unwrap_or(""));
                    start = at + 1;
                }
            }
            _ => {}
        }
    }
    parts.push(short.get(start..).unwrap_or(""));
    parts
}

fn temporary(said: Said) -> Volume {
    let inside = said.text.split(':').next().unwrap_or("").to_owned();
    let (kind, access) = (MountKind::Temporary, Access::ReadWrite);
    Volume { source: None, inside, kind, access, span: said.span }
}

/// What `docker compose watch` copies in when it changes.
fn synced(node: Node<'_, '_>) -> Option<Volume> {
    let action = node.get("action")?.word()?;
    let (source, inside) = (node.get("path")?.word()?, node.get("target")?.word()?);
    let (kind, access) = (MountKind::Synced, Access::ReadOnly);
    action.starts_with("sync").then(|| Volume {
        source: Some(source.to_owned()),
        inside: inside.to_owned(),
        kind,
        access,
        span: node.span(),
    })
}
