//! PDM: projects with `[tool.pdm]`, `pdm.lock`, `pdm.toml` or `.pdm-python`; the interpreter that is saved there, its `.venv`,
//! and the environments that it keeps in one folder, named by the project's folder and a hash (PDM's documentation, *Working
//! with Virtual Environments*, *Configurations*).

use toml::{Table, Value};

use super::{EnvironmentPlace, MachinePlace, Manager, folders::UserFolders, folders_in, kept};
use crate::{
    action::{Command, Recipe},
    manifest::Set,
    model::{Certainty, Claim, Evidence, Flaw, Model, Project, Recognised, Seen, Strength, Want},
    standard::{digest, name, version::Specifiers},
    world::{AbsPath, Asked, ListedKind, Listing, Reply, View},
};

pub(super) struct Pdm;

const IN_FOLDER: &str = "it is in the folder of PDM's environments";

impl Manager for Pdm {
    fn name(&self) -> &'static str {
        "pdm"
    }

    fn summary(&self) -> &'static str {
        "PDM's projects, the interpreter saved in `.pdm-python`, their `.venv` and the environments in its central folder"
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
        let named = "its name is the one that PDM gives this project's";
        let here = |prefix: &AbsPath, what, told| {
            kept::kept_here(self.name(), prefix.clone(), &project.root, what, told)
        };
        let central = kept.there.iter().map(|it| here(it, named, IN_FOLDER));
        let saved = kept.saved.iter().map(|it| here(it, SAVED, "PDM works in it"));
        Ok(central.chain(saved).collect())
    }

    fn recognise(&self, view: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        let own = seen.prefix.name_text();
        let Some((folder, hash)) = name_and_hash(&own) else { return Ok(None) };
        let central = Settings::of(view, None)?.folder.is_some_and(|it| seen.lies_in(&it));
        if !central && !seen.is_kept_in(&["pdm", "venvs"]) {
            return Ok(None);
        }
        let is_it = |it: &AbsPath| it.name() == folder.as_bytes() && hash_of(it) == hash;
        let because = Evidence::at(&seen.prefix, IN_FOLDER);
        let found = kept::found_again(view, seen, is_it)?;
        let (project, because) = found.map_or((None, because), |it| (Some(it.0), it.1));
        Ok(Some(Recognised {
            manager: Some("pdm"),
            project,
            ..Recognised::new(Certainty::Kept, because)
        }))
    }

    fn environments(&self, view: &View<'_>) -> Asked<Vec<MachinePlace>> {
        let Some(folder) = Settings::of(view, None)?.folder else { return Ok(Vec::new()) };
        let told = Recognised::new(Certainty::Looks, Evidence::at(&folder, IN_FOLDER));
        let place = |prefix| MachinePlace { prefix, told: told.clone() };
        Ok(folders_in(view, &folder)?.into_iter().map(place).collect())
    }

    fn programs(&self) -> &'static [&'static str] {
        &["pdm", "uv"]
    }

    fn installs_group(&self, _: &Project, _: &str) -> bool {
        true
    }

    fn create(&self, model: &Model, prefix: &AbsPath) -> Vec<Recipe> {
        let owned = model.claim().is_some_and(|it| it.prefix == *prefix);
        let (Some(pdm), Some(base), true) =
            (model.programs.get("pdm"), model.base(|_| true), owned)
        else {
            return super::named("pip").create(model, prefix);
        };
        let root = &model.project.root;
        let python = base.python.to_string();
        let minor = kept::minor(&base.version);
        let central = name_and_hash(&prefix.name_text())
            .map(|(folder, hash)| prefix.join("..").join(format!("{folder}-{hash}-{minor}")));
        let mut words = vec!["venv".to_owned(), "create".to_owned()];
        let is_central = central.is_some();
        if is_central {
            // With a name it is made in the central folder, whatever is set.
            words.extend(["--name".to_owned(), minor.clone()]);
        }
        words.push(python);
        let made = central.unwrap_or_else(|| prefix.clone());
        let mut commands = vec![command(pdm, words, root)];
        // What is saved, or comes first by name, would be used else.
        if is_central || model.project.listing.has(".pdm-python") {
            let words = ["use", "--venv", if is_central { &minor } else { "in-project" }];
            commands.push(command(pdm, words.map(str::to_owned).to_vec(), root));
        }
        commands.extend(lock_first(model, pdm));
        commands.push(command(pdm, words_to_install(model, &[]), root));
        vec![kept::recipe(
            model,
            commands,
            vec![made, root.join("pdm.lock"), root.join(".pdm-python")],
        )]
    }

    fn sync(&self, model: &Model) -> Option<Recipe> {
        let Some(pdm) = model.programs.get("pdm").filter(|_| kept::uses_own(model)) else {
            return super::named("pip").sync(model);
        };
        kept::goes_on(model).then(|| installation(model, pdm, &[]))
    }

    fn install_group(&self, model: &Model, group: &str) -> Option<Recipe> {
        let Some(pdm) = model.programs.get("pdm").filter(|_| kept::uses_own(model)) else {
            return super::named("pip").install_group(model, group);
        };
        name::is_valid(group).then(|| installation(model, pdm, &["--group", group]))
    }

    fn lock(&self, model: &Model) -> Option<Recipe> {
        let (pdm, root) = (model.programs.get("pdm")?, &model.project.root);
        let command = locking(model, pdm)?;
        Some(kept::recipe(model, vec![command], vec![root.join("pdm.lock")]))
    }

    fn add(&self, model: &Model, requirement: &str, set: &Set) -> Option<Recipe> {
        let pdm = model.programs.get("pdm")?;
        let requirement = kept::addable(model, requirement)?;
        let mut words = vec!["add".to_owned()];
        match set {
            Set::Main => {}
            Set::Group(group) => {
                words.extend(["--dev".to_owned(), "--group".to_owned(), kept::argument(group)?]);
            }
            Set::Extra(extra) => words.extend(["--group".to_owned(), kept::argument(extra)?]),
            _ => return None,
        }
        words.extend(["--".to_owned(), requirement.to_owned()]);
        let manifest = model.project.root.join("pyproject.toml");
        Some(kept::declaring(working(model, vec![], words, pdm), manifest))
    }

    fn install_extra(&self, model: &Model, extra: &str) -> Option<Recipe> {
        let Some(pdm) = model.programs.get("pdm").filter(|_| kept::uses_own(model)) else {
            return super::named("pip").install_extra(model, extra);
        };
        name::is_valid(extra).then(|| installation(model, pdm, &["--group", extra]))
    }

    fn remove(&self, model: &Model, name: &str, set: &Set) -> Option<Recipe> {
        let pdm = model.programs.get("pdm").filter(|_| kept::works(model))?;
        let mut words = vec!["remove".to_owned()];
        match set {
            Set::Main => {}
            Set::Group(group) => {
                words.extend(["--dev".to_owned(), "--group".to_owned(), kept::argument(group)?]);
            }
            Set::Extra(extra) => words.extend(["--group".to_owned(), kept::argument(extra)?]),
            _ => return None,
        }
        words.extend(["--".to_owned(), name.to_owned()]);
        let manifest = model.project.root.join("pyproject.toml");
        Some(kept::declaring(working(model, vec![], words, pdm), manifest))
    }

    fn upgrade(&self, model: &Model, name: &str) -> Option<Recipe> {
        let Some(pdm) = model.programs.get("pdm").filter(|_| kept::works(model)) else {
            return super::named("pip").upgrade(model, name);
        };
        let mut words = vec!["update".to_owned()];
        let named = |it: &&Want| *it.requirement.name == *name;
        match model.wants.iter().find(named).map(|it| &it.set) {
            Some(Set::Group(set) | Set::Extra(set)) => {
                words.extend(["--group".to_owned(), kept::argument(set)?]);
            }
            Some(_) => {}
            // PDM updates only what is declared.
            None => return super::named("pip").upgrade(model, name),
        }
        words.extend(["--".to_owned(), name.to_owned()]);
        Some(working(model, vec![], words, pdm))
    }

    fn dispose(&self, model: &Model, prefix: &AbsPath) -> Option<Recipe> {
        let pdm = model.programs.get("pdm").filter(|_| kept::uses_own(model))?;
        let named = prefix.name_text();
        let (folder, hash) = name_and_hash(&named)?;
        let ident = named.get(folder.len() + hash.len() + 2..)?.to_owned();
        let words = ["venv", "remove", "--yes"].map(str::to_owned).into_iter().chain([ident]);
        let command = command(pdm, words.collect(), &model.project.root);
        Some(kept::local(kept::recipe(model, vec![command], vec![prefix.clone()])))
    }

    fn reinstall(&self, model: &Model, flaw: &Flaw) -> Option<Recipe> {
        super::named("pip").reinstall(model, flaw).filter(|_| kept::has_installer(model))
    }

    fn install(&self, model: &Model, want: &Want) -> Option<Recipe> {
        super::named("pip").install(model, want).filter(|_| kept::has_installer(model))
    }
}

