//! uv: projects and workspaces with `uv.lock` or `[tool.uv]`, their `.venv`, and the interpreters that uv manages;
//! environments of tools and of scripts, known and not offered (uv's documentation, *Project environments*, *Workspaces*, *Python
//! versions*, *Tools*, *Scripts*, *Storage*).

use super::{MachinePlace, Manager, folders::UserFolders, folders_in, is_older};
use crate::{
    action::{Command, Recipe, Step},
    manifest::{Fact, Says, Set},
    model::{
        Certainty, Claim, Evidence, Expectation, Flaw, InterpreterPlace, Model, Offer, Project,
        Recognised, Seen, Strength, Want, interpreters_in,
    },
    standard::{
        glob,
        name::{self, normalised},
        requirement,
        version::Version,
    },
    text::Location,
    world::{AbsPath, Asked, ListedKind, Reply, View},
};

pub(super) struct Uv;

/// The version with which the interface of projects became stable (uv's change log, *0.3.0*).
const PROJECTS: &str = "0.3.0";
/// The version with which dependency groups came, and with them `--group` (uv's change log, *0.4.27*: PEP 735).
const GROUPS: &str = "0.4.27";
/// The version with which `uv sync` learned `--all-packages` (uv's change log, *0.4.30*).
const ALL_PACKAGES: &str = "0.4.30";

/// The folder of uv's cache with the environments of scripts with inline metadata (PEP 723).
const SCRIPTS: &str = "environments-v2";

