//! pip: projects whose requirements are installed into an ordinary virtual environment, by uv's pip interface where uv is
//! there (pip's user guide; uv's documentation, *The pip interface*).

mod compiled;

use std::collections::BTreeSet;

use super::{Manager, kept::python_of};
use crate::{
    action::{Command, Recipe, Step},
    manifest::{Fact, Says, Set},
    model::{
        Claim, Environment, Evidence, Expectation, Flaw, FlawKind, ManifestRead, Model, Project,
        Strength, VenvModule, Want,
    },
    standard::{marker::Verdict, name, version::Version},
    world::{AbsPath, Asked, View},
};

pub(super) struct Pip;

impl Manager for Pip {
    fn name(&self) -> &'static str {
        "pip"
    }

    fn summary(&self) -> &'static str {
        "projects with requirements and no other manager: `venv` or virtualenv with pip, or uv's pip interface"
    }

    fn claim(&self, _: &View<'_>, project: &Project) -> Asked<Option<Claim>> {
        let served = |it: &&(&ManifestRead, &Fact)| {
            !is_of_conda(it.0) && !matches!(it.0.document.format, "hatch" | "pipfile")
        };
        let declares = |says: &Says| {
            matches!(
                says,
                Says::Requirement { .. }
                    | Says::InvalidRequirement { .. }
                    | Says::Name(_)
                    | Says::BuildSystem
            )
        };
        if project.is_bare {
            return Ok(Some(Claim {
                strength: Strength::Ambient,
                manager: self.name(),
                home: project.root.clone(),
                prefix: project.root.join(".venv"),
                because: vec![Evidence::at(&project.root, "no manifest says otherwise")],
            }));
        }
        let Some((manifest, _)) =
            project.facts().filter(|it| served(&it)).find(|it| declares(&it.1.says))
        else {
            return Ok(None);
        };
        let shown = manifest.path.shown_from(&project.root);
        Ok(Some(Claim {
            strength: Strength::Convention,
            manager: self.name(),
            home: project.root.clone(),
            prefix: project.root.join(".venv"),
            because: vec![Evidence::at(
                &manifest.path,
                format!("`{shown}` can be installed by pip"),
            )],
        }))
    }

    fn programs(&self) -> &'static [&'static str] {
        &["uv", "virtualenv", "pyenv", "pip-compile", "pip-sync"]
    }

    fn own_programs(&self) -> &'static [&'static str] {
        // It comes with each environment.
        &[]
    }

    fn create(&self, model: &Model, prefix: &AbsPath) -> Vec<Recipe> {
        let declared = everything(model, |want| want.expected != Expectation::Optional);
        creations(model, prefix, &declared)
    }

    fn begin(&self, model: &Model, requirements: &[String]) -> Vec<Recipe> {
        let path = model.project.root.join(FIRST);
        let text = format!("{}\n", requirements.join("\n"));
        let arguments = vec!["-r".to_owned(), FIRST.to_owned()];
        let mut recipes = match model.usable() {
            None => creations(model, &model.prefix(), &arguments),
            Some(environment) => {
                let installer = Installer::of(model, environment);
                let prefix = &environment.prefix;
                installer
                    .map(|it| installation(model, prefix, &it, arguments))
                    .into_iter()
                    .collect()
            }
        };
        for recipe in &mut recipes {
            recipe.steps.insert(0, Step::WriteNew { path: path.clone(), text: text.clone() });
            recipe.touches.push(path.clone());
        }
        recipes
    }

    fn sync(&self, model: &Model) -> Option<Recipe> {
        let environment = model.usable()?;
        let installer = Installer::of(model, environment)?;
        let arguments = everything(model, |want| want.expected != Expectation::Optional);
        if arguments.is_empty() {
            return None;
        }
        let exact = compiled::sync(model, &arguments);
        exact.or_else(|| Some(installation(model, &environment.prefix, &installer, arguments)))
    }

    fn lock(&self, model: &Model) -> Option<Recipe> {
        compiled::lock(model, None)
    }

    fn install_group(&self, model: &Model, group: &str) -> Option<Recipe> {
        let environment = model.usable()?;
        let installer = Installer::of(model, environment)?;
        let ours = |set: &Set| matches!(set, Set::Group(it) if name::normalised(it) == name::normalised(group));
        let wanted = |want: &Want| ours(&want.set) || want.expected != Expectation::Optional;
        let arguments = everything(model, wanted);
        let prefix = &environment.prefix;
        (!arguments.is_empty()).then(|| installation(model, prefix, &installer, arguments))
    }

    fn install_extra(&self, model: &Model, extra: &str) -> Option<Recipe> {
        let environment = model.usable()?;
        let installer = Installer::of(model, environment)?;
        let same = |it: &String| name::normalised(it) == name::normalised(extra);
        let ours = |set: &Set| matches!(set, Set::Extra(it) if same(it));
        let wanted = |want: &Want| ours(&want.set) || want.expected != Expectation::Optional;
        let arguments = everything(model, wanted);
        let prefix = &environment.prefix;
        (!arguments.is_empty()).then(|| installation(model, prefix, &installer, arguments))
    }

    fn uninstall(&self, model: &Model, name: &str) -> Option<Recipe> {
        let environment = model.usable()?;
        let root = &model.project.root;
        let command = match Installer::of(model, environment)? {
            Installer::Uv(uv) => {
                let python = python_of(&environment.prefix).to_string();
                Command::new(&uv, ["pip", "uninstall", "--python", &python, "--", name], root)
            }
            Installer::Inside(python) | Installer::Brought(python) => {
                Command::new(&python, ["-m", "pip", "uninstall", "--yes", "--", name], root)
            }
        };
        Some(Recipe {
            steps: vec![Step::Run(command)],
            touches: vec![environment.prefix.clone()],
            inputs: Vec::new(),
            network: false,
            runs_project_code: false,
        })
    }

    fn upgrade(&self, model: &Model, name: &str) -> Option<Recipe> {
        let environment = model.usable()?;
        let installer = Installer::of(model, environment)?;
        let all = everything(model, |want| want.expected != Expectation::Optional);
        if let Some(recipe) = compiled::upgrade(model, name, all) {
            return Some(recipe);
        }
        // Within the bounds that are declared, where they are.
        let declared = model.wants.iter().find(|it| *it.requirement.name == *name);
        let wanted = declared.and_then(argument).unwrap_or_else(|| name.to_owned());
        let arguments = ["--upgrade", "--", &wanted].map(str::to_owned).to_vec();
        Some(installation(model, &environment.prefix, &installer, arguments))
    }

    fn install_python(&self, model: &Model, python: &Version) -> Option<Recipe> {
        let python = python.to_string();
        let (program, arguments): (&AbsPath, &[&str]) =
            match (model.programs.get("uv"), model.programs.get("pyenv")) {
                (Some(uv), _) => (uv, &["python", "install", &python]),
                (None, Some(pyenv)) => (pyenv, &["install", "--skip-existing", &python]),
                (None, None) => return None,
            };
        let command = Command::new(program, arguments.iter().copied(), &model.project.root);
        Some(Recipe {
            steps: vec![Step::Run(command)],
            touches: Vec::new(),
            inputs: Vec::new(),
            network: true,
            runs_project_code: false,
        })
    }

    fn reinstall(&self, model: &Model, flaw: &Flaw) -> Option<Recipe> {
        let environment = model.usable()?;
        let installer = Installer::of(model, environment)?;
        let name = name::normalised(&flaw.name);
        let version = Version::parse(&flaw.version)?;
        if !name::is_valid(&name) {
            return None;
        }
        let exact = format!("{name}=={version}");
        let prefix = &environment.prefix;
        let arguments: &[&str] = match (&installer, &flaw.kind) {
            (Installer::Uv(_), _) => &["--reinstall-package", &name, "--", &exact],
            // What pip cannot uninstall, for it does not know the files, it can still write again.
            (_, FlawKind::NoMetadata) => &["--ignore-installed", "--no-deps", "--", &exact],
            (_, FlawKind::Several(_)) => &["--no-deps", "--", &exact],
            _ => &["--force-reinstall", "--no-deps", "--", &exact],
        };
        let arguments = arguments.iter().map(|it| (*it).to_owned()).collect();
        let mut recipe = installation(model, prefix, &installer, arguments);
        if let (Installer::Inside(python) | Installer::Brought(python), FlawKind::Several(them)) =
            (&installer, &flaw.kind)
        {
            // pip uninstalls one of them at a time.
            let words = ["-m", "pip", "uninstall", "--yes", "--", &name];
            let uninstall = Step::Run(Command::new(python, words, &model.project.root));
            let install = recipe.steps.len().saturating_sub(1);
            recipe.steps.splice(install..install, them.iter().map(|_| uninstall.clone()));
        }
        Some(recipe)
    }

    fn install(&self, model: &Model, want: &Want) -> Option<Recipe> {
        let environment = model.usable()?;
        let installer = Installer::of(model, environment)?;
        let argument = argument(want)?;
        let arguments = vec!["--".to_owned(), argument];
        Some(installation(model, &environment.prefix, &installer, arguments))
    }
}

