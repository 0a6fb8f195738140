//! conda, and what works like it (mamba, micromamba, miniforge, …): environments with `conda-meta`, in the `envs` of an
//! installation, in folders that `.condarc` names, or anywhere, as `~/.conda/environments.txt` lists them (conda's documentation,
//! *Managing environments*, *Using the .condarc conda configuration file*; mamba's, *Micromamba User Guide*).

mod known;

use self::known::Known;
use super::{EnvironmentPlace, MachinePlace, Manager, folders_in, is_older};
use crate::{
    action::{Command, Recipe, Step},
    model::{Certainty, Claim, Evidence, Flaw, Model, Project, Recognised, Seen, Strength, Want},
    standard::{
        conda::{Value, values},
        version::Version,
    },
    text::{Lines, Location},
    world::{AbsPath, Asked, ListedKind, Listing, Reply, View},
};

pub(super) struct Conda;

/// What the file that describes an environment is called; the first is what the tools write.
const DESCRIPTIONS: [&str; 2] = ["environment.yml", "environment.yaml"];

impl Manager for Conda {
    fn name(&self) -> &'static str {
        "conda"
    }

    fn summary(&self) -> &'static str {
        "environments of conda, mamba and micromamba: base, named, anywhere; a project's by its `environment.yml`"
    }

    fn claim(&self, view: &View<'_>, project: &Project) -> Asked<Option<Claim>> {
        let Some(description) = Description::read(view, project)? else { return Ok(None) };
        let programs = self.programs().iter().map(|it| view.program(it));
        // Ask all before the first `?`, so that one round trip is enough.
        let (programs, known): (Vec<_>, _) = (programs.collect(), Known::observe(view));
        let programs: Asked<Vec<_>> = programs.into_iter().collect();
        let installed = programs?.into_iter().flatten().next().is_some();
        let (prefix, exists) = description.prefix(view, &known?, &project.root)?;
        // Many projects describe an environment of conda beside the one that they are worked on in.
        let by_description = match (exists, installed) {
            (true, _) => Strength::Declared,
            (false, true) => Strength::Convention,
            (false, false) => Strength::Ambient,
        };
        let mut because = vec![description.because.clone()];
        let mut strength = by_description;
        if project.listing.has("conda-lock.yml") {
            let lock = project.root.join("conda-lock.yml");
            because.push(Evidence::at(&lock, "there is a `conda-lock.yml`"));
            strength = strength.max(Strength::Lockfile);
        }
        let home = project.root.clone();
        Ok(Some(Claim { strength, manager: self.name(), home, prefix, because }))
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        let active = view.variable_path("CONDA_PREFIX");
        // Base is active in every shell that conda was set up for, and holds conda itself.
        let listed = active.as_ref().map(|it| view.listing(it)).transpose()?;
        let is_base = listed.and_then(Reply::known).is_some_and(|it| is_base(&it));
        let active = active.filter(|_| !is_base).map(|prefix| {
            let because = Evidence::said("`CONDA_PREFIX` names it");
            EnvironmentPlace::new(prefix, Strength::Ambient, because)
        });
        let own = project.listing.find(".conda").filter(|it| it.kind != ListedKind::File);
        let own = own.map(|_| {
            let prefix = project.root.join(".conda");
            let because = Evidence::at(&prefix, "`.conda` is in the project");
            EnvironmentPlace::new(prefix, Strength::Convention, because)
        });
        Ok(active.into_iter().chain(own).collect())
    }

    fn recognise(&self, _: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        if !seen.has("conda-meta") {
            return Ok(None);
        }
        let records = seen.prefix.join("conda-meta");
        let because = Evidence::at(&records, "it has a `conda-meta` folder");
        let is_named =
            [&seen.prefix, &seen.real].map(|it| it.parent().is_some_and(|it| it.name() == b"envs"));
        let name = if is_base(&seen.listing) {
            Some("base".to_owned())
        } else {
            is_named.contains(&true).then(|| seen.prefix.name_text())
        };
        Ok(Some(Recognised {
            kind: Some("conda"),
            manager: Some("conda"),
            name,
            ..Recognised::new(Certainty::Looks, because)
        }))
    }

    fn environments(&self, view: &View<'_>) -> Asked<Vec<MachinePlace>> {
        let known = Known::observe(view)?;
        let (mut places, mut kept) = (Vec::new(), Vec::new());
        let mut add = |prefix: AbsPath, because: Evidence| {
            places.push(MachinePlace { prefix, told: Recognised::new(Certainty::Made, because) });
        };
        for root in &known.bases {
            add(root.clone(), Evidence::at(root, "it is an installation of conda"));
        }
        let listed: Vec<_> = known.folders.iter().map(|it| folders_in(view, it)).collect();
        for (folder, prefixes) in known.folders.iter().zip(listed) {
            let because = Evidence::at(folder, format!("it is in `{folder}`"));
            for prefix in prefixes? {
                let name = Some(prefix.name_text());
                let told = Recognised::new(Certainty::Kept, because.clone());
                kept.push(MachinePlace { prefix, told: Recognised { name, ..told } });
            }
        }
        for (prefix, because) in known.registered {
            add(prefix, because);
        }
        places.extend(kept);
        Ok(places)
    }

    fn programs(&self) -> &'static [&'static str] {
        &["conda", "mamba", "micromamba"]
    }

    fn own_programs(&self) -> &'static [&'static str] {
        self.programs()
    }

    fn versioned(&self) -> &'static [&'static str] {
        &["conda"]
    }

    fn create(&self, model: &Model, prefix: &AbsPath) -> Vec<Recipe> {
        let Some((name, tool)) = tools(model) else { return Vec::new() };
        let Some(python) = &model.python_wanted else {
            let create: &[&str] =
                if name == "micromamba" { &["create", "--yes"] } else { &["env", "create"] };
            return recipe(model, tool, create, prefix).into_iter().collect();
        };
        // The description admits several Pythons, so the one that is wanted is put there before the rest, and stays: what is
        // in this file is not updated (conda's documentation, *Managing packages*, *Preventing packages from updating*).
        let (shown, spec) = (prefix.to_string(), format!("python={python}"));
        let words = ["create", "--yes", "--prefix", &shown, &spec];
        let first = [
            Step::Run(Command::new(tool, words, &model.project.root)),
            Step::WriteNew {
                path: prefix.join("conda-meta").join("pinned"),
                text: format!("python {python}.*\n"),
            },
        ];
        let rest = update(model, prefix);
        let joined = |rest: Vec<Step>| first.iter().cloned().chain(rest).collect();
        rest.into_iter().map(|it| Recipe { steps: joined(it.steps), ..it }).collect()
    }

    fn complete(&self, model: &Model, prefix: &AbsPath) -> Option<Recipe> {
        let (_, tool) = tools(model)?;
        let shown = prefix.to_string();
        let arguments = ["install", "--yes", "--prefix", &shown, "python"];
        Some(Recipe {
            steps: vec![Step::Run(Command::new(tool, arguments, &model.project.root))],
            touches: vec![prefix.clone()],
            inputs: Vec::new(),
            network: true,
            runs_project_code: false,
        })
    }

    fn sync(&self, model: &Model) -> Option<Recipe> {
        let environment = model.usable()?;
        let uses_own = model.claim().is_some_and(|it| environment.is_at(&it.prefix));
        if !uses_own || environment.kind != "conda" {
            return super::named("pip").sync(model);
        }
        update(model, &environment.prefix).or_else(|| super::named("pip").sync(model))
    }

    fn install_group(&self, model: &Model, group: &str) -> Option<Recipe> {
        super::named("pip").install_group(model, group)
    }

    fn install_extra(&self, model: &Model, extra: &str) -> Option<Recipe> {
        super::named("pip").install_extra(model, extra)
    }

    fn uninstall(&self, model: &Model, name: &str) -> Option<Recipe> {
        working(model, name, &["remove", "--yes"], name)
    }

    fn upgrade(&self, model: &Model, name: &str) -> Option<Recipe> {
        let recipe = working(model, name, &["update", "--yes"], name);
        recipe.or_else(|| super::named("pip").upgrade(model, name))
    }

    fn pin(&self, model: &Model, python: &Version) -> Option<Recipe> {
        working(model, "python", &["install", "--yes"], &format!("python={python}"))
    }

    fn install_python(&self, model: &Model, python: &Version) -> Option<Recipe> {
        self.pin(model, python)
    }

    fn dispose(&self, model: &Model, prefix: &AbsPath) -> Option<Recipe> {
        let (_, tool) = tools(model)?;
        // Base holds conda itself.
        let is_conda = model.selection.as_ref().map(|it| &it.environment);
        let is_conda =
            is_conda.is_some_and(|it| it.kind == "conda" && it.name.as_deref() != Some("base"));
        let uses_own = model.claim().is_some_and(|it| it.prefix == *prefix);
        let shown = prefix.to_string();
        let words = ["remove", "--yes", "--all", "--prefix", &shown];
        (is_conda && uses_own).then(|| Recipe {
            steps: vec![Step::Run(Command::new(tool, words, &model.project.root))],
            touches: vec![prefix.clone()],
            inputs: Vec::new(),
            network: false,
            runs_project_code: false,
        })
    }

    fn reinstall(&self, model: &Model, flaw: &Flaw) -> Option<Recipe> {
        super::named("pip").reinstall(model, flaw)
    }

    fn install(&self, model: &Model, want: &Want) -> Option<Recipe> {
        super::named("pip").install(model, want)
    }
}

