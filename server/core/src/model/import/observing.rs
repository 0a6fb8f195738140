//! What is asked to judge the imports of a project. Nothing waits for the long answers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Imports, Judgements, Role, grounds::Grounds, judging::Judge, named::Named, part::Part, placing,
};
use crate::{
    manifest::{self, Says, Set},
    model::{environment::Environment, understanding::Model},
    standard::{glob, marker::MarkerEnvironment, name},
    world::{AbsPath, Around, Asked, ListedKind, Listing, Pending, Reply, View},
};

/// What projects around this one say: a folder `docs` with requirements of its own still documents the project around it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outer {
    /// The names of modules that can be imported there.
    pub(super) modules: BTreeSet<String>,
    /// Normalised names of distributions.
    pub(super) declared: BTreeSet<String>,
    /// What their manifests say that they can be imported by.
    named: Named,
    /// What the whole project is for, where it serves one of them: its documentation, an example, what a test is given.
    pub(super) role: Option<Role>,
}

/// How far up a project around this one is looked for.
const AROUND: usize = 4;

impl Imports {
    /// Asks what will be asked of any project's code, so that it comes along with what is asked before.
    pub(in crate::model) fn foresee(view: &View<'_>, root: &AbsPath) {
        drop((view.sources(root), view.opened(root)));
        if let Ok(Reply::Known(listing)) = view.listing(root) {
            drop(around(view, root, &listing));
        }
    }

    /// Asks for what the code says and for what is installed. `Ok` also while the long answers are missing.
    pub(in crate::model) fn observe(view: &View<'_>, model: &Model) -> Asked<Imports> {
        let root = &model.project.root;
        let sources = view.sources(root);
        let folders: Vec<AbsPath> =
            model.usable().into_iter().flat_map(Environment::packages).cloned().collect();
        let tables: Vec<_> = folders.iter().map(|it| view.modules(it)).collect();
        let (outer, members) = (outer(view, model), members(view, model));
        let opened = view.opened(root)?;
        let read: Vec<_> = opened.iter().map(|it| (it.clone(), view.source(it))).collect();
        let mut outer = outer?;
        outer.declared.append(&mut listed_deeper(view, model)?);
        let mut imports = Imports {
            sources: sources.ok().and_then(Reply::known),
            declares_all: declares_all(model),
            named: named(model, &outer),
            outer,
            members: members?,
            ..Imports::default()
        };
        for (path, source) in read {
            // What is open and not read yet is judged as the disk has it.
            if let Some(source) = source.ok().and_then(Reply::known) {
                imports.opened.insert(path, source);
            }
        }
        let tables: Result<Vec<_>, Pending> = tables.into_iter().collect();
        let known: Vec<_> =
            tables.unwrap_or_default().into_iter().filter_map(Reply::known).collect();
        let mut known = known.into_iter();
        if let Some(mut first) = known.next() {
            for further in known {
                Arc::make_mut(&mut first).lay_under(&further);
            }
            imports.modules = Some(first);
        }
        Ok(imports)
    }

    /// Judges every import; of the files that are not open, only where something is not as it was `before`.
    pub(in crate::model) fn judge(
        &mut self,
        model: &Model,
        environment: &MarkerEnvironment,
        before: Option<&Model>,
    ) {
        if self.sources.is_none() {
            return;
        }
        // Without the table of what is installed, everything would seem to be missing.
        if model.usable().is_some() && self.modules.is_none() {
            return;
        }
        self.target = environment.clone();
        let grounds = Grounds::of(model, self);
        let judge = Judge::new(&grounds);
        let same =
            before.filter(|it| it.imports.is_judged && Grounds::of(it, &it.imports) == grounds);
        let on_disk = match (same, &self.sources) {
            (Some(before), _) => Arc::clone(&before.imports.on_disk),
            (None, Some(sources)) => {
                Arc::new(judge.all(&Part::Disk { sources, opened: &self.opened }))
            }
            (None, None) => Arc::default(),
        };
        let opened = judge.all(&Part::Opened(&self.opened));
        self.take(opened, on_disk);
    }

    fn take(&mut self, opened: Judgements, on_disk: Arc<Judgements>) {
        let all = opened.and(&on_disk);
        Judgements { judged: self.judged, usage: self.usage, has_code: self.has_code } = all;
        self.on_disk = on_disk;
        self.is_judged = true;
    }

