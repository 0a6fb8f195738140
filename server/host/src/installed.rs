//! What is installed in a site-packages folder: its names in one reading, the metadata headers in parallel.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead as _, Read as _},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use dashmap::DashMap;
use envls_core::{
    standard::{inventory, metadata},
    world::{AbsPath, Inventory, ListedKind, Metadata, MetadataTable, Reply},
};

use crate::{
    disk::{
        folder::{self, Names},
        opened::{Opened, Stamp},
        refusal,
        text::map,
    },
    path::native,
};

/// Headers end at the first empty line; most are done after 4 KiB, what follows is the description, which is not read.
const FIRST_READ: usize = 8 * 1024;
/// More than this is no header, in bytes.
const HEADER_LIMIT: usize = 1024 * 1024;
/// Below so many files another thread costs more than it helps.
const ENOUGH_FOR_THREADS: usize = 64;

/// Names and versions of what is installed, by the names of the metadata folders alone.
pub(crate) fn distributions(path: &AbsPath) -> (Reply<Arc<Inventory>>, Vec<AbsPath>) {
    let Some(native) = native(path) else { return (Reply::Absent, Vec::new()) };
    let inventory = |names: Names| Arc::new(inventory::inventory(names.iter()));
    (map(folder::names(&native), inventory), Vec::new())
}

/// The metadata headers that were read, by site-packages folder; what has not changed since is not read again.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    known: DashMap<AbsPath, Arc<Table>>,
}

type Table = BTreeMap<Arc<str>, Header>;

#[derive(Clone, Debug)]
struct Header {
    stamp: Stamp,
    metadata: Arc<Metadata>,
}

impl Headers {
    /// The headers of everything in a site-packages folder, and the files of those that are not written to their end yet:
    /// an installer makes the folder first, and of what it puts in there later the site-packages folder says nothing.
    pub(crate) fn metadata(&self, path: &AbsPath) -> (Reply<Arc<MetadataTable>>, Vec<AbsPath>) {
        let Some(native) = native(path) else { return (Reply::Absent, Vec::new()) };
        let names = match folder::names(&native) {
            Reply::Known(names) => names,
            other => {
                self.known.remove(path);
                return (map(other, |_| Arc::default()), Vec::new());
            }
        };
        let before = self.known.get(path).map(|it| Arc::clone(&it)).unwrap_or_default();
        let files: Vec<(&str, String)> = names
            .iter()
            .filter_map(|(name, kind)| {
                let name = str::from_utf8(name).ok()?;
                Some((name, file_of(name, kind)?))
            })
            .collect();
        let folder = match Opened::new(&native) {
            Ok(folder) => folder,
            Err(error) => return (refusal(&error), Vec::new()),
        };
        let (read, unfinished) = read_all(&folder, &files, &before);
        let table = read.iter().map(|(name, it)| (Arc::clone(name), Arc::clone(&it.metadata)));
        let reply = Reply::Known(Arc::new(table.collect::<MetadataTable>()));
        self.known.insert(path.clone(), Arc::new(read));
        (reply, unfinished.into_iter().map(|it| path.join(it)).collect())
    }

    /// Forgets what nothing asks for any more.
    pub(crate) fn retain(&self, wanted: impl Fn(&AbsPath) -> bool) {
        self.known.retain(|path, _| wanted(path));
    }
}

fn read_all(folder: &Opened, files: &[(&str, String)], before: &Table) -> (Table, Vec<String>) {
    let threads = match files.len() {
        few if few < ENOUGH_FOR_THREADS => 1,
        _ => std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 4),
    };
    let next = AtomicUsize::new(0);
    let done = Mutex::new((Table::new(), Vec::new()));
    let work = || {
        let mut read = Vec::new();
        let mut unfinished = Vec::new();
        let mut buffer = vec![0; FIRST_READ];
        while let Some((name, file)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            match read_one(folder, file, before.get(*name), &mut buffer) {
                Ok(Some(header)) => read.push((Arc::from(*name), header)),
                Ok(None) => unfinished.push(file.clone()),
                Err(error) if matches!(refusal::<()>(&error), Reply::Absent) => {
                    unfinished.push(file.clone());
                }
                Err(error) => tracing::debug!(%name, %error, "metadata cannot be read"),
            }
        }
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        done.0.extend(read);
        done.1.extend(unfinished);
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    let (table, mut unfinished) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    unfinished.sort_unstable();
    (table, unfinished)
}

/// Where the headers of a metadata folder are; the oldest installers wrote one file in the folder's place, or put the
/// metadata into the installed folder.
fn file_of(name: &str, kind: ListedKind) -> Option<String> {
    match name.rsplit_once('.')? {
        (_, "dist-info") => Some(format!("{name}/METADATA")),
        (_, "egg-info") if kind == ListedKind::File => Some(name.to_owned()),
        (_, "egg-info") => Some(format!("{name}/PKG-INFO")),
        (_, "egg") if kind != ListedKind::File => Some(format!("{name}/EGG-INFO/PKG-INFO")),
        _ => None,
    }
}

/// The headers of one file; `None` when it is no regular file, or says no name yet.
fn read_one(
    folder: &Opened,
    file: &str,
    before: Option<&Header>,
    buffer: &mut Vec<u8>,
) -> io::Result<Option<Header>> {
    if let Some(before) = before
        && folder.look(file)? == before.stamp
    {
        return Ok(Some(before.clone()));
    }
    let mut file = folder.open(file)?;
    let stamp = Opened::look_at(&file)?;
    if !stamp.is_regular() {
        return Ok(None);
    }
    let length = read_headers(&mut file, buffer)?;
    let parsed = metadata::metadata(buffer.get(..length).unwrap_or_default());
    let complete = !parsed.name.is_empty();
    Ok(complete.then(|| Header { stamp, metadata: Arc::new(parsed) }))
}

/// Reads up to the first empty line; how much of the buffer that is.
fn read_headers(file: &mut File, buffer: &mut Vec<u8>) -> io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = buffer.get_mut(length..).filter(|it| !it.is_empty()) {
        let read = file.read(rest)?;
        if read == 0 {
            break;
        }
        // The empty line may stand across two readings.
        let from = length.saturating_sub(3);
        length += read;
        if let Some(end) = buffer.get(from..length).and_then(end_of_headers) {
            return Ok(from + end);
        }
        if length == buffer.len() && length < HEADER_LIMIT {
            buffer.resize(length * 2, 0);
        }
    }
    Ok(length)
}

/// Where the empty line begins that ends the headers.
fn end_of_headers(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    // The standard library looks for the ends of lines with the machine's widest words.
    while rest.skip_until(b'\n').is_ok_and(|skipped| skipped > 0) {
        if rest.starts_with(b"\n") || rest.starts_with(b"\r\n") {
            return Some(bytes.len() - rest.len());
        }
    }
    None
}