impl Manager for Uv {
    fn name(&self) -> &'static str {
        "uv"
    }

    fn summary(&self) -> &'static str {
        "uv's projects and workspaces, their `.venv` or `UV_PROJECT_ENVIRONMENT`, and the interpreters it manages"
    }

    fn claim(&self, view: &View<'_>, project: &Project) -> Asked<Option<Claim>> {
        let kept = view.variable("UV_PROJECT_ENVIRONMENT");
        let workspace = workspace(view, project)?;
        let mut because = Vec::new();
        let mut strength = Strength::Ambient;
        let mut home = project.root.clone();
        let mut locked = project.listing.has("uv.lock");
        if let Some(workspace) = workspace {
            strength = Strength::Declared;
            because.push(Evidence::read(workspace.declared, "it is a member of a uv workspace"));
            home = workspace.root;
            locked = workspace.locked;
        }
        if locked {
            strength = strength.max(Strength::Lockfile);
            because.push(Evidence::at(&home.join("uv.lock"), "there is a `uv.lock`"));
        }
        let table = project.facts().find(|it| it.1.says == Says::UsesTool("uv".to_owned()));
        if let Some((manifest, fact)) = table {
            strength = Strength::Declared;
            let location = manifest.document.location(&manifest.path, fact.span);
            because.push(Evidence::read(location, "it has a `[tool.uv]` table"));
        }
        if because.is_empty() {
            return Ok(None);
        }
        let prefix = home.join(kept.as_deref().unwrap_or(b".venv"));
        Ok(Some(Claim { strength, manager: self.name(), home, prefix, because }))
    }

    fn recognise(&self, _: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        let withheld = |kind, certainty, because| {
            let word = Recognised::new(certainty, because);
            let name = Some(seen.prefix.name_text());
            let (kind, manager, offer) = (Some(kind), Some("uv"), Offer::Withheld);
            Ok(Some(Recognised { kind, manager, name, offer, ..word }))
        };
        let receipt = seen.prefix.join("uv-receipt.toml");
        if seen.has("uv-receipt.toml") {
            let because = Evidence::at(&receipt, "it has a `uv-receipt.toml`, as tools have");
            return withheld("uv-tool", Certainty::Kept, because);
        }
        let folder = seen.prefix.parent().filter(|it| it.name() == SCRIPTS.as_bytes());
        if let Some(folder) = folder {
            let because = Evidence::at(&folder, "uv keeps the environments of scripts there");
            return withheld("uv-script", Certainty::Kept, because);
        }
        let said = seen.configuration.as_ref().and_then(|it| it.uv.as_ref());
        Ok(said.map(|version| {
            let what = format!("`pyvenv.cfg` says that uv {} made it", version.text);
            let because = Evidence::at(&seen.prefix.join("pyvenv.cfg"), what);
            Recognised {
                kind: Some("venv"),
                manager: Some("uv"),
                ..Recognised::new(Certainty::Made, because)
            }
        }))
    }

    fn environments(&self, view: &View<'_>) -> Asked<Vec<MachinePlace>> {
        let user = UserFolders::of(view)?;
        let [tools, cache] = ["UV_TOOL_DIR", "UV_CACHE_DIR"].map(|it| view.variable_path(it));
        // uv keeps to the convention of Linux on macOS, too.
        let below = |path: &str| user.home.as_ref().map(|it| it.join(path));
        let unix = user.cache.clone().filter(|_| !user.is_macos()).or_else(|| below(".cache"));
        let tools = tools.or_else(|| Some(user.unix_data.as_ref()?.join("uv").join("tools")));
        let scripts = cache.or_else(|| Some(unix?.join("uv"))).map(|it| it.join(SCRIPTS));
        let folders: Vec<AbsPath> = tools.into_iter().chain(scripts).collect();
        // Ask all before the first `?`, so that one round trip is enough.
        let listed: Vec<_> = folders.iter().map(|it| folders_in(view, it)).collect();
        let mut places = Vec::new();
        for (folder, prefixes) in folders.iter().zip(listed) {
            let because = Evidence::at(folder, format!("it is in `{folder}`"));
            let told = Recognised::new(Certainty::Looks, because);
            let place = |prefix| MachinePlace { prefix, told: told.clone() };
            places.extend(prefixes?.into_iter().map(place));
        }
        Ok(places)
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        let said =
            ["UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME", "HOME"].map(|it| view.variable_path(it));
        let [own, data, home] = said;
        let data = data.or_else(|| Some(home?.join(".local").join("share")));
        let Some(folder) = own.or_else(|| Some(data?.join("uv").join("python"))) else {
            return Ok(Vec::new());
        };
        let Reply::Known(listing) = view.listing(&folder)? else { return Ok(Vec::new()) };
        // A link here is the alias of a minor version.
        let installed =
            listing.names().filter(|it| it.1 == ListedKind::Folder && it.0.contains('-'));
        let found: Vec<_> = installed
            .map(|(name, _)| folder.join(name).join("bin"))
            .map(|it| interpreters_in(view, &it, "uv-managed", Strength::Convention))
            .collect();
        let found: Asked<Vec<_>> = found.into_iter().collect();
        Ok(found?.into_iter().flatten().collect())
    }

    fn programs(&self) -> &'static [&'static str] {
        &["uv"]
    }

    fn versioned(&self) -> &'static [&'static str] {
        self.programs()
    }

    fn complete_since(&self) -> Option<&'static str> {
        Some(ALL_PACKAGES)
    }

    fn installs_group(&self, project: &Project, group: &str) -> bool {
        let stated = project.facts().find_map(|(_, fact)| match &fact.says {
            Says::DefaultGroups(groups) => Some(groups.clone()),
            _ => None,
        });
        let defaults = stated.unwrap_or_else(|| Some(vec!["dev".to_owned()]));
        let same = |it: &String| normalised(it) == normalised(group);
        defaults.is_none_or(|groups| groups.iter().any(same))
    }

    fn create(&self, model: &Model, prefix: &AbsPath) -> Vec<Recipe> {
        let owned = model.claim().is_some_and(|it| it.prefix == *prefix);
        match program(model) {
            Some(uv) if owned => vec![sync(model, uv)],
            // Without uv, or elsewhere than where uv keeps it, pip's ways still make an environment that works.
            _ => super::named("pip").create(model, prefix),
        }
    }

    fn sync(&self, model: &Model) -> Option<Recipe> {
        let uses_own = model.claim().is_some_and(|it| it.prefix == model.prefix());
        match program(model) {
            Some(uv) if uses_own => Some(sync(model, uv)),
            _ => super::named("pip").sync(model),
        }
    }

    fn install_group(&self, model: &Model, group: &str) -> Option<Recipe> {
        if !serves(model) || is_older(model, "uv", GROUPS) || !name::is_valid(group) {
            return super::named("pip").install_group(model, group);
        }
        Some(with_options(self.sync(model)?, &["--group", group]))
    }

    fn install_extra(&self, model: &Model, extra: &str) -> Option<Recipe> {
        if !serves(model) || !name::is_valid(extra) {
            return super::named("pip").install_extra(model, extra);
        }
        Some(with_options(self.sync(model)?, &["--extra", extra]))
    }

    fn remove(&self, model: &Model, name: &str, set: &Set) -> Option<Recipe> {
        let (claim, uv) = (model.claim()?, program(model)?);
        let mut arguments = vec!["remove".to_owned()];
        arguments.extend(of_set(set)?);
        arguments.extend(["--".to_owned(), name.to_owned()]);
        Some(changing(model, claim, Command::new(uv, arguments, &model.project.root)))
    }

    fn upgrade(&self, model: &Model, name: &str) -> Option<Recipe> {
        if !serves(model) {
            return super::named("pip").upgrade(model, name);
        }
        Some(with_options(self.sync(model)?, &["--upgrade-package", name]))
    }

    fn pin(&self, model: &Model, python: &Version) -> Option<Recipe> {
        let (claim, uv) = (model.claim()?, program(model)?);
        let arguments = ["python", "pin", &python.to_string()];
        Some(Recipe {
            steps: vec![Step::Run(Command::new(uv, arguments, &claim.home))],
            touches: vec![claim.home.join(".python-version")],
            inputs: Vec::new(),
            network: false,
            runs_project_code: false,
        })
    }

    fn reinstall(&self, model: &Model, flaw: &Flaw) -> Option<Recipe> {
        let recipe = self.sync(model)?;
        let uses_own = model.claim().is_some_and(|it| it.prefix == model.prefix());
        if !uses_own || !name::is_valid(&flaw.name) || program(model).is_none() {
            return super::named("pip").reinstall(model, flaw);
        }
        Some(with_options(recipe, &["--reinstall-package", &normalised(&flaw.name)]))
    }

    fn lock(&self, model: &Model) -> Option<Recipe> {
        let (claim, uv) = (model.claim()?, program(model)?);
        Some(Recipe {
            steps: vec![Step::Run(Command::new(uv, ["lock"], &claim.home))],
            touches: vec![claim.home.join("uv.lock")],
            inputs: model.project.manifests.iter().map(|it| it.path.clone()).collect(),
            network: true,
            runs_project_code: true,
        })
    }

    fn add(&self, model: &Model, requirement: &str, set: &Set) -> Option<Recipe> {
        let (claim, uv) = (model.claim()?, program(model)?);
        // Only a name with bounds: whatever else could stand there is a way to something else than the index.
        let parsed = requirement::parse(requirement, 0).ok()?;
        if !name::is_valid(&parsed.name) || parsed.url.is_some() || requirement.starts_with('-') {
            return None;
        }
        let mut arguments = vec!["add".to_owned()];
        arguments.extend(of_set(set)?);
        arguments.extend(["--".to_owned(), requirement.to_owned()]);
        Some(changing(model, claim, Command::new(uv, arguments, &model.project.root)))
    }

    fn install(&self, model: &Model, want: &Want) -> Option<Recipe> {
        super::named("pip").install(model, want)
    }
}