    /// What is understood where nothing has changed but what is in the sources that the editor holds open. `None` where that
    /// is not known, or was not judged before.
    pub(in crate::model) fn observe_opened(view: &View<'_>, before: &Model) -> Option<Imports> {
        let Imports { target, named, outer, members, .. } = &*before.imports;
        if !before.imports.is_judged {
            return None;
        }
        let mut imports = Imports {
            sources: before.imports.sources.clone(),
            modules: before.imports.modules.clone(),
            declares_all: before.imports.declares_all,
            members: members.clone(),
            outer: outer.clone(),
            named: named.clone(),
            target: target.clone(),
            ..Imports::default()
        };
        for path in before.imports.opened.keys() {
            imports.opened.insert(path.clone(), view.source(path).ok()?.known()?);
        }
        let grounds = Grounds::of(before, &imports);
        let opened = Judge::new(&grounds).all(&Part::Opened(&imports.opened));
        imports.anew = Some(opened.judged.clone());
        imports.take(opened, Arc::clone(&before.imports.on_disk));
        Some(imports)
    }
}

/// What the project says that it can be imported by, and those around it.
fn named(model: &Model, outer: &Outer) -> Named {
    let mut named = outer.named.clone();
    model.project.facts().for_each(|it| named.add(&it.1.says));
    named
}

/// Whether the manifests that we read say all that the project needs.
fn declares_all(model: &Model) -> bool {
    let project = &model.project;
    if project.is_bare {
        return true;
    }
    let said = |wanted: &dyn Fn(&Says) -> bool| project.facts().any(|it| wanted(&it.1.says));
    let dynamic = said(&|it| matches!(it, Says::Dynamic(field) if field == "dependencies"));
    let named = said(&|it| matches!(it, Says::Name(_)));
    let main = said(&|it| matches!(it, Says::Requirement { set: Set::Main, .. }));
    let unread = [
        "setup.py",
        "setup.cfg",
        "Pipfile",
        "environment.yml",
        "environment.yaml",
        "pixi.toml",
        "conda.yaml",
    ];
    let unread = unread
        .iter()
        .any(|it| project.listing.has(it) && manifest::format_of(&project.root.join(it)).is_none());
    if dynamic || project.manifests.iter().any(has_unreadable) {
        return false;
    }
    named || main && !unread
}

fn has_unreadable(manifest: &crate::model::project::ManifestRead) -> bool {
    manifest
        .document
        .facts
        .iter()
        .any(|it| matches!(it.says, Says::Unreadable(_) | Says::InvalidRequirement { .. }))
}

/// The members of the workspace that the project is in, by normalised name.
fn members(view: &View<'_>, model: &Model) -> Asked<BTreeMap<String, AbsPath>> {
    let Some(claim) = model.claim() else { return Ok(BTreeMap::new()) };
    let home = &claim.home;
    let document = view.manifest(&home.join("pyproject.toml"))?;
    let Reply::Known(document) = document else { return Ok(BTreeMap::new()) };
    let workspace = document.facts.iter().find_map(|it| match &it.says {
        Says::Workspace { members, exclude } => Some((members.clone(), exclude.clone())),
        _ => None,
    });
    let Some((globs, exclude)) = workspace else { return Ok(BTreeMap::new()) };
    let mut folders: BTreeSet<AbsPath> = BTreeSet::new();
    let mut asked = Vec::new();
    for pattern in &globs {
        let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
        match pattern.rsplit_once('/') {
            _ if !pattern.contains(['*', '?', '[']) => drop(folders.insert(home.join(pattern))),
            Some((above, _)) if !above.contains(['*', '?', '[']) => asked.push(home.join(above)),
            None => asked.push(home.clone()),
            Some(_) => {}
        }
    }
    let listed: Vec<_> = asked.iter().map(|it| (it, view.listing(it))).collect();
    for (above, listing) in listed {
        let Reply::Known(listing) = listing? else { continue };
        let below = listing.names().filter(|it| it.1 == ListedKind::Folder);
        let below = below.map(|it| above.join(it.0));
        folders.extend(below.filter(|it| {
            let relative = it.below(home).map(String::from_utf8_lossy).unwrap_or_default();
            glob::takes_in(&globs, &exclude, &relative)
        }));
    }
    folders.remove(&model.project.root);
    let read: Vec<_> =
        folders.iter().map(|it| (it, view.manifest(&it.join("pyproject.toml")))).collect();
    let mut members = BTreeMap::new();
    for (folder, document) in read {
        let Reply::Known(document) = document? else { continue };
        let named = document.facts.iter().find_map(|it| match &it.says {
            Says::Name(name) => Some(name::normalised(name)),
            _ => None,
        });
        members.extend(named.map(|it| (it, folder.clone())));
    }
    Ok(members)
}

