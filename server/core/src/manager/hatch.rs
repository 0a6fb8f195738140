//! Hatch: projects with `[tool.hatch.envs]` or `hatch.toml`, and the environments that it keeps in one folder, by the project's
//! name and a hash of its folder, or where `dirs.env.virtual` says (Hatch's documentation, *Environment configuration*,
//! *Virtual environment*, *Configuration*).

mod matrix;

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::{EnvironmentPlace, MachinePlace, Manager, folders::UserFolders, folders_in, kept};
use crate::{
    action::{Command, Recipe, Step},
    manifest::{Says, Set},
    model::{
        Certainty, Claim, Evidence, Flaw, Holding, Model, Project, Recognised, Seen, Strength, Want,
    },
    standard::{digest, name},
    world::{AbsPath, Asked, ListedKind, Os, Reply, View},
};

pub use self::matrix::environments;

pub(super) struct Hatch;

const IN_FOLDER: &str = "it is in the folder of Hatch's environments";

impl Manager for Hatch {
    fn name(&self) -> &'static str {
        "hatch"
    }

    fn summary(&self) -> &'static str {
        "Hatch's projects and their environments, in its own folder or in the project; `default` is the one that is chosen"
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
        // Whoever builds with it may use it too.
        let builds = project.facts().any(|(_, fact)| match &fact.says {
            Says::Requirement { set: Set::Build, requirement } => &*requirement.name == "hatchling",
            _ => false,
        });
        if !builds && reasons(project).is_empty() {
            return Ok(Vec::new());
        }
        let kept = Kept::of(view, project)?;
        let place = |(prefix, name): &(AbsPath, String)| {
            let what = format!("it is Hatch's environment `{name}` of this project");
            let mut place =
                kept::kept_here(self.name(), prefix.clone(), &project.root, &what, IN_FOLDER);
            if let Some(told) = &mut place.told {
                told.name = Some(name.clone());
            }
            place
        };
        Ok(kept.there.iter().map(place).collect())
    }

    fn recognise(&self, view: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        let Some(around) = seen.prefix.parent() else { return Ok(None) };
        let hash = around.name_text();
        let outer = around.parent().and_then(|it| it.parent());
        let is_virtual = outer.as_ref().is_some_and(|it| it.name() == b"virtual");
        if !digest::is_short(&hash) || !is_virtual {
            return Ok(None);
        }
        let os = view.machine()?.map_or(Os::Linux, |it| it.os);
        let because = Evidence::at(&seen.prefix, IN_FOLDER);
        let found = kept::found_again(view, seen, |it| hash_of(it, os) == hash)?;
        let (project, because) = found.map_or((None, because), |it| (Some(it.0), it.1));
        let own = seen.prefix.name_text();
        let is_default = around.parent().is_some_and(|it| it.name() == own.as_bytes());
        Ok(Some(Recognised {
            manager: Some("hatch"),
            project,
            name: Some(if is_default { "default".to_owned() } else { own }),
            ..Recognised::new(Certainty::Kept, because)
        }))
    }

    fn holding(
        &self,
        view: &View<'_>,
        project: &Project,
        environment: &str,
        os: Os,
    ) -> Asked<Option<Holding>> {
        Ok(made(view, project, os).remove(environment))
    }

    fn environments(&self, view: &View<'_>) -> Asked<Vec<MachinePlace>> {
        let Some(folder) = Settings::of(view)?.own_folder() else { return Ok(Vec::new()) };
        let told = Recognised::new(Certainty::Looks, Evidence::at(&folder, IN_FOLDER));
        let mut level = vec![folder];
        // The project's name, its hash, the environment's name.
        for _ in 0..3 {
            // Ask all before the first `?`, so that each level is one round trip.
            let listed: Vec<_> = level.iter().map(|it| folders_in(view, it)).collect();
            let listed: Asked<Vec<_>> = listed.into_iter().collect();
            level = listed?.into_iter().flatten().collect();
            level.retain(|it| !it.name().starts_with(b"."));
        }
        let place = |prefix| MachinePlace { prefix, told: told.clone() };
        Ok(level.into_iter().map(place).collect())
    }

    fn programs(&self) -> &'static [&'static str] {
        &["hatch", "uv"]
    }

    fn create(&self, model: &Model, prefix: &AbsPath) -> Vec<Recipe> {
        let owned = model.claim().is_some_and(|it| it.prefix == *prefix);
        let (Some(hatch), Some(base), true) =
            (model.programs.get("hatch"), model.base(|_| true), owned)
        else {
            return super::named("pip").create(model, prefix);
        };
        let mut command = Command::new(hatch, ["env", "create"], &model.project.root);
        command.variables.insert("HATCH_PYTHON".to_owned(), base.python.to_string());
        vec![kept::recipe(model, vec![command], vec![prefix.clone()])]
    }

    fn sync(&self, model: &Model) -> Option<Recipe> {
        let Some(hatch) = model.programs.get("hatch").filter(|_| kept::uses_own(model)) else {
            return super::named("pip").sync(model);
        };
        if !kept::goes_on(model) {
            return None;
        }
        // Hatch has no command for it, but brings an environment up before it runs anything in it.
        let command = Command::new(hatch, ["run", "python", "-V"], &model.project.root);
        let mut recipe = kept::recipe(model, vec![command], vec![model.prefix()]);
        // What the project itself needs it does not look at again once it has installed it (Hatch 1.18).
        if let Some(pip) = super::named("pip").sync(model).filter(|_| kept::has_installer(model)) {
            recipe.steps.extend(pip.steps.into_iter().filter(|it| matches!(it, Step::Run(_))));
        }
        Some(recipe)
    }

    fn install_group(&self, model: &Model, group: &str) -> Option<Recipe> {
        super::named("pip").install_group(model, group).filter(|_| kept::has_installer(model))
    }

    fn install_extra(&self, model: &Model, extra: &str) -> Option<Recipe> {
        super::named("pip").install_extra(model, extra).filter(|_| kept::has_installer(model))
    }

    fn upgrade(&self, model: &Model, name: &str) -> Option<Recipe> {
        super::named("pip").upgrade(model, name).filter(|_| kept::has_installer(model))
    }

    fn dispose(&self, model: &Model, prefix: &AbsPath) -> Option<Recipe> {
        let hatch = model.programs.get("hatch").filter(|_| kept::uses_own(model))?;
        let command = Command::new(hatch, ["env", "remove"], &model.project.root);
        Some(kept::local(kept::recipe(model, vec![command], vec![prefix.clone()])))
    }

    fn reinstall(&self, model: &Model, flaw: &Flaw) -> Option<Recipe> {
        super::named("pip").reinstall(model, flaw).filter(|_| kept::has_installer(model))
    }

    fn install(&self, model: &Model, want: &Want) -> Option<Recipe> {
        super::named("pip").install(model, want).filter(|_| kept::has_installer(model))
    }
}

