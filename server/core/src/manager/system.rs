//! The interpreters that the system itself brings, and whatever else is on the search path.

use super::Manager;
use crate::{
    model::{InterpreterPlace, Strength, interpreters_in},
    world::{AbsPath, Asked, Os, Reply, View},
};

pub(super) struct System;

/// Where the *Filesystem Hierarchy Standard* puts programs; the search path of an editor that was started from a menu may
/// lack the second.
const FOLDERS: [&str; 2] = ["/usr/bin", "/usr/local/bin"];

impl Manager for System {
    fn name(&self) -> &'static str {
        "system"
    }

    fn summary(&self) -> &'static str {
        "interpreters in `/usr/bin`, `/usr/local/bin` and on `PATH`; bases for environments, never chosen for a project"
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        let path = view.variable("PATH");
        let windows = view.machine()?.is_some_and(|it| it.os == Os::Windows);
        let usual: &[&str] = if windows { &[] } else { &FOLDERS };
        let mut folders: Vec<AbsPath> = usual.iter().map(|it| AbsPath::new(it)).collect();
        let path = path.as_deref().unwrap_or_default();
        let between = if windows { b';' } else { b':' };
        folders.extend(path.split(|byte| *byte == between).filter_map(AbsPath::parse));
        // Those of the Store are only names there, of whatever is installed last, or of nothing but an advertisement.
        folders.retain(|it| it.name() != b"WindowsApps");
        // A folder of shims holds scripts with the names of interpreters (pyenv, asdf, mise).
        folders.retain(|it| it.name() != b"shims");
        folders.sort();
        folders.dedup();
        let configured: Vec<_> = folders.iter().map(|it| is_environment(view, it)).collect();
        let listed: Vec<_> = folders
            .iter()
            .map(|it| interpreters_in(view, it, "system", Strength::Ambient))
            .collect();
        let mut places = Vec::new();
        for (configured, listed) in configured.into_iter().zip(listed) {
            if !configured? {
                places.extend(listed?);
            }
        }
        Ok(places)
    }
}

/// Whether a folder of executables is that of a virtual environment, which is no base for another.
fn is_environment(view: &View<'_>, executables: &AbsPath) -> Asked<bool> {
    let Some(prefix) = executables.parent() else { return Ok(false) };
    Ok(matches!(view.entry(&prefix.join("pyvenv.cfg"))?, Reply::Known(_)))
}
