//! Finds programs on the search path, outside every workspace, and starts none.

use std::{collections::BTreeSet, io};

use envls_core::world::{AbsPath, EntryKind, Reply};

use crate::{
    disk::entry::{entry, real},
    environment::Environment,
    path::native,
    workspace::{Workspace, folders_of},
};

/// Where users keep tools that their shell finds and a program started from a desktop does not; the last are where the
/// installers of pixi, pyenv and conda put theirs.
const USER_FOLDERS: [&str; 7] = [
    ".local/bin",
    ".cargo/bin",
    ".pixi/bin",
    ".pyenv/bin",
    "miniforge3/condabin",
    "miniconda3/condabin",
    "anaconda3/condabin",
];

/// The first program of this name that may be trusted to be the user's own, and what that rests on.
pub(crate) fn program(
    name: &str,
    environment: &Environment,
    workspace: &Workspace,
) -> (Reply<AbsPath>, Vec<AbsPath>) {
    let mut rests_on = Vec::new();
    // A name with a separator is a path, and would lead out of the folders of the search path.
    if name.is_empty() || name.contains(['/', '\\', '\0']) || matches!(name, "." | "..") {
        return (Reply::Absent, rests_on);
    }
    let Searched { there, absent } = searched(environment);
    let nowhere =
        absent.iter().flat_map(|folder| spellings(name).into_iter().map(|it| folder.join(&it)));
    rests_on.extend(nowhere);
    for folder in there {
        if workspace.encloses(&folder) {
            continue;
        }
        for spelling in spellings(name) {
            let candidate = folder.join(&spelling);
            let (found, links) = entry(&candidate);
            rests_on.push(candidate.clone());
            rests_on.extend(links);
            if let Reply::Known(found) = found
                && found.kind == EntryKind::File
                && found.executable
                && is_safe(&folder, &found.real, workspace)
            {
                return (Reply::Known(candidate), tidy(rests_on));
            }
        }
    }
    (Reply::Absent, tidy(rests_on))
}

/// The folders to look in, and those that are not there: of most where installers could have put something there is nothing.
#[derive(Default)]
struct Searched {
    there: Vec<AbsPath>,
    absent: Vec<AbsPath>,
}

fn searched(environment: &Environment) -> Searched {
    let folders = search_path(environment);
    let mut searched = Searched::default();
    for (at, folder) in folders.iter().enumerate() {
        match native(folder).map(std::fs::symlink_metadata) {
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
                searched.absent.push(folder.clone());
            }
            // `/bin` is a link to `/usr/bin` on most systems, and both are on the path.
            Some(Ok(metadata)) if metadata.is_symlink() => {
                let before = folders.iter().take(at);
                let real = real(folder);
                if !before.into_iter().any(|it| Some(it) == real.as_ref()) {
                    searched.there.push(folder.clone());
                }
            }
            _ => searched.there.push(folder.clone()),
        }
    }
    searched
}

/// The folders of `PATH`, then the user's own that are not on it, each once.
fn search_path(environment: &Environment) -> Vec<AbsPath> {
    let mut folders = environment.get("PATH").map(folders_of).unwrap_or_default();
    let home = environment.home();
    folders.extend(home.iter().flat_map(|home| USER_FOLDERS.map(|it| home.join(it))));
    let mut seen = BTreeSet::new();
    folders.retain(|it| seen.insert(it.clone()));
    folders
}

fn spellings(name: &str) -> Vec<String> {
    if cfg!(windows) && !name.contains('.') {
        return [".exe", ".cmd", ".bat"].iter().map(|it| format!("{name}{it}")).collect();
    }
    vec![name.to_owned()]
}

/// Whether nobody else can put something else in this program's place, and no workspace brings it.
fn is_safe(folder: &AbsPath, program: &AbsPath, workspace: &Workspace) -> bool {
    let Some(real_folder) = real(folder) else { return false };
    let Some(program_folder) = program.parent() else { return false };
    !workspace.encloses(&real_folder)
        && !workspace.encloses(program)
        && !others_may_write(&real_folder)
        && !others_may_write(&program_folder)
        && !others_may_write(program)
}

/// Whether any user may write there. In a folder with the sticky bit, others cannot replace what is not theirs.
#[cfg(unix)]
fn others_may_write(path: &AbsPath) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = native(path).map(std::fs::metadata);
    let Some(Ok(metadata)) = metadata else { return true };
    let sticky = metadata.is_dir() && metadata.mode() & 0o1000 != 0;
    metadata.mode() & 0o002 != 0 && !sticky
}

#[cfg(not(unix))]
fn others_may_write(path: &AbsPath) -> bool {
    native(path).is_none()
}

fn tidy(mut paths: Vec<AbsPath>) -> Vec<AbsPath> {
    paths.sort_unstable();
    paths.dedup();
    paths
}
