//! The changes to files that a fix may need beside its commands; none overwrites what it does not know.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use envls_core::world::{AbsPath, Reply};

use crate::{
    disk::{
        entry::real,
        text::{self, Follow, TEXT_LIMIT},
    },
    path::native,
};

/// Between the name of what was set aside and a number.
const MARK: &str = ".envls-aside-";

/// Something that was moved out of the way, and can be put back.
#[derive(Debug)]
pub struct Aside {
    from: AbsPath,
    to: AbsPath,
}

impl Aside {
    /// Something that another process moved.
    pub(crate) fn known(from: &AbsPath, to: &AbsPath) -> Aside {
        Aside { from: from.clone(), to: to.clone() }
    }

    pub(crate) fn from(&self) -> &AbsPath {
        &self.from
    }

    /// Where it is kept meanwhile.
    #[must_use]
    pub fn kept_at(&self) -> &AbsPath {
        &self.to
    }
}

/// Writes a new file. Whether it was written: where something is already, nothing is.
///
/// # Errors
/// When it cannot be written.
pub fn write_new(path: &AbsPath, content: &str) -> anyhow::Result<bool> {
    let native = system(path)?;
    let mut file = match File::create_new(&native) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(error).with_context(|| format!("making `{path}`")),
    };
    file.write_all(content.as_bytes()).with_context(|| format!("writing `{path}`"))?;
    Ok(true)
}

/// Moves what is at a path aside, within its folder; `None` when there is nothing. A link is moved itself.
///
/// # Errors
/// When it cannot be moved.
pub fn set_aside(path: &AbsPath) -> anyhow::Result<Option<Aside>> {
    let aside = way_aside(path)?;
    aside.as_ref().map_or(Ok(()), move_aside)?;
    Ok(aside)
}

/// Where what is at a path would be moved; `None` when there is nothing.
pub(crate) fn way_aside(path: &AbsPath) -> anyhow::Result<Option<Aside>> {
    if !is_there(&system(path)?) {
        return Ok(None);
    }
    Ok(Some(Aside { from: path.clone(), to: free_name(path)? }))
}

pub(crate) fn move_aside(aside: &Aside) -> anyhow::Result<()> {
    let (from, to) = (system(&aside.from)?, system(&aside.to)?);
    fs::rename(from, to).with_context(|| format!("moving `{}` aside", aside.from))
}

/// Whether an environment has what every one has: the file or the records that make it one, and an interpreter.
pub(crate) fn is_whole(path: &AbsPath) -> bool {
    let there = |it: &str| system(&path.join(it)).is_ok_and(|it| it.exists());
    let is_one = there("pyvenv.cfg") || there("conda-meta/history") || there("conda-meta");
    is_one && (there("bin/python") || there("Scripts/python.exe") || there("python.exe"))
}

/// Puts back what was set aside. What took its place meanwhile, half made, is removed.
///
/// # Errors
/// When it cannot be put back; it is still where it was kept, then.
pub fn put_back(aside: Aside) -> anyhow::Result<()> {
    let half_made = set_aside(&aside.from)?;
    let (from, to) = (system(&aside.from)?, system(&aside.to)?);
    fs::rename(to, from)
        .with_context(|| format!("putting `{}` back from `{}`", aside.from, aside.to))?;
    half_made.map_or(Ok(()), discard)
}

/// Removes what was set aside. Links in it are removed, and not followed.
///
/// # Errors
/// When it cannot be removed wholly.
pub fn discard(aside: Aside) -> anyhow::Result<()> {
    let name = aside.to.name_text();
    ensure!(name.contains(MARK), "`{}` was not set aside", aside.to);
    let native = system(&aside.to)?;
    let context = || format!("removing `{}`", aside.to);
    let metadata = fs::symlink_metadata(&native).with_context(context)?;
    let removed =
        if metadata.is_dir() { fs::remove_dir_all(&native) } else { fs::remove_file(&native) };
    removed.with_context(context)
}

