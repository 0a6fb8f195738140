//! pixi: workspaces with `pixi.toml` or `[tool.pixi]`, their environments in `.pixi/envs`, detached ones, and those of globally
//! installed tools (pixi's documentation, *Environment*, *Pixi Configuration*: `detached-environments`).

use super::{EnvironmentPlace, MachinePlace, Manager, folders_in, is_older};
use crate::{
    action::{Command, Recipe, Step},
    manifest::{Says, Set},
    model::{Certainty, Claim, Evidence, Model, Offer, Project, Recognised, Seen, Strength, Want},
    standard::{name, requirement, version::Version},
    world::{AbsPath, Asked, ListedKind, Reply, View},
};

pub(super) struct Pixi;

/// pixi's name for the environment that is used when none is named.
const USUAL: &str = "default";

impl Manager for Pixi {
    fn name(&self) -> &'static str {
        "pixi"
    }

    fn summary(&self) -> &'static str {
        "pixi's workspaces and their environments in `.pixi/envs` or detached; those of global tools are not offered"
    }

    fn claim(&self, view: &View<'_>, project: &Project) -> Asked<Option<Claim>> {
        let mut because = Vec::new();
        let mut strength = Strength::Ambient;
        if project.listing.has("pixi.lock") {
            strength = Strength::Lockfile;
            let lock = project.root.join("pixi.lock");
            because.push(Evidence::at(&lock, "there is a `pixi.lock`"));
        }
        let table = project.facts().find(|it| it.1.says == Says::UsesTool("pixi".to_owned()));
        if let Some((manifest, fact)) = table {
            strength = Strength::Declared;
            let location = manifest.document.location(&manifest.path, fact.span);
            because.push(Evidence::read(location, "it has a `[tool.pixi]` table"));
        }
        if project.listing.has("pixi.toml") {
            strength = Strength::Declared;
            let own = project.root.join("pixi.toml");
            because.push(Evidence::at(&own, "there is a `pixi.toml`"));
        }
        if because.is_empty() {
            return Ok(None);
        }
        let home = project.root.clone();
        let prefix = self.kept(view, project)?;
        Ok(Some(Claim { strength, manager: self.name(), home, prefix, because }))
    }

    fn places(&self, view: &View<'_>, project: &Project) -> Asked<Vec<EnvironmentPlace>> {
        if !project.listing.has(".pixi") {
            return Ok(Vec::new());
        }
        let kept = project.root.join(".pixi").join("envs");
        let environments = folders_in(view, &kept)?.into_iter().map(|prefix| {
            let what = format!("pixi keeps an environment `{}` of it", prefix.name_text());
            let because = Evidence::at(&prefix, what);
            EnvironmentPlace::new(prefix, Strength::Convention, because)
        });
        Ok(environments.collect())
    }

    fn recognise(&self, view: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        let records = seen.prefix.join("conda-meta");
        if !seen.has("conda-meta") {
            return Ok(None);
        }
        let mut word = Recognised {
            kind: Some("pixi"),
            manager: Some("pixi"),
            name: Some(seen.prefix.name_text()),
            ..Recognised::new(Certainty::Kept, Evidence::at(&records, "pixi made it"))
        };
        let listing = view.listing(&records)?.known();
        if listing.is_some_and(|it| it.has("pixi")) {
            let marker = records.join("pixi");
            word.because = Evidence::at(&marker, "`conda-meta/pixi` says that pixi made it");
            if let Some(manifest) = view.text(&marker)?.known().and_then(|it| manifest(&it)) {
                word.project = manifest.parent();
            }
            return Ok(Some(word));
        }
        if !seen.is_kept_in(&[".pixi", "envs"]) {
            return Ok(None);
        }
        let at = [&seen.prefix, &seen.real].into_iter().find_map(|it| {
            let kept = it.parent()?;
            let owner = kept.parent()?;
            (owner.name() == b".pixi").then_some((kept.clone(), owner))
        });
        let Some((kept, owner)) = at else { return Ok(None) };
        word.because = Evidence::at(&kept, format!("it is in `{kept}`"));
        if Some(&owner) == global(view).as_ref() {
            word.offer = Offer::Withheld;
        } else {
            word.project = owner.parent();
        }
        Ok(Some(word))
    }

    fn environments(&self, view: &View<'_>) -> Asked<Vec<MachinePlace>> {
        let (global, detached) = (global(view), detached(view)?);
        let global = global.map(|it| it.join("envs"));
        // Ask all before the first `?`, so that one round trip is enough.
        let tools = global.as_ref().map(|it| folders_in(view, it));
        let workspaces = detached.as_ref().map(|it| folders_in(view, it));
        let mut places = Vec::new();
        if let (Some(folder), Some(prefixes)) = (&global, tools) {
            let because = Evidence::at(folder, "pixi keeps the tools there that it installed");
            let told = Recognised { offer: Offer::Withheld, ..kept(because) };
            let place = |prefix| MachinePlace { prefix, told: told.clone() };
            places.extend(prefixes?.into_iter().map(place));
        }
        if let (Some(folder), Some(workspaces)) = (&detached, workspaces) {
            let because = Evidence::at(folder, "pixi's `detached-environments` are there");
            let told = kept(because);
            let folders: Vec<_> = workspaces?.into_iter().map(|it| it.join("envs")).collect();
            let listed: Vec<_> = folders.iter().map(|it| folders_in(view, it)).collect();
            for prefixes in listed {
                let place = |prefix| MachinePlace { prefix, told: told.clone() };
                places.extend(prefixes?.into_iter().map(place));
            }
        }
        Ok(places)
    }

    fn programs(&self) -> &'static [&'static str] {
        &["pixi"]
    }

    fn versioned(&self) -> &'static [&'static str] {
        self.programs()
    }

    /// pixi's change log: `pixi update` came with 0.23.0, `pixi lock` with 0.41.0.
    fn complete_since(&self) -> Option<&'static str> {
        Some("0.41.0")
    }

    fn create(&self, model: &Model, prefix: &AbsPath) -> Vec<Recipe> {
        install(model, prefix).into_iter().collect()
    }

    fn sync(&self, model: &Model) -> Option<Recipe> {
        let environment = model.usable()?;
        if environment.kind != "pixi" {
            return super::named("pip").sync(model);
        }
        install(model, &environment.prefix)
    }

    fn lock(&self, model: &Model) -> Option<Recipe> {
        let (claim, pixi) = (model.claim()?, model.programs.get("pixi")?);
        if is_older(model, "pixi", "0.41.0") {
            // Before that, installing was the way to a lock.
            return install(model, &claim.prefix);
        }
        Some(Recipe {
            steps: vec![Step::Run(Command::new(pixi, ["lock"], &claim.home))],
            touches: vec![claim.home.join("pixi.lock")],
            inputs: inputs(model),
            network: true,
            runs_project_code: true,
        })
    }

    fn add(&self, model: &Model, requirement: &str, set: &Set) -> Option<Recipe> {
        let parsed = requirement::parse(requirement, 0).ok()?;
        let plain = name::is_valid(&parsed.name) && parsed.url.is_none() && parsed.marker.is_none();
        let words = ["add", "--pypi", requirement];
        (plain && *set == Set::Main && !requirement.starts_with('-'))
            .then(|| working(model, &words))
            .flatten()
    }

    fn remove(&self, model: &Model, name: &str, set: &Set) -> Option<Recipe> {
        let of_pypi = model.wants.iter().any(|it| *it.requirement.name == *name);
        let words: &[&str] = if of_pypi { &["remove", "--pypi", name] } else { &["remove", name] };
        (*set == Set::Main).then(|| working(model, words)).flatten()
    }

    fn upgrade(&self, model: &Model, name: &str) -> Option<Recipe> {
        (!is_older(model, "pixi", "0.23.0")).then(|| working(model, &["update", name]))?
    }

    fn pin(&self, model: &Model, python: &Version) -> Option<Recipe> {
        working(model, &["add", &format!("python={python}.*")])
    }

    fn install_python(&self, model: &Model, python: &Version) -> Option<Recipe> {
        self.pin(model, python)
    }

    fn install(&self, model: &Model, want: &Want) -> Option<Recipe> {
        // pixi brings an environment to what is declared; it installs nothing besides.
        let is_own = model.usable().is_some_and(|it| it.kind == "pixi");
        if is_own { self.sync(model) } else { super::named("pip").install(model, want) }
    }
}

