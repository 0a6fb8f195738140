//! What every Python file of a project imports: a walk that keeps out of what is ignored, files read on several threads with
//! deep stacks, and what has not changed since not read again.

use std::{
    borrow::Cow,
    fs::{File, Metadata},
    ops::ControlFlow,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use dashmap::DashMap;
use envls_core::{
    manifest,
    source::{self, LIMIT, Names, Source, SourceFile, Sources, Trouble},
    world::{AbsPath, ListedKind, Reply},
};

use crate::{
    disk::{folder, refusal, text, within::Within},
    path::native,
    pool,
    projects::{Has, Matchers, Rules, marks_project, rules_above},
};

/// How many files of one project are read, and how many folders are listed.
const FILES: usize = 60_000;
const FOLDERS: usize = 50_000;
/// Below so many files another thread costs more than it helps.
const ENOUGH_FOR_THREADS: usize = 128;
/// For so long what stands above a project is not looked at again.
const RECENT: Duration = Duration::from_millis(25);

/// The sources that were read, by project; what has not changed since is not read again.
#[derive(Debug, Default)]
pub(crate) struct Read {
    known: DashMap<AbsPath, Arc<Known>>,
    /// What is imported is much the same in all projects.
    names: Mutex<Names>,
    /// What stands above the folders of a folder, as it was a moment ago.
    above: Mutex<Option<Above>>,
}

/// The folder, when it was looked at, and the rules that hold in it.
type Above = (AbsPath, Instant, Option<Arc<Rules>>);

#[derive(Debug, Default)]
struct Known {
    /// Sorted by path.
    files: Vec<Entry>,
    compiled: Vec<AbsPath>,
    answer: Arc<Sources>,
}

/// A file that has the same of these is taken to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<std::time::SystemTime>,
    size: u64,
}

/// The imports of one file; the text that the editor holds outranks the disk.
pub(crate) fn source(
    path: &AbsPath,
    open: Option<&Arc<str>>,
) -> (Reply<Arc<Source>>, Vec<AbsPath>) {
    let (reply, rests_on) = match open {
        Some(open) => (Reply::Known(Arc::clone(open)), Vec::new()),
        None => text::text_up_to(path, LIMIT),
    };
    let read = |text: Arc<str>| Arc::new(source::read_open(path, &text));
    (text::map(reply, read), rests_on)
}

impl Read {
    /// The imports of every file of a project.
    pub(crate) fn sources(&self, root: &AbsPath) -> (Reply<Arc<Sources>>, Vec<AbsPath>) {
        let mut walk = Walk::default();
        if let Err(error) = walk.all(root, self.rules_above(root)) {
            self.known.remove(root);
            return (refusal(&error), Vec::new());
        }
        walk.files.sort_unstable();
        walk.compiled.sort_unstable();
        let before = self.known.get(root).map(|it| Arc::clone(&it)).unwrap_or_default();
        let files = self.read_all(root, &walk.files, &before.files);
        let same = before.compiled == walk.compiled
            && files.len() == before.files.len()
            && files.iter().zip(&before.files).all(|(a, b)| a.0 == b.0 && Arc::ptr_eq(&a.2, &b.2));
        let answer = if same {
            Arc::clone(&before.answer)
        } else {
            let of = |(path, _, source): &Entry| SourceFile {
                path: path.clone(),
                source: Arc::clone(source),
            };
            let stopped = walk.stopped.then_some(walk.files.len());
            let all = files.iter().map(of).collect();
            Arc::new(Sources::of(root, all, &walk.compiled, stopped))
        };
        let known = Known { files, compiled: walk.compiled, answer: Arc::clone(&answer) };
        self.known.insert(root.clone(), Arc::new(known));
        (Reply::Known(answer), Vec::new())
    }