/// The first of conda, mamba and micromamba that this machine has.
fn tools(model: &Model) -> Option<(&'static str, &AbsPath)> {
    ["conda", "mamba", "micromamba"].into_iter().find_map(|it| Some((it, model.programs.get(it)?)))
}

/// Has a tool bring an environment to what the project's description says.
fn update(model: &Model, prefix: &AbsPath) -> Option<Recipe> {
    let (name, tool) = tools(model)?;
    let update: &[&str] =
        if name == "micromamba" { &["install", "--yes"] } else { &["env", "update"] };
    let mut recipe = recipe(model, tool, update, prefix)?;
    // conda takes `--prefix` there from 4.3.20 on (its pull request 5335), and before that a name only.
    if is_older(model, name, "4.3.20") {
        let named = prefix.parent().filter(|it| it.name() == b"envs").map(|_| prefix.name_text());
        let named = named?;
        for step in &mut recipe.steps {
            if let Step::Run(command) = step
                && let Some(at) = command.arguments.iter().position(|it| it == "--prefix")
            {
                command.arguments.splice(at.., ["--name".to_owned(), named.clone()]);
            }
        }
    }
    Some(recipe)
}

/// Has conda change one of its own packages in the environment; what pip installed there is pip's.
fn working(model: &Model, name: &str, verb: &[&str], package: &str) -> Option<Recipe> {
    let environment = model.usable().filter(|it| it.kind == "conda")?;
    let (_, tool) = tools(model)?;
    let records = &model.installed.as_ref()?.distributions;
    let by_conda = model.conda.iter().any(|it| it.spec.name == name && it.installed.is_some());
    if records.contains_key(name) && !by_conda {
        return None;
    }
    let prefix = environment.prefix.to_string();
    let words = verb.iter().copied().chain(["--prefix", &prefix, package]);
    Some(Recipe {
        steps: vec![Step::Run(Command::new(tool, words, &model.project.root))],
        touches: vec![environment.prefix.clone()],
        inputs: Vec::new(),
        network: true,
        runs_project_code: false,
    })
}

