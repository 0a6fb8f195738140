//! pipenv: projects with a `Pipfile`, and the environments that it keeps among those of `WORKON_HOME`, named by the project's
//! folder and a hash, or as `.venv` in the project (pipenv's documentation, *Virtual environments*, *Configuration*).

use super::{EnvironmentPlace, MachinePlace, Manager, folders::UserFolders, folders_in, kept};
use crate::{
    action::{Command, Recipe},
    manifest::Set,
    model::{
        Certainty, Claim, Evidence, Expectation, Flaw, Model, Project, Recognised, Seen, Strength,
        Want,
    },
    standard::digest,
    world::{AbsPath, Asked, ListedKind, Reply, View},
};

pub(super) struct Pipenv;

const NAMED: &str = "its name is the one that pipenv gives this project's";
const IN_FOLDER: &str = "it is in the folder of pipenv's environments";

impl Manager for Pipenv {
    fn name(&self) -> &'static str {
        "pipenv"
    }

    fn summary(&self) -> &'static str {
        "projects with a `Pipfile`, their environments in `WORKON_HOME` or in the project; known by the hash and by `.project`"
    }

    fn claim(&self, view: &View<'_>, project: &Project) -> Asked<Option<Claim>> {
        let because = reasons(project);
        if because.is_empty() {
            return Ok(None);
        }
        let prefix = Kept::of(view, project)?.prefix;
        Ok(kept::claim(self.name(), project, because, prefix))
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        if reasons(project).is_empty() {
            return Ok(Vec::new());
        }
        let central = Kept::of(view, project)?.central;
        let place = |it| kept::kept_here(self.name(), it, &project.root, NAMED, IN_FOLDER);
        Ok(central.map(place).into_iter().collect())
    }

    fn recognise(&self, view: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        if !seen.has(".project") {
            return Ok(None);
        }
        let Reply::Known(text) = view.text(&seen.prefix.join(".project"))? else { return Ok(None) };
        let Some(project) = AbsPath::parse(text.trim()) else { return Ok(None) };
        let file = seen.prefix.join(".project");
        let inside = seen.prefix.parent().as_ref() == Some(&project);
        // Not by a pattern: virtualenvwrapper keeps its own in the same folder, with names of any kind.
        let is_named = has_hash_of(&seen.prefix.name_text(), &project);
        let what = if is_named {
            "its name is made of the project that its `.project` names, as pipenv does"
        } else if inside || is_own_folder(view, seen)? {
            "pipenv has written a `.project` into it"
        } else {
            return Ok(None);
        };
        Ok(Some(Recognised {
            manager: Some("pipenv"),
            project: Some(project),
            ..Recognised::new(Certainty::Kept, Evidence::at(&file, what))
        }))
    }

    fn environments(&self, view: &View<'_>) -> Asked<Vec<MachinePlace>> {
        let Some(folder) = workon_home(view)? else { return Ok(Vec::new()) };
        let because = Evidence::at(&folder, format!("it is in `{folder}`"));
        let told = Recognised::new(Certainty::Looks, because);
        let place = |prefix| MachinePlace { prefix, told: told.clone() };
        Ok(folders_in(view, &folder)?.into_iter().map(place).collect())
    }

    fn programs(&self) -> &'static [&'static str] {
        &["pipenv", "uv"]
    }

    fn create(&self, model: &Model, prefix: &AbsPath) -> Vec<Recipe> {
        let owned = model.claim().is_some_and(|it| it.prefix == *prefix);
        let (Some(pipenv), Some(base), true) =
            (model.programs.get("pipenv"), model.base(|_| true), owned)
        else {
            return super::named("pip").create(model, prefix);
        };
        let mut words = words_to_install(model, &[]);
        words.extend(["--python".to_owned(), base.python.to_string()]);
        vec![recipe(model, vec![command(pipenv, words, &model.project.root)], prefix)]
    }

    fn sync(&self, model: &Model) -> Option<Recipe> {
        let Some(pipenv) = model.programs.get("pipenv").filter(|_| kept::uses_own(model)) else {
            return super::named("pip").sync(model);
        };
        kept::goes_on(model).then(|| installation(model, pipenv, &[]))
    }

    fn install_group(&self, model: &Model, group: &str) -> Option<Recipe> {
        let Some(pipenv) = model.programs.get("pipenv").filter(|_| kept::uses_own(model)) else {
            return super::named("pip").install_group(model, group);
        };
        Some(installation(model, pipenv, &[group]))
    }

    fn lock(&self, model: &Model) -> Option<Recipe> {
        let (pipenv, root) = (model.programs.get("pipenv")?, &model.project.root);
        let lock = root.join("Pipfile.lock");
        let command = command(pipenv, vec!["lock".to_owned()], root);
        Some(kept::recipe(model, vec![command], vec![lock]))
    }

    fn add(&self, model: &Model, requirement: &str, set: &Set) -> Option<Recipe> {
        let (pipenv, root) = (model.programs.get("pipenv")?, &model.project.root);
        let requirement = kept::addable(model, requirement)?;
        let mut words = vec!["install".to_owned(), requirement.to_owned()];
        match set {
            Set::Main => {}
            Set::Group(group) => words.extend(of_group(&kept::argument(group)?)),
            _ => return None,
        }
        let recipe = recipe(model, vec![command(pipenv, words, root)], &model.prefix());
        Some(kept::declaring(recipe, root.join("Pipfile")))
    }

    fn remove(&self, model: &Model, name: &str, set: &Set) -> Option<Recipe> {
        let pipenv = model.programs.get("pipenv").filter(|_| kept::works(model))?;
        let root = &model.project.root;
        let mut words = vec!["uninstall".to_owned(), name.to_owned()];
        match set {
            Set::Main => {}
            Set::Group(group) => words.extend(of_group(&kept::argument(group)?)),
            _ => return None,
        }
        let recipe = recipe(model, vec![command(pipenv, words, root)], &model.prefix());
        Some(kept::declaring(recipe, root.join("Pipfile")))
    }

    fn upgrade(&self, model: &Model, name: &str) -> Option<Recipe> {
        let Some(pipenv) = model.programs.get("pipenv").filter(|_| kept::works(model)) else {
            return super::named("pip").upgrade(model, name);
        };
        let words = vec!["update".to_owned(), name.to_owned()];
        let command = command(pipenv, words, &model.project.root);
        let recipe = recipe(model, vec![command], &model.prefix());
        Some(kept::declaring(recipe, model.project.root.join("Pipfile")))
    }

    fn dispose(&self, model: &Model, prefix: &AbsPath) -> Option<Recipe> {
        let pipenv = model.programs.get("pipenv").filter(|_| kept::uses_own(model))?;
        let command = command(pipenv, vec!["--rm".to_owned()], &model.project.root);
        Some(kept::local(kept::recipe(model, vec![command], vec![prefix.clone()])))
    }

    fn reinstall(&self, model: &Model, flaw: &Flaw) -> Option<Recipe> {
        super::named("pip").reinstall(model, flaw).filter(|_| kept::has_installer(model))
    }

    fn install(&self, model: &Model, want: &Want) -> Option<Recipe> {
        super::named("pip").install(model, want).filter(|_| kept::has_installer(model))
    }
}

