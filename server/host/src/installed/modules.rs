//! Which modules the distributions of a site-packages folder bring, by their RECORDs; what has not changed since is not read
//! again.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use dashmap::DashMap;
use envls_core::{
    standard::{
        inventory,
        modules::{self, ModuleTable, PortionKind, Provision},
        name,
    },
    world::{AbsPath, ListedKind, Reply},
};

use crate::{
    disk::{
        folder::{self, Names},
        refusal,
        text::{self, map},
        within::Within,
    },
    path::native,
    pool,
};

/// The RECORD of the largest distributions has some megabytes.
const RECORD_LIMIT: u64 = 32 * 1024 * 1024;
/// More than this is no `.pth` file and no finder, in bytes.
const HOOK_LIMIT: u64 = 1024 * 1024;
/// Below so many distributions another thread costs more than it helps.
const ENOUGH_FOR_THREADS: usize = 32;

/// The RECORDs that were read, by site-packages folder.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    known: DashMap<AbsPath, Arc<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    /// By metadata folder.
    read: BTreeMap<String, (Option<SystemTime>, Arc<Provision>)>,
    answer: Arc<ModuleTable>,
}

impl Modules {
    /// What can be imported from a site-packages folder, and the folders elsewhere that editable installations lead to.
    pub(crate) fn modules(&self, path: &AbsPath) -> (Reply<Arc<ModuleTable>>, Vec<AbsPath>) {
        let Some(native) = native(path) else { return (Reply::Absent, Vec::new()) };
        let names = match folder::names(&native) {
            Reply::Known(names) => names,
            other => {
                self.known.remove(path);
                return (map(other, |_| Arc::default()), Vec::new());
            }
        };
        let within = match Within::open(&native) {
            Ok(within) => within,
            Err(error) => return (refusal(&error), Vec::new()),
        };
        let before = self.known.get(path).map(|it| Arc::clone(&it)).unwrap_or_default();
        let folders: Vec<&str> = names.iter().filter_map(metadata_folder).collect();
        let read = read_all(&within, &folders, &before.read);
        let mut distributions: BTreeMap<Arc<str>, Provision> = BTreeMap::new();
        for (folder, (_, provision)) in &read {
            let Some((name, _)) = inventory::named(folder) else { continue };
            let name: Arc<str> = name::normalised(&name).into();
            distributions.insert(name, Provision::clone(provision));
        }
        split_shared(&within, &read, &mut distributions);
        let mut leads = Vec::new();
        let mut owned: BTreeSet<String> = BTreeSet::new();
        for (name, provision) in &mut distributions {
            let is_hooked = !provision.hooks.is_empty();
            for hook in std::mem::take(&mut provision.hooks) {
                owned.insert(hook.clone());
                follow(path, &within, &hook, name, provision, &mut leads);
            }
            if is_hooked || (provision.modules.is_empty() && !provision.is_known) {
                // A folder on the path has more in it than is the distribution's, and a finder may say nothing.
                let said = metadata(&within, &read, name).and_then(|it| modules::declared(&it));
                if let Some(said) = said {
                    (provision.modules, provision.is_known) = (said, true);
                }
            }
            if provision.modules.is_empty() && !provision.is_known {
                // What does not say what it brings may bring what it is called.
                let module = name.replace('-', "_").into();
                provision.modules.push((module, PortionKind::Code));
            }
        }
        let mut loose = loose(&names);
        let mut unowned = Provision::default();
        for (name, kind) in names.iter() {
            let Ok(name) = str::from_utf8(name) else { continue };
            if kind != ListedKind::Folder && name.ends_with(".pth") && !owned.contains(name) {
                follow(path, &within, name, "", &mut unowned, &mut leads);
            }
        }
        loose.extend(unowned.modules.iter().map(|it| it.0.to_string()));
        let table = ModuleTable::of(distributions, loose);
        let answer =
            if table == *before.answer { Arc::clone(&before.answer) } else { Arc::new(table) };
        let known = Known { read, answer: Arc::clone(&answer) };
        self.known.insert(path.clone(), Arc::new(known));
        leads.sort();
        leads.dedup();
        (Reply::Known(answer), leads)
    }

    pub(crate) fn forget(&self, path: &AbsPath) {
        self.known.remove(path);
    }

    /// Forgets what nothing asks for any more.
    pub(crate) fn retain(&self, wanted: impl Fn(&AbsPath) -> bool) {
        self.known.retain(|path, _| wanted(path));
    }
}

fn metadata_folder((name, _): (&[u8], ListedKind)) -> Option<&str> {
    let name = str::from_utf8(name).ok()?;
    let is_metadata =
        [".dist-info", ".egg-info", ".egg", ".egg-link"].iter().any(|it| name.ends_with(it));
    (is_metadata && !name.starts_with('~')).then_some(name)
}

