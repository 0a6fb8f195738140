//! The paths that were typed, as absolute paths, and what is there.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use envls_core::{session::Event, world::AbsPath};
use envls_host::path;

/// A path that exists.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) path: AbsPath,
    pub(crate) is: Is,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Is {
    Folder,
    File,
}

/// The folder that we are in.
pub(crate) fn here() -> anyhow::Result<AbsPath> {
    let here = std::env::current_dir().context("the current folder is gone")?;
    path::of(&here).context("the current folder has no absolute path")
}

/// What was typed for a path, whether anything is there or not; the current folder, where nothing was typed.
pub(crate) fn absolute(typed: Option<&PathBuf>) -> anyhow::Result<AbsPath> {
    let typed = typed.map_or(Path::new("."), PathBuf::as_path);
    let shown = typed.display();
    // Links are left as they are spelled: a project is named as its user names it.
    let whole = std::path::absolute(typed).with_context(|| format!("`{shown}` is no path"))?;
    path::of(&whole).with_context(|| format!("`{shown}` is no absolute path"))
}

/// What was typed for a path that exists.
pub(crate) fn given(typed: Option<&PathBuf>) -> anyhow::Result<Given> {
    let path = absolute(typed)?;
    let typed = typed.map_or(Path::new("."), PathBuf::as_path);
    let shown = typed.display();
    let metadata = match std::fs::metadata(typed) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!("`{shown}` does not exist")
        }
        Err(error) => return Err(error).with_context(|| format!("`{shown}` cannot be looked at")),
    };
    Ok(Given { path, is: if metadata.is_dir() { Is::Folder } else { Is::File } })
}

/// All that was typed; the current folder, where nothing was.
pub(crate) fn all_given(typed: &[PathBuf]) -> anyhow::Result<Vec<Given>> {
    if typed.is_empty() {
        return Ok(vec![given(None)?]);
    }
    typed.iter().map(|it| given(Some(it))).collect()
}

/// Lets the session look after what was given: all projects below a folder, and the one that a file belongs to.
pub(crate) fn events(given: &[Given]) -> Vec<Event> {
    let of = |is: Is| given.iter().filter(move |it| it.is == is).map(|it| it.path.clone());
    let mut events = vec![Event::Folders(of(Is::Folder).collect())];
    events.extend(of(Is::File).map(Event::Attended));
    events
}
