//! Poetry: projects with `[tool.poetry]`, `poetry.lock` or `poetry.toml`, and the environments that it keeps for all of them in
//! one folder, named by a hash of the project's, or as `.venv` in the project (Poetry's documentation, *Managing
//! environments*, *Configuration*).

use toml::{Table, Value};

use super::{EnvironmentPlace, MachinePlace, Manager, folders::UserFolders, folders_in, kept};
use crate::{
    action::{Command, Recipe},
    manifest::{Says, Set},
    model::{
        Certainty, Claim, Environment, Evidence, Flaw, Model, Project, Recognised, Seen, Strength,
        Want,
    },
    standard::{
        digest,
        name::{self, normalised},
        version::Version,
    },
    world::{AbsPath, Asked, ListedKind, Reply, View},
};

pub(super) struct Poetry;

/// What only the manager reads of `[tool.poetry]`; the rest is read by its build backend too, which any manager may use.
const OWN: [&str; 8] = [
    "dependencies",
    "dev-dependencies",
    "group",
    "source",
    "package-mode",
    "requires-poetry",
    "requires-plugins",
    "build-constraints",
];

const ACTIVATED: &str = "`envs.toml` says that Poetry has activated it";
const IN_FOLDER: &str = "it is in the folder of Poetry's environments";