/// Has a tool make what the project's description says, at a path.
fn recipe(model: &Model, tool: &AbsPath, verb: &[&str], prefix: &AbsPath) -> Option<Recipe> {
    let project = &model.project;
    let description = DESCRIPTIONS.iter().find(|it| project.listing.has(it))?;
    let shown = prefix.shown_from(&project.root);
    // conda takes a bare name for that of an environment, and a path for a path.
    let shown = if shown.contains('/') { shown } else { format!("./{shown}") };
    let arguments = verb.iter().copied().chain(["--file", description, "--prefix", &shown]);
    Some(Recipe {
        steps: vec![Step::Run(Command::new(tool, arguments, &project.root))],
        touches: vec![prefix.clone()],
        inputs: vec![project.root.join(description)],
        network: true,
        runs_project_code: true,
    })
}

/// Whether a folder is where conda itself is installed, or the root of micromamba.
fn is_base(listing: &Listing) -> bool {
    listing.has("condabin") || (listing.has("envs") && listing.has("pkgs"))
}

/// What a project's `environment.yml` says of where its environment is.
struct Description {
    name: Option<String>,
    prefix: Option<String>,
    because: Evidence,
}

impl Description {
    fn read(view: &View<'_>, project: &Project) -> Asked<Option<Description>> {
        let Some(file) = DESCRIPTIONS.iter().find(|it| project.listing.has(it)) else {
            return Ok(None);
        };
        let path = project.root.join(file);
        let Reply::Known(text) = view.text(&path)? else { return Ok(None) };
        let first = |key| values(&text, &[key]).into_iter().next();
        let (name, prefix) = (first("name"), first("prefix"));
        let because = match prefix.as_ref().or(name.as_ref()) {
            Some(Value { text: named, span }) => {
                let range = Lines::of(&text).range(&text, *span);
                let location = Location { path, range };
                Evidence::read(location, format!("`{file}` names the environment `{named}`"))
            }
            None => Evidence::at(&path, format!("there is an `{file}`")),
        };
        let text = |it: Value| it.text;
        Ok(Some(Description { name: name.map(text), prefix: prefix.map(text), because }))
    }

    /// Where the environment is, or would be made, and whether there is one. A `prefix` that is not there is that of another
    /// machine, on which the file was written.
    fn prefix(&self, view: &View<'_>, known: &Known, root: &AbsPath) -> Asked<(AbsPath, bool)> {
        let written = self.prefix.as_deref().and_then(|it| known.expanded(it));
        let there = written.as_ref().map(|it| view.listing(it)).transpose()?;
        if let (Some(prefix), Some(Reply::Known(_))) = (&written, there) {
            return Ok((prefix.clone(), true));
        }
        let Some(name) = &self.name else {
            let own = root.join(".conda");
            let exists = matches!(view.listing(&own)?, Reply::Known(_));
            return Ok((own, exists));
        };
        if matches!(name.as_str(), "base" | "root")
            && let Some(base) = known.bases.iter().next()
        {
            return Ok((base.clone(), true));
        }
        // conda looks into its folders in their order.
        let listed: Vec<_> = known.folders.iter().map(|it| view.listing(it)).collect();
        for (folder, listed) in known.folders.iter().zip(listed) {
            if listed?.known().is_some_and(|it| it.has(name)) {
                return Ok((folder.join(name), true));
            }
        }
        let registered = known.registered.iter().find(|it| it.0.name() == name.as_bytes());
        if let Some((prefix, _)) = registered
            && matches!(view.listing(prefix)?, Reply::Known(_))
        {
            return Ok((prefix.clone(), true));
        }
        let first = known.folders.first();
        Ok((first.map_or_else(|| root.join(".conda"), |it| it.join(name)), false))
    }
}