/// The environments that a project's tables stand for, by name; where `hatch.toml` has any, those of `pyproject.toml` do not count.
fn made(view: &View<'_>, project: &Project, os: Os) -> BTreeMap<String, Holding> {
    let variable =
        |name: &str| view.variable(name).map(|it| String::from_utf8_lossy(&it).into_owned());
    let of = |format: &str| {
        let manifest = project.manifests.iter().find(|it| it.document.format == format);
        manifest.map(|it| environments(it, os, &variable)).filter(|it| !it.is_empty())
    };
    of("hatch").or_else(|| of("pyproject")).unwrap_or_default()
}

/// Why a project is Hatch's.
fn reasons(project: &Project) -> Vec<(Strength, Evidence)> {
    let mut because = Vec::new();
    if project.listing.has("hatch.toml") {
        let file = project.root.join("hatch.toml");
        because.push((Strength::Declared, Evidence::at(&file, "there is a `hatch.toml`")));
    }
    // What else is there is read by its build backend, which any manager may use.
    let is_own = |it: &str| matches!(it, "env" | "envs" | "workspace");
    let table = kept::reason_of(project, "hatch", is_own);
    because.extend(table.filter(|it| it.0 == Strength::Declared));
    because
}

/// What is set of Hatch's folders: by variables, else in the user's `config.toml`.
struct Settings {
    data: Option<AbsPath>,
    /// `dirs.env.virtual`, as it is written.
    folder: Option<String>,
    user: UserFolders,
    os: Os,
}

impl Settings {
    fn of(view: &View<'_>) -> Asked<Settings> {
        let (user, machine) = (UserFolders::of(view), view.machine());
        let (own, data) =
            (view.variable_path("HATCH_CONFIG"), view.variable_path("HATCH_DATA_DIR"));
        let user = user?;
        let configuration = user.configuration.as_ref().map(|it| it.join("hatch/config.toml"));
        let general = own.or(configuration).map(|it| kept::settings_in(view, &it)).transpose()?;
        let general = general.unwrap_or_default();
        let text = |keys: &[&str]| kept::at(&general, keys).and_then(Value::as_str);
        let stated = text(&["dirs", "data"]).and_then(|it| user.expanded(it));
        let data = data.or(stated).or_else(|| Some(user.data.as_ref()?.join("hatch")));
        let folder = text(&["dirs", "env", "virtual"]).map(str::to_owned);
        let os = machine?.map_or(Os::Linux, |it| it.os);
        Ok(Settings { data, folder, user, os })
    }

