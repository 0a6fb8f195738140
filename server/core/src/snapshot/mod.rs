//! An environment written down so that it can be made again: its Python, what is installed with versions and sources, its manager.

mod files;
mod pylock;
mod restoring;

pub use self::{
    files::{Files, files_in},
    pylock::{from_pylock, to_pylock},
    restoring::{Plan, Tools, plan, without},
};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The form that is written and read today.
pub const VERSION: u32 = 1;

/// What is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub version: u32,
    /// Where it was.
    pub prefix: String,
    pub kind: Kind,
    pub python: Python,
    /// The manager of the project that it was the environment of.
    #[serde(default)]
    pub manager: Option<String>,
    #[serde(default)]
    pub system_site_packages: bool,
    /// Sorted by name.
    pub distributions: Vec<Kept>,
    /// What conda installed, sorted by name.
    #[serde(default)]
    pub packages: Vec<Package>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Venv,
    /// One of virtualenv's.
    Virtualenv,
    /// One of uv's.
    Uv,
    Conda,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Python {
    pub version: String,
    pub implementation: String,
    /// The interpreter that it was made from.
    #[serde(default)]
    pub base: Option<String>,
}

/// One distribution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Normalised.
    pub name: String,
    pub version: String,
    #[serde(default)]
    pub source: Source,
    #[serde(default)]
    pub installer: Option<String>,
    /// Whether somebody asked for it by name.
    #[serde(default)]
    pub requested: bool,
    /// Of the files that it may have come from, as `sha256:…`, sorted.
    #[serde(default)]
    pub hashes: Vec<String>,
}

/// Where a distribution came from (*Recording the Direct URL Origin of installed distributions*).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "from")]
pub enum Source {
    #[default]
    Index,
    /// A file at an address.
    Archive {
        url: String,
    },
    /// A folder, whose content may have changed since.
    Folder {
        url: String,
        editable: bool,
    },
    Vcs {
        vcs: String,
        url: String,
        commit: String,
    },
}

/// One package of conda, as its record has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    pub name: String,
    pub version: String,
    pub build: String,
    pub url: String,
    #[serde(default)]
    pub md5: Option<String>,
    #[serde(default)]
    pub sha256: Option<String>,
}

impl Snapshot {
    /// As a document.
    ///
    /// # Panics
    /// Never: everything in it can be written as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("it is made of texts and lists");
        format!("{text}\n")
    }

    /// Reads one of ours, or a `pylock.toml`.
    ///
    /// # Errors
    /// When it is neither, or of a version that is not known.
    pub fn read(text: &str) -> Result<Snapshot, String> {
        if text.trim_start().starts_with('{') {
            let read: Snapshot = serde_json::from_str(text).map_err(|it| it.to_string())?;
            if read.version != VERSION {
                return Err(format!("it is of version {}, known is {VERSION}", read.version));
            }
            return Ok(read);
        }
        from_pylock(text)
    }
}

/// The installers that came along with an environment, where what was written down has them not.
#[must_use]
pub fn uncalled_for(wanted: &Snapshot, found: &Snapshot) -> Vec<String> {
    let has = |name: &str| wanted.distributions.iter().any(|it| it.name == name);
    let came = found.distributions.iter().map(|it| &it.name);
    let seeds = came.filter(|it| pylock::SEEDS.contains(&it.as_str()) && !has(it));
    seeds.cloned().collect()
}

/// What one environment has and another lacks, in one line each; none where they are equal.
#[must_use]
pub fn differences(wanted: &Snapshot, found: &Snapshot) -> Vec<String> {
    let mut lines = Vec::new();
    if minor(&wanted.python.version) != minor(&found.python.version) {
        let (wanted, found) = (&wanted.python.version, &found.python.version);
        lines.push(format!("Python is {found}, was {wanted}"));
    }
    let of = |it: &Snapshot| -> BTreeMap<String, String> {
        let python = it.distributions.iter().map(|it| (it.name.clone(), it.version.clone()));
        let conda =
            it.packages.iter().map(|it| (format!("{} of conda", it.name), it.version.clone()));
        python.chain(conda).collect()
    };
    let (wanted, found) = (of(wanted), of(found));
    for (name, version) in &wanted {
        match found.get(name) {
            Some(it) if it == version => {}
            Some(it) => lines.push(format!("`{name}` is {it}, was {version}")),
            None => lines.push(format!("`{name}` {version} is missing")),
        }
    }
    let more = found.iter().filter(|it| !wanted.contains_key(it.0));
    lines.extend(more.map(|(name, version)| format!("`{name}` {version} was not there")));
    lines
}

/// `3.12` of `3.12.4`.
fn minor(version: &str) -> String {
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}