impl Manager for Poetry {
    fn name(&self) -> &'static str {
        "poetry"
    }

    fn summary(&self) -> &'static str {
        "Poetry's projects, their environments in its central folder or in the project, and the one that is activated"
    }

    fn claim(&self, view: &View<'_>, project: &Project) -> Asked<Option<Claim>> {
        let because = reasons(project);
        if because.is_empty() {
            return Ok(None);
        }
        let prefix = Kept::of(view, project)?.prefix(view, project)?;
        Ok(kept::claim(self.name(), project, because, prefix))
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        if reasons(project).is_empty() {
            return Ok(Vec::new());
        }
        let kept = Kept::of(view, project)?;
        let what = |it: &AbsPath| match &kept.activated {
            Some(minor) if it.name_text() == kept.named(minor) => ACTIVATED,
            _ => "its name is the one that Poetry gives this project's",
        };
        let places = kept
            .there
            .iter()
            .map(|it| kept::kept_here(self.name(), it.clone(), &project.root, what(it), IN_FOLDER));
        Ok(places.collect())
    }

    fn recognise(&self, view: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        let own = seen.prefix.name_text();
        if let Some(because) = in_project(seen) {
            let project = seen.prefix.parent();
            let recognised = Recognised::new(Certainty::Made, because);
            return Ok(Some(Recognised { manager: Some("poetry"), project, ..recognised }));
        }
        let Some((_, hash)) = name_and_hash(&own) else { return Ok(None) };
        let folder = Settings::of(view, None)?.folder;
        let central = folder.is_some_and(|it| seen.lies_in(&it));
        if !central && !seen.is_kept_in(&["pypoetry", "virtualenvs"]) {
            return Ok(None);
        }
        let because = Evidence::at(&seen.prefix, IN_FOLDER);
        let found = kept::found_again(view, seen, |it| hash_of(it) == hash)?;
        let (project, because) = found.map_or((None, because), |it| (Some(it.0), it.1));
        Ok(Some(Recognised {
            manager: Some("poetry"),
            project,
            ..Recognised::new(Certainty::Kept, because)
        }))
    }

    fn environments(&self, view: &View<'_>) -> Asked<Vec<MachinePlace>> {
        let Some(folder) = Settings::of(view, None)?.folder else { return Ok(Vec::new()) };
        let because = Evidence::at(&folder, IN_FOLDER);
        let told = Recognised::new(Certainty::Looks, because);
        let place = |prefix| MachinePlace { prefix, told: told.clone() };
        Ok(folders_in(view, &folder)?.into_iter().map(place).collect())
    }

    fn programs(&self) -> &'static [&'static str] {
        &["poetry", "uv"]
    }

    fn versioned(&self) -> &'static [&'static str] {
        &["poetry"]
    }

    fn installs_group(&self, project: &Project, group: &str) -> bool {
        let group = normalised(group);
        let is_it =
            |it: &Says| matches!(it, Says::OptionalGroup(named) if normalised(named) == group);
        !project.facts().any(|it| is_it(&it.1.says))
    }

    fn create(&self, model: &Model, prefix: &AbsPath) -> Vec<Recipe> {
        let owned = model.claim().is_some_and(|it| it.prefix == *prefix);
        let (Some(poetry), Some(base), true) =
            (model.programs.get("poetry"), model.base(|_| true), owned)
        else {
            return super::named("pip").create(model, prefix);
        };
        let root = &model.project.root;
        let made = match name_and_hash(&prefix.name_text()) {
            Some((name, hash)) => {
                prefix.join("..").join(format!("{name}-{hash}-py{}", kept::minor(&base.version)))
            }
            None => prefix.clone(),
        };
        let mut commands =
            vec![Command::new(poetry, ["env", "use", &base.python.to_string()], root)];
        commands.extend(lock_first(model, poetry));
        commands.push(Command::new(poetry, words_to_install(model, &[]), root));
        vec![kept::recipe(model, commands, vec![made, root.join("poetry.lock")])]
    }

    fn sync(&self, model: &Model) -> Option<Recipe> {
        let Some(poetry) = model.programs.get("poetry").filter(|_| kept::uses_own(model)) else {
            return super::named("pip").sync(model);
        };
        kept::goes_on(model).then(|| installation(model, poetry, &[]))
    }

    fn install_group(&self, model: &Model, group: &str) -> Option<Recipe> {
        let Some(poetry) = model.programs.get("poetry").filter(|_| kept::uses_own(model)) else {
            return super::named("pip").install_group(model, group);
        };
        name::is_valid(group).then(|| installation(model, poetry, &["--with", group]))
    }

    fn lock(&self, model: &Model) -> Option<Recipe> {
        let (poetry, root) = (model.programs.get("poetry")?, &model.project.root);
        let claim = model.claim()?;
        let mut touches = vec![root.join("poetry.lock")];
        let mut commands = Vec::new();
        // To lock it needs an environment of a Python that the project supports, and would make one of whichever it finds first.
        let serves = |it: &Environment| it.is_at(&claim.prefix) && model.satisfies_python(it);
        if !model.candidates.iter().any(|it| serves(&it.environment)) {
            let base = model.base(|_| true)?;
            commands.push(Command::new(poetry, ["env", "use", &base.python.to_string()], root));
            touches.push(claim.prefix.clone());
        }
        commands.push(locking(model, poetry));
        Some(kept::recipe(model, commands, touches))
    }

    fn add(&self, model: &Model, requirement: &str, set: &Set) -> Option<Recipe> {
        let poetry = model.programs.get("poetry")?;
        let requirement = kept::addable(model, requirement)?;
        let mut words = vec!["add".to_owned()];
        match set {
            Set::Main => {}
            Set::Group(group) => words.extend(["--group".to_owned(), kept::argument(group)?]),
            // Before Poetry 2 the option took no extra.
            Set::Extra(extra) if !is_old(model) => {
                words.extend(["--optional".to_owned(), kept::argument(extra)?]);
            }
            _ => return None,
        }
        words.extend(["--".to_owned(), requirement.to_owned()]);
        let manifest = model.project.root.join("pyproject.toml");
        Some(kept::declaring(working(model, vec![], words, poetry), manifest))
    }

    fn install_extra(&self, model: &Model, extra: &str) -> Option<Recipe> {
        let Some(poetry) = model.programs.get("poetry").filter(|_| kept::uses_own(model)) else {
            return super::named("pip").install_extra(model, extra);
        };
        name::is_valid(extra).then(|| installation(model, poetry, &["--extras", extra]))
    }

    fn remove(&self, model: &Model, name: &str, set: &Set) -> Option<Recipe> {
        let poetry = model.programs.get("poetry").filter(|_| kept::works(model))?;
        let mut words = vec!["remove".to_owned()];
        match set {
            Set::Main => {}
            Set::Group(group) => words.extend(["--group".to_owned(), kept::argument(group)?]),
            _ => return None,
        }
        words.extend(["--".to_owned(), name.to_owned()]);
        let manifest = model.project.root.join("pyproject.toml");
        Some(kept::declaring(working(model, vec![], words, poetry), manifest))
    }

    fn upgrade(&self, model: &Model, name: &str) -> Option<Recipe> {
        let Some(poetry) = model.programs.get("poetry").filter(|_| kept::works(model)) else {
            return super::named("pip").upgrade(model, name);
        };
        let mut words = vec!["update".to_owned()];
        words.extend(["--".to_owned(), name.to_owned()]);
        Some(working(model, vec![], words, poetry))
    }

    fn dispose(&self, model: &Model, prefix: &AbsPath) -> Option<Recipe> {
        let poetry = model.programs.get("poetry").filter(|_| kept::uses_own(model))?;
        let named = prefix.name_text();
        name_and_hash(&named)?;
        let words = ["env".to_owned(), "remove".to_owned(), named];
        let command = Command::new(poetry, words, &model.project.root);
        Some(kept::local(kept::recipe(model, vec![command], vec![prefix.clone()])))
    }

    fn reinstall(&self, model: &Model, flaw: &Flaw) -> Option<Recipe> {
        super::named("pip").reinstall(model, flaw).filter(|_| kept::has_installer(model))
    }

    fn install(&self, model: &Model, want: &Want) -> Option<Recipe> {
        super::named("pip").install(model, want).filter(|_| kept::has_installer(model))
    }
}