/// The names of the distributions that lists in folders of `requirements` name, as of extras that a `setup.py` puts together: who
/// wants them, and when, is not known, but declared they are.
fn listed_deeper(view: &View<'_>, model: &Model) -> Asked<BTreeSet<String>> {
    let mut declared = BTreeSet::new();
    let lists = model.project.listing.find("requirements");
    let Some(_) = lists.filter(|it| it.kind == ListedKind::Folder) else { return Ok(declared) };
    let lists = model.project.root.join("requirements");
    let Reply::Known(listing) = view.listing(&lists)? else { return Ok(declared) };
    let folders = listing.names().filter(|it| it.1 == ListedKind::Folder);
    let folders: Vec<AbsPath> = folders.map(|it| lists.join(it.0)).collect();
    let asked: Vec<_> = folders.iter().map(|it| view.listing(it)).collect();
    let mut files = Vec::new();
    for (folder, listing) in folders.iter().zip(asked) {
        let Reply::Known(listing) = listing? else { continue };
        let is_list = |it: &str| it.ends_with(".txt") || it.ends_with(".in");
        let names = listing.names().filter(|it| it.1 != ListedKind::Folder && is_list(it.0));
        files.extend(names.map(|it| folder.join(it.0)));
    }
    let asked: Vec<_> = files.iter().take(LISTS).map(|it| view.manifest(it)).collect();
    for document in asked {
        let Reply::Known(document) = document? else { continue };
        declared.extend(document.facts.iter().filter_map(|it| match &it.says {
            Says::Requirement { requirement, .. } => Some(requirement.name.to_string()),
            _ => None,
        }));
    }
    Ok(declared)
}

/// How many such lists are read.
const LISTS: usize = 200;

/// The folders around a project, up to where its repository may be.
fn around(
    view: &View<'_>,
    root: &AbsPath,
    listing: &Listing,
) -> Vec<(AbsPath, Asked<Reply<Arc<Around>>>)> {
    if listing.has(".git") {
        return Vec::new();
    }
    let folders = root.ancestors().take(AROUND);
    folders.map(|it| (it.clone(), view.around(&it))).collect()
}

/// What the projects around this one have, up to the root of the repository.
fn outer(view: &View<'_>, model: &Model) -> Asked<Outer> {
    let mut outer = Outer::default();
    let mut found: Vec<(AbsPath, Arc<Around>)> = Vec::new();
    for (folder, around) in around(view, &model.project.root, &model.project.listing) {
        let Reply::Known(around) = around? else { break };
        let is_root = around.is_repository;
        if is_root || around.has_pyproject || around.has_setup {
            found.push((folder, around));
        }
        if is_root {
            break;
        }
    }
    let asked: Vec<_> = found
        .iter()
        .map(|(folder, around)| {
            let source = around.has_source.then(|| view.around(&folder.join("src")));
            let manifest =
                around.has_pyproject.then(|| view.manifest(&folder.join("pyproject.toml")));
            (source, manifest)
        })
        .collect();
    for ((folder, around), (source, manifest)) in found.iter().zip(asked) {
        if around.has_pyproject || around.has_setup {
            let role = placing::role(&model.project.root.join("pyproject.toml"), folder);
            let serves = matches!(role, Role::Test | Role::Aside | Role::Vendored);
            outer.role = outer.role.or(serves.then_some(role));
        }
        outer.modules.extend(around.modules.iter().cloned());
        if let Some(Reply::Known(around)) = source.transpose()? {
            outer.modules.extend(around.modules.iter().cloned());
        }
        if let Some(Reply::Known(document)) = manifest.transpose()? {
            for fact in &document.facts {
                match &fact.says {
                    Says::Requirement { requirement, .. } => {
                        outer.declared.insert(requirement.name.to_string());
                    }
                    Says::Name(name) => drop(outer.declared.insert(name::normalised(name))),
                    says => outer.named.add(says),
                }
            }
        }
    }
    Ok(outer)
}
