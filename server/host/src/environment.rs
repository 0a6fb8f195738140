//! The environment variables of the server's process, taken once at its start.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
};

use envls_core::world::{AbsPath, Case, Variables};

/// A snapshot of environment variables.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// Of this process, as it is now.
    #[must_use]
    pub fn of_this_process() -> Environment {
        std::env::vars_os().collect()
    }

    /// The value of a variable. Windows knows no case in their names.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        if cfg!(windows) {
            let mut all = self.variables.iter();
            return all.find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, it)| it.as_os_str());
        }
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// A variable that holds an absolute path.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<AbsPath> {
        AbsPath::parse(self.get(name)?.as_encoded_bytes())
    }

    /// The user's home folder.
    #[must_use]
    pub fn home(&self) -> Option<AbsPath> {
        self.path(if cfg!(windows) { "USERPROFILE" } else { "HOME" })
    }

    /// The folder for what this program keeps: `ENVLS_STATE_DIR`, else the place for such files on this system (XDG Base
    /// Directory Specification; on Windows the local application data).
    #[must_use]
    pub fn state_folder(&self) -> Option<AbsPath> {
        if let Some(folder) = self.path("ENVLS_STATE_DIR") {
            return Some(folder);
        }
        let base = if cfg!(windows) {
            self.path("LOCALAPPDATA")
        } else {
            let home = || self.home().map(|it| it.join(".local/state"));
            self.path("XDG_STATE_HOME").or_else(home)
        };
        base.map(|it| it.join("envls"))
    }

    /// What a session is told of them. A name that is no text is of no use to any tool that we know.
    #[must_use]
    pub fn told(&self) -> Variables {
        let case = if cfg!(windows) { Case::Ignored } else { Case::Told };
        let told = |(name, value): (&OsString, &OsString)| {
            Some((name.to_str()?.to_owned(), value.as_encoded_bytes().into()))
        };
        Variables::new(case, self.variables.iter().filter_map(told))
    }

    /// Every variable, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Environment {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Environment { variables: variables.collect() }
    }
}
