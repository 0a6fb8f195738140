//! Puts together what several files say of one container: a service and what it takes over, a dev container and its service,
//! an image and its Dockerfile.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Base, Built, Container, DeclaredAs, Mounted, Platform,
    reading::{Read, dockerfile},
};
use crate::{
    declared::{Declared, Document, Volume, expanded},
    layer::{
        image::{Image, architecture_of},
        mount::{Access, Mount, MountKind},
    },
    standard::{pyvenv::Said, version::Version},
    text::{Location, Span},
    world::AbsPath,
};

/// Everything that the files declare, in their order.
pub(super) fn containers(read: &Read) -> Vec<Container> {
    let mut containers = Vec::new();
    let mut built: BTreeSet<AbsPath> = BTreeSet::new();
    for (path, document) in &read.files {
        for declared in &document.declarations.layers {
            let container = match document.format {
                "compose" => service(read, path, declared),
                "devcontainer" => dev_container(read, path, declared),
                _ => other(read, path, declared),
            };
            containers.extend(container);
        }
    }
    built.extend(containers.iter().filter_map(|it| Some(it.built.as_ref()?.dockerfile.clone())));
    for (path, document) in read.files.iter().filter(|it| it.1.format == "dockerfile") {
        if !built.contains(path) {
            let given = BTreeMap::new();
            let built = Built::of(path, document, read.root.clone(), None, &given);
            containers.extend(built.map(|it| of_build(read, path, it)));
        }
    }
    containers
}

/// An image that no other file speaks of.
fn of_build(read: &Read, path: &AbsPath, built: Built) -> Container {
    let stage = built.last();
    Container {
        called: format!("the image of `{}`", path.shown_from(&read.root)),
        declared_as: DeclaredAs::Other,
        interpreter: None,
        location: Location::start_of(path),
        image: stage.and_then(|it| it.base.clone()),
        folder: stage.and_then(|it| it.folder().cloned()),
        platform: None,
        mounts: Vec::new(),
        tagged: Vec::new(),
        variables: BTreeMap::new(),
        python: None,
        built: Some(built),
    }
    .with_platform(path)
}

impl Container {
    /// What its stage says that it is for, where nothing else does.
    fn with_platform(mut self, path: &AbsPath) -> Container {
        let stated = || {
            let built = self.built.as_ref()?;
            let said = built.last()?.platform.as_ref()?;
            platform(said, &said.text, path, &built.document)
        };
        self.platform = self.platform.take().or_else(stated);
        self
    }
}

fn platform(said: &Said, spelled: &str, path: &AbsPath, document: &Document) -> Option<Platform> {
    Some(Platform {
        spelled: spelled.to_owned(),
        architecture: architecture_of(spelled)?,
        location: document.location(path, said.span),
    })
}

/// A service as one file has it, which is what positions are of.
struct Part<'read> {
    path: &'read AbsPath,
    document: &'read Document,
    declared: &'read Declared,
}

impl Part<'_> {
    fn location(&self, span: Span) -> Location {
        self.document.location(self.path, span)
    }

    fn folder(&self) -> Option<AbsPath> {
        self.path.parent()
    }
}

/// A service of a compose file, with what it takes over.
fn service(read: &Read, path: &AbsPath, declared: &Declared) -> Option<Container> {
    let document = read.files.get(path)?;
    let parts = parts(read, Part { path, document, declared });
    let called = format!("service `{}`", declared.name);
    let declared_as = DeclaredAs::Service(path.clone(), declared.name.clone());
    let container = of_parts(read, called, document.location(path, declared.span), &parts)?;
    Some(Container { declared_as, ..container })
}

/// A container of a pod, an image that a tool builds and keeps up to date, or a virtual machine.
fn other(read: &Read, path: &AbsPath, declared: &Declared) -> Option<Container> {
    let document = read.files.get(path)?;
    let (name, location) = (&declared.name, document.location(path, declared.span));
    let of_machine = |declared: &Declared| {
        // What a machine is made from is no image of a container.
        let bare = Declared { image: None, ..declared.clone() };
        let called = match &*bare.name {
            "" => "the virtual machine".to_owned(),
            name => format!("virtual machine `{name}`"),
        };
        let part = Part { path, document, declared: &bare };
        // What is written down under `.vagrant` is of the folder around that, as the Vagrantfile is.
        of_parts(read, called, location.clone(), &[part])
    };
    let called = match document.format {
        "kubernetes" => format!("container `{name}`"),
        "skaffold" | "tilt" => format!("image `{name}`"),
        _ => return of_machine(declared),
    };
    of_parts(read, called, location.clone(), &[Part { path, document, declared }])
}

/// How far a service that takes over from another is followed.
const DEEPEST: usize = 8;

