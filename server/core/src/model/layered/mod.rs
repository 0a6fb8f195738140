//! The layers that a project declares: which files say so, and what follows from them together.

mod building;
mod composing;
mod reading;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub use self::building::{Built, Copied, Made, Staged};
use super::project::Project;
use crate::{
    declared::Document,
    layer::{
        image::{Brings, Image},
        mount::{Mount, seen_at},
    },
    standard::version::Version,
    text::Location,
    world::{AbsPath, Asked, View},
};

/// What a project declares of layers.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    pub files: BTreeMap<AbsPath, Arc<Document>>,
    /// In the order of the files that declare them.
    pub containers: Vec<Container>,
}

/// A container that the project declares, with everything that its files say of it put together.
#[derive(Clone, Debug)]
pub struct Container {
    /// As a person would say which one it is: service `app`.
    pub called: String,
    pub declared_as: DeclaredAs,
    /// The interpreter that an editor inside is told to use, as it is written.
    pub interpreter: Option<String>,
    pub location: Location,
    /// The image that it is run from; of one that is built the one that its last stage rests on.
    pub image: Option<Base>,
    pub built: Option<Built>,
    pub mounts: Vec<Mounted>,
    /// The folders that a virtual machine is given by a tag: where it mounts them, only it knows.
    pub tagged: Vec<(AbsPath, Location)>,
    pub variables: BTreeMap<String, String>,
    pub platform: Option<Platform>,
    /// The Python that is put in beside the image's.
    pub python: Option<(Version, Location)>,
    /// Where processes inside begin.
    pub folder: Option<AbsPath>,
}

/// What declares a container, by which the engines know it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeclaredAs {
    /// This file, of the Development Containers Specification.
    DevContainer(AbsPath),
    /// The service of this name in this compose file.
    Service(AbsPath, String),
    Other,
}

/// An image by its name, and where it is named.
#[derive(Clone, Debug)]
pub struct Base {
    pub image: Image,
    pub brings: Brings,
    /// As it is written, which variables may stand in.
    pub spelled: String,
    pub location: Location,
}

#[derive(Clone, Debug)]
pub struct Mounted {
    pub mount: Mount,
    pub location: Location,
}

/// The architecture that a container is said to be for.
#[derive(Clone, Debug)]
pub struct Platform {
    pub spelled: String,
    pub architecture: &'static str,
    pub location: Location,
}

impl Layers {
    pub(super) fn observe(view: &View<'_>, project: &Project) -> Asked<Layers> {
        let read = reading::read(view, project)?;
        let containers = composing::containers(&read);
        Ok(Layers { files: read.files, containers })
    }

    /// The file of that path, if it declares layers.
    #[must_use]
    pub fn file(&self, path: &AbsPath) -> Option<&Arc<Document>> {
        self.files.get(path)
    }

    /// Every build, once for each Dockerfile and target.
    pub fn builds(&self) -> impl Iterator<Item = (&Container, &Built)> {
        let mut seen = BTreeSet::new();
        let built = self.containers.iter().filter_map(|it| Some((it, it.built.as_ref()?)));
        built.filter(move |it| seen.insert((&it.1.dockerfile, it.1.target, &it.1.context)))
    }
}

impl Container {
    /// The path inside at which a path of ours is seen.
    #[must_use]
    pub fn sees(&self, path: &AbsPath) -> Option<AbsPath> {
        let mounts: Vec<Mount> = self.mounts.iter().map(|it| it.mount.clone()).collect();
        seen_at(&mounts, path)
    }

    /// Where it is stated that it is given the folder in which a path of ours is, if that is what a path inside can be: what
    /// both have below the folder is the same.
    #[must_use]
    pub fn is_given(&self, path: &AbsPath, inside: &AbsPath) -> Option<&Location> {
        let fits = |folder: &AbsPath| {
            let below = path.below(folder).filter(|it| !it.is_empty());
            below.is_some_and(|it| {
                inside.as_bytes().strip_suffix(it).is_some_and(|it| it.ends_with(b"/"))
            })
        };
        self.tagged.iter().find(|it| fits(&it.0)).map(|it| &it.1)
    }

    /// The Python that runs in it, as far as its files tell, and where they say so.
    #[must_use]
    pub fn runs(&self) -> Option<(&Version, &Location)> {
        let stated = self.python.as_ref().map(|it| (&it.0, &it.1));
        let installed = || {
            let stage = self.built.as_ref()?.last()?;
            stage.installed.as_ref().map(|it| (&it.0, &it.1))
        };
        // Where uv takes a Python of its own, the image's is not the one that runs.
        let last = self.built.as_ref().and_then(|it| it.last());
        let is_managed = last.is_some_and(|it| it.made.iter().any(|it| it.managed));
        let brought = || {
            if is_managed {
                return None;
            }
            let image = self.image.as_ref()?;
            Some((image.brings.python.as_ref()?, &image.location))
        };
        stated.or_else(installed).or_else(brought)
    }
}