/// The manifest that a project without one begins with: the one that every tool reads.
const FIRST: &str = "requirements.txt";

/// The ways to make an environment and to install what these arguments say into it.
fn creations(model: &Model, prefix: &AbsPath, arguments: &[String]) -> Vec<Recipe> {
    let root = &model.project.root;
    let relative = prefix.shown_from(root);
    let mut recipes = Vec::new();
    if let (Some(uv), Some(base)) = (model.programs.get("uv"), model.base(|_| true)) {
        let words = ["venv", "--python", &base.python.to_string(), &relative];
        let made = Command::new(uv, words, root);
        recipes.push(creation(
            model,
            prefix,
            vec![Step::Run(made)],
            &Installer::Uv(uv.clone()),
            arguments,
        ));
    }
    let inside = || Installer::Inside(python_of(prefix));
    if let (Some(virtualenv), Some(base)) = (model.programs.get("virtualenv"), model.base(|_| true))
    {
        let words = ["--python", &base.python.to_string(), &relative];
        let made = Command::new(virtualenv, words, root);
        recipes.push(creation(model, prefix, vec![Step::Run(made)], &inside(), arguments));
    }
    if let Some(base) = model.base(|it| it.venv == VenvModule::Complete) {
        let made = Command::new(&base.python, ["-m", "venv", &relative], root);
        // Only Python 3.13 and newer tell git by themselves that an environment is not to be kept.
        let ignore = Step::WriteNew { path: prefix.join(".gitignore"), text: "*\n".to_owned() };
        let recipe = creation(model, prefix, vec![Step::Run(made), ignore], &inside(), arguments);
        let first = if base.version < oldest_served() { 0 } else { recipes.len() };
        recipes.insert(first, recipe);
    }
    recipes
}