/// What lies in the folder itself and looks like a module.
fn loose(names: &Names) -> Vec<String> {
    let mut loose = Vec::new();
    for (name, kind) in names.iter() {
        let Ok(name) = str::from_utf8(name) else { continue };
        let module = match kind {
            ListedKind::Folder | ListedKind::Link if !name.contains('.') => name,
            ListedKind::File | ListedKind::Link => match name.rsplit_once('.') {
                Some((stem, "py")) => stem,
                Some((stem, "so" | "pyd")) => stem.split('.').next().unwrap_or(stem),
                _ => continue,
            },
            _ => continue,
        };
        if modules::is_name(module) && module != "__pycache__" {
            loose.push(module.to_owned());
        }
    }
    loose
}

type Table = BTreeMap<String, (Option<SystemTime>, Arc<Provision>)>;

fn read_all(within: &Within, folders: &[&str], before: &Table) -> Table {
    let threads = match folders.len() {
        few if few < ENOUGH_FOR_THREADS => 1,
        _ => pool::cores().clamp(1, 4),
    };
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Table::new());
    let work = || {
        let (mut read, mut buffer) = (Vec::new(), Vec::new());
        while let Some(name) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (stamp, provision) = read_one(within, name, before.get(*name), &mut buffer);
            read.push(((*name).to_owned(), (stamp, provision)));
        }
        done.lock().unwrap_or_else(PoisonError::into_inner).extend(read);
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn read_one(
    within: &Within,
    folder: &str,
    before: Option<&(Option<SystemTime>, Arc<Provision>)>,
    buffer: &mut Vec<u8>,
) -> (Option<SystemTime>, Arc<Provision>) {
    let egg = folder.ends_with(".egg");
    let record = format!("{folder}/RECORD");
    if let Ok(mut file) = within.file(&record) {
        let about = file.metadata().ok();
        let stamp = about.as_ref().and_then(|it| it.modified().ok());
        if let Some(before) = before.filter(|it| it.0 == stamp && stamp.is_some()) {
            return before.clone();
        }
        let size = about.map_or(0, |it| it.len());
        let read = text::read_into(&mut file, size, RECORD_LIMIT, buffer);
        let text = read.ok().and_then(|()| str::from_utf8(buffer).ok()).unwrap_or_default();
        if !text.is_empty() {
            return (stamp, Arc::new(modules::of_record(text, &BTreeSet::new())));
        }
    }
    let information = if egg { format!("{folder}/EGG-INFO") } else { folder.to_owned() };
    let mut provision = match small(within, &format!("{information}/top_level.txt")) {
        Some(text) => modules::of_top_level(&text),
        None => Provision::default(),
    };
    provision.entry_points = within.has(&format!("{information}/entry_points.txt"));
    (None, Arc::new(provision))
}

/// The METADATA of a distribution.
fn metadata(within: &Within, read: &Table, name: &str) -> Option<String> {
    let is_its = |folder: &&String| {
        inventory::named(folder).is_some_and(|(it, _)| name::normalised(&it) == name)
    };
    small(within, &format!("{}/METADATA", read.keys().find(is_its)?))
}

fn small(within: &Within, file: &str) -> Option<String> {
    let mut text = String::new();
    within.file(file).ok()?.take(HOOK_LIMIT).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Old namespaces are packages that several distributions write: what is below of them says whose it is.
fn split_shared(within: &Within, read: &Table, distributions: &mut BTreeMap<Arc<str>, Provision>) {
    let shared = modules::shared(distributions, |distribution, module| {
        let said = metadata(within, read, distribution);
        said.is_some_and(|it| modules::declared_namespaces(&it).any(|it| it == module))
    });
    if shared.is_empty() {
        return;
    }
    for folder in read.keys() {
        let Some((name, _)) = inventory::named(folder) else { continue };
        let Some(provision) = distributions.get_mut(&*name::normalised(&name)) else { continue };
        if !provision.modules.iter().any(|it| shared.contains(&*it.0)) {
            continue;
        }
        let Ok(file) = within.file(format!("{folder}/RECORD")) else { continue };
        let mut text = String::new();
        if file.take(RECORD_LIMIT).read_to_string(&mut text).is_ok() {
            *provision = modules::of_record(&text, &shared);
        }
    }
}

/// What a file adds that puts folders on the path, or finds modules in its own way.
fn follow(
    site_packages: &AbsPath,
    within: &Within,
    hook: &str,
    name: &str,
    provision: &mut Provision,
    leads: &mut Vec<AbsPath>,
) {
    let Some(text) = small(within, hook) else { return };
    if hook.ends_with(".py") {
        let mapped = modules::mapped(&text);
        provision.is_known &= !mapped.is_empty();
        provision.modules.extend(mapped.into_iter().map(|it| (it.into(), PortionKind::Code)));
        return;
    }
    for line in modules::path_lines(&text) {
        let folder = site_packages.join(line);
        let Some(native) = native(&folder) else { continue };
        let Reply::Known(names) = folder::names(&native) else { continue };
        let found = loose(&names).into_iter().map(|it| (it.into(), PortionKind::Code));
        provision.modules.extend(found.filter(|it: &(Arc<str>, _)| &*it.0 != name));
        leads.push(folder);
    }
    if name.is_empty() {
        return;
    }
    let own: Arc<str> = name.replace('-', "_").into();
    if text.contains(&*own)
        && text.lines().any(|it| it.starts_with("import "))
        && provision.modules.is_empty()
    {
        provision.is_known = false;
    }
}
