//! What an environment sees that has several folders of packages: the nearer hides what it has too.

use std::sync::Arc;

use super::environment::Environment;
use crate::{
    standard::dependencies::Dependencies,
    world::{AbsPath, Asked, Inventory, MetadataTable, Reply, View},
};

/// The packages of an environment: its own, and with them those that it sees elsewhere.
#[derive(Default)]
pub(super) struct Packages {
    pub(super) site_packages: Option<AbsPath>,
    pub(super) own: Option<Arc<Inventory>>,
    pub(super) seen: Option<Arc<Inventory>>,
    pub(super) own_metadata: Option<Arc<MetadataTable>>,
    pub(super) seen_metadata: Option<Arc<MetadataTable>>,
}

impl Packages {
    pub(super) fn observe(view: &View<'_>, environment: &Environment) -> Asked<Packages> {
        let folders: Vec<AbsPath> = environment.packages().cloned().collect();
        // Reading every header takes longer than all the rest, and the first findings are not kept waiting for it.
        let metadata: Vec<_> = folders.iter().map(|it| view.metadata(it)).collect();
        let asked: Vec<_> = folders.iter().map(|it| view.distributions(it)).collect();
        let mut packages =
            Packages { site_packages: folders.first().cloned(), ..Packages::default() };
        for (at, (inventory, metadata)) in asked.into_iter().zip(metadata).enumerate() {
            let (inventory, metadata) = (inventory?.known(), metadata.ok().and_then(Reply::known));
            if at == 0 {
                packages.own = inventory.clone();
                packages.own_metadata = metadata.clone();
            }
            packages.lay_under(inventory, metadata);
        }
        Ok(packages)
    }

    fn lay_under(&mut self, further: Option<Arc<Inventory>>, metadata: Option<Arc<MetadataTable>>) {
        let Some(further) = further else { return };
        let Some(nearer) = self.seen.take() else {
            (self.seen, self.seen_metadata) = (Some(further), metadata);
            return;
        };
        let mut all = Inventory::clone(&nearer);
        let mut table = self.seen_metadata.take().zip(metadata);
        for (name, found) in &further.distributions {
            if nearer.distributions.contains_key(name) {
                continue;
            }
            all.distributions.insert(Arc::clone(name), found.clone());
            if let Some((known, added)) = &mut table {
                let folders = found.iter().map(|it| &it.folder);
                let headers = folders.filter_map(|it| added.headers.get_key_value(it));
                let headers = headers.map(|(folder, it)| (Arc::clone(folder), Arc::clone(it)));
                Arc::make_mut(known).headers.extend(headers);
            }
        }
        // What is known only in part would show requirements as missing that are there.
        self.seen_metadata = table.map(|(mut known, _)| {
            let table = Arc::make_mut(&mut known);
            let folders = all.distributions.values().flatten().map(|it| &it.folder);
            let bare = folders.filter(|it| !table.headers.contains_key(*it)).map(|it| &**it);
            table.dependencies = Dependencies::of(&table.headers, bare);
            known
        });
        self.seen = Some(Arc::new(all));
    }
}
