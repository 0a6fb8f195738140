//! The sources of a whole project: every file, and what it takes to judge only what need be judged.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Rare, Source};
use crate::world::AbsPath;

/// Every source file of a project, without those of the projects inside of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Sorted by path.
    pub files: Vec<SourceFile>,
    /// The numbers of the files that have something rare.
    rare: Vec<u32>,
    /// By the first component of what is imported: the file and the import, by their numbers.
    by_top: BTreeMap<Arc<str>, Vec<(u32, u32)>>,
    /// By name, the folders that have a module or a package of that name.
    places: BTreeMap<Arc<str>, Vec<AbsPath>>,
    /// The folders that are regular packages.
    packages: BTreeSet<AbsPath>,
    /// The walk stopped after this many files.
    pub stopped_after: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    pub path: AbsPath,
    pub source: Arc<Source>,
}

impl Sources {
    /// The sources of a project at `root`; `compiled` are files beside them that modules are made from or built into.
    #[must_use]
    pub fn of(
        root: &AbsPath,
        files: Vec<SourceFile>,
        compiled: &[AbsPath],
        stopped_after: Option<usize>,
    ) -> Sources {
        let mut files = files;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut sources = Sources { stopped_after, ..Sources::default() };
        let mut folders: BTreeSet<AbsPath> = BTreeSet::new();
        let mut places: BTreeMap<Arc<str>, BTreeSet<AbsPath>> = BTreeMap::new();
        for path in files.iter().map(|it| &it.path).chain(compiled) {
            let Some(folder) = path.parent() else { continue };
            let name = path.name_text();
            let stem = name.split('.').next().unwrap_or_default();
            if stem == "__init__" {
                sources.packages.insert(folder.clone());
            } else if !name.ends_with(".ipynb") {
                place(&mut places, stem, &folder);
            }
            let mut at = folder;
            while at.is_within(root) && at != *root && folders.insert(at.clone()) {
                let Some(parent) = at.parent() else { break };
                place(&mut places, &at.name_text(), &parent);
                at = parent;
            }
        }
        sources.places =
            places.into_iter().map(|(name, it)| (name, it.into_iter().collect())).collect();
        for (number, file) in files.iter().enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            if file.source.rare.is_some() {
                sources.rare.push(number);
            }
            for (at, import) in file.source.imports.iter().enumerate() {
                let at = u32::try_from(at).unwrap_or(u32::MAX);
                let top = import.top();
                match sources.by_top.get_mut(top) {
                    Some(uses) => uses.push((number, at)),
                    None => {
                        let whole = top.len() == import.module.len();
                        let top = if whole { Arc::clone(&import.module) } else { Arc::from(top) };
                        sources.by_top.insert(top, vec![(number, at)]);
                    }
                }
            }
        }
        sources.files = files;
        sources
    }

    /// The files that have something rare: few of many.
    pub(crate) fn rare(&self) -> impl Iterator<Item = &SourceFile> {
        self.rare.iter().filter_map(|it| self.files.get(*it as usize))
    }

    /// What is rare in the file at a path: sooner found than the file.
    pub(crate) fn rare_of(&self, path: &AbsPath) -> Option<&Rare> {
        let file = |number: &u32| self.files.get(*number as usize);
        let at = self.rare.binary_search_by(|it| file(it).map(|it| &it.path).cmp(&Some(path)));
        file(self.rare.get(at.ok()?)?)?.source.rare.as_deref()
    }

    /// The first components of everything that is imported.
    pub fn tops(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_top.keys()
    }

    /// The imports with that first component: the number of the file, and of the import in it.
    pub fn with_top(&self, top: &str) -> impl Iterator<Item = (usize, usize)> {
        let uses = self.by_top.get(top).into_iter().flatten();
        uses.map(|(file, import)| (*file as usize, *import as usize))
    }

    /// The folders that have a module or package of that name.
    #[must_use]
    pub fn places(&self, name: &str) -> &[AbsPath] {
        self.places.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a folder is a regular package, so that nothing puts it on the path.
    #[must_use]
    pub fn is_package(&self, folder: &AbsPath) -> bool {
        self.packages.contains(folder)
    }

    /// Whether a folder has a module of a dotted path, or a package around it; what is only a folder has what lies in it.
    #[must_use]
    pub fn has(&self, folder: &AbsPath, module: &str) -> bool {
        let mut at = folder.clone();
        for part in module.split('.') {
            if !self.places(part).contains(&at) {
                return false;
            }
            at = at.join(part);
            if self.is_package(&at) {
                return true;
            }
        }
        true
    }

    #[must_use]
    pub fn file(&self, path: &AbsPath) -> Option<&SourceFile> {
        let at = self.files.binary_search_by(|it| it.path.cmp(path)).ok()?;
        self.files.get(at)
    }
}

fn place(places: &mut BTreeMap<Arc<str>, BTreeSet<AbsPath>>, name: &str, folder: &AbsPath) {
    match places.get_mut(name) {
        Some(folders) => drop(folders.insert(folder.clone())),
        None => drop(places.insert(name.into(), BTreeSet::from([folder.clone()]))),
    }
}