/// Whether uv keeps the environment that the project has.
fn serves(model: &Model) -> bool {
    let uses_own = model.claim().is_some_and(|it| it.prefix == model.prefix());
    uses_own && program(model).is_some()
}

/// uv, where it is one that knows projects.
fn program(model: &Model) -> Option<&AbsPath> {
    model.programs.get("uv").filter(|_| !is_older(model, "uv", PROJECTS))
}

/// The options that name a set.
fn of_set(set: &Set) -> Option<Vec<String>> {
    let option = match set {
        Set::Main => return Some(Vec::new()),
        Set::Group(group) if name::is_valid(group) => ["--group", group],
        Set::Extra(extra) if name::is_valid(extra) => ["--optional", extra],
        _ => return None,
    };
    Some(option.map(str::to_owned).to_vec())
}

/// A command that changes what is declared, the lock, and what is installed.
fn changing(model: &Model, claim: &Claim, command: Command) -> Recipe {
    let manifest = model.project.root.join("pyproject.toml");
    Recipe {
        steps: vec![Step::Run(command)],
        touches: vec![claim.prefix.clone(), claim.home.join("uv.lock"), manifest],
        inputs: model.project.manifests.iter().map(|it| it.path.clone()).collect(),
        network: true,
        runs_project_code: true,
    }
}

