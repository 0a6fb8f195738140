//! All that imports are judged by. Where none of it has changed, what was judged of the same files before still stands.

use std::{collections::BTreeMap, sync::Arc};

use super::{Imports, named::Named, observing::Outer};
use crate::{
    lock::LockDocument,
    model::{Model, StatedPython, Want},
    source::Sources,
    standard::{marker::MarkerEnvironment, modules::ModuleTable},
    world::{AbsPath, Inventory, MetadataTable},
};

/// What a judgement rests on, but for the texts of the files that are judged and open.
#[derive(PartialEq, Eq)]
pub(super) struct Grounds<'grounds> {
    pub(super) root: &'grounds AbsPath,
    pub(super) name: Option<&'grounds str>,
    pub(super) requires_python: Option<&'grounds StatedPython>,
    pub(super) wants: &'grounds [Want],
    pub(super) installed: Option<&'grounds Arc<Inventory>>,
    pub(super) metadata: Option<&'grounds Arc<MetadataTable>>,
    pub(super) locks: Vec<&'grounds Arc<LockDocument>>,
    pub(super) sources: Option<&'grounds Arc<Sources>>,
    /// The files that are open.
    pub(super) opened: Vec<&'grounds AbsPath>,
    pub(super) modules: Option<&'grounds Arc<ModuleTable>>,
    pub(super) members: &'grounds BTreeMap<String, AbsPath>,
    pub(super) outer: &'grounds Outer,
    pub(super) named: &'grounds Named,
    pub(super) target: &'grounds MarkerEnvironment,
    pub(super) declares_all: bool,
    pub(super) has_environment: bool,
}

impl<'grounds> Grounds<'grounds> {
    pub(super) fn of(model: &'grounds Model, imports: &'grounds Imports) -> Grounds<'grounds> {
        Grounds {
            root: &model.project.root,
            name: model.project.name.as_deref(),
            requires_python: model.project.requires_python.as_ref(),
            wants: &model.wants,
            installed: model.installed.as_ref(),
            metadata: model.metadata.as_ref(),
            locks: model.locks.iter().map(|it| &it.document).collect(),
            sources: imports.sources.as_ref(),
            opened: imports.opened.keys().collect(),
            modules: imports.modules.as_ref(),
            members: &imports.members,
            outer: &imports.outer,
            named: &imports.named,
            target: &imports.target,
            declares_all: imports.declares_all,
            has_environment: model.usable().is_some(),
        }
    }
}
