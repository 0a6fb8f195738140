//! What a build does, stage by stage, as far as its instructions tell without being run.

use std::{collections::BTreeMap, sync::Arc};

use super::Base;
use crate::{
    declared::{Command, Document, Does, Stage, expanded},
    layer::{here::Libc, image::Image},
    standard::{pyvenv::Said, version::Version},
    text::{Location, Span},
    world::AbsPath,
};

/// A build of an image, up to the stage that is wanted.
#[derive(Clone, Debug)]
pub struct Built {
    pub dockerfile: AbsPath,
    pub document: Arc<Document>,
    pub context: AbsPath,
    pub stages: Vec<Staged>,
    pub target: usize,
}

/// What there is at the end of a stage.
#[derive(Clone, Debug, Default)]
pub struct Staged {
    pub name: Option<String>,
    /// The image that it rests on, through however many stages.
    pub base: Option<Base>,
    /// What it is said to be for.
    pub platform: Option<Said>,
    /// The Python that its commands install.
    pub installed: Option<(Version, Location)>,
    pub libc: Option<Libc>,
    /// The environments that are in it.
    pub made: Vec<Made>,
    /// What is copied into it out of the context.
    pub copied: Vec<Copied>,
    /// Whether uv keeps Pythons of its own in it.
    pub keeps_managed: bool,
    folder: Option<AbsPath>,
    variables: BTreeMap<String, String>,
    uses_managed: bool,
    in_project: bool,
}

/// An environment in an image.
#[derive(Clone, Debug)]
pub struct Made {
    pub path: AbsPath,
    /// Where it is made, or copied.
    pub location: Location,
    /// The command, or the instruction that copies it.
    pub span: Span,
    /// The Python that it was made with, where that is not the one of its stage.
    pub python: Option<Version>,
    /// Whether that is one of uv's own.
    pub managed: bool,
    pub libc: Option<Libc>,
    /// The stage that it was made in, where that is another.
    pub from: Option<usize>,
    /// Where uv kept its Pythons in that stage.
    pub kept_in: AbsPath,
}

/// Something that is copied out of the context.
#[derive(Clone, Debug)]
pub struct Copied {
    pub source: Said,
    pub target: AbsPath,
    pub excluded: Vec<String>,
}

impl Built {
    /// The stage that is wanted, which others may rest on.
    #[must_use]
    pub fn last(&self) -> Option<&Staged> {
        self.stages.get(self.target)
    }

    pub(super) fn of(
        dockerfile: &AbsPath,
        document: &Arc<Document>,
        context: AbsPath,
        target: Option<&str>,
        given: &BTreeMap<String, String>,
    ) -> Option<Built> {
        let declarations = &document.declarations;
        let mut stages: Vec<Staged> = Vec::new();
        for stage in &declarations.stages {
            let builder = Builder { path: dockerfile, document, given, before: &stages };
            let staged = builder.staged(stage);
            stages.push(staged);
        }
        let named = |name: &str| {
            stages
                .iter()
                .rposition(|it| it.name.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(name)))
        };
        let last = stages.len().checked_sub(1)?;
        let target = target.map_or(Some(last), named)?;
        let document = Arc::clone(document);
        Some(Built { dockerfile: dockerfile.clone(), document, context, stages, target })
    }
}

struct Builder<'build> {
    path: &'build AbsPath,
    document: &'build Document,
    given: &'build BTreeMap<String, String>,
    before: &'build [Staged],
}

