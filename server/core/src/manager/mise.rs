//! mise: interpreters in `installs/python` below `MISE_DATA_DIR`, else `~/.local/share/mise`; the links `3.12` and `latest`
//! beside them name one of them (mise's documentation, *Directory structure*, *Python*).

use super::{Manager, folders::UserFolders, pyenv::interpreters_side_by_side};
use crate::{
    model::InterpreterPlace,
    world::{Asked, View},
};

pub(super) struct Mise;

impl Manager for Mise {
    fn name(&self) -> &'static str {
        "mise"
    }

    fn summary(&self) -> &'static str {
        "interpreters that mise installed, in `$MISE_DATA_DIR/installs/python`"
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        let (own, user) = (view.variable_path("MISE_DATA_DIR"), UserFolders::of(view)?);
        // mise keeps to the convention of Linux on macOS, too.
        let Some(data) = own.or_else(|| Some(user.unix_data?.join("mise"))) else {
            return Ok(Vec::new());
        };
        interpreters_side_by_side(view, &data.join("installs").join("python"), "mise")
    }
}