/// Installs what the project declares into an environment that these steps make, with a pip in it.
pub(super) fn filled(model: &Model, prefix: &AbsPath, made: Vec<Step>) -> Recipe {
    let declared = everything(model, |want| want.expected != Expectation::Optional);
    creation(model, prefix, made, &Installer::Inside(python_of(prefix)), &declared)
}

/// Tools drop a Python soon after its end of life (virtualenv 21 and uv have done so with 3.8, or say that they will); its own
/// module stays with it.
fn oldest_served() -> Version {
    Version::parse("3.9").expect("it is a version")
}

/// What installs into an environment.
enum Installer {
    Uv(AbsPath),
    /// The pip inside the environment, run by the environment's own interpreter.
    Inside(AbsPath),
    /// The same, once the interpreter has put the pip there that it brings along.
    Brought(AbsPath),
}

impl Installer {
    /// pip where it is installed, unless uv made the environment; uv leaves pip out.
    fn of(model: &Model, environment: &Environment) -> Option<Installer> {
        // Another installer keeps it; pip and uv would refuse.
        if environment.externally_managed.is_some() {
            return None;
        }
        let has_pip =
            model.installed.as_ref().is_some_and(|it| it.distributions.contains_key("pip"));
        let uv = model.programs.get("uv").cloned().map(Installer::Uv);
        let inside = environment.python.clone().filter(|_| has_pip).map(Installer::Inside);
        let there = if environment.manager == Some("uv") { uv.or(inside) } else { inside.or(uv) };
        let brings = model.bundled_pip == Some(VenvModule::Complete);
        let brought = || environment.python.clone().filter(|_| brings).map(Installer::Brought);
        there.or_else(brought)
    }