impl Builder<'_> {
    fn location(&self, span: Span) -> Location {
        self.document.location(self.path, span)
    }

    /// The value of an argument of the whole build.
    fn argument(&self, name: &str) -> Option<String> {
        let stated = self.document.declarations.arguments.get(name)?;
        let default = || expanded(stated.as_deref()?, &|it| self.given.get(it).cloned());
        self.given.get(name).cloned().or_else(default)
    }

    fn stage_called(&self, name: &str) -> Option<usize> {
        let called =
            |it: &Staged| it.name.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(name));
        let number = || name.parse::<usize>().ok().filter(|it| *it < self.before.len());
        self.before.iter().rposition(called).or_else(number)
    }

    fn staged(&self, stage: &Stage) -> Staged {
        let spelled = expanded(&stage.from.text, &|it| self.argument(it));
        let parent = spelled.as_deref().and_then(|it| self.stage_called(it));
        let mut staged = match parent.and_then(|it| self.before.get(it)) {
            Some(parent) => parent.clone(),
            None => {
                let base = spelled.as_deref().and_then(Image::parse).map(|image| Base {
                    brings: image.brings(),
                    image,
                    spelled: stage.from.text.clone(),
                    location: self.location(stage.from.span),
                });
                let libc = base.as_ref().and_then(|it| it.brings.libc);
                Staged { base, libc, ..Staged::default() }
            }
        };
        staged.name.clone_from(&stage.name);
        staged.platform = stage.platform.clone().or(staged.platform);
        for step in &stage.steps {
            self.step(&mut staged, step.span, &step.does);
        }
        staged
    }

    fn step(&self, staged: &mut Staged, span: Span, does: &Does) {
        match does {
            Does::Argument(name, default) => {
                let given = self.given.get(name).cloned().or_else(|| self.argument(name));
                let value = given.or_else(|| staged.expand(default.as_deref()?));
                if let Some(value) = value {
                    staged.variables.insert(name.clone(), value);
                }
            }
            Does::Variable(name, value) => {
                if let Some(value) = staged.expand(value) {
                    staged.variables.insert(name.clone(), value);
                }
            }
            Does::Folder(folder) => {
                staged.folder = staged.expand(folder).map(|it| staged.at(&it));
            }
            Does::Run(commands) => {
                let outside = staged.folder.clone();
                commands.iter().for_each(|it| self.command(staged, it));
                staged.folder = outside;
            }
            Does::Copy { from: None, sources, target, excluded } => {
                let Some(target) = staged.expand(target).map(|it| staged.at(&it)) else { return };
                staged.copied.extend(sources.iter().map(|it| Copied {
                    source: it.clone(),
                    target: target.clone(),
                    excluded: excluded.clone(),
                }));
            }
            Does::Copy { from: Some(from), sources, target, .. } => {
                let Some(target) = staged.expand(target).map(|it| staged.at(&it)) else { return };
                let from = staged.expand(&from.text).and_then(|it| self.stage_called(&it));
                let Some((from, origin)) = from.and_then(|it| Some((it, self.before.get(it)?)))
                else {
                    return;
                };
                for source in sources {
                    self.copy(staged, span, (from, origin), &source.text, &target);
                }
            }
        }
    }

    fn copy(
        &self,
        staged: &mut Staged,
        span: Span,
        (from, origin): (usize, &Staged),
        source: &str,
        target: &AbsPath,
    ) {
        let Some(source) = AbsPath::parse("/").map(|it| it.join(source.trim_end_matches('*')))
        else {
            return;
        };
        let kept = origin.kept_in();
        staged.keeps_managed |= kept.is_within(&source) || source.is_within(&kept);
        for made in &origin.made {
            let Some(below) = made.path.below(&source) else { continue };
            let python = made.python.clone().or_else(|| origin.version().cloned());
            staged.made.push(Made {
                path: target.join(below),
                location: self.location(span),
                span,
                python,
                from: Some(from),
                libc: origin.libc,
                ..made.clone()
            });
        }
    }

    fn command(&self, staged: &mut Staged, command: &Command) {
        if let Some([folder, ..]) = command.after(&["cd"]) {
            staged.folder = staged.expand(folder).map(|it| staged.at(&it));
            return;
        }
        if let Some(version) = installs(staged, command) {
            staged.installed = Some((version, self.location(command.span)));
            staged.uses_managed |= command.after(&["uv", "python", "install"]).is_some();
            staged.keeps_managed |= staged.uses_managed;
        }
        staged.in_project |= command
            .after(&["poetry", "config", "virtualenvs.in-project"])
            .is_some_and(|it| it.first().is_some_and(|it| it == "true"));
        let Some(path) = makes(staged, command) else { return };
        let by_uv = command.after(&["uv"]).is_some();
        let managed = by_uv && staged.takes_managed();
        staged.keeps_managed |= managed;
        staged.made.push(Made {
            path,
            location: self.location(command.span),
            span: command.span,
            python: None,
            managed,
            libc: staged.libc,
            from: None,
            kept_in: staged.kept_in(),
        });
    }
}

impl Staged {
    fn expand(&self, text: &str) -> Option<String> {
        expanded(text, &|it| self.variables.get(it).cloned())
    }

    fn at(&self, path: &str) -> AbsPath {
        self.folder.clone().unwrap_or_else(|| AbsPath::new("/")).join(path)
    }

    /// Whether a variable that stands for yes or no says yes.
    fn says(&self, name: &str) -> bool {
        self.variables.get(name).is_some_and(|it| matches!(&**it, "1" | "true" | "True" | "yes"))
    }

    /// The Python that is there, as far as that is known.
    #[must_use]
    pub fn version(&self) -> Option<&Version> {
        let base = || self.base.as_ref()?.brings.python.as_ref();
        self.installed.as_ref().map(|it| &it.0).or_else(base)
    }

