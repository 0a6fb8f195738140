//! Requirements that are compiled of others: by `pip-compile`, which belongs to pip-tools, or by `uv pip compile`, as the comment at
//! their top says (pip-tools' documentation; uv's, *Locking environments*).

use super::{Installer, installation};
use crate::{
    action::{Command, Recipe, Step},
    lock,
    manager::kept::python_of,
    model::{ManifestRead, Model},
    standard::{name, version::Version},
    world::AbsPath,
};

/// Options that say how the result looks or what is taken of the manifest, and nothing of where things come from: what else a
/// comment in the workspace asks for is not done on its word.
const PLAIN: [&str; 12] = [
    "--all-extras",
    "--allow-unsafe",
    "--annotate",
    "--generate-hashes",
    "--header",
    "--no-allow-unsafe",
    "--no-annotate",
    "--no-header",
    "--no-strip-extras",
    "--quiet",
    "--strip-extras",
    "--universal",
];

/// A file that is to be made of another.
struct Compilation<'model> {
    from: &'model AbsPath,
    to: AbsPath,
    by: By,
    options: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    PipTools,
    Uv,
    /// Nobody has made it yet.
    Any,
}

/// How all that is compiled is compiled anew, what others include first; with a name, to the newest of that distribution.
pub(super) fn lock(model: &Model, upgraded: Option<&str>) -> Option<Recipe> {
    let mut compilations = compilations(model)?;
    // What includes the result of another comes after it.
    let depth = |it: &Compilation<'_>| model.project.included_by(it.from).len();
    compilations.sort_by_key(|it| (depth(it), it.to.clone()));
    let commands: Option<Vec<Step>> =
        compilations.iter().map(|it| Some(Step::Run(it.command(model, upgraded)?))).collect();
    let steps = commands.filter(|it| !it.is_empty())?;
    Some(Recipe {
        steps,
        touches: compilations.iter().map(|it| it.to.clone()).collect(),
        inputs: super::inputs(model),
        network: true,
        runs_project_code: true,
    })
}

/// How one distribution is brought to its newest version where it is locked in a compiled file: that is made anew, and installed.
pub(super) fn upgrade(model: &Model, name: &str, arguments: Vec<String>) -> Option<Recipe> {
    let locks = model.locks.iter().filter(|it| it.document.format == "pip-compile");
    let is_locked = locks.flat_map(|it| &it.document.lock.packages).any(|it| *it.name == *name);
    if !is_locked || !name::is_valid(name) {
        return None;
    }
    let environment = model.usable()?;
    let locking = lock(model, Some(name))?;
    let installer = Installer::of(model, environment)?;
    let mut recipe = sync(model, &arguments)
        .unwrap_or_else(|| installation(model, &environment.prefix, &installer, arguments));
    recipe.steps.splice(0..0, locking.steps);
    recipe.touches.extend(locking.touches);
    Some(recipe)
}

/// `pip-sync`, where pip-tools made all that is installed and is here: it also uninstalls what is not in it.
pub(super) fn sync(model: &Model, arguments: &[String]) -> Option<Recipe> {
    let environment = model.usable()?;
    let (mut files, options) = (Vec::new(), arguments.chunks(2));
    for option in options {
        let [option, file] = option else { return None };
        let path = model.project.root.join(file);
        let manifest = model.project.manifests.iter().find(|it| it.path == path)?;
        let by_tools = made_by(&manifest.document.text) == Some(By::PipTools);
        if option != "-r" || !by_tools || file.starts_with('-') {
            return None;
        }
        files.push(file.clone());
    }
    if files.is_empty() || environment.externally_managed.is_some() {
        return None;
    }
    let root = &model.project.root;
    let python = python_of(&environment.prefix);
    let command = match inside(model) {
        Some(python) => {
            let words = ["-m", "piptools", "sync"].map(str::to_owned);
            Command::new(&python, words.into_iter().chain(files), root)
        }
        None => {
            let has_pip = model.installed.as_ref()?.distributions.contains_key("pip");
            let program = model.programs.get("pip-sync").filter(|_| has_pip)?;
            let words = ["--python-executable".to_owned(), python.to_string()];
            Command::new(program, words.into_iter().chain(files), root)
        }
    };
    Some(Recipe {
        steps: vec![Step::Run(command)],
        touches: vec![environment.prefix.clone()],
        inputs: super::inputs(model),
        network: true,
        runs_project_code: true,
    })
}

/// The environment's own interpreter, where pip-tools is installed in it: that compiles for the right Python.
fn inside(model: &Model) -> Option<AbsPath> {
    let environment = model.usable()?;
    let has = model.installed.as_ref()?.distributions.contains_key("pip-tools");
    environment.python.clone().filter(|_| has)
}

