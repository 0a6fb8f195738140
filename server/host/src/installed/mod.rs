//! What is installed in a site-packages folder: its names in one reading, the metadata headers in parallel.

pub(crate) mod modules;
pub(crate) mod records;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read as _},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use dashmap::DashMap;
use envls_core::{
    standard::{
        dependencies::Dependencies,
        inventory,
        metadata::{self, End},
        name,
        need::Collector,
        record,
    },
    world::{
        AbsPath, FEW_DISTRIBUTIONS, Inventory, ListedKind, Metadata, MetadataTable, RecordTable,
        Reply,
    },
};

use crate::{
    disk::{
        folder::{self, Names},
        refusal,
        text::map,
        within::Within,
    },
    path::native,
    pool,
};

/// Headers end at the first empty line; most are done by then, and what follows is the description, which is not read.
const FIRST_READ: usize = 4 * 1024;
/// More than this is no header, in bytes.
const HEADER_LIMIT: usize = 1024 * 1024;
/// More than this is no `direct_url.json`, in bytes.
const DIRECT_URL_LIMIT: u64 = 64 * 1024;
/// Below so many files another thread costs more than it helps.
const ENOUGH_FOR_THREADS: usize = 1024;

/// Names and versions of what is installed, by the names of the metadata folders alone.
pub(crate) fn distributions(path: &AbsPath) -> (Reply<Arc<Inventory>>, Vec<AbsPath>) {
    let Some(native) = native(path) else { return (Reply::Absent, Vec::new()) };
    let inventory = |names: Names| Arc::new(inventory::inventory(names.iter()));
    (map(folder::names(&native), inventory), Vec::new())
}

/// The metadata headers that were read, by site-packages folder; what has not changed since is not read again.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    known: DashMap<AbsPath, Arc<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    headers: Table,
    /// What has no headers.
    bare: Vec<String>,
    answer: Arc<MetadataTable>,
}

/// By the names of the metadata folders, sorted.
type Table = Vec<(Arc<str>, Header)>;

#[derive(Clone, Debug)]
struct Header {
    stamp: Stamp,
    metadata: Arc<Metadata>,
}

/// A file that has the same of these is taken to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<std::time::SystemTime>,
    size: u64,
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
        let mut files = Vec::new();
        let mut bare = Vec::new();
        let mut path_files = BTreeSet::new();
        for (name, kind) in names.iter() {
            let Ok(name) = str::from_utf8(name) else { continue };
            match file_of(name, kind) {
                Some(file) => files.push((name, file)),
                None if name.ends_with(".egg-link") => bare.push(name),
                None => path_files.extend(record::named_by_path_file(name)),
            }
        }
        if files.is_empty() && path_files.is_empty() && bare.is_empty() {
            self.known.remove(path);
            return (Reply::Known(Arc::default()), Vec::new());
        }
        let within = match Within::open(&native) {
            Ok(within) => within,
            Err(error) => return (refusal(&error), Vec::new()),
        };
        let Read { headers, failed, mut missing, unfinished } =
            read_all(&within, &files, &before.headers);
        bare.extend(failed);
        let editable = editable(&within, &headers, &path_files);
        let few = headers.len() <= FEW_DISTRIBUTIONS;
        let looked_at =
            if few { headers.iter().map(|it| Arc::clone(&it.0)).collect() } else { unfinished };
        let records = records::compare_all(&within, &looked_at);
        missing.extend(records.values().flat_map(|it| it.first.iter().cloned()));
        let answer = answer(&headers, &bare, records, editable, &before);
        let bare = bare.into_iter().map(str::to_owned).collect();
        let known = Known { headers, bare, answer: Arc::clone(&answer) };
        self.known.insert(path.clone(), Arc::new(known));
        (Reply::Known(answer), missing.into_iter().map(|it| path.join(it)).collect())
    }

    pub(crate) fn forget(&self, path: &AbsPath) {
        self.known.remove(path);
    }

    /// Forgets what nothing asks for any more.
    pub(crate) fn retain(&self, wanted: impl Fn(&AbsPath) -> bool) {
        self.known.retain(|path, _| wanted(path));
    }
}

/// What was read, and compared only where something is new.
fn answer(
    headers: &Table,
    bare: &[&str],
    records: RecordTable,
    editable: BTreeMap<Arc<str>, AbsPath>,
    before: &Known,
) -> Arc<MetadataTable> {
    let mut both = headers.iter().zip(&before.headers);
    let same = both
        .all(|(one, other)| one.0 == other.0 && Arc::ptr_eq(&one.1.metadata, &other.1.metadata));
    if same
        && headers.len() == before.headers.len()
        && bare == before.bare
        && records == before.answer.records
        && editable == before.answer.editable
    {
        return Arc::clone(&before.answer);
    }
    let headers = headers.iter().map(|(name, it)| (Arc::clone(name), Arc::clone(&it.metadata)));
    let headers: BTreeMap<Arc<str>, Arc<Metadata>> = headers.collect();
    let dependencies = Dependencies::of(&headers, bare.iter().copied());
    Arc::new(MetadataTable { headers, dependencies, records, editable })
}