const SAVED: &str = "`.pdm-python` names its interpreter";

/// Why a project is PDM's.
fn reasons(project: &Project) -> Vec<(Strength, Evidence)> {
    let files = [
        ("pdm.lock", Strength::Lockfile),
        ("pdm.toml", Strength::Declared),
        (".pdm-python", Strength::Declared),
    ];
    let there = files.iter().filter(|it| project.listing.has(it.0));
    let evidence =
        |name: &str| Evidence::at(&project.root.join(name), format!("there is a `{name}`"));
    let mut because: Vec<_> = there.map(|it| (it.1, evidence(it.0))).collect();
    // What else is there is read by its build backend, which any manager may use.
    let is_own = |it: &str| !matches!(it, "build" | "version");
    because.extend(kept::reason_of(project, "pdm", is_own));
    because
}

/// What is set of PDM's environments: by variables, else in the project's `pdm.toml`, else in the user's `config.toml`.
struct Settings {
    in_project: bool,
    /// Where it keeps environments.
    folder: Option<AbsPath>,
}

impl Settings {
    fn of(view: &View<'_>, project: Option<&Project>) -> Asked<Settings> {
        let user = UserFolders::of(view);
        let (own, in_project) =
            (view.variable_path("PDM_CONFIG_FILE"), view.variable("PDM_VENV_IN_PROJECT"));
        let local = project.filter(|it| it.listing.has("pdm.toml"));
        let local = local.map(|it| kept::settings_in(view, &it.root.join("pdm.toml")));
        let user = user?;
        let configuration = user.configuration.as_ref().map(|it| it.join("pdm/config.toml"));
        let general = own.or(configuration).map(|it| kept::settings_in(view, &it)).transpose()?;
        let local = local.transpose()?;
        let location = general.as_ref().and_then(|it| stated(it, "venv", "location")?.as_str());
        let folder = match location {
            Some(location) => user.expanded(location),
            None => user.data.map(|it| it.join("pdm/venvs")),
        };
        let tables = local.iter().chain(&general);
        let inside = tables.into_iter().find_map(|it| stated(it, "venv", "in_project")?.as_bool());
        let said = in_project.as_deref().map(kept::is_yes);
        Ok(Settings { in_project: said.or(inside).unwrap_or(true), folder })
    }
}