    /// The rules of the folders above a project. Neighbours are read one after the other, and share them.
    fn rules_above(&self, root: &AbsPath) -> Option<Arc<Rules>> {
        let folder = root.parent()?;
        let mut last = self.above.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, at, rules)) = &*last
            && *known == folder
            && at.elapsed() < RECENT
        {
            return rules.clone();
        }
        let rules = rules_above(root);
        *last = Some((folder, Instant::now(), rules.clone()));
        rules
    }

    pub(crate) fn forget(&self, root: &AbsPath) {
        self.known.remove(root);
    }

    /// Forgets what nothing asks for any more.
    pub(crate) fn retain(&self, wanted: impl Fn(&AbsPath) -> bool) {
        let before = self.known.len();
        self.known.retain(|path, _| wanted(path));
        // While a project is read they are in use, and the next time will do.
        if self.known.len() < before
            && let Ok(mut names) = self.names.try_lock()
        {
            names.forget_unused();
        }
    }

    /// Reads what is new.
    fn read_all(&self, root: &AbsPath, files: &[AbsPath], before: &[Entry]) -> Vec<Entry> {
        let folder = native(root).and_then(|it| Within::open(&it).ok());
        let next = AtomicUsize::new(0);
        let work = |read: &mut Vec<Entry>, names: &mut Names| {
            let mut reader = Reader { root, folder: folder.as_ref(), names, buffer: Vec::new() };
            loop {
                let from = next.fetch_add(16, Ordering::Relaxed);
                let Some(rest) = files.get(from..).filter(|it| !it.is_empty()) else { break };
                for path in rest.iter().take(16) {
                    let known = before.binary_search_by(|it| it.0.cmp(path)).ok();
                    let known = known.and_then(|it| before.get(it));
                    read.extend(reader.read(path, known));
                }
            }
        };
        let mut read = Vec::with_capacity(files.len());
        if files.len() < ENOUGH_FOR_THREADS {
            work(&mut read, &mut self.names.lock().unwrap_or_else(PoisonError::into_inner));
            return read;
        }
        let done = Mutex::new(read);
        std::thread::scope(|scope| {
            for _ in 0..pool::cores().clamp(1, 4) {
                let named = std::thread::Builder::new().name("envls sources".to_owned());
                let work = || {
                    let (mut read, mut names) = (Vec::new(), Names::default());
                    work(&mut read, &mut names);
                    done.lock().unwrap_or_else(PoisonError::into_inner).append(&mut read);
                };
                // A deep tree is dropped by recursion.
                if named.stack_size(pool::STACK).spawn_scoped(scope, work).is_err() {
                    tracing::error!("a thread cannot be started");
                }
            }
        });
        let mut read = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        read.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        read
    }
}

/// A file of a project, as it was when it was read.
type Entry = (AbsPath, Stamp, Arc<Source>);

/// What a walk of one project found.
#[derive(Default)]
struct Walk {
    files: Vec<AbsPath>,
    /// What modules are made from or built into.
    compiled: Vec<AbsPath>,
    stopped: bool,
}

