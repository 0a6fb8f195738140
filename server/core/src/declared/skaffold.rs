//! `skaffold.yaml` (*skaffold.yaml reference*, Google): images that are built, and which files are copied into running pods when
//! they change.

use super::{Build, Declarations, Declared, Format, Volume, compose::said, tolerant};
use crate::{
    layer::mount::{Access, MountKind},
    tree::{Node, Tree},
};

pub(super) static FORMAT: Format = Format {
    name: "skaffold",
    summary: "`skaffold*.yaml`: images, and what is copied into their pods",
    globs: &["skaffold*.yaml", "skaffold*.yml"],
    matches: |name, _| {
        name.starts_with("skaffold") && (name.ends_with(".yaml") || name.ends_with(".yml"))
    },
    read,
};

fn read(text: &str) -> Declarations {
    tolerant::yaml(text, |trees| {
        let mut declarations = Declarations::default();
        for root in trees.iter().map(Tree::root) {
            let artifacts = root.at(&["build", "artifacts"]).into_iter().flat_map(Node::elements);
            declarations.layers.extend(artifacts.filter_map(artifact));
            let manifests = root.at(&["manifests", "rawYaml"]).into_iter().flat_map(Node::elements);
            // A glob would have to be looked for.
            let plain = manifests.filter_map(said).filter(|it| !it.text.contains('*'));
            declarations.includes.extend(plain);
        }
        declarations
    })
}

fn artifact(node: Node<'_, '_>) -> Option<Declared> {
    let image = node.get("image").and_then(said)?;
    let docker = node.get("docker");
    let arguments = docker.and_then(|it| it.get("buildArgs")).into_iter().flat_map(Node::entries);
    let build = Build {
        span: image.span,
        context: node.get("context").and_then(said),
        dockerfile: docker.and_then(|it| it.get("dockerfile")).and_then(said),
        target: docker.and_then(|it| it.get("target")).and_then(said),
        arguments: arguments.filter_map(|it| Some((it.0.to_owned(), said(it.2)?))).collect(),
    };
    let synced = node.at(&["sync", "manual"]).into_iter().flat_map(Node::elements);
    Some(Declared {
        name: image.text.clone(),
        span: image.span,
        // Other builders than Docker's make their image in ways of their own.
        build: (docker.is_some() || !has_builder(node)).then_some(build),
        volumes: synced.filter_map(sync).collect(),
        ..Declared::default()
    })
}

fn has_builder(node: Node<'_, '_>) -> bool {
    ["buildpacks", "jib", "bazel", "custom", "kaniko", "ko"].iter().any(|it| node.get(it).is_some())
}

/// Files that match a glob are put below a folder, without the part of their path that is to be left out.
fn sync(node: Node<'_, '_>) -> Option<Volume> {
    let (source, inside) = (node.text_of("src")?, node.text_of("dest")?);
    let strip = node.text_of("strip").unwrap_or("").trim_end_matches('/');
    let fixed = source.split('*').next().unwrap_or("").trim_end_matches('/');
    // Only where what is left out is what does not vary does one folder become the other.
    let source =
        if strip == fixed || strip.is_empty() && fixed.is_empty() { fixed } else { return None };
    let source = if source.is_empty() { "." } else { source };
    let (kind, access) = (MountKind::Synced, Access::ReadOnly);
    let inside = inside.to_owned();
    Some(Volume { source: Some(source.to_owned()), inside, kind, access, span: node.span() })
}
