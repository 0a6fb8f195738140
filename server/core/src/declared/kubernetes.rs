//! Kubernetes manifests (*Kubernetes API reference*, `PodSpec`): the containers of pods and of what makes pods, in as many
//! documents as a file has. Templates of Helm and overlays of Kustomize are not rendered.

use std::collections::BTreeMap;

use super::{Declarations, Declared, Format, Volume, compose::said, tolerant};
use crate::{
    layer::mount::{Access, MountKind},
    standard::pyvenv::Said,
    tree::Node,
};

pub(super) static FORMAT: Format = Format {
    name: "kubernetes",
    summary: "`*.yaml` in `k8s`, `kubernetes`, `manifests` and `deploy`, `deployment*.yaml`, `pod*.yaml` and their kin: the containers of pods",
    globs: &[
        "**/{k8s,kubernetes,manifests,deploy,deployment}/*.{yaml,yml}",
        "{deployment,statefulset,daemonset,cronjob,job,pod,k8s}*.{yaml,yml}",
    ],
    matches,
    read,
};

const FOLDERS: &[&str] = &["k8s", "kubernetes", "manifests", "deploy", "deployment"];
const KINDS: &[&str] = &["deployment", "statefulset", "daemonset", "cronjob", "job", "pod", "k8s"];

fn matches(name: &str, folder: &str) -> bool {
    let Some(stem) = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")) else {
        return false;
    };
    let named = |kind: &&str| {
        stem.strip_prefix(*kind).is_some_and(|it| it.is_empty() || it.starts_with(['-', '.', '_']))
    };
    let of_folder = FOLDERS.contains(&folder) && !is_other(stem);
    of_folder || KINDS.iter().any(named)
}

/// Whether the name says that it is of another format.
fn is_other(stem: &str) -> bool {
    let parts = ["compose", "docker-compose", "skaffold", "environment", "kustomization", "values"];
    parts.iter().any(|it| stem.starts_with(it))
}

fn read(text: &str) -> Declarations {
    tolerant::yaml(text, |trees| {
        let mut declarations = Declarations::default();
        for tree in trees {
            object(tree.root(), &mut declarations);
        }
        declarations
    })
}

fn object(root: Node<'_, '_>, declarations: &mut Declarations) {
    let list = root.get("items").into_iter().flat_map(Node::elements);
    list.for_each(|it| object(it, declarations));
    // Without both it is no object of theirs.
    if root.get("apiVersion").is_none() || root.get("kind").is_none() {
        return;
    }
    let paths: [&[&str]; 3] = [
        &["spec"],
        &["spec", "template", "spec"],
        &["spec", "jobTemplate", "spec", "template", "spec"],
    ];
    for pod in paths.into_iter().filter_map(|it| root.at(it)) {
        for key in ["initContainers", "containers"] {
            let containers = pod.get(key).into_iter().flat_map(Node::elements);
            declarations.layers.extend(containers.filter_map(|it| container(it, pod)));
        }
    }
}

fn container(node: Node<'_, '_>, pod: Node<'_, '_>) -> Option<Declared> {
    let image = node.get("image").and_then(said)?;
    let name = node.get("name").and_then(said);
    let variables = node.get("env").into_iter().flat_map(Node::elements);
    let variables: BTreeMap<String, Said> = variables
        .filter_map(|it| Some((it.text_of("name")?.to_owned(), said(it.get("value")?)?)))
        .collect();
    let volumes = node.get("volumeMounts").into_iter().flat_map(Node::elements);
    let selector =
        pod.get("nodeSelector").and_then(|it| it.get("kubernetes.io/arch")).and_then(said);
    let commands = ["command", "args"].into_iter().filter_map(|it| node.get(it));
    Some(Declared {
        span: name.as_ref().map_or(image.span, |it| it.span),
        name: name.map(|it| it.text).unwrap_or_default(),
        image: Some(image),
        volumes: volumes.filter_map(|it| volume(it, pod)).collect(),
        variables,
        folder: node.get("workingDir").and_then(said),
        platform: selector,
        commands: commands.flat_map(super::compose::words).collect(),
        ..Declared::default()
    })
}

/// What a container mounts of the pod's volumes. The path of a node is none of ours.
fn volume(node: Node<'_, '_>, pod: Node<'_, '_>) -> Option<Volume> {
    let (name, inside) = (node.text_of("name")?, node.text_of("mountPath")?);
    let volumes = pod.get("volumes").into_iter().flat_map(Node::elements);
    let declared = volumes.into_iter().find(|it| it.text_of("name") == Some(name));
    let kind = match declared {
        Some(it) if it.get("hostPath").is_some() => MountKind::Bind,
        Some(it) if it.get("emptyDir").is_some() => MountKind::Temporary,
        _ => MountKind::Volume,
    };
    let only = node.get("readOnly").is_some_and(Node::is_yes);
    let access = if only { Access::ReadOnly } else { Access::ReadWrite };
    let source = (kind == MountKind::Volume).then(|| name.to_owned());
    Some(Volume { source, inside: inside.to_owned(), kind, access, span: node.span() })
}
