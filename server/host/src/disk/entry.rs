//! What a path is, with every link on its way followed by hand, so that an answer can rest on each of them.

#[cfg(target_os = "linux")]
use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
    time::{Duration, Instant},
};
use std::{collections::VecDeque, fs::Metadata, io};

use envls_core::world::{AbsPath, Entry, EntryKind, Fault, Reply};

use super::{refusal, text::map};
use crate::path::{native, of};

/// How many links are followed before they count as a circle; Linux itself stops at as many.
const LINK_LIMIT: usize = 40;

/// The way that a path leads.
#[derive(Debug)]
pub(crate) struct Trail {
    /// Every link on the way, in the order they were met, by the real folder that each is in.
    pub(crate) hops: Vec<AbsPath>,
    /// Where it ends, no link left in it: what was found, or the first path on the way that does not exist.
    pub(crate) end: AbsPath,
    pub(crate) found: Found,
    /// Where the path itself points when it is a link: one step.
    pub(crate) link: Option<AbsPath>,
    /// Where it would have ended, had everything on the way been there.
    pub(crate) aim: AbsPath,
}

#[derive(Debug)]
pub(crate) enum Found {
    It(Metadata),
    Nothing,
    Circle,
    Failed(io::Error),
}

impl Trail {
    /// What an answer about `asked` rests on beyond that path itself.
    pub(crate) fn rests_on(&self, asked: &AbsPath) -> Vec<AbsPath> {
        let mut paths: Vec<AbsPath> = self.hops.clone();
        paths.push(self.end.clone());
        paths.retain(|it| it != asked);
        paths.sort_unstable();
        paths.dedup();
        paths
    }
}

/// What a path is, and what that rests on.
pub(crate) fn entry(path: &AbsPath) -> (Reply<Entry>, Vec<AbsPath>) {
    let trail = follow(path);
    let rests_on = trail.rests_on(path);
    let reply = match (&trail.found, &trail.link) {
        (Found::It(metadata), _) => Reply::Known(described(&trail, metadata)),
        (Found::Nothing, Some(_)) => dangling(path, &trail),
        (Found::Nothing, None) => Reply::Absent,
        (Found::Circle, _) => Reply::Fault(Fault::Loop),
        (Found::Failed(error), _) => refusal(error),
    };
    (reply, rests_on)
}

fn described(trail: &Trail, metadata: &Metadata) -> Entry {
    let kind = match metadata {
        it if it.is_file() => EntryKind::File,
        it if it.is_dir() => EntryKind::Folder,
        _ => EntryKind::Special,
    };
    Entry {
        kind,
        link: trail.link.clone(),
        real: trail.end.clone(),
        executable: kind == EntryKind::File && executable(&trail.end, metadata),
        writable: kind == EntryKind::Folder && writable(&trail.end, metadata),
        owner: owner(metadata),
        size: metadata.len(),
    }
}

/// A link that leads nowhere: of what it is, only the link itself can be described.
fn dangling(path: &AbsPath, trail: &Trail) -> Reply<Entry> {
    let Some(native) = native(path) else { return Reply::Absent };
    let itself = match std::fs::symlink_metadata(native) {
        Ok(metadata) => Reply::Known(metadata),
        Err(error) => refusal(&error),
    };
    map(itself, |metadata| Entry {
        kind: EntryKind::Dangling,
        link: trail.link.clone(),
        real: trail.aim.clone(),
        executable: false,
        writable: false,
        owner: owner(&metadata),
        size: 0,
    })
}

/// Follows a path: at once where no link is on it, as is so with most, else component by component.
#[cfg(unix)]
pub(crate) fn follow(path: &AbsPath) -> Trail {
    if in_real_folder(path) {
        let looked = look(path);
        if !looked.as_ref().is_ok_and(Metadata::is_symlink) {
            let found = looked.map_or_else(failed, Found::It);
            let (end, aim) = (path.clone(), path.clone());
            return Trail { hops: Vec::new(), end, found, link: None, aim };
        }
        if let Some(trail) = one_hop(path) {
            return trail;
        }
        // The way to the folder has no link, so it need not be gone again.
        return walked(path, path.parent().unwrap_or_else(|| AbsPath::new("/")));
    }
    walked(path, nearest_real(path))
}