/// The parts that a service is made of, the weightiest first: what an override says of it, itself, what it takes over.
fn parts<'read>(read: &'read Read, first: Part<'read>) -> Vec<Part<'read>> {
    let find = |path: &AbsPath, name: &str| {
        let (path, document) = read.files.get_key_value(path)?;
        let declared = document.declarations.layers.iter().find(|it| it.name == name)?;
        Some(Part { path, document, declared })
    };
    let mut parts = Vec::new();
    let mut seen = BTreeSet::new();
    if is_base(first.path)
        && let Some(folder) = first.folder()
    {
        for over in read.files.keys().filter(|it| it.parent() == Some(folder.clone())) {
            if is_override(over) {
                parts.extend(find(over, &first.declared.name));
            }
        }
    }
    let mut next = Some(first);
    while let Some(part) = next.take() {
        if parts.len() > DEEPEST || !seen.insert((part.path.clone(), part.declared.name.clone())) {
            break;
        }
        if let Some((file, name)) = &part.declared.extends {
            let file = match file {
                Some(file) => part.folder().map(|it| it.join(&file.text)),
                None => Some(part.path.clone()),
            };
            next = file.and_then(|it| find(&it, &name.text));
        } else if !is_base(part.path) {
            // A file for another occasion is given together with the one that it changes.
            let beside = read.files.keys().filter(|it| it.parent() == part.folder() && is_base(it));
            next = beside.min().and_then(|it| find(it, &part.declared.name));
        }
        parts.push(part);
    }
    parts
}

fn is_base(path: &AbsPath) -> bool {
    let name = path.name();
    let names = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
    names.iter().any(|it| it.as_bytes() == name)
}

fn is_override(path: &AbsPath) -> bool {
    let name = path.name_text();
    ["compose.override.y", "docker-compose.override.y"].iter().any(|it| name.starts_with(it))
}