/// Why a project is pipenv's.
fn reasons(project: &Project) -> Vec<(Strength, Evidence)> {
    let files = [("Pipfile", Strength::Declared), ("Pipfile.lock", Strength::Lockfile)];
    let there = files.iter().filter(|it| project.listing.has(it.0));
    let evidence =
        |name: &str| Evidence::at(&project.root.join(name), format!("there is a `{name}`"));
    there.map(|it| (it.1, evidence(it.0))).collect()
}

/// Where pipenv keeps environments: `WORKON_HOME`, else a folder of its own.
fn workon_home(view: &View<'_>) -> Asked<Option<AbsPath>> {
    let (own, user) = (view.variable_path("WORKON_HOME"), own_folder(view)?);
    Ok(own.or(user))
}

fn own_folder(view: &View<'_>) -> Asked<Option<AbsPath>> {
    let user = UserFolders::of(view)?;
    let windows = user.home.as_ref().is_some_and(AbsPath::is_windows);
    Ok(if windows {
        user.home.map(|it| it.join(".virtualenvs"))
    } else {
        user.unix_data.map(|it| it.join("virtualenvs"))
    })
}

/// Whether an environment is in the folder that nobody but pipenv keeps environments in.
fn is_own_folder(view: &View<'_>, seen: &Seen) -> Asked<bool> {
    let folder = own_folder(view)?;
    Ok(folder.is_some_and(|it| !it.is_windows() && seen.lies_in(&it)))
}

/// The environments that pipenv has, or would have, of a project.
struct Kept {
    /// The one in the central folder, if it is there.
    central: Option<AbsPath>,
    /// The one that pipenv works in.
    prefix: AbsPath,
}

