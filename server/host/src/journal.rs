//! What a recipe under way would leave behind if this process were killed, written down in the user's state folder before it is
//! done: the next process to look tidies up after one that is gone, and touches nothing that is not provably ours.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use anyhow::Context as _;
use envls_core::world::AbsPath;
use serde::{Deserialize, Serialize};

use crate::{
    files::{self, Aside},
    path::native,
    process::lineage,
    state::{decoded, encoded, make_private, private},
};

const FOLDER: &str = "operations";

/// What is written down of one recipe; gone when it is dropped after its end.
#[derive(Debug)]
pub(crate) struct Journal {
    at: PathBuf,
    /// Locked as long as its process lives.
    _life: File,
    life: PathBuf,
    said: Said,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Said {
    version: u32,
    /// Paths, percent-encoded where they are no UTF-8, at which nothing was before.
    fresh: Vec<String>,
    /// What was moved, and is being removed.
    gone: Vec<String>,
    /// What was moved, from where and to where.
    aside: Vec<(String, String)>,
    /// The command that runs.
    child: Option<lineage::Child>,
    /// What took the place of what is aside was found sound.
    made: bool,
}

static COUNT: AtomicU64 = AtomicU64::new(0);

impl Journal {
    pub(crate) fn begin(state: &AbsPath) -> anyhow::Result<Journal> {
        let folder = state.join(FOLDER);
        let folder = native(&folder).context("the state folder is a path of another system")?;
        make_private(&folder).context("making the folder of operations")?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{count}", std::process::id());
        let life = folder.join(format!("{name}.life"));
        let file = private(&life).context("opening the sign of life")?;
        file.try_lock().context("giving a sign of life")?;
        let at = folder.join(format!("{name}.json"));
        Ok(Journal { at, _life: file, life, said: Said { version: 1, ..Said::default() } })
    }

    /// Nothing is at this path now; what will be there is ours.
    pub(crate) fn fresh(&mut self, path: &AbsPath) {
        self.said.fresh.push(encoded(path));
        self.write();
    }

    pub(crate) fn aside(&mut self, aside: &Aside) {
        self.said.aside.push((encoded(aside.from()), encoded(aside.kept_at())));
        self.write();
    }

    /// What was moved is not wanted any more.
    pub(crate) fn goes(&mut self, aside: &Aside) {
        self.said.gone.push(encoded(aside.kept_at()));
        self.write();
    }

    pub(crate) fn child(&mut self, id: u32) {
        self.said.child = lineage::of(id);
        self.write();
    }

    pub(crate) fn made(&mut self) {
        self.said.made = true;
        self.write();
    }

    /// Killed between two of these, the next process finds the one or the other.
    fn write(&self) {
        let written = || -> anyhow::Result<()> {
            let folder = self.at.parent().context("it is in a folder")?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec(&self.said)?)?;
            file.as_file().sync_data()?;
            file.persist(&self.at)?;
            Ok(())
        };
        if let Err(error) = written() {
            tracing::warn!(error = %format!("{error:#}"), "what is under way cannot be written down");
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.at);
        let _ = fs::remove_file(&self.life);
    }
}

/// What was done after a process that is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recovered {
    /// One sentence for each thing.
    pub(crate) words: Vec<String>,
    pub(crate) touched: Vec<AbsPath>,
}

/// Tidies up after the processes of this user that were killed while a recipe ran: ends what they left running, puts back what
/// they had set aside, removes what they had half made.
pub(crate) fn recover(state: &AbsPath) -> Recovered {
    let mut recovered = Recovered::default();
    let folder = state.join(FOLDER);
    let Some(folder) = native(&folder) else { return recovered };
    let Ok(entries) = fs::read_dir(&*folder) else { return recovered };
    let lives = entries.filter_map(|it| Some(it.ok()?.path()));
    let mut lives: Vec<PathBuf> =
        lives.filter(|it| it.extension().is_some_and(|it| it == "life")).collect();
    lives.sort();
    for life in lives {
        let Ok(file) = File::open(&life) else { continue };
        // Whoever has it locked is alive.
        if file.try_lock().is_err() {
            continue;
        }
        let at = life.with_extension("json");
        if let Some(said) = read(&at) {
            after(&said, &mut recovered);
        }
        let _ = fs::remove_file(&at);
        let _ = fs::remove_file(&life);
    }
    recovered
}

fn read(at: &Path) -> Option<Said> {
    serde_json::from_slice(&fs::read(at).ok()?).ok().filter(|it: &Said| it.version == 1)
}

fn after(said: &Said, recovered: &mut Recovered) {
    if let Some(child) = &said.child
        && lineage::end(child)
    {
        let words = "ended what a killed envls had left running".to_owned();
        recovered.words.push(words);
    }
    let mut say = |path: &AbsPath, done: anyhow::Result<Option<String>>| {
        recovered.touched.push(path.clone());
        match done {
            Ok(words) => recovered.words.extend(words),
            Err(error) => recovered.words.push(format!("after a killed envls: {error:#}")),
        }
    };
    for (from, to) in said.aside.iter().rev() {
        let (Some(from), Some(to)) = (decoded(from), decoded(to)) else { continue };
        let Ok(true) = files::exists(&to) else { continue };
        let aside = Aside::known(&from, &to);
        let done = match said.made {
            true => files::discard(aside).map(|()| None),
            false => files::put_back(aside).map(|()| {
                Some(format!("put `{from}` back: envls was killed while it was made anew"))
            }),
        };
        say(&from, done);
    }
    for to in said.gone.iter().filter_map(|it| decoded(it)) {
        if let Ok(true) = files::exists(&to) {
            say(&to, files::discard(Aside::known(&to, &to)).map(|()| None));
        }
    }
    for path in said.fresh.iter().filter_map(|it| decoded(it)) {
        // One that is whole may have been used since; what it lacks is said of it as of any other.
        let Ok(true) = files::exists(&path) else { continue };
        if files::is_whole(&path) {
            continue;
        }
        let removed = files::set_aside(&path).and_then(|it| it.map_or(Ok(()), files::discard));
        let words = format!("removed `{path}`, half made: envls was killed while it was created");
        say(&path, removed.map(|()| Some(words)));
    }
}