impl Pixi {
    /// Where pixi keeps the usual environment of a workspace: within it, unless the user wants them all in a folder of theirs.
    fn kept(&self, view: &View<'_>, project: &Project) -> Asked<AbsPath> {
        let usual = project.root.join(".pixi").join("envs").join(USUAL);
        let Some(detached) = detached(view)? else { return Ok(usual) };
        if matches!(view.listing(&usual)?, Reply::Known(_)) {
            return Ok(usual);
        }
        let Reply::Known(listing) = view.listing(&detached)? else { return Ok(usual) };
        // The folder of a workspace is named after it and a hash of its path; the environments in it say whose they are.
        let folders = listing.names().filter(|it| it.1 != ListedKind::File && it.0.contains('-'));
        let prefixes: Vec<AbsPath> =
            folders.map(|it| detached.join(it.0).join("envs").join(USUAL)).collect();
        let markers: Vec<_> =
            prefixes.iter().map(|it| view.text(&it.join("conda-meta").join("pixi"))).collect();
        for (prefix, marker) in prefixes.into_iter().zip(markers) {
            let manifest = marker?.known().and_then(|it| manifest(&it));
            if manifest.and_then(|it| it.parent()).as_ref() == Some(&project.root) {
                return Ok(prefix);
            }
        }
        Ok(usual)
    }
}