/// Why a project is Poetry's.
fn reasons(project: &Project) -> Vec<(Strength, Evidence)> {
    let mut because = Vec::new();
    if project.listing.has("poetry.lock") {
        let lock = project.root.join("poetry.lock");
        because.push((Strength::Lockfile, Evidence::at(&lock, "there is a `poetry.lock`")));
    }
    if project.listing.has("poetry.toml") {
        let settings = project.root.join("poetry.toml");
        because.push((Strength::Declared, Evidence::at(&settings, "there is a `poetry.toml`")));
    }
    because.extend(kept::reason_of(project, "poetry", |it| OWN.contains(&it)));
    because
}

/// What is set of Poetry's environments: by variables, else in the project's `poetry.toml`, else in the user's `config.toml`.
struct Settings {
    in_project: Option<bool>,
    /// Where it keeps environments.
    folder: Option<AbsPath>,
}

impl Settings {
    fn of(view: &View<'_>, project: Option<&Project>) -> Asked<Settings> {
        let user = UserFolders::of(view);
        let own = view.variable_path("POETRY_CONFIG_DIR");
        let said = ["CACHE_DIR", "VIRTUALENVS_PATH", "VIRTUALENVS_IN_PROJECT"]
            .map(|it| view.variable(&format!("POETRY_{it}")));
        let local = project.filter(|it| it.listing.has("poetry.toml"));
        let local = local.map(|it| kept::settings_in(view, &it.root.join("poetry.toml")));
        let user = user?;
        let configuration = user.configuration.as_ref().map(|it| it.join("pypoetry"));
        let general = own.or(configuration).map(|it| it.join("config.toml"));
        let general = general.map(|it| kept::settings_in(view, &it)).transpose()?;
        let local = local.transpose()?;
        let [cache, path, in_project] = said;
        let tables: Vec<Table> = local.into_iter().chain(general).collect();
        let stated = |keys: &[&str]| tables.iter().find_map(|it| kept::at(it, keys));
        let text = |variable: Option<&[u8]>, keys: &[&str]| {
            let variable = variable.map(|it| String::from_utf8_lossy(it).into_owned());
            variable.or_else(|| Some(stated(keys)?.as_str()?.to_owned()))
        };
        let cache = match text(cache.as_deref(), &["cache-dir"]) {
            Some(stated) => user.expanded(&stated),
            None => user.cache_of("pypoetry"),
        };
        let folder = match text(path.as_deref(), &["virtualenvs", "path"]) {
            None => cache.map(|it| it.join("virtualenvs")),
            Some(path) => match path.strip_prefix("{cache-dir}") {
                Some(below) => cache.map(|it| it.join(below.trim_start_matches('/'))),
                None => user.expanded(&path).or_else(|| Some(project?.root.join(&path))),
            },
        };
        let said = in_project.as_deref().map(kept::is_yes);
        let in_project =
            said.or_else(|| stated(&["virtualenvs", "in-project"]).and_then(Value::as_bool));
        Ok(Settings { in_project, folder })
    }
}