    /// Where environments are kept whose projects say nothing else.
    fn own_folder(&self) -> Option<AbsPath> {
        let stated = self.folder.as_ref().and_then(|it| self.user.expanded(it));
        stated.or_else(|| Some(self.data.as_ref()?.join("env/virtual")))
    }

    /// The same for one project: the setting may be a folder in it.
    fn folder_of(&self, root: &AbsPath) -> Option<AbsPath> {
        let local = self.folder.as_ref().filter(|it| self.user.expanded(it).is_none());
        local.map(|it| root.join(it)).or_else(|| self.own_folder())
    }
}

/// The environments that Hatch keeps of a project.
struct Kept {
    /// Those that are there, with their names.
    there: Vec<(AbsPath, String)>,
    /// The one that it works in.
    prefix: AbsPath,
}

impl Kept {
    /// As `VirtualEnvironment` of Hatch has it.
    fn of(view: &View<'_>, project: &Project) -> Asked<Kept> {
        let root = &project.root;
        let (settings, real) = (Settings::of(view), view.entry(root));
        let said = ["HATCH_ENV", "HATCH_ENV_TYPE_VIRTUAL_PATH"].map(|it| view.variable(it));
        let own = project.listing.has("hatch.toml");
        let own = own.then(|| kept::settings_in(view, &root.join("hatch.toml")));
        let (settings, real) =
            (settings?, real?.known().map_or_else(|| root.clone(), |it| it.real));
        let [active, path] = said;
        let (own, made) = (own.transpose()?.unwrap_or_default(), made(view, project, settings.os));
        let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
        let active = active.as_deref().map_or_else(|| "default".to_owned(), text);
        let hash = hash_of(&real, settings.os);
        let named = project.name.as_deref().map(name::normalised);
        let named = named.unwrap_or_else(|| format!("{hash}-unmanaged"));
        let folder_named =
            |env: &str| if env == "default" { named.clone() } else { env.to_owned() };
        let table = kept::table_of(project, "hatch");
        let stated = [&own, &table].into_iter().find_map(|it| path_of(it, &active));
        let Some(folder) = settings.folder_of(root) else {
            return Ok(Kept { there: Vec::new(), prefix: root.join(".venv") });
        };
        let home = settings.user.home.as_ref().map(|it| it.join(".virtualenvs"));
        let is_flat = folder.is_within(root) || home.as_ref() == Some(&folder);
        let storage = if is_flat { folder } else { folder.join(&named).join(&hash) };
        let stated = path.as_deref().map(text).or(stated);
        let prefix = match &stated {
            Some(path) => root.join(path),
            None => storage.join(folder_named(&active)),
        };
        let known = |name: &str| {
            let declared =
                [&own, &table].into_iter().any(|it| kept::at(it, &["envs", name]).is_some());
            // In its own folder every one is this project's; elsewhere there may be others beside them.
            !is_flat || declared || name == named || made.contains_key(name)
        };
        let mut there = Vec::new();
        if let Reply::Known(listing) = view.listing(&storage)? {
            let folders = listing.names().filter(|it| it.1 == ListedKind::Folder && known(it.0));
            let folders = folders.filter(|it| !it.0.contains(".envls-aside-"));
            for (name, _) in folders {
                let env = if name == named { "default" } else { name };
                there.push((storage.join(name), env.to_owned()));
            }
        }
        if stated.is_some() {
            there.push((prefix.clone(), active));
        }
        Ok(Kept { there, prefix })
    }
}

/// The folder that an environment is given by name (`path`).
fn path_of(table: &Table, environment: &str) -> Option<String> {
    kept::at(table, &["envs", environment, "path"])?.as_str().map(str::to_owned)
}

/// What Hatch calls a folder by (`Path.id`).
fn hash_of(project: &AbsPath, os: Os) -> String {
    if matches!(os, Os::Windows | Os::Macos) {
        return digest::short_sha256(project.to_string().to_lowercase().as_bytes());
    }
    digest::short_sha256(project.as_bytes())
}