/// The nearest folder above a path that is there, if no link leads to it; else the root.
#[cfg(target_os = "linux")]
fn nearest_real(path: &AbsPath) -> AbsPath {
    // What is not there has nothing there below it either, so the nearest that is there decides.
    let there = path.ancestors().find(|it| is_real(it) || named(it).is_some());
    there.filter(is_real).unwrap_or_else(|| AbsPath::new("/"))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn nearest_real(_: &AbsPath) -> AbsPath {
    AbsPath::new("/")
}

/// The way of a link, in a folder that no link leads to, to what is no link and in such a folder too: the interpreter of most
/// environments is one. `None` where the way is longer.
#[cfg(unix)]
fn one_hop(path: &AbsPath) -> Option<Trail> {
    let target = std::fs::read_link(native(path)?).ok()?.into_os_string().into_encoded_bytes();
    let is_plain = |step: &[u8]| !matches!(step, b"." | b"..");
    if !target.split(|it| *it == b'/').all(is_plain) {
        return None;
    }
    let folder = path.parent()?;
    let end = folder.join(&target);
    if end.parent()? != folder && !in_real_folder(&end) {
        return None;
    }
    let metadata = look(&end).ok().filter(|it| !it.is_symlink())?;
    let (hops, link, aim) = (vec![path.clone()], Some(end.clone()), end.clone());
    Some(Trail { hops, end, found: Found::It(metadata), link, aim })
}

/// Whether no link leads to the folder that a path is in.
#[cfg(target_os = "linux")]
fn in_real_folder(path: &AbsPath) -> bool {
    path.parent().is_some_and(|it| is_real(&it))
}

/// For so long no look is taken again at a folder to which no link led, unless the watcher saw something change.
#[cfg(target_os = "linux")]
const RECENT: Duration = Duration::from_millis(25);

/// The folders to which no link led a moment ago; those above each of them are among them.
#[cfg(target_os = "linux")]
static REAL: LazyLock<Mutex<(Instant, HashSet<AbsPath>)>> =
    LazyLock::new(|| Mutex::new((Instant::now(), HashSet::new())));

/// Whether no link leads to a folder. Many things are asked of one folder together, and of its neighbours.
#[cfg(target_os = "linux")]
fn is_real(folder: &AbsPath) -> bool {
    let parent = folder.parent();
    let (known, near) = {
        let mut recent = REAL.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.0.elapsed() > RECENT {
            *recent = (Instant::now(), HashSet::new());
        }
        (recent.1.contains(folder), parent.is_some_and(|it| recent.1.contains(&it)))
    };
    let is_real = known
        || if near {
            look(folder).is_ok_and(|it| it.is_dir())
        } else {
            named(folder).as_ref() == Some(folder)
        };
    if is_real && !known {
        let mut recent = REAL.lock().unwrap_or_else(PoisonError::into_inner);
        let mut own = std::iter::once(folder.clone()).chain(folder.ancestors());
        while own.next().is_some_and(|it| recent.1.insert(it)) {}
    }
    is_real
}

/// The real path of what is there, as the system names what is opened (`proc(5)`, `/proc/pid/fd`), which takes fewer looks
/// than the way there has components.
#[cfg(target_os = "linux")]
fn named(path: &AbsPath) -> Option<AbsPath> {
    use std::os::fd::AsRawFd as _;

    use rustix::fs::{Mode, OFlags, open, readlink};
    let opened = open(&*native(path)?, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let named = readlink(format!("/proc/self/fd/{}", opened.as_raw_fd()), Vec::new()).ok()?;
    // What was removed meanwhile is named so.
    let is_there = !named.as_bytes().ends_with(b" (deleted)");
    AbsPath::parse(named.as_bytes()).filter(|_| is_there)
}

/// Something changed on the disk.
pub(crate) fn forget_recent() {
    #[cfg(target_os = "linux")]
    REAL.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
}

/// A folder was listed that is no link itself.
#[cfg(target_os = "linux")]
pub(crate) fn is_listed(path: &AbsPath) {
    let mut recent = REAL.lock().unwrap_or_else(PoisonError::into_inner);
    let is_fresh = recent.0.elapsed() <= RECENT;
    if is_fresh && path.parent().is_some_and(|it| recent.1.contains(&it)) {
        recent.1.insert(path.clone());
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn is_listed(_: &AbsPath) {}

#[cfg(all(unix, not(target_os = "linux")))]
fn in_real_folder(_: &AbsPath) -> bool {
    false
}

/// Follows a path component by component, from a folder that no link leads to.
#[cfg(unix)]
fn walked(path: &AbsPath, from: AbsPath) -> Trail {
    let rest = path.below(&from).unwrap_or_else(|| path.as_bytes());
    let components = rest.split(|byte| *byte == b'/').filter(|it| !it.is_empty());
    let mut ahead: VecDeque<Vec<u8>> = components.map(<[u8]>::to_vec).collect();
    // Once so few components are left, what comes is the last one of the path itself.
    let mut own = ahead.len();
    let mut trail = nowhere(from);
    // What was looked at last, as long as the way has not turned since.
    let mut last = None;
    while let Some(component) = ahead.pop_front() {
        let is_own = ahead.len() < own;
        own = own.min(ahead.len());
        if component == b".." {
            // No link is left in what was walked, so the folder above is the parent by spelling too.
            trail.end = trail.end.parent().unwrap_or(trail.end);
            last = None;
            continue;
        }
        let here = trail.end.join(&component);
        let looked = look(&here);
        if !looked.as_ref().is_ok_and(Metadata::is_symlink) {
            trail.end = here;
            let failed = looked.is_err();
            last = Some(looked);
            if failed {
                break;
            }
            continue;
        }
        last = None;
        let target = match native(&here).map(std::fs::read_link) {
            Some(Ok(target)) => target.into_os_string().into_encoded_bytes(),
            Some(Err(error)) => return Trail { end: here, found: Found::Failed(error), ..trail },
            None => return Trail { end: here, ..trail },
        };
        if is_own && own == 0 {
            trail.link = Some(trail.end.join(&target));
        }
        trail.hops.push(here.clone());
        if trail.hops.len() > LINK_LIMIT {
            return Trail { end: here, found: Found::Circle, ..trail };
        }
        if target.first() == Some(&b'/') {
            trail.end = AbsPath::new("/");
        }
        let steps = target.split(|byte| *byte == b'/').filter(|it| !matches!(*it, b"" | b"."));
        for step in steps.rev() {
            ahead.push_front(step.to_vec());
        }
    }
    trail.aim = aim(&trail.end, &ahead);
    trail.found = match last.unwrap_or_else(|| look(&trail.end)) {
        Ok(metadata) => Found::It(metadata),
        Err(error) => failed(error),
    };
    trail
}

fn nowhere(end: AbsPath) -> Trail {
    Trail { hops: Vec::new(), found: Found::Nothing, link: None, aim: end.clone(), end }
}

/// A path with what was still ahead; below what does not exist there are no links to follow.
#[cfg(unix)]
fn aim(end: &AbsPath, ahead: &VecDeque<Vec<u8>>) -> AbsPath {
    ahead.iter().fold(end.clone(), |at, step| match &**step {
        b".." => at.parent().unwrap_or(at),
        step => at.join(step),
    })
}

#[cfg(unix)]
fn look(path: &AbsPath) -> io::Result<Metadata> {
    let native = native(path).ok_or(io::ErrorKind::NotFound)?;
    std::fs::symlink_metadata(native)
}

fn failed(error: io::Error) -> Found {
    match refusal::<()>(&error) {
        Reply::Absent => Found::Nothing,
        _ => Found::Failed(error),
    }
}

/// Where there is no way to go step by step, the system goes it.
#[cfg(not(unix))]
pub(crate) fn follow(path: &AbsPath) -> Trail {
    let mut trail = nowhere(path.clone());
    let Some(native) = native(path) else { return trail };
    let folder = path.parent().unwrap_or_else(|| path.clone());
    if let Ok(target) = std::fs::read_link(&native) {
        trail.link = Some(folder.join(target.as_os_str().as_encoded_bytes()));
        trail.hops.push(path.clone());
    }
    match std::fs::metadata(&native) {
        Ok(metadata) => trail.found = Found::It(metadata),
        Err(error) => trail.found = failed(error),
    }
    if let Some(real) = std::fs::canonicalize(&native).ok().and_then(|it| of(&plain(it))) {
        trail.end = real;
    }
    trail
}

/// Without the prefix that says a Windows path in its long form.
#[cfg(not(unix))]
fn plain(path: std::path::PathBuf) -> std::path::PathBuf {
    let text = path.to_string_lossy();
    text.strip_prefix(r"\\?\")
        .filter(|it| it.get(1..2) == Some(":"))
        .map_or_else(|| path.clone(), Into::into)
}

#[cfg(unix)]
fn executable(_path: &AbsPath, metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn executable(path: &AbsPath, _metadata: &Metadata) -> bool {
    let name = path.name_text().to_lowercase();
    [".exe", ".com", ".bat", ".cmd"].iter().any(|it| name.ends_with(it))
}

#[cfg(unix)]
fn writable(path: &AbsPath, _metadata: &Metadata) -> bool {
    use rustix::fs::{Access, access};
    native(path).is_some_and(|it| access(&*it, Access::WRITE_OK).is_ok())
}

#[cfg(not(unix))]
fn writable(_path: &AbsPath, metadata: &Metadata) -> bool {
    !metadata.permissions().readonly()
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no owners by number")]
pub(crate) fn owner(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    Some(metadata.uid())
}

#[cfg(not(unix))]
pub(crate) fn owner(_metadata: &Metadata) -> Option<u32> {
    None
}

/// The real path of a folder or file that exists.
pub(crate) fn real(path: &AbsPath) -> Option<AbsPath> {
    #[cfg(target_os = "linux")]
    if let Some(named) = named(path) {
        return Some(named);
    }
    std::fs::canonicalize(native(path)?).ok().and_then(|it| of(&it))
}