/// Whether this is an environment that may be removed on request: a folder that is none, and what links lead to, is left alone.
pub(crate) fn check_environment(path: &AbsPath) -> anyhow::Result<()> {
    let native = system(path)?;
    let metadata = fs::symlink_metadata(&native).with_context(|| format!("looking at `{path}`"))?;
    ensure!(metadata.is_dir(), "`{path}` is no folder, so it is left alone");
    let marks = ["pyvenv.cfg", "conda-meta", "bin/python", "Scripts/python.exe"];
    ensure!(
        marks.iter().any(|it| is_there(&native.join(it))),
        "`{path}` does not look like an environment, so it is left alone"
    );
    Ok(())
}

/// Puts a new text in the place of a file's old one, at once and wholly. Its mode stays, and a link stays a link.
///
/// # Errors
/// When the file does not hold the old text any more, or cannot be written.
pub fn replace(path: &AbsPath, was: &str, becomes: &str) -> anyhow::Result<()> {
    let end = real(path).with_context(|| format!("looking for `{path}`"))?;
    let native = system(&end)?;
    let folder = native.parent().with_context(|| format!("`{end}` is in no folder"))?;
    let context = || format!("writing `{path}`");
    let file = text::open(&native, Follow::No).with_context(context)?;
    let metadata = file.metadata().with_context(context)?;
    let now = still(file, path, was)?;
    let mut new =
        tempfile::Builder::new().prefix(".envls-").tempfile_in(folder).with_context(context)?;
    new.write_all(&text::encoded_like(path, &now, becomes)).with_context(context)?;
    keep_owner(new.as_file(), &metadata);
    new.as_file().set_permissions(metadata.permissions()).with_context(context)?;
    new.as_file().sync_all().with_context(context)?;
    // Once more, so that what came between is lost only in the blink that no system can close.
    still(text::open(&native, Follow::No).with_context(context)?, path, was)?;
    new.persist(&native).map_err(|it| it.error).with_context(context)?;
    Ok(())
}

/// What a file holds, if it is still this text.
fn still(file: File, path: &AbsPath, was: &str) -> anyhow::Result<Vec<u8>> {
    let read = text::read(file, TEXT_LIMIT).with_context(|| format!("reading `{path}`"))?;
    match read {
        Reply::Known(now) if now == text::encoded_like(path, &now, was) => Ok(now),
        Reply::Known(now) if text::decoded(path, now.clone()) == was => {
            bail!("`{path}` is no UTF-8 text, and would lose what is not: save it as UTF-8 first")
        }
        Reply::Known(_) => bail!("`{path}` has changed since"),
        Reply::Absent | Reply::Fault(_) => bail!("`{path}` is no text of a usual size"),
    }
}

/// What a privileged user edits stays whose it was.
#[cfg(unix)]
fn keep_owner(file: &File, before: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let owner = file.metadata().map(|it| (it.uid(), it.gid()));
    if !matches!(owner, Ok(it) if it == (before.uid(), before.gid())) {
        // Who may not give files away may not be the owner either, and then it is theirs as every new file.
        let _ = fchown(file, Some(before.uid()), Some(before.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _before: &fs::Metadata) {}

/// A name beside it that nothing has.
fn free_name(path: &AbsPath) -> anyhow::Result<AbsPath> {
    let folder = path.parent().with_context(|| format!("`{path}` is in no folder"))?;
    for round in 0..1000_u32 {
        let mut name = path.name().to_vec();
        name.extend_from_slice(format!("{MARK}{}", std::process::id()).as_bytes());
        if round > 0 {
            name.extend_from_slice(format!("-{round}").as_bytes());
        }
        let free = folder.join(&name);
        if !is_there(&system(&free)?) {
            return Ok(free);
        }
    }
    bail!("`{folder}` is full of what was set aside")
}

/// Whether anything is at a path, be it a link that leads nowhere.
///
/// # Errors
/// When it is a path of another system.
pub fn exists(path: &AbsPath) -> anyhow::Result<bool> {
    Ok(is_there(&system(path)?))
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn system(path: &AbsPath) -> anyhow::Result<PathBuf> {
    let native = native(path).with_context(|| format!("`{path}` is a path of another system"))?;
    Ok(native.into_owned())
}