/// The same commands with more options.
fn with_options(mut recipe: Recipe, options: &[&str]) -> Recipe {
    for step in &mut recipe.steps {
        if let Step::Run(command) = step
            && !command.arguments.windows(options.len()).any(|it| it == options)
        {
            command.arguments.extend(options.iter().map(|it| (*it).to_owned()));
        }
    }
    recipe
}

/// `uv sync`, which locks, creates and installs; for a workspace all of it, since its members share one environment and an
/// exact sync of one would uninstall the others.
fn sync(model: &Model, uv: &AbsPath) -> Recipe {
    let claim = model.claim().expect("uv's recipes serve projects that it claims");
    let shared = claim.home != model.project.root
        || model.project.facts().any(|it| matches!(it.1.says, Says::Workspace { .. }));
    let mut arguments = vec!["sync".to_owned()];
    let mut directory = &claim.home;
    if shared && is_older(model, "uv", ALL_PACKAGES) {
        // One member at a time, and nothing is taken from the others.
        arguments.push("--inexact".to_owned());
        directory = &model.project.root;
    } else if shared {
        arguments.push("--all-packages".to_owned());
    }
    if let Some(wanted) = &model.python_wanted {
        // One that is not here uv can get.
        let found = model.base(|_| true).map(|it| it.python.to_string());
        arguments.extend(["--python".to_owned(), found.unwrap_or_else(|| wanted.to_string())]);
    }
    arguments.extend(sets_in_use(model));
    let command = Command::new(uv, arguments, directory);
    Recipe {
        steps: vec![Step::Run(command)],
        touches: vec![claim.prefix.clone(), claim.home.join("uv.lock")],
        inputs: model.project.manifests.iter().map(|it| it.path.clone()).collect(),
        network: true,
        runs_project_code: true,
    }
}

/// The options that keep what is installed beyond uv's defaults: an exact sync without them would remove it.
fn sets_in_use(model: &Model) -> Vec<String> {
    let mut options = Vec::new();
    for want in &model.wants {
        let Expectation::Installed(_) = want.expected else { continue };
        let option = match &want.set {
            Set::Group(group) if !model.brings(&want.set) && !is_older(model, "uv", GROUPS) => {
                ["--group", group]
            }
            Set::Extra(extra) if !model.brings(&want.set) => ["--extra", extra],
            _ => continue,
        };
        let option = option.map(str::to_owned);
        if !options.contains(&option) && want.path.name() == b"pyproject.toml" {
            options.push(option);
        }
    }
    options.into_iter().flatten().collect()
}

/// The workspace that a project is a member of.
struct Workspace {
    root: AbsPath,
    declared: Location,
    locked: bool,
}

/// The nearest folder above whose `[tool.uv.workspace]` takes the project in.
fn workspace(view: &View<'_>, project: &Project) -> Asked<Option<Workspace>> {
    let manifests = project.root.ancestors().map(|it| (it.join("pyproject.toml"), it));
    // Ask all before the first `?`, so that the way up is one round trip. Asked is not what else the folders hold: that changes
    // often, and would be news to every project below.
    let asked: Vec<_> = manifests.map(|(path, it)| (view.manifest(&path), path, it)).collect();
    for (reply, path, root) in asked {
        let Reply::Known(document) = reply? else { continue };
        let takes = |fact: &&Fact| takes_in(fact, &root, &project.root);
        if let Some(fact) = document.facts.iter().find(takes) {
            let declared = document.location(&path, fact.span);
            let locked = view.entry(&root.join("uv.lock"))?.known().is_some();
            return Ok(Some(Workspace { root, declared, locked }));
        }
    }
    Ok(None)
}

fn takes_in(fact: &Fact, root: &AbsPath, member: &AbsPath) -> bool {
    let Says::Workspace { members, exclude } = &fact.says else { return false };
    let Some(below) = member.below(root) else { return false };
    let below = String::from_utf8_lossy(below);
    glob::takes_in(members, exclude, &below)
}