#[derive(Default)]
struct Read<'names> {
    headers: Table,
    /// The metadata folders without headers.
    failed: Vec<&'names str>,
    /// The files that are not there or say nothing yet.
    missing: Vec<String>,
    /// The metadata folders whose installer has not said that it is done.
    unfinished: Vec<Arc<str>>,
}

fn read_all<'names>(
    within: &Within,
    files: &[(&'names str, String)],
    before: &Table,
) -> Read<'names> {
    let threads = match files.len() {
        few if few < ENOUGH_FOR_THREADS => 1,
        _ => pool::cores().clamp(1, 4),
    };
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Read::default());
    let work = || {
        let mut read = Read::default();
        let mut scratch = Scratch { buffer: vec![0; FIRST_READ], needs: Collector::default() };
        while let Some((name, file)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let known = before.binary_search_by(|it| (*it.0).cmp(name)).ok();
            let known = known.and_then(|at| before.get(at));
            match read_one(within, file, known.map(|it| &it.1), &mut scratch) {
                Ok(Some(mut header)) => {
                    if header.metadata.name.is_empty() {
                        header.metadata = nameless(&header.metadata, name);
                        read.missing.push(file.clone());
                    }
                    let name = known.map_or_else(|| Arc::from(*name), |it| Arc::clone(&it.0));
                    let is_done = || within.has(&format!("{name}/INSTALLER"));
                    if file.ends_with("/METADATA") && !is_done() {
                        read.unfinished.push(Arc::clone(&name));
                    }
                    read.headers.push((name, header));
                    continue;
                }
                Ok(None) => read.missing.push(file.clone()),
                Err(error) if matches!(refusal::<()>(&error), Reply::Absent) => {
                    read.missing.push(file.clone());
                }
                Err(error) => tracing::debug!(%name, %error, "metadata cannot be read"),
            }
            read.failed.push(name);
        }
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        done.headers.append(&mut read.headers);
        done.failed.append(&mut read.failed);
        done.missing.append(&mut read.missing);
        done.unfinished.append(&mut read.unfinished);
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    let mut read = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    read.headers.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    read.failed.sort_unstable();
    read.missing.sort_unstable();
    read.unfinished.sort_unstable();
    read
}

/// Headers that say no name, or not yet: the folder says one too.
fn nameless(headers: &Metadata, folder: &str) -> Arc<Metadata> {
    let (name, version) = inventory::named(folder).unwrap_or_default();
    let version = version.to_owned();
    Arc::new(Metadata { name, version, ..headers.clone() })
}

/// Where editable installations lead; looked for only where a file is there that such an installation needs.
fn editable(
    within: &Within,
    headers: &Table,
    path_files: &BTreeSet<String>,
) -> BTreeMap<Arc<str>, AbsPath> {
    if path_files.is_empty() {
        return BTreeMap::new();
    }
    let named =
        headers.iter().filter(|it| path_files.contains(&name::normalised(&it.1.metadata.name)));
    named
        .filter_map(|(folder, _)| {
            let mut text = String::new();
            let file = within.file(format!("{folder}/direct_url.json")).ok()?;
            file.take(DIRECT_URL_LIMIT).read_to_string(&mut text).ok()?;
            Some((Arc::clone(folder), record::editable(&text)?))
        })
        .collect()
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

/// What is kept from file to file.
struct Scratch {
    buffer: Vec<u8>,
    needs: Collector,
}

/// The headers of one file; `None` when it is no regular file, or says nothing yet.
fn read_one(
    within: &Within,
    file: &str,
    before: Option<&Header>,
    scratch: &mut Scratch,
) -> io::Result<Option<Header>> {
    let mut file = within.file(file)?;
    let about = file.metadata()?;
    let stamp = Stamp { modified: about.modified().ok(), size: about.len() };
    if let Some(before) = before.filter(|it| it.stamp == stamp) {
        return Ok(Some(before.clone()));
    }
    if !about.is_file() {
        return Ok(None);
    }
    let metadata = read_headers(&mut file, stamp.size, scratch)?;
    let begun = stamp.size > 0 || !metadata.name.is_empty();
    Ok(begun.then(|| Header { stamp, metadata: Arc::new(metadata) }))
}

/// Reads until the headers end.
fn read_headers(file: &mut File, size: u64, scratch: &mut Scratch) -> io::Result<Metadata> {
    let Scratch { buffer, needs } = scratch;
    let mut length = 0;
    loop {
        let Some(rest) = buffer.get_mut(length..).filter(|it| !it.is_empty()) else {
            if length >= HEADER_LIMIT {
                break;
            }
            buffer.resize(length * 4, 0);
            continue;
        };
        let read = file.read(rest)?;
        length += read;
        let headers = metadata::headers(buffer.get(..length).unwrap_or_default(), needs);
        if headers.end == End::BlankLine || read == 0 || length as u64 == size {
            return Ok(headers.metadata);
        }
    }
    Ok(metadata::metadata(buffer.get(..length).unwrap_or_default()))
}