/// What a folder of pixi's own tells of an environment in it.
fn kept(because: Evidence) -> Recognised {
    let (kind, manager) = (Some("pixi"), Some("pixi"));
    Recognised { kind, manager, ..Recognised::new(Certainty::Kept, because) }
}

fn install(model: &Model, prefix: &AbsPath) -> Option<Recipe> {
    let (claim, pixi) = (model.claim()?, model.programs.get("pixi")?);
    let is_kept = prefix.parent().is_some_and(|it| it.name() == b"envs");
    if !is_kept {
        return None;
    }
    let mut arguments = vec!["install".to_owned()];
    let name = prefix.name_text();
    if name != USUAL {
        arguments.extend(["--environment".to_owned(), name]);
    }
    Some(Recipe {
        steps: vec![Step::Run(Command::new(pixi, arguments, &claim.home))],
        touches: vec![prefix.clone(), claim.home.join("pixi.lock")],
        inputs: inputs(model),
        network: true,
        runs_project_code: true,
    })
}

/// A command that changes what the workspace declares, its lock, and its environment.
fn working(model: &Model, words: &[&str]) -> Option<Recipe> {
    let (claim, pixi) = (model.claim()?, model.programs.get("pixi")?);
    let command = Command::new(pixi, words.iter().copied(), &claim.home);
    let mut touches = vec![claim.prefix.clone(), claim.home.join("pixi.lock")];
    touches.extend(inputs(model));
    Some(Recipe {
        steps: vec![Step::Run(command)],
        touches,
        inputs: inputs(model),
        network: true,
        runs_project_code: true,
    })
}

fn inputs(model: &Model) -> Vec<AbsPath> {
    model.project.manifests.iter().map(|it| it.path.clone()).collect()
}

/// Where pixi keeps what it installs for the user (`PIXI_HOME`, else `~/.pixi`).
fn global(view: &View<'_>) -> Option<AbsPath> {
    let said = ["PIXI_HOME", "HOME", "USERPROFILE"].map(|it| view.variable_path(it));
    let [own, posix, windows] = said;
    own.or_else(|| Some(posix.or(windows)?.join(".pixi")))
}

/// The folder of detached environments, where the user's `config.toml` wants them so: `true` for the cache folder, else a
/// path.
fn detached(view: &View<'_>) -> Asked<Option<AbsPath>> {
    let names =
        ["XDG_CONFIG_HOME", "HOME", "PIXI_CACHE_DIR", "RATTLER_CACHE_DIR", "XDG_CACHE_HOME"];
    let [config, home, own_cache, cache, caches] = names.map(|it| view.variable_path(it));
    let config = config.or_else(|| Some(home.as_ref()?.join(".config")));
    let files = [
        global(view).map(|it| it.join("config.toml")),
        config.map(|it| it.join("pixi").join("config.toml")),
    ];
    let texts: Vec<_> = files.into_iter().flatten().map(|it| view.text(&it)).collect();
    let texts: Asked<Vec<_>> = texts.into_iter().collect();
    let wanted = texts?.into_iter().filter_map(Reply::known).find_map(|it| wanted(&it));
    Ok(match wanted {
        None | Some(Wanted::Within) => None,
        Some(Wanted::At(path)) => Some(path),
        Some(Wanted::InCache) => {
            let usual = caches.or_else(|| Some(home?.join(".cache")));
            let usual = usual.map(|it| it.join("rattler").join("cache"));
            own_cache.or(cache).or(usual).map(|it| it.join("envs"))
        }
    })
}

/// What a `config.toml` says of where environments are to be.
enum Wanted {
    Within,
    InCache,
    At(AbsPath),
}

fn wanted(text: &str) -> Option<Wanted> {
    let table: toml::Table = toml::from_str(text).ok()?;
    match table.get("detached-environments")? {
        toml::Value::Boolean(true) => Some(Wanted::InCache),
        toml::Value::String(path) => AbsPath::parse(path).map(Wanted::At),
        _ => Some(Wanted::Within),
    }
}

/// The manifest that `conda-meta/pixi` says an environment was made for.
fn manifest(marker: &str) -> Option<AbsPath> {
    let said: serde_json::Value = serde_json::from_str(marker).ok()?;
    AbsPath::parse(said.get("manifest_path")?.as_str()?)
}