/// The environments that Poetry keeps of a project.
struct Kept {
    settings: Settings,
    /// How the names of its environments begin.
    base: String,
    /// Those that are there, sorted.
    there: Vec<AbsPath>,
    /// The minor version of the one that is activated (`poetry env use`).
    activated: Option<String>,
}

impl Kept {
    fn of(view: &View<'_>, project: &Project) -> Asked<Kept> {
        let settings = Settings::of(view, Some(project));
        let real = view.entry(&project.root);
        let settings = settings?;
        let real = real?.known().map_or_else(|| project.root.clone(), |it| it.real);
        let base = base_name(project.name.as_deref().unwrap_or("non-package-mode"), &real);
        let mut kept = Kept { settings, base, there: Vec::new(), activated: None };
        let Some(folder) = &kept.settings.folder else { return Ok(kept) };
        let Reply::Known(listing) = view.listing(folder)? else { return Ok(kept) };
        let begins = format!("{}-py", kept.base);
        let is_ours = |name: &str| name.strip_prefix(&begins).is_some_and(kept::is_minor);
        let ours = listing.names().filter(|it| is_ours(it.0));
        kept.there = ours.map(|it| folder.join(it.0)).collect();
        if listing.has("envs.toml") {
            let activated = kept::settings_in(view, &folder.join("envs.toml"))?;
            let minor = kept::at(&activated, &[&kept.base, "minor"]).and_then(Value::as_str);
            kept.activated = minor.map(|it| it.trim().to_owned());
        }
        Ok(kept)
    }

    fn named(&self, minor: &str) -> String {
        format!("{}-py{minor}", self.base)
    }

    /// The one of that version, if it is there.
    fn of_version(&self, minor: &str) -> Option<AbsPath> {
        let named = self.named(minor);
        self.there.iter().find(|it| it.name() == named.as_bytes()).cloned()
    }

    /// The one that Poetry works in (`EnvManager.get`): `.venv` in the project, if there is one and it may be used, or one is
    /// to be made there; the activated one; the one of the Python on the search path; else one of a Python that the project
    /// supports.
    fn prefix(&self, view: &View<'_>, project: &Project) -> Asked<AbsPath> {
        let inside = project.root.join(".venv");
        let is_there = project.listing.find(".venv").is_some_and(|it| it.kind != ListedKind::File);
        let Some(folder) = &self.settings.folder else { return Ok(inside) };
        if self.settings.in_project.unwrap_or(is_there) {
            return Ok(inside);
        }
        if let Some(activated) = self.activated.as_ref().and_then(|it| self.of_version(it)) {
            return Ok(activated);
        }
        if let [only] = &*self.there {
            return Ok(only.clone());
        }
        if !self.there.is_empty() {
            let usual = ["python3", "python"].map(|it| view.program(it));
            for program in usual {
                let Some(program) = program? else { continue };
                let real = view.entry(&program)?.known().map(|it| it.real.name_text());
                let minor = real.as_deref().and_then(|it| it.strip_prefix("python"));
                if let Some(found) = minor.and_then(|it| self.of_version(it)) {
                    return Ok(found);
                }
            }
            let version = |it: &AbsPath| {
                let name = it.name_text();
                Version::parse(name.rsplit_once("-py").map_or("", |it| it.1))
            };
            let supported = |it: &&AbsPath| {
                let version = version(it);
                let stated = project.requires_python.as_ref();
                stated
                    .zip(version.as_ref())
                    .is_none_or(|(it, version)| it.specifiers.admits(version))
            };
            let newest = self.there.iter().filter(supported).max_by_key(|it| version(it));
            return Ok(newest.or_else(|| self.there.last()).cloned().unwrap_or(inside));
        }
        let bases = view.interpreters()?;
        let base = project.base(&bases, |_| true);
        Ok(folder.join(match base {
            Some(base) => self.named(&kept::minor(&base.version)),
            None => self.base.clone(),
        }))
    }
}

