//! The variables that put an environment in force, as its own activation script sets them (`venv`, *How venvs work*; conda's
//! `activate`). What a package adds to conda's `activate.d` is a program of its own and is not run.

use std::collections::BTreeMap;

use super::{environment::Environment, recognised::Layout};
use crate::world::AbsPath;

/// What has to change in a process's variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activation {
    pub set: BTreeMap<&'static str, Vec<u8>>,
    /// To be put before what `PATH` has, in this order.
    pub prepend_path: Vec<AbsPath>,
    pub unset: Vec<&'static str>,
}

impl Environment {
    /// The variables that put it in force.
    #[must_use]
    pub fn activation(&self) -> Activation {
        let prefix = self.prefix.as_bytes().to_vec();
        let name = self.name.as_ref().map(|it| it.clone().into_bytes());
        let folder = self.python.as_ref().and_then(AbsPath::parent);
        let mut activation = Activation {
            set: BTreeMap::new(),
            prepend_path: folder.into_iter().collect(),
            unset: vec!["PYTHONHOME"],
        };
        match self.layout {
            Layout::Virtual => {
                activation.set.insert("VIRTUAL_ENV", prefix);
                activation.set.extend(name.map(|it| ("VIRTUAL_ENV_PROMPT", it)));
            }
            Layout::Conda => {
                activation.set.insert("CONDA_DEFAULT_ENV", name.unwrap_or_else(|| prefix.clone()));
                activation.set.insert("CONDA_PREFIX", prefix);
                activation.unset.push("VIRTUAL_ENV");
                activation.prepend_path = folders_of_conda(&self.prefix);
            }
            Layout::Packages => {
                let packages = self.site_packages.as_ref().unwrap_or(&self.prefix);
                activation.set.insert("PYTHONPATH", packages.as_bytes().to_vec());
                activation.unset.push("VIRTUAL_ENV");
            }
            Layout::Installation => activation.unset.push("VIRTUAL_ENV"),
        }
        activation
    }
}

/// On Windows conda puts libraries and programs into several folders.
fn folders_of_conda(prefix: &AbsPath) -> Vec<AbsPath> {
    if !prefix.is_windows() {
        return vec![prefix.join("bin")];
    }
    let below = [r"Library\mingw-w64\bin", r"Library\usr\bin", r"Library\bin", "Scripts", "bin"];
    std::iter::once(prefix.clone()).chain(below.map(|it| prefix.join(it))).collect()
}
