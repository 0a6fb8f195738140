//! One file per format in which a project declares a layer: text in, what it declares with its places out. Nothing is evaluated
//! or rendered, and reading never fails: a stretch that cannot be read is left out, and what stands around it is kept.

mod dockerfile;
mod dockerignore;
mod compose;
mod devcontainer;
mod kubernetes;
mod skaffold;
mod tilt;
mod vagrantfile;
mod vagrant;
mod libvirt;
mod virtualbox;
mod vmware;
mod command;
mod expansion;
mod tolerant;
mod xml;

use std::{collections::BTreeMap, sync::Arc};

pub use self::{
    command::{Command, commands},
    dockerignore::{Pattern, leaves_out},
    expansion::expanded,
};
use crate::{
    layer::mount::{Access, MountKind},
    standard::pyvenv::Said,
    text::{Lines, Location, Range, Span},
    world::AbsPath,
};

/// A format in which layers are declared.
pub struct Format {
    pub name: &'static str,
    /// What a person reads in the reference.
    pub summary: &'static str,
    /// How the names of such files look, as editors want it.
    pub globs: &'static [&'static str],
    /// Whether a file of this name, in this folder, is of this format.
    pub matches: fn(&str, &str) -> bool,
    pub read: fn(&str) -> Declarations,
}

/// Every format. The order means nothing: no name is of two formats.
pub static ALL: &[&Format] = &[
    &compose::FORMAT,
    &devcontainer::FORMAT,
    &dockerfile::FORMAT,
    &dockerignore::FORMAT,
    &kubernetes::FORMAT,
    &libvirt::FORMAT,
    &skaffold::FORMAT,
    &tilt::FORMAT,
    &vagrant::FORMAT,
    &vagrantfile::FORMAT,
    &virtualbox::FORMAT,
    &vmware::FORMAT,
];

/// The format of a file, by its name.
#[must_use]
pub fn format_of(path: &AbsPath) -> Option<&'static Format> {
    let name = str::from_utf8(path.name()).ok()?;
    let folder = path.parent().map(|it| it.name_text()).unwrap_or_default();
    ALL.iter().copied().find(|format| (format.matches)(name, &folder))
}

/// Reads the text of the file at a path. One whose name says no format was named by a file that builds from it.
#[must_use]
pub fn read_file(path: &AbsPath, text: Arc<str>) -> Document {
    let is_yaml = [&b".yml"[..], b".yaml"].iter().any(|it| path.name().ends_with(it));
    let other = match is_yaml {
        true if text.contains("apiVersion:") => &kubernetes::FORMAT,
        true => &compose::FORMAT,
        false => &dockerfile::FORMAT,
    };
    let format = format_of(path).unwrap_or(other);
    let declarations = (format.read)(&text);
    let lines = Lines::of(&text);
    let ignored = ignored(&text, &lines);
    Document { format: format.name, text, lines, ignored, declarations }
}

/// One file that declares layers, read.
#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    pub format: &'static str,
    pub text: Arc<str>,
    pub lines: Lines,
    /// By zero-based line, the codes that a comment silences there.
    pub ignored: BTreeMap<u32, Vec<String>>,
    pub declarations: Declarations,
}

impl Document {
    #[must_use]
    pub fn range(&self, span: Span) -> Range {
        self.lines.range(&self.text, span)
    }

    #[must_use]
    pub fn location(&self, path: &AbsPath, span: Span) -> Location {
        Location { path: path.clone(), range: self.range(span) }
    }
}

/// What a file declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declarations {
    /// The containers, pods and machines that it describes.
    pub layers: Vec<Declared>,
    /// The stages by which it builds an image, in order.
    pub stages: Vec<Stage>,
    /// What a build may be told, and what it takes where it is told nothing.
    pub arguments: BTreeMap<String, Option<String>>,
    /// What it keeps out of images.
    pub patterns: Vec<Pattern>,
    /// Further files that belong to it, as written.
    pub includes: Vec<Said>,
}

/// A container, a pod or a machine, as it is spelled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// What it is called in the file; empty where it has no name.
    pub name: String,
    /// The text that stands for it.
    pub span: Span,
    pub image: Option<Said>,
    pub build: Option<Build>,
    pub volumes: Vec<Volume>,
    /// The variables that processes inside get.
    pub variables: BTreeMap<String, Said>,
    /// Where processes inside begin, and an editor's workspace is.
    pub folder: Option<Said>,
    pub user: Option<Said>,
    /// The system and architecture that it is for, as `linux/arm64`.
    pub platform: Option<Said>,
    /// The version of the Python that is put in beside what the image brings.
    pub python: Option<Said>,
    /// The interpreter that an editor inside is told to use.
    pub interpreter: Option<Said>,
    /// What it takes over from another: the file, where it is another one, and the name.
    pub extends: Option<(Option<Said>, Said)>,
    /// The service of other files that it is.
    pub service: Option<(Vec<Said>, Said)>,
    /// The commands that are run in it, as they are written.
    pub commands: Vec<Said>,
}

/// How an image is built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    pub span: Span,
    pub context: Option<Said>,
    pub dockerfile: Option<Said>,
    pub target: Option<Said>,
    pub arguments: BTreeMap<String, Said>,
}

/// Something mounted, as it is spelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// A path of the outside, or the name of a store; `None` for one without a name.
    pub source: Option<String>,
    pub inside: String,
    pub kind: MountKind,
    pub access: Access,
    pub span: Span,
}

/// A stage of a build, with what it does in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The image or the earlier stage that it begins with.
    pub from: Said,
    pub name: Option<String>,
    pub platform: Option<Said>,
    pub steps: Vec<Step>,
}

/// One instruction of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub span: Span,
    pub does: Does,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    Run(Vec<Command>),
    /// Files are put into the image, out of the context or another stage.
    Copy {
        from: Option<Said>,
        sources: Vec<Said>,
        target: String,
        excluded: Vec<String>,
    },
    Variable(String, String),
    Folder(String),
    Argument(String, Option<String>),
}

/// The codes that a comment silences: on its own line, and where it stands alone on one, on the line after it.
fn ignored(text: &str, lines: &Lines) -> BTreeMap<u32, Vec<String>> {
    let mut ignored: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (at, _) in text.match_indices("envls: ignore") {
        let before = text.get(..at).unwrap_or("").trim_end_matches(' ');
        let Some(before) = before.strip_suffix('#').or_else(|| before.strip_suffix("//")) else {
            continue;
        };
        let rest =
            text.get(at + "envls: ignore".len()..).unwrap_or("").lines().next().unwrap_or("");
        let inside = rest.strip_prefix('[').and_then(|it| it.split_once(']')).map(|it| it.0);
        let codes: Vec<String> = match inside {
            Some(inside) => inside.split(',').map(|it| it.trim().to_owned()).collect(),
            None => vec!["*".to_owned()],
        };
        let line = lines.position(text, at).line;
        let alone = before.rsplit('\n').next().unwrap_or("").trim().is_empty();
        ignored.entry(line + u32::from(alone)).or_default().extend(codes);
    }
    ignored
}