/// All that is compiled, or could be. `None` where a comment asks for something that is not done on its word.
fn compilations(model: &Model) -> Option<Vec<Compilation<'_>>> {
    let project = &model.project;
    let mut found = Vec::new();
    for manifest in &project.manifests {
        let path = &manifest.path;
        if manifest.document.format == "requirements" && lock::is_compiled(&manifest.document.text)
        {
            found.push(again(model, manifest)?);
        }
        let name = path.name_text();
        let Some(stem) = name.strip_suffix(".in") else { continue };
        let (Some(folder), "requirements") = (path.parent(), manifest.document.format) else {
            continue;
        };
        let to = folder.join(format!("{stem}.txt"));
        // What somebody has written by hand is not written over.
        let is_there = project.manifests.iter().any(|it| it.path == to) || {
            folder == project.root && project.listing.has(format!("{stem}.txt"))
        };
        if !is_there && !stem.starts_with('-') {
            found.push(Compilation { from: path, to, by: By::Any, options: Vec::new() });
        }
    }
    Some(found)
}

/// As the comment at its top says that it was made.
fn again<'model>(model: &'model Model, made: &ManifestRead) -> Option<Compilation<'model>> {
    let by = made_by(&made.document.text)?;
    let folder = made.path.parent()?;
    let root = &model.project.root;
    let line = made.document.text.lines().skip_while(|it| !it.contains("following command"));
    let line = line.skip(1).map(|it| it.trim_start_matches('#').trim()).find(|it| !it.is_empty());
    let usual = made.path.name_text().replace(".txt", ".in");
    let mut inputs: Vec<&AbsPath> = Vec::new();
    let mut options = Vec::new();
    let manifest = |path: AbsPath| model.project.manifests.iter().find(|it| it.path == path);
    let mut words = line.unwrap_or_default().split(' ').filter(|it| !it.is_empty());
    while let Some(word) = words.next() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word, None),
        };
        match option {
            "uv" | "pip" | "compile" | "pip-compile" => {}
            "-o" | "--output-file" => {
                let value = value.or_else(|| words.next())?;
                (root.join(value) == made.path).then_some(())?;
            }
            "--extra" | "--python" | "-p" | "--python-version" => {
                let value = value.or_else(|| words.next())?;
                let is_version = Version::parse(value).is_some();
                let fits = if option == "--extra" { name::is_valid(value) } else { is_version };
                fits.then(|| options.extend([option.to_owned(), value.to_owned()]))?;
            }
            _ if PLAIN.contains(&word) => options.push(word.to_owned()),
            _ if word.starts_with('-') => return None,
            _ => inputs.push(&manifest(root.join(word))?.path),
        }
    }
    let from = match inputs[..] {
        [] => &manifest(folder.join(usual))?.path,
        [one] => one,
        _ => return None,
    };
    Some(Compilation { from, to: made.path.clone(), by, options })
}

fn made_by(text: &str) -> Option<By> {
    let top = text.lines().take_while(|it| it.starts_with('#') || it.trim().is_empty());
    top.take(12).find_map(|line| {
        let is_of_uv = line.contains("by uv via") || line.contains("by uv pip compile");
        let is_of_tools = line.contains("by pip-compile");
        is_of_uv.then_some(By::Uv).or(is_of_tools.then_some(By::PipTools))
    })
}

impl Compilation<'_> {
    fn command(&self, model: &Model, upgraded: Option<&str>) -> Option<Command> {
        let root = &model.project.root;
        let shown = |it: &AbsPath| it.shown_from(root);
        let (from, to) = (shown(self.from), shown(&self.to));
        if from.starts_with('-') || to.starts_with('-') {
            return None;
        }
        let mut words = self.options.clone();
        words.extend(
            upgraded.into_iter().flat_map(|it| ["--upgrade-package".to_owned(), it.to_owned()]),
        );
        let tools = || {
            let usual = self.from.name_text().strip_suffix(".in").map(|it| format!("{it}.txt"));
            let is_usual = usual == Some(self.to.name_text());
            let output = (!is_usual).then(|| format!("--output-file={to}"));
            let words = words.iter().cloned().chain(output).chain([from.clone()]);
            match inside(model) {
                Some(python) => {
                    let module = ["-m", "piptools", "compile"].map(str::to_owned);
                    Some(Command::new(&python, module.into_iter().chain(words), root))
                }
                None => Some(Command::new(model.programs.get("pip-compile")?, words, root)),
            }
        };
        let uv = || {
            let verb = ["pip", "compile"].map(str::to_owned);
            let output = [from.clone(), "-o".to_owned(), to.clone()];
            let words = verb.into_iter().chain(words.iter().cloned()).chain(output);
            Some(Command::new(model.programs.get("uv")?, words, root))
        };
        match self.by {
            By::PipTools => tools(),
            By::Uv => uv(),
            By::Any => tools().or_else(uv),
        }
    }
}