impl Kept {
    /// As `VenvLocator.get_location` has it: what a file `.venv` names; `.venv` where it is wanted; the central one, if it is
    /// there; `.venv`, if it is there; else the central one.
    fn of(view: &View<'_>, project: &Project) -> Asked<Kept> {
        let root = &project.root;
        let folder = workon_home(view);
        let said = ["VENV_IN_PROJECT", "CUSTOM_VENV_NAME", "PYTHON"]
            .map(|it| view.variable(&format!("PIPENV_{it}")));
        let manifest =
            project.listing.has("Pipfile").then(|| kept::settings_in(view, &root.join("Pipfile")));
        let inside = root.join(".venv");
        let kind = project.listing.find(".venv").map(|it| it.kind);
        let redirected = (kind == Some(ListedKind::File)).then(|| view.text(&inside));
        let folder = folder?;
        let [in_project, custom, python] = said;
        let manifest = manifest.transpose()?.unwrap_or_default();
        let redirected = redirected.transpose()?.and_then(Reply::known);
        let Some(folder) = folder else { return Ok(Kept { central: None, prefix: inside }) };
        let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
        let central = folder.join(match custom {
            Some(custom) => text(&custom),
            None => {
                let python = python.as_deref().map(text).unwrap_or_default();
                let python = python.rsplit('/').next().filter(|it| !it.is_empty());
                format!(
                    "{}{}",
                    name_of(root),
                    python.map(|it| format!("-{it}")).unwrap_or_default()
                )
            }
        });
        let there = view.listing(&folder)?.known();
        let is_there = there.is_some_and(|it| it.has(central.name()));
        let redirected = redirected.as_deref().map(str::trim).filter(|it| !it.is_empty());
        let stated =
            kept::at(&manifest, &["pipenv", "venv_in_project"]).and_then(toml::Value::as_bool);
        let wanted = in_project.as_deref().map(kept::is_yes).or(stated);
        let prefix = match redirected {
            Some(named) if named.contains('/') => root.join(named),
            Some(named) => folder.join(named),
            None if wanted == Some(true) => inside,
            None if wanted == Some(false) || is_there || kind.is_none() => central.clone(),
            None => inside,
        };
        Ok(Kept { central: is_there.then_some(central), prefix })
    }
}

/// What pipenv calls the environment of a project (`VenvLocator.name`).
fn name_of(project: &AbsPath) -> String {
    let plain = |it: char| if " &$`!*@\"()[]\\\r\n\t".contains(it) { '_' } else { it };
    let name: String = project.name_text().chars().map(plain).take(42).collect();
    format!("{name}-{}", digest::short_sha256(project.join("Pipfile").as_bytes()))
}

/// Whether an environment's name is that of a project, with the wanted Python behind it or not.
fn has_hash_of(name: &str, project: &AbsPath) -> bool {
    name.strip_prefix(&name_of(project)).is_some_and(|it| it.is_empty() || it.starts_with('-'))
}

/// Whatever is active, the project's own is meant; and no animation.
fn command(pipenv: &AbsPath, words: Vec<String>, root: &AbsPath) -> Command {
    let mut command = Command::new(pipenv, words, root);
    for variable in ["PIPENV_IGNORE_VIRTUALENVS", "PIPENV_NOSPIN", "PIPENV_YES"] {
        command.variables.insert(variable.to_owned(), "1".to_owned());
    }
    command
}

fn recipe(model: &Model, commands: Vec<Command>, prefix: &AbsPath) -> Recipe {
    let lock = model.project.root.join("Pipfile.lock");
    kept::recipe(model, commands, vec![prefix.clone(), lock])
}

fn installation(model: &Model, pipenv: &AbsPath, groups: &[&str]) -> Recipe {
    let words = words_to_install(model, groups);
    recipe(model, vec![command(pipenv, words, &model.project.root)], &model.prefix())
}

/// `pipenv sync` installs what is locked; `pipenv install` makes the lock anew where it has to.
fn words_to_install(model: &Model, groups: &[&str]) -> Vec<String> {
    let locked = !model.locks.is_empty() && !kept::is_drifted(model);
    let mut words = vec![if locked { "sync" } else { "install" }.to_owned()];
    if locked && kept::holds_extra(model) {
        words.push("--clean".to_owned());
    }
    let in_use = model.wants.iter().filter_map(|want| match (&want.set, &want.expected) {
        (Set::Group(group), Expectation::Installed(_)) => Some(group.as_str()),
        _ => None,
    });
    let mut groups: Vec<&str> = in_use.chain(groups.iter().copied()).collect();
    groups.sort_unstable();
    groups.dedup();
    words.extend(groups.into_iter().flat_map(of_group));
    words
}

/// The table `[dev-packages]`, whichever name its group was given, and others.
fn of_group(group: &str) -> Vec<String> {
    if matches!(group, "dev" | "dev-packages" | "develop") {
        return vec!["--dev".to_owned()];
    }
    vec!["--categories".to_owned(), group.to_owned()]
}
