//! WinPython: a folder that holds a whole Python and is carried about (its own documentation: `WPy64-31241\python-3.12.4.amd64`,
//! since 2025 `WPy64-31700\python`).

use super::{Manager, folders_in};
use crate::{
    model::{InterpreterPlace, Strength, interpreters_in},
    world::{AbsPath, Asked, Os, View},
};

pub(super) struct Winpython;

/// Where people unpack it, below their own folder. It can be anywhere else; then it is found by `PATH` alone.
const FOLDERS: [&str; 4] = [".", "Desktop", "Documents", "Downloads"];

impl Manager for Winpython {
    fn name(&self) -> &'static str {
        "winpython"
    }

    fn summary(&self) -> &'static str {
        "interpreters of WinPython, in folders `WPy…` of the drive or the user"
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        if view.machine()?.is_none_or(|it| it.os != Os::Windows) {
            return Ok(Vec::new());
        }
        let home = view.variable_path("USERPROFILE");
        let mut around: Vec<AbsPath> = vec![AbsPath::new(r"C:\")];
        around.extend(home.iter().flat_map(|home| FOLDERS.map(|it| home.join(it))));
        let kept = below(view, &around, "WPy")?;
        let installed = below(view, &kept, "python")?;
        let found: Vec<_> = installed
            .iter()
            .map(|it| interpreters_in(view, it, "winpython", Strength::Convention))
            .collect();
        let found: Asked<Vec<_>> = found.into_iter().collect();
        Ok(found?.into_iter().flatten().collect())
    }
}

/// The folders in these folders whose names begin so.
fn below(view: &View<'_>, folders: &[AbsPath], start: &str) -> Asked<Vec<AbsPath>> {
    // Ask all before the first `?`, so that one round trip is enough.
    let listed: Vec<_> = folders.iter().map(|it| folders_in(view, it)).collect();
    let listed: Asked<Vec<_>> = listed.into_iter().collect();
    let all = listed?.into_iter().flatten();
    Ok(all.filter(|it| it.name().starts_with(start.as_bytes())).collect())
}