/// How the names of a project's environments begin (`EnvManager.generate_env_name`).
fn base_name(project: &str, real: &AbsPath) -> String {
    let plain = |it: char| if " $`!*@\"\\\r\n\t".contains(it) { '_' } else { it };
    let name: String = project.to_lowercase().chars().map(plain).take(42).collect();
    format!("{name}-{}", hash_of(real))
}

fn hash_of(project: &AbsPath) -> String {
    digest::short_sha256(project.as_bytes())
}

/// The parts of `shop-QRErDmmj-py3.12`.
fn name_and_hash(named: &str) -> Option<(&str, &str)> {
    let (begins, version) = named.rsplit_once("-py")?;
    let at = begins.len().checked_sub(8).filter(|_| kept::is_minor(version))?;
    let (name, hash) = (begins.get(..at)?.strip_suffix('-')?, begins.get(at..)?);
    digest::is_short(hash).then_some((name, hash))
}

/// Whether a `.venv` is one that Poetry made: the prompt is the one that it has virtualenv write.
fn in_project(seen: &Seen) -> Option<Evidence> {
    let configuration = seen.configuration.as_ref().filter(|_| seen.prefix.name() == b".venv")?;
    let (prompt, _) = configuration.prompt.as_ref().zip(configuration.virtualenv.as_ref())?;
    let (_, version) = prompt.text.rsplit_once("-py")?;
    let claimed = &configuration.version.as_ref()?.text;
    let fits = claimed.strip_prefix(version).is_some_and(|it| it.starts_with('.'));
    let what = format!("its prompt `{}` is as Poetry writes it", prompt.text);
    fits.then(|| Evidence::at(&seen.prefix.join("pyvenv.cfg"), what))
}

fn is_old(model: &Model) -> bool {
    let two = Version::parse("2");
    model.versions.get("poetry").zip(two.as_ref()).is_some_and(|(it, two)| it < two)
}

/// Before Poetry 2 a lock was made anew with newer versions unless told otherwise.
fn locking(model: &Model, poetry: &AbsPath) -> Command {
    let words: &[&str] = if is_old(model) { &["lock", "--no-update"] } else { &["lock"] };
    Command::new(poetry, words.iter().copied(), &model.project.root)
}

/// Poetry installs nothing from a lock that is out of date.
fn lock_first(model: &Model, poetry: &AbsPath) -> Option<Command> {
    kept::is_drifted(model).then(|| locking(model, poetry))
}

fn installation(model: &Model, poetry: &AbsPath, options: &[&str]) -> Recipe {
    let before = lock_first(model, poetry).into_iter().collect();
    working(model, before, words_to_install(model, options), poetry)
}

/// Commands on the project's environment.
fn working(
    model: &Model,
    mut commands: Vec<Command>,
    words: Vec<String>,
    poetry: &AbsPath,
) -> Recipe {
    let (root, prefix) = (&model.project.root, model.prefix());
    commands.push(Command::new(poetry, words, root));
    // So that it works in this environment also where several are there and none is activated.
    for command in &mut commands {
        command.variables.insert("VIRTUAL_ENV".to_owned(), prefix.to_string());
    }
    kept::recipe(model, commands, vec![prefix, root.join("poetry.lock")])
}

/// `poetry install`; where there is something that the lock does not know, the exact form, which removes it.
fn words_to_install(model: &Model, options: &[&str]) -> Vec<String> {
    let words: &[&str] = match (kept::holds_extra(model), is_old(model)) {
        (false, _) => &["install"],
        (true, false) => &["sync"],
        (true, true) => &["install", "--sync"],
    };
    let mut words: Vec<String> = words.iter().map(|it| (*it).to_owned()).collect();
    words.extend(kept::sets_in_use(model, "--with", "--extras"));
    words.extend(options.iter().map(|it| (*it).to_owned()));
    words
}