    /// The folder of the working directory.
    #[must_use]
    pub fn folder(&self) -> Option<&AbsPath> {
        self.folder.as_ref()
    }

    /// What a variable is, where the build sets it.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Where uv keeps the Pythons that it installs (*uv*, `UV_PYTHON_INSTALL_DIR`).
    fn kept_in(&self) -> AbsPath {
        let stated = |name: &str| self.variables.get(name).and_then(AbsPath::parse);
        let data = || stated("XDG_DATA_HOME").map(|it| it.join("uv/python"));
        let home = || {
            stated("HOME").unwrap_or_else(|| AbsPath::new("/root")).join(".local/share/uv/python")
        };
        stated("UV_PYTHON_INSTALL_DIR").or_else(data).unwrap_or_else(home)
    }

    /// Whether uv would take a Python of its own here: it was told to, or there is none of the image's (*uv*, Python
    /// versions).
    fn takes_managed(&self) -> bool {
        let preference = self.variable("UV_PYTHON_PREFERENCE").unwrap_or("");
        if self.says("UV_NO_MANAGED_PYTHON") || preference == "only-system" {
            return false;
        }
        let bare = |it: &Base| {
            let brings = &it.brings;
            !brings.is_python && (brings.of_system.is_some() || it.image.is_uv())
        };
        let no_python = self.installed.is_none() && self.base.as_ref().is_some_and(bare);
        self.uses_managed
            || preference == "only-managed"
            || self.says("UV_MANAGED_PYTHON")
            || no_python
    }
}

/// The version of the Python that a command installs.
fn installs(staged: &Staged, command: &Command) -> Option<Version> {
    let words = |names: &[&[&str]]| names.iter().find_map(|it| command.after(it));
    if let Some(rest) = words(&[&["uv", "python", "install"], &["pyenv", "install"]]) {
        let stated = rest.iter().filter_map(|it| staged.expand(it));
        return stated.filter_map(|it| Version::parse(it.trim_start_matches("cpython-"))).next();
    }
    let packages = words(&[
        &["apt-get", "install"],
        &["apt", "install"],
        &["apk", "add"],
        &["dnf", "install"],
        &["microdnf", "install"],
        &["yum", "install"],
    ])?;
    let versioned = |it: &String| {
        Version::parse(it.strip_prefix("python")?.strip_prefix("3.").map(|_| it.get(6..))??)
    };
    packages.iter().find_map(versioned).or_else(|| {
        let plain =
            packages.iter().any(|it| matches!(&**it, "python3" | "python3-full" | "python3-venv"));
        let brings = &staged.base.as_ref()?.brings;
        plain.then(|| brings.of_system.clone()).flatten()
    })
}

/// Where a command makes an environment.
fn makes(staged: &Staged, command: &Command) -> Option<AbsPath> {
    let own = || staged.at(".venv");
    let named = |rest: &[String]| {
        let mut words = rest.iter();
        let mut found = None;
        while let Some(word) = words.next() {
            match &**word {
                "-p" | "--python" | "--prompt" | "--seed-packages" => drop(words.next()),
                word if word.starts_with('-') => {}
                word => found = found.or(Some(word)),
            }
        }
        found.and_then(|it| staged.expand(it)).map(|it| staged.at(&it))
    };
    let by_uv = || {
        let stated = staged.variable("UV_PROJECT_ENVIRONMENT").map(|it| staged.at(it));
        stated.unwrap_or_else(own)
    };
    if command.after(&["uv", "sync"]).is_some() {
        return Some(by_uv());
    }
    if let Some(rest) = command.after(&["uv", "venv"]) {
        return Some(named(rest).unwrap_or_else(own));
    }
    if let Some([module, name, rest @ ..]) = command.of_python()
        && module == "-m"
        && matches!(&**name, "venv" | "virtualenv")
    {
        return named(rest);
    }
    if let Some(rest) = command.after(&["virtualenv"]) {
        return named(rest);
    }
    let poetry = command.after(&["poetry", "install"]).is_some()
        || command.after(&["poetry", "sync"]).is_some();
    if poetry && (staged.in_project || staged.says("POETRY_VIRTUALENVS_IN_PROJECT")) {
        return Some(own());
    }
    let pdm =
        command.after(&["pdm", "install"]).is_some() || command.after(&["pdm", "sync"]).is_some();
    let pipenv = command.after(&["pipenv", "install"]).is_some()
        || command.after(&["pipenv", "sync"]).is_some();
    (pdm || pipenv && staged.says("PIPENV_VENV_IN_PROJECT")).then(own)
}
