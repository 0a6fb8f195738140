//! The Python install manager, which brings today's `py`: runtimes side by side in `%LocalAppData%\Python` (*Using Python on
//! Windows*, Python install manager). The older launcher keeps none: it starts what is registered (PEP 397, PEP 514).

use super::{Manager, folders_in};
use crate::{
    model::{InterpreterPlace, Strength, interpreters_in},
    world::{Asked, Os, View},
};

pub(super) struct Pymanager;

impl Manager for Pymanager {
    fn name(&self) -> &'static str {
        "pymanager"
    }

    fn summary(&self) -> &'static str {
        "interpreters that the Python install manager keeps on Windows (`py install`)"
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        if view.machine()?.is_none_or(|it| it.os != Os::Windows) {
            return Ok(Vec::new());
        }
        let Some(local) = view.variable_path("LOCALAPPDATA") else { return Ok(Vec::new()) };
        let kept = folders_in(view, &local.join("Python"))?;
        // `bin` holds the names under which they are started.
        let runtimes = kept.iter().filter(|it| it.name() != b"bin");
        let found: Vec<_> = runtimes
            .map(|it| interpreters_in(view, it, "pymanager", Strength::Convention))
            .collect();
        let found: Asked<Vec<_>> = found.into_iter().collect();
        Ok(found?.into_iter().flatten().collect())
    }
}