    fn steps(&self, model: &Model, prefix: &AbsPath, arguments: Vec<String>) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Installer::Brought(python) = self {
            let bring = Command::new(python, ["-m", "ensurepip"], &model.project.root);
            steps.push(Step::Run(bring));
        }
        steps.push(Step::Run(self.command(model, prefix, arguments)));
        steps
    }

    fn command(&self, model: &Model, prefix: &AbsPath, arguments: Vec<String>) -> Command {
        let root = &model.project.root;
        let (program, mut words) = match self {
            Installer::Uv(uv) => {
                let python = python_of(prefix).to_string();
                (uv, vec!["pip".to_owned(), "install".to_owned(), "--python".to_owned(), python])
            }
            Installer::Inside(python) | Installer::Brought(python) => {
                (python, ["-m", "pip", "install"].map(str::to_owned).to_vec())
            }
        };
        words.extend(arguments);
        Command::new(program, words, root)
    }
}

/// Makes an environment, and installs what the arguments say.
fn creation(
    model: &Model,
    prefix: &AbsPath,
    made: Vec<Step>,
    installer: &Installer,
    arguments: &[String],
) -> Recipe {
    let mut steps = made;
    let installs = !arguments.is_empty();
    if installs {
        steps.extend(installer.steps(model, prefix, arguments.to_vec()));
    }
    Recipe {
        steps,
        touches: vec![prefix.clone()],
        inputs: inputs(model),
        network: installs,
        runs_project_code: installs,
    }
}

fn installation(
    model: &Model,
    prefix: &AbsPath,
    installer: &Installer,
    arguments: Vec<String>,
) -> Recipe {
    Recipe {
        steps: installer.steps(model, prefix, arguments),
        touches: vec![prefix.clone()],
        inputs: inputs(model),
        network: true,
        runs_project_code: true,
    }
}

fn inputs(model: &Model) -> Vec<AbsPath> {
    model.project.manifests.iter().map(|it| it.path.clone()).collect()
}

/// The arguments that install the wanted sets: files by their names, the project itself where it can be built, and
/// otherwise its requirements one by one.
fn everything(model: &Model, wanted: impl Fn(&Want) -> bool) -> Vec<String> {
    let (mut arguments, mut single) = (Vec::new(), Vec::new());
    for file in requirements_files(model, &wanted) {
        arguments.extend(["-r".to_owned(), file.shown_from(&model.project.root)]);
    }
    let others = model.project.manifests.iter();
    let built = model.project.facts().any(|it| it.1.says == Says::BuildSystem);
    for manifest in others.filter(|it| !is_requirements(it) && !is_of_conda(it)) {
        let wants: Vec<&Want> =
            model.wants.iter().filter(|it| it.path == manifest.path && wanted(it)).collect();
        let is_built =
            built && matches!(manifest.document.format, "pyproject" | "setup-py" | "setup-cfg");
        // What can be built is installed also where its needs are not known from the manifest, or are none.
        if wants.is_empty() && !is_built {
            continue;
        }
        if is_built {
            let project = itself(&wants);
            if !arguments.contains(&project) {
                arguments.extend(["-e".to_owned(), project]);
            }
            let groups = wants.iter().filter(|it| matches!(it.set, Set::Group(_)));
            single.extend(groups.filter_map(|it| argument(it)));
        } else {
            single.extend(wants.iter().filter_map(|it| argument(it)));
        }
    }
    arguments.extend(single);
    arguments
}

