//! What is wrong with how something was installed: twice, in part, or from a folder that is gone.

use std::sync::Arc;

use super::want::Want;
use crate::{
    standard::marker::Verdict,
    world::{
        AbsPath, Asked, Distribution, EntryKind, FEW_DISTRIBUTIONS, Inventory, MetadataTable,
        Record, Reply, View,
    },
};

/// Something that is not installed as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// As its metadata folder spells it.
    pub name: Arc<str>,
    /// As its metadata folder says it.
    pub version: Arc<str>,
    pub kind: FlawKind,
    /// The number of the first want that names it.
    pub want: Option<usize>,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlawKind {
    /// There are several metadata folders of it, of these versions.
    Several(Vec<Arc<str>>),
    /// An uninstallation that was cut short left this entry behind.
    Leftover,
    /// Its metadata folder has no METADATA.
    NoMetadata,
    /// Files that its RECORD lists are not there; the first of them.
    FilesMissing { first: Vec<String>, missing: usize, listed: usize },
    /// The folder that it is edited in is gone.
    SourceGone(AbsPath),
}

/// What is known of an environment's packages when their flaws are looked for.
pub(super) struct Installed<'known> {
    pub(super) site_packages: &'known AbsPath,
    pub(super) inventory: &'known Inventory,
    pub(super) metadata: Option<&'known MetadataTable>,
    pub(super) wants: &'known [Want],
}

impl Installed<'_> {
    /// Every flaw, by name. Where much is installed, the files of a distribution are looked for only if a declared
    /// requirement names it, or if its installer did not come to its end: there may be a hundred thousand files.
    pub(super) fn flaws(&self, view: &View<'_>) -> Vec<Flaw> {
        let mut flaws = self.by_names();
        // What takes long to look at is no reason to wait; it is told when it is known.
        let records = self.declared().map(|it| view.records(self.site_packages, it));
        let records = records.and_then(Result::ok).and_then(Reply::known).unwrap_or_default();
        let Some(metadata) = self.metadata else { return flaws };
        let sources: Vec<_> = metadata
            .editable
            .iter()
            .map(|(folder, source)| (folder, source, view.entry(source)))
            .collect();
        let own = metadata.records.iter().filter(|it| !records.contains_key(it.0));
        let torn = records.iter().chain(own).filter(|it| it.1.missing > 0);
        flaws.extend(torn.filter_map(|(folder, record)| self.incomplete(folder, record)));
        flaws.extend(self.without_metadata(metadata));
        for (folder, source, entry) in sources {
            if is_gone(entry)
                && let Some(distribution) = self.find(folder)
            {
                flaws.push(self.flaw(distribution, FlawKind::SourceGone(source.clone())));
            }
        }
        flaws.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        flaws
    }

    fn by_names(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for them in self.inventory.distributions.values().filter(|it| it.len() > 1) {
            // An egg-link beside an egg-info, say, is one installation in two parts.
            let folders = them.iter().filter(|it| is_dist_info(&it.folder));
            let versions: Vec<Arc<str>> = folders.map(|it| Arc::clone(&it.version)).collect();
            if let Some(last) = them.last().filter(|_| versions.len() > 1) {
                flaws.push(self.flaw(last, FlawKind::Several(versions)));
            }
        }
        for name in &self.inventory.leftovers {
            let (name, version) = (Arc::clone(name), Arc::from(""));
            flaws.push(Flaw { name, version, kind: FlawKind::Leftover, want: None });
        }
        flaws
    }

    /// The metadata folders that declared requirements name, where there is so much that not all of it is looked at.
    fn declared(&self) -> Option<Vec<Arc<str>>> {
        if self.inventory.distributions.len() <= FEW_DISTRIBUTIONS {
            return None;
        }
        let named = self.wants.iter().filter(|it| self.counts(it));
        let named = named.filter_map(|it| self.inventory.distributions.get(&it.requirement.name));
        let folders = named.flatten().map(|it| &it.folder).filter(|it| is_dist_info(it));
        let mut folders: Vec<Arc<str>> = folders.cloned().collect();
        folders.sort_unstable();
        folders.dedup();
        (!folders.is_empty()).then_some(folders)
    }

    fn incomplete(&self, folder: &str, record: &Record) -> Option<Flaw> {
        let (first, missing, listed) = (record.first.clone(), record.missing, record.listed);
        let kind = FlawKind::FilesMissing { first, missing, listed };
        Some(self.flaw(self.find(folder)?, kind))
    }

    fn without_metadata(&self, metadata: &MetadataTable) -> Vec<Flaw> {
        let all = self.inventory.distributions.values().flatten();
        let bare =
            all.filter(|it| is_dist_info(&it.folder) && !metadata.headers.contains_key(&it.folder));
        bare.map(|it| self.flaw(it, FlawKind::NoMetadata)).collect()
    }

    fn find(&self, folder: &str) -> Option<&Distribution> {
        self.inventory.distributions.values().flatten().find(|it| *it.folder == *folder)
    }

    fn flaw(&self, distribution: &Distribution, kind: FlawKind) -> Flaw {
        let normal = crate::standard::name::normalised(&distribution.name);
        let named = |it: &Want| *it.requirement.name == *normal && self.counts(it);
        Flaw {
            name: Arc::clone(&distribution.name),
            version: Arc::clone(&distribution.version),
            kind,
            want: self.wants.iter().position(named),
        }
    }

    fn counts(&self, want: &Want) -> bool {
        want.applies == Verdict::Holds && want.set.is_need()
    }
}

fn is_dist_info(folder: &str) -> bool {
    folder.ends_with(".dist-info")
}

/// Whether a path leads nowhere; what cannot be looked at may well be there.
fn is_gone(entry: Asked<Reply<crate::world::Entry>>) -> bool {
    match entry {
        Ok(Reply::Absent) => true,
        Ok(Reply::Known(entry)) => entry.kind == EntryKind::Dangling,
        _ => false,
    }
}
