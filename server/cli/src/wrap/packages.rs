//! What has changed in a folder of packages, as file events.

use std::{collections::BTreeMap, time::SystemTime};

use envls_core::world::AbsPath;
use envls_host::path::native;
use envls_lsp::spelled;
use serde_json::{Value, json};

/// A longer list is cut: what a server looks at again because of one of its events, it looks at as a whole.
const EVENT_LIMIT: usize = 2000;

/// LSP 3.17, `FileChangeType`.
const CREATED: u8 = 1;
const CHANGED: u8 = 2;
const DELETED: u8 = 3;

/// The entries of a folder of packages, and when each was changed last.
#[derive(Default)]
pub(super) struct Packages {
    folder: Option<AbsPath>,
    entries: BTreeMap<AbsPath, Option<SystemTime>>,
}

impl Packages {
    /// Looks at the folder, and says what has changed there since the last time; of another folder, nothing.
    pub(super) fn look(&mut self, folder: Option<&AbsPath>) -> Vec<Value> {
        let entries = folder.map(entries).unwrap_or_default();
        let before = std::mem::replace(&mut self.entries, entries);
        if self.folder.as_ref() != folder {
            self.folder = folder.cloned();
            return Vec::new();
        }
        let event = |path: &AbsPath, kind: u8| json!({"uri": spelled(path), "type": kind});
        let now = self.entries.iter().filter_map(|(path, stamp)| match before.get(path) {
            None => Some(event(path, CREATED)),
            Some(earlier) => (earlier != stamp).then(|| event(path, CHANGED)),
        });
        let gone = before.keys().filter(|it| !self.entries.contains_key(*it));
        let gone = gone.map(|it| event(it, DELETED));
        gone.chain(now).take(EVENT_LIMIT).collect()
    }
}

fn entries(folder: &AbsPath) -> BTreeMap<AbsPath, Option<SystemTime>> {
    let Some(native) = native(folder) else { return BTreeMap::new() };
    let listed = std::fs::read_dir(native).into_iter().flatten().flatten();
    let dated = listed.filter_map(|it| {
        let stamp = it.metadata().and_then(|it| it.modified()).ok();
        Some((envls_host::path::of(&it.path())?, stamp))
    });
    // What Python itself writes is no package.
    dated.filter(|(path, _)| path.name_text() != "__pycache__").collect()
}
