//! One recipe at a time for each environment, among all processes of the user: two editors and a terminal.
//!
//! What is held is a lock of the operating system on a file in the user's state folder. It ends with the process that has it,
//! however that ends, so there is no stale one.

use std::{
    collections::BTreeSet,
    fs::{File, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::Path,
    time::Duration,
};

use anyhow::Context as _;
use envls_core::{standard::digest, world::AbsPath};

use crate::{
    disk::entry::real,
    path::native,
    state::{make_private, private},
};

/// How often it is tried again.
const BEAT: Duration = Duration::from_millis(50);
/// More than this is nothing that we wrote, in bytes.
const WORDS: u64 = 200;

/// The locks of everything that a recipe touches, as long as this lives.
#[derive(Debug, Default)]
pub(crate) struct Held {
    files: Vec<File>,
}

/// Takes the locks of some paths, and waits for whoever has one. `None` where `stop` says not to wait any longer.
///
/// # Errors
/// When there is no place for locks.
pub(crate) fn hold(
    state: &AbsPath,
    paths: &[AbsPath],
    stop: &dyn Fn() -> bool,
    waits: &dyn Fn(&str),
) -> anyhow::Result<Option<Held>> {
    let folder = state.join("locks");
    let native = native(&folder).context("the state folder is a path of another system")?;
    make_private(&native).with_context(|| format!("making `{folder}`"))?;
    // Everybody takes them in the same order, so nobody waits for one who waits for him.
    let names: BTreeSet<String> = paths.iter().map(name).collect();
    let mut held = Held::default();
    for name in names {
        let path = native.join(&name);
        let mut file = private(&path).with_context(|| format!("opening the lock `{name}`"))?;
        let mut said = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if stop() => return Ok(None),
                Err(TryLockError::WouldBlock) => {
                    if !std::mem::replace(&mut said, true) {
                        waits(&format!("waits for another envls{}", who(&path)));
                    }
                    std::thread::sleep(BEAT);
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("taking the lock `{name}`"));
                }
            }
        }
        write_own(&mut file);
        held.files.push(file);
    }
    Ok(Some(held))
}

/// The same environment may be reached by several paths.
fn name(path: &AbsPath) -> String {
    let above = path.parent().and_then(|it| real(&it));
    let real = real(path).or_else(|| Some(above?.join(path.name())));
    let path = real.as_ref().unwrap_or(path);
    format!("{}.lock", digest::short_sha256(path.as_bytes()))
}

/// Whose lock it is is for people only.
fn write_own(file: &mut File) {
    let written = file.set_len(0).and_then(|()| file.rewind());
    let _ = written.and_then(|()| write!(file, "{}", std::process::id()));
}

fn who(path: &Path) -> String {
    let mut text = String::new();
    let read = File::open(path).and_then(|it| it.take(WORDS).read_to_string(&mut text));
    let is_number = read.is_ok() && !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    if is_number { format!(" (process {text})") } else { String::new() }
}