impl Walk {
    fn all(&mut self, root: &AbsPath, above: Option<Arc<Rules>>) -> std::io::Result<()> {
        let matchers = Matchers::default();
        let mut reader = folder::Reader::default();
        let mut next = vec![(root.clone(), above)];
        let mut listed = 0;
        while let Some((at, above)) = next.pop() {
            listed += 1;
            if listed > FOLDERS || self.files.len() > FILES {
                self.stopped = true;
                break;
            }
            let Some(native) = native(&at) else { continue };
            let mut seen = Seen { folder_name: at.name().to_vec(), ..Seen::default() };
            let read = folder::each(&native, text::Follow::Yes, &mut reader, |name, kind| {
                seen.note(name, kind);
                ControlFlow::Continue(())
            });
            match read {
                Err(error) if at == *root => return Err(error),
                Err(_) => continue,
                Ok(()) => {}
            }
            // What is in an environment was installed, and another project judges its own files.
            if seen.environment || (at != *root && (seen.is_project || seen.is_leftover())) {
                continue;
            }
            let rules = Rules::of(above.as_ref(), &at, seen.has);
            let left_out = |path: &AbsPath, is_folder: bool| {
                rules.as_ref().is_some_and(|it| it.leave_out_any(path, is_folder, &matchers))
            };
            for (name, kind) in seen.names {
                let path = at.join(&*name);
                match kind {
                    Kind::Folder if !left_out(&path, true) => next.push((path, rules.clone())),
                    Kind::Source if !left_out(&path, false) => self.files.push(path),
                    // Whatever is built is ignored as a rule, and can be imported all the same.
                    Kind::Compiled => self.compiled.push(path),
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Folder,
    Source,
    Compiled,
}

/// What a listing says of its folder.
#[derive(Default)]
struct Seen {
    folder_name: Vec<u8>,
    names: Vec<(Box<[u8]>, Kind)>,
    environment: bool,
    is_project: bool,
    is_package: bool,
    has: Has,
}

impl Seen {
    fn note(&mut self, name: &[u8], kind: ListedKind) {
        match (name, kind) {
            (b"pyvenv.cfg", _) | (b"conda-meta", ListedKind::Folder) => self.environment = true,
            (b".git", _) => self.has.repository = true,
            (b".gitignore", _) => self.has.git_ignore = true,
            (b".ignore", _) => self.has.ignore = true,
            (name, ListedKind::Folder) => {
                let tools = matches!(name, b"node_modules" | b"__pycache__" | b"site-packages");
                if !tools && !name.starts_with(b".") && !manifest::is_template(name) {
                    self.names.push((name.into(), Kind::Folder));
                }
            }
            (name, ListedKind::File | ListedKind::Link) => {
                self.is_package |= name == b"__init__.py";
                let made = [&b".so"[..], b".pyd", b".pyx"].iter().any(|it| name.ends_with(it));
                if source::is_source(name) {
                    self.names.push((name.into(), Kind::Source));
                } else if made {
                    self.names.push((name.into(), Kind::Compiled));
                } else {
                    self.is_project |= marks_project(name, &self.folder_name);
                }
            }
            (_, ListedKind::Other) => {}
        }
    }

    /// What building left: copies of the sources.
    fn is_leftover(&self) -> bool {
        matches!(&*self.folder_name, b"build" | b"dist" | b"__pypackages__") && !self.is_package
    }
}

/// Reads the files of one project, with what is kept from file to file.
struct Reader<'reading> {
    root: &'reading AbsPath,
    /// The folder of the project; none where it can be no more opened.
    folder: Option<&'reading Within>,
    names: &'reading mut Names,
    buffer: Vec<u8>,
}

impl Reader<'_> {
    fn read(&mut self, path: &AbsPath, known: Option<&Entry>) -> Option<Entry> {
        if let Some(known) = known {
            let about = std::fs::metadata(&*native(path)?).ok()?;
            if about.is_file() && Stamp::of(&about) == known.1 {
                return Some(known.clone());
            }
        }
        let mut file = self.open(path)?;
        let about = file.metadata().ok().filter(Metadata::is_file)?;
        let stamp = Stamp::of(&about);
        text::read_into(&mut file, stamp.size, LIMIT + 1, &mut self.buffer).ok()?;
        let source = if self.buffer.len() as u64 > LIMIT {
            Source::of_trouble(Trouble::TooLarge)
        } else {
            // Nearly all are UTF-8, which is found out sooner than what is none can be replaced.
            let text = std::str::from_utf8(&self.buffer)
                .map_or_else(|_| String::from_utf8_lossy(&self.buffer), Cow::Borrowed);
            source::read_file(path, &text, self.names)
        };
        Some((path.clone(), stamp, self.names.shared(source)))
    }

    /// By the way from the project's folder, which is shorter than the whole.
    #[cfg(unix)]
    fn open(&self, path: &AbsPath) -> Option<File> {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
        let below = path.below(self.root).filter(|it| !it.contains(&0))?;
        self.folder?.file(OsStr::from_bytes(below)).ok()
    }

    #[cfg(not(unix))]
    fn open(&self, path: &AbsPath) -> Option<File> {
        text::open(&native(path)?, text::Follow::Yes).ok()
    }
}

impl Stamp {
    fn of(about: &Metadata) -> Stamp {
        Stamp { modified: about.modified().ok(), size: about.len() }
    }
}