/// A setting, which may be written as a table or with a dot in its name.
fn stated<'table>(table: &'table Table, section: &str, key: &str) -> Option<&'table Value> {
    kept::at(table, &[section, key]).or_else(|| table.get(&format!("{section}.{key}")))
}

/// The environments that PDM knows of a project.
struct Kept {
    settings: Settings,
    /// How the names of its environments in the central folder begin.
    base: String,
    /// Those that are there, sorted.
    there: Vec<AbsPath>,
    /// The one whose interpreter is saved.
    saved: Option<AbsPath>,
    /// The saved interpreter, where it belongs to no environment: packages are kept in the project then (PEP 582).
    bare: Option<AbsPath>,
}

impl Kept {
    fn of(view: &View<'_>, project: &Project) -> Asked<Kept> {
        let (settings, variable) = (Settings::of(view, Some(project)), view.variable("PDM_PYTHON"));
        let file = project.listing.has(".pdm-python");
        let file = file.then(|| view.text(&project.root.join(".pdm-python")));
        let settings = settings?;
        let text = file.transpose()?.and_then(Reply::known);
        let path = variable.as_deref().or_else(|| Some(text.as_deref()?.trim().as_bytes()));
        let python = path.and_then(AbsPath::parse);
        let around = python.as_ref().and_then(|it| it.parent()?.parent());
        let listing = around.as_ref().map(|it| view.listing(it)).transpose()?;
        let listing = listing.and_then(Reply::known);
        let is_environment = |it: &Listing| it.has("pyvenv.cfg") || it.has("conda-meta");
        let saved = around.filter(|_| listing.as_deref().is_some_and(is_environment));
        let bare = python.filter(|_| saved.is_none() && listing.is_some());
        let root = &project.root;
        let base = format!("{}-{}-", root.name_text(), hash_of(root));
        let mut kept = Kept { settings, base, there: Vec::new(), saved, bare };
        let Some(folder) = &kept.settings.folder else { return Ok(kept) };
        kept.there = folders_in(view, folder)?;
        let aside =
            |it: &AbsPath| it.name_text().contains('.') && name_and_hash(&it.name_text()).is_none();
        kept.there.retain(|it| it.name().starts_with(kept.base.as_bytes()) && !aside(it));
        Ok(kept)
    }