fn of_parts(
    read: &Read,
    called: String,
    location: Location,
    parts: &[Part<'_>],
) -> Option<Container> {
    let first = parts.first()?;
    let values = first.folder().and_then(|it| read.values.get(&it));
    let value = |name: &str| values.and_then(|it| it.get(name)).cloned();
    let put_in = |text: &str| expanded(text, &value);
    let mut built = None;
    if let Some((part, build)) = parts.iter().find_map(|it| Some((it, it.declared.build.as_ref()?)))
    {
        let (file, context) = dockerfile(&part.folder()?, part.document.format, build)?;
        let given = build.arguments.iter();
        let given =
            given.filter_map(|(name, it)| Some((name.clone(), put_in(&it.text)?))).collect();
        let target = build.target.as_ref().and_then(|it| put_in(&it.text));
        let document = read.files.get(&file);
        built = document.and_then(|it| Built::of(&file, it, context, target.as_deref(), &given));
    }
    let builds = parts.iter().any(|it| it.declared.build.is_some());
    let named = || {
        let (part, said) = parts.iter().find_map(|it| Some((it, it.declared.image.as_ref()?)))?;
        let image = Image::parse(&put_in(&said.text)?)?;
        let (spelled, location) = (said.text.clone(), part.location(said.span));
        Some(Base { brings: image.brings(), image, spelled, location })
    };
    let image = match &built {
        Some(built) => built.last().and_then(|it| it.base.clone()),
        None if builds => None,
        None => named(),
    };
    let stated = parts.iter().find_map(|part| {
        let said = part.declared.platform.as_ref()?;
        platform(said, &put_in(&said.text)?, part.path, part.document)
    });
    let stage_folder = || built.as_ref()?.last()?.folder().cloned();
    let folder = parts.iter().find_map(|it| put_in(&it.declared.folder.as_ref()?.text));
    let folder = folder.and_then(AbsPath::parse).or_else(stage_folder);
    let mut variables = BTreeMap::new();
    for part in parts.iter().rev() {
        let pairs = part.declared.variables.iter();
        variables.extend(pairs.filter_map(|(name, it)| Some((name.clone(), put_in(&it.text)?))));
    }
    // What is stated first wins where two lie at one path.
    let mut mounts: BTreeMap<AbsPath, Mounted> = BTreeMap::new();
    let mut tagged = Vec::new();
    for part in parts {
        let folder = part.folder()?;
        let context = part.declared.build.as_ref().and_then(|it| it.context.as_ref());
        let around = match context.filter(|_| part.document.format == "skaffold") {
            Some(context) => folder.join(&context.text),
            None => folder,
        };
        for volume in &part.declared.volumes {
            let Some(mount) = mount(&around, volume, &put_in) else {
                let source = volume.source.as_ref().filter(|_| part.document.format == "libvirt");
                let source = source.and_then(AbsPath::parse);
                tagged.extend(source.map(|it| (it, part.location(volume.span))));
                continue;
            };
            let mounted = Mounted { location: part.location(volume.span), mount };
            mounts.entry(mounted.mount.inside.clone()).or_insert(mounted);
        }
    }
    let path = built.as_ref().map(|it| it.dockerfile.clone());
    let container = Container {
        called,
        declared_as: DeclaredAs::Other,
        interpreter: None,
        location,
        image,
        mounts: mounts.into_values().collect(),
        tagged,
        variables,
        platform: stated,
        python: None,
        folder,
        built,
    };
    Some(match path {
        Some(path) => container.with_platform(&path),
        None => container,
    })
}

fn mount(
    folder: &AbsPath,
    volume: &Volume,
    put_in: &dyn Fn(&str) -> Option<String>,
) -> Option<Mount> {
    let inside = AbsPath::parse(put_in(&volume.inside)?)?;
    let outside = match (&volume.kind, &volume.source) {
        (MountKind::Bind | MountKind::Synced, Some(source)) => {
            let source = put_in(source)?;
            (!source.starts_with('~')).then(|| folder.join(source))
        }
        _ => None,
    };
    Some(Mount { inside, outside, kind: volume.kind, access: volume.access })
}

/// A dev container: a service with more to it, or a container of its own with the workspace mounted.
fn dev_container(read: &Read, path: &AbsPath, declared: &Declared) -> Option<Container> {
    let document = read.files.get(path)?;
    let folder = path.parent()?;
    let local = local_folder(path)?;
    let basename = local.name_text();
    let own = Part { path, document, declared };
    let default = || AbsPath::parse(format!("/workspaces/{basename}"));
    let before = |text: &str| substituted(text, &local, None);
    let stated = declared.folder.as_ref().and_then(|it| AbsPath::parse(before(&it.text)?));
    let called = "the dev container".to_owned();
    let location = document.location(path, declared.span);
    let mut container = match &declared.service {
        Some((files, name)) => {
            let found = files.iter().find_map(|it| {
                let (path, document) = read.files.get_key_value(&folder.join(&it.text))?;
                let declared =
                    document.declarations.layers.iter().find(|it| it.name == name.text)?;
                Some(Part { path, document, declared })
            })?;
            let parts = parts(read, found);
            Container { folder: stated, ..of_parts(read, called, location, &parts)? }
        }
        None => {
            let folder = stated.or_else(default);
            let bare = Declared { volumes: Vec::new(), folder: None, ..declared.clone() };
            let part = Part { declared: &bare, ..own };
            Container { folder, ..of_parts(read, called, location, &[part])? }
        }
    };
    container.declared_as = DeclaredAs::DevContainer(path.clone());
    container.interpreter = declared.interpreter.as_ref().map(|it| it.text.clone());
    let inside = container.folder.clone();
    let put_in = |text: &str| substituted(text, &local, inside.as_ref());
    for volume in &declared.volumes {
        let Some(mount) = mount(&local, volume, &put_in) else { continue };
        let location = document.location(path, volume.span);
        container.mounts.push(Mounted { mount, location });
    }
    let covered = container.mounts.iter().any(|it| it.mount.outside.as_ref() == Some(&local));
    if declared.service.is_none() && !covered {
        let inside = inside.clone().or_else(default)?;
        let (kind, access) = (MountKind::Bind, Access::ReadWrite);
        let mount = Mount { inside, outside: Some(local.clone()), kind, access };
        container.mounts.push(Mounted { mount, location: container.location.clone() });
    }
    container.mounts.sort_by(|a, b| a.mount.cmp(&b.mount));
    let variables = declared.variables.iter();
    let variables = variables.filter_map(|(name, it)| Some((name.clone(), put_in(&it.text)?)));
    container.variables.extend(variables);
    let python = declared.python.as_ref();
    container.python =
        python.and_then(|it| Some((Version::parse(&it.text)?, document.location(path, it.span))));
    Some(container)
}

/// The folder that is opened in the container: the one that `.devcontainer` is in.
fn local_folder(path: &AbsPath) -> Option<AbsPath> {
    let folder = path.parent()?;
    let around = std::iter::once(folder.clone()).chain(folder.ancestors().take(1));
    let special = around.into_iter().find(|it| it.name() == b".devcontainer");
    special.map_or(Some(folder), |it| it.parent())
}

/// Puts in what `devcontainer.json` can ask for (*Development Containers Specification*, variables). What only the container
/// knows is not known here.
fn substituted(text: &str, local: &AbsPath, inside: Option<&AbsPath>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(rest.get(..at)?);
        let (name, after) = rest.get(at + 2..)?.split_once('}')?;
        let value = match name {
            "localWorkspaceFolder" => local.to_string(),
            "localWorkspaceFolderBasename" => local.name_text(),
            "containerWorkspaceFolder" => inside?.to_string(),
            "containerWorkspaceFolderBasename" => inside?.name_text(),
            name => name.strip_prefix("localEnv:")?.split_once(':')?.1.to_owned(),
        };
        out.push_str(&value);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}
