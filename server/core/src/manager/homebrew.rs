//! Homebrew: interpreters in `Cellar/python@3.12/3.12.4` below its prefix (Homebrew's documentation, *Homebrew and Python*,
//! *Installation*: where the prefix is).

use super::{Manager, pyenv::interpreters_side_by_side};
use crate::{
    model::InterpreterPlace,
    world::{AbsPath, Asked, Os, Reply, View},
};

pub(super) struct Homebrew;

impl Manager for Homebrew {
    fn name(&self) -> &'static str {
        "homebrew"
    }

    fn summary(&self) -> &'static str {
        "interpreters that Homebrew installed, in `Cellar` below its prefix"
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        let (own, machine) = (view.variable_path("HOMEBREW_PREFIX"), view.machine()?);
        let usual: &[&str] = match machine.map_or(Os::Linux, |it| it.os) {
            Os::Macos => &["/opt/homebrew", "/usr/local"],
            Os::Linux | Os::Other => &["/home/linuxbrew/.linuxbrew"],
            Os::Windows => &[],
        };
        let mut cellars: Vec<AbsPath> = usual.iter().map(|it| AbsPath::new(it)).collect();
        cellars.extend(own);
        cellars.iter_mut().for_each(|it| *it = it.join("Cellar"));
        cellars.sort();
        cellars.dedup();
        // Ask all before the first `?`, so that one round trip is enough.
        let listed: Vec<_> = cellars.iter().map(|it| view.listing(it)).collect();
        let mut formulas = Vec::new();
        for (cellar, listing) in cellars.iter().zip(listed) {
            let Reply::Known(listing) = listing? else { continue };
            let is_python = |it: &&str| it.starts_with("python@") || it.starts_with("pypy");
            formulas
                .extend(listing.names().map(|it| it.0).filter(is_python).map(|it| cellar.join(it)));
        }
        let found: Vec<_> =
            formulas.iter().map(|it| interpreters_side_by_side(view, it, "homebrew")).collect();
        let found: Asked<Vec<_>> = found.into_iter().collect();
        Ok(found?.into_iter().flatten().collect())
    }
}