/// The requirements files that a person would name: those that hold what is wanted, but none that another of them includes.
fn requirements_files<'a>(model: &'a Model, wanted: &impl Fn(&Want) -> bool) -> Vec<&'a AbsPath> {
    let project = &model.project;
    let files = project.manifests.iter().filter(|it| is_requirements(it)).map(|it| &it.path);
    let holds = |file: &AbsPath| model.wants.iter().any(|it| it.path == *file && wanted(it));
    let files: Vec<(&AbsPath, BTreeSet<AbsPath>)> =
        files.map(|it| (it, project.included_by(it))).collect();
    let useful = |it: &&(&AbsPath, BTreeSet<AbsPath>)| {
        let main = is_main_file(model, it.0);
        holds(it.0) || main && (installs_directly(model, it.0) || it.1.iter().any(&holds))
    };
    let files: Vec<_> = files.iter().filter(useful).collect();
    let covered = |file: &AbsPath, includes: &BTreeSet<AbsPath>| {
        // Of files that include each other, the first by path stands for all.
        let covers = |it: &&(&AbsPath, BTreeSet<AbsPath>)| {
            it.1.contains(file) && (!includes.contains(it.0) || it.0 < file)
        };
        files.iter().any(|it| it.0 != file && covers(it))
    };
    // What was compiled from a file holds all of it.
    let compiled = |file: &AbsPath| {
        let name = file.name_text();
        let of = |it: &AbsPath| {
            it.parent() == file.parent() && Some(&*it.name_text()) == with_suffix(&name).as_deref()
        };
        files.iter().any(|it| of(it.0))
    };
    let wanted = files.iter().filter(|it| !covered(it.0, &it.1) && !compiled(it.0));
    wanted.map(|it| it.0).collect()
}

/// `requirements.txt` for `requirements.in`.
fn with_suffix(name: &str) -> Option<String> {
    name.strip_suffix(".in").map(|it| format!("{it}.txt"))
}

fn is_requirements(manifest: &ManifestRead) -> bool {
    manifest.document.format == "requirements"
}

/// Whether it takes conda, or what works like it, to install what a manifest declares.
fn is_of_conda(manifest: &ManifestRead) -> bool {
    matches!(manifest.document.format, "environment" | "pixi")
}

fn is_main_file(model: &Model, path: &AbsPath) -> bool {
    path.parent().as_ref() == Some(&model.project.root) && path.name() == b"requirements.txt"
}

/// A file without a line that names a distribution may still install something: a path, a URL.
fn installs_directly(model: &Model, path: &AbsPath) -> bool {
    let direct = |says: &Says| matches!(says, Says::Direct { set: Set::Main, .. });
    model.project.facts().any(|(manifest, fact)| manifest.path == *path && direct(&fact.says))
}

/// The project, editable, with the extras that are wanted of it.
fn itself(wants: &[&Want]) -> String {
    let mut extras: Vec<&str> = Vec::new();
    for want in wants {
        if let Set::Extra(extra) = &want.set
            && !extras.contains(&extra.as_str())
        {
            extras.push(extra);
        }
    }
    if extras.is_empty() { ".".to_owned() } else { format!(".[{}]", extras.join(",")) }
}

/// A requirement as an argument: a valid name, its extras and its specifiers, and nothing else. A name that begins with `-`
/// would be an option, an address or a path would install whatever is there.
fn argument(want: &Want) -> Option<String> {
    let requirement = &want.requirement;
    let plain = requirement.url.is_none() && want.applies == Verdict::Holds;
    if !plain || !name::is_valid(&requirement.name) {
        return None;
    }
    let extras: Vec<&str> = requirement.extras.iter().map(|it| it.0.as_str()).collect();
    let extras = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
    let specifiers = requirement.specifiers.to_string().replace(char::is_whitespace, "");
    Some(format!("{}{extras}{specifiers}", requirement.name))
}