    /// The one that PDM works in (`Project.resolve_interpreter`): that of the saved interpreter; `.venv`, `venv` or `env` in the
    /// project; the first of the central ones; else where it would make one.
    fn prefix(&self, view: &View<'_>, project: &Project) -> Asked<AbsPath> {
        if let Some(saved) = &self.saved {
            return Ok(saved.clone());
        }
        let folder =
            |name: &&str| project.listing.find(name).is_some_and(|it| it.kind != ListedKind::File);
        let inside: Vec<AbsPath> = [".venv", "venv", "env"]
            .iter()
            .filter(|it| folder(it))
            .map(|it| project.root.join(it))
            .collect();
        // Ask all before the first `?`, so that one round trip is enough.
        let listed: Vec<_> = inside.iter().map(|it| view.listing(it)).collect();
        for (prefix, listing) in inside.into_iter().zip(listed) {
            if listing?.known().is_some_and(|it| it.has("pyvenv.cfg")) {
                return Ok(prefix);
            }
        }
        if let Some(first) = self.there.first() {
            return Ok(first.clone());
        }
        if project.listing.has("__pypackages__") {
            let real = self.bare.as_ref().map(|it| view.entry(it)).transpose()?;
            let real = real.and_then(Reply::known).map(|it| it.real.name_text());
            let minor = real.as_deref().and_then(|it| it.strip_prefix("python"));
            let packages = project.root.join("__pypackages__");
            return Ok(packages.join(minor.filter(|it| kept::is_minor(it)).unwrap_or(".")));
        }
        let folder = self.settings.folder.as_ref().filter(|_| !self.settings.in_project);
        let Some(folder) = folder else { return Ok(project.root.join(".venv")) };
        let bases = view.interpreters()?;
        let base = project.base(&bases, |_| true);
        let version = base.map(|it| kept::minor(&it.version)).unwrap_or_default();
        Ok(folder.join(format!("{}{version}", self.base)))
    }
}

fn hash_of(project: &AbsPath) -> String {
    digest::short_md5(project.as_bytes())
}

