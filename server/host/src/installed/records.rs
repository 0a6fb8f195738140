//! Whether the files are there that RECORDs list. A folder is listed once, which costs less than asking for each file in it.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use envls_core::{
    standard::record,
    world::{AbsPath, Record, RecordTable, Reply},
};

use crate::{
    disk::{folder, refusal, text::read_into, within::Within},
    path::native,
    pool,
};

/// The RECORD of the largest distributions has some megabytes.
const RECORD_LIMIT: u64 = 32 * 1024 * 1024;
/// So many files of one folder are asked for one by one; more are looked up in its listing.
const FEW: usize = 4;
/// Below so many distributions another thread costs more than it helps.
const ENOUGH_FOR_THREADS: usize = 512;
/// So many of the missing files are named.
const NAMED: usize = 3;

/// Compares the RECORDs of these metadata folders with the disk.
pub(crate) fn records(
    path: &AbsPath,
    folders: &[Arc<str>],
) -> (Reply<Arc<RecordTable>>, Vec<AbsPath>) {
    let Some(native) = native(path) else { return (Reply::Absent, Vec::new()) };
    let within = match Within::open(&native) {
        Ok(within) => within,
        Err(error) => return (refusal(&error), Vec::new()),
    };
    let table = compare_all(&within, folders);
    // What is missing now may be put back without the folder of the metadata changing.
    let torn = table.iter().flat_map(|it| &it.1.first).map(|it| path.join(it)).collect();
    (Reply::Known(Arc::new(table)), torn)
}

/// Compares one after the other, on several threads where there are many. One without a RECORD says nothing: the packages of
/// a Linux distribution have none.
pub(super) fn compare_all(within: &Within, folders: &[Arc<str>]) -> RecordTable {
    let threads = match folders.len() {
        few if few < ENOUGH_FOR_THREADS => 1,
        _ => pool::cores().clamp(1, 4),
    };
    let next = AtomicUsize::new(0);
    let done = Mutex::new(RecordTable::new());
    let work = || {
        let mut compared = Vec::new();
        let (mut text, mut reader) = (String::new(), folder::Reader::default());
        while let Some(name) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
            if read(within, name, &mut text).is_some() {
                compared.push((Arc::clone(name), compare(within, &text, &mut reader)));
            }
        }
        done.lock().unwrap_or_else(PoisonError::into_inner).extend(compared);
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn read(within: &Within, folder: &str, text: &mut String) -> Option<()> {
    let mut bytes = std::mem::take(text).into_bytes();
    let mut file = within.file(format!("{folder}/RECORD")).ok()?;
    let size = file.metadata().ok()?.len();
    read_into(&mut file, size, RECORD_LIMIT, &mut bytes).ok()?;
    *text = String::from_utf8(bytes).ok()?;
    Some(())
}

/// The files that are listed and not there.
fn compare(within: &Within, text: &str, reader: &mut folder::Reader) -> Record {
    let mut by_folder: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut record = Record::default();
    for path in record::files(text) {
        let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
        by_folder.entry(folder).or_default().push(name);
        record.listed += 1;
    }
    for (folder, mut names) in by_folder {
        if names.len() <= FEW || folder == "." {
            names.retain(|name| !within.has(&joined(folder, name)));
        } else {
            names.sort_unstable();
            let mut seen = vec![false; names.len()];
            let listed = within.each(folder, reader, |name, _| {
                let found = names.binary_search_by(|it| it.as_bytes().cmp(name)).ok();
                if let Some(seen) = found.and_then(|at| seen.get_mut(at)) {
                    *seen = true;
                }
                ControlFlow::Continue(())
            });
            let readable = match listed {
                Ok(()) => true,
                Err(error) => matches!(refusal::<()>(&error), Reply::Absent),
            };
            let mut seen = seen.iter();
            names.retain(|_| seen.next() == Some(&false) && readable);
            // A file system that knows no case lists a name in another spelling than RECORD does.
            names.retain(|name| !within.has(&joined(folder, name)));
        }
        record.missing += names.len();
        let space = NAMED.saturating_sub(record.first.len());
        record.first.extend(names.into_iter().take(space).map(|it| joined(folder, it)));
    }
    record
}

fn joined(folder: &str, name: &str) -> String {
    if folder == "." { name.to_owned() } else { format!("{folder}/{name}") }
}
