//! Some of the files of a project, and what they import: those on the disk that are not open, or those that are.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    source::{Import, Source, Sources},
    world::AbsPath,
};

/// Files that are judged together.
pub(super) enum Part<'part> {
    /// Those that the disk has, but for the ones that are open.
    Disk { sources: &'part Sources, opened: &'part BTreeMap<AbsPath, Arc<Source>> },
    /// What the editor holds open, which outranks the disk.
    Opened(&'part BTreeMap<AbsPath, Arc<Source>>),
}

/// One import of one file.
#[derive(Clone, Copy)]
pub(super) struct Use<'part> {
    /// Of the file; each has its own.
    pub(super) number: usize,
    pub(super) path: &'part AbsPath,
    pub(super) source: &'part Source,
    pub(super) import: &'part Import,
}

impl<'part> Part<'part> {
    /// The first components of everything that is imported.
    pub(super) fn tops(&self) -> BTreeSet<Arc<str>> {
        match self {
            Part::Disk { sources, .. } => sources.tops().cloned().collect(),
            Part::Opened(opened) => {
                let imports = opened.values().flat_map(|it| &it.imports);
                imports.map(|it| Arc::from(it.top())).collect()
            }
        }
    }

    /// Every import with that first component, in the order of the files.
    pub(super) fn with_top(&self, top: &str) -> Vec<Use<'part>> {
        match *self {
            Part::Disk { sources, opened } => {
                let uses = sources.with_top(top).filter_map(|(number, import)| {
                    let file = sources.files.get(number)?;
                    let (path, source) = (&file.path, &*file.source);
                    Some(Use { number, path, source, import: source.imports.get(import)? })
                });
                uses.filter(|it| opened.is_empty() || !opened.contains_key(it.path)).collect()
            }
            Part::Opened(opened) => {
                let files = opened.iter().enumerate();
                let uses = files.flat_map(|(number, (path, source))| {
                    let imports = source.imports.iter();
                    imports.map(move |import| Use { number, path, source, import })
                });
                uses.filter(|it| it.import.top() == top).collect()
            }
        }
    }

    /// Every file, each once.
    pub(super) fn files(
        &self,
    ) -> Box<dyn Iterator<Item = (&'part AbsPath, &'part Source)> + 'part> {
        match *self {
            Part::Disk { sources, opened } => {
                let files = sources.files.iter().filter(|it| !opened.contains_key(&it.path));
                Box::new(files.map(|it| (&it.path, &*it.source)))
            }
            Part::Opened(opened) => Box::new(opened.iter().map(|it| (it.0, &**it.1))),
        }
    }
}