/// The parts of `shop-HtHRRRwk-3.12`; what stands at the end may be any name.
fn name_and_hash(named: &str) -> Option<(&str, &str)> {
    // A hash may hold a hyphen itself.
    let ends = named.char_indices().filter(|it| it.1 == '-').map(|it| it.0);
    let mut parts = ends.filter_map(|end| {
        let start = end.checked_sub(8)?;
        let (folder, hash) = (named.get(..start)?.strip_suffix('-')?, named.get(start..end)?);
        let ident = named.get(end + 1..)?;
        let is_plain = kept::is_minor(ident) || name::is_valid(ident) && !ident.contains('.');
        (digest::is_short(hash) && is_plain).then_some((folder, hash))
    });
    parts.next_back()
}

/// Without the question whether there is a newer PDM, which goes to the network.
fn command(pdm: &AbsPath, words: Vec<String>, root: &AbsPath) -> Command {
    let mut command = Command::new(pdm, words, root);
    command.variables.insert("PDM_CHECK_UPDATE".to_owned(), "0".to_owned());
    command
}

/// Makes the lock anew with what is locked, by the interpreter of the environment or of the one that would be made: without
/// one that the project supports PDM would make an environment, in the place of the one that is there.
fn locking(model: &Model, pdm: &AbsPath) -> Option<Command> {
    let own = model.usable().filter(|_| kept::goes_on(model)).and_then(|it| it.python.as_ref());
    let python = own.or_else(|| model.base(|_| true).map(|it| &it.python))?;
    let mut words = vec!["lock", "--update-reuse"];
    words.extend(outgrown(model).into_iter().flat_map(|it| ["--python", it]));
    let words = words.into_iter().map(str::to_owned).collect();
    let mut command = command(pdm, words, &model.project.root);
    command.variables.insert("PDM_PYTHON".to_owned(), python.to_string());
    Some(command)
}

/// `pdm install` makes a lock anew by itself, but not one for other Pythons.
fn lock_first(model: &Model, pdm: &AbsPath) -> Option<Command> {
    outgrown(model).and_then(|_| locking(model, pdm))
}

/// The Pythons that the project supports, where the lock was made for others: PDM keeps to those unless told.
fn outgrown(model: &Model) -> Option<&str> {
    let stated = model.project.requires_python.as_ref()?;
    let locked = model.locks.iter().find_map(|it| it.document.lock.requires_python.as_ref())?;
    let locked = Specifiers::parse(&locked.text).ok()?;
    (locked != stated.specifiers).then_some(&stated.spelled)
}

fn installation(model: &Model, pdm: &AbsPath, options: &[&str]) -> Recipe {
    let before = lock_first(model, pdm).into_iter().collect();
    working(model, before, words_to_install(model, options), pdm)
}

/// Commands on the project's environment.
fn working(model: &Model, mut commands: Vec<Command>, words: Vec<String>, pdm: &AbsPath) -> Recipe {
    let (root, prefix) = (&model.project.root, model.prefix());
    let mut last = command(pdm, words, root);
    // So that it works in this environment also where no interpreter is saved.
    if let Some(python) = model.usable().and_then(|it| it.python.as_ref()) {
        last.variables.insert("PDM_PYTHON".to_owned(), python.to_string());
    }
    commands.push(last);
    kept::recipe(model, commands, vec![prefix, root.join("pdm.lock")])
}

/// `pdm install`, which makes the lock anew where it has to; where there is something that the lock does not know, the exact
/// form, which removes it.
fn words_to_install(model: &Model, options: &[&str]) -> Vec<String> {
    let exact = kept::holds_extra(model) && !kept::is_drifted(model);
    let words: &[&str] = if exact { &["sync", "--clean"] } else { &["install"] };
    let mut words: Vec<String> = words.iter().map(|it| (*it).to_owned()).collect();
    words.extend(kept::sets_in_use(model, "--group", "--group"));
    words.extend(options.iter().map(|it| (*it).to_owned()));
    words
}
