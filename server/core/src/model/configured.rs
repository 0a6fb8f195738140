//! The indexes that the user's own settings have pip and uv ask (pip's documentation, *Configuration*; uv's, *Configuration
//! files*, *Environment variables*). What the administrator has set for everybody (`/etc`) is left to the administrator.

use std::collections::BTreeSet;

use toml::Table;

use super::{index::of_uv, project::Project};
use crate::world::{AbsPath, Asked, Reply, View};

/// Addresses of indexes, as they are written.
#[derive(Clone, Debug, Default)]
pub struct Configured {
    pub(super) pip: BTreeSet<String>,
    pub(super) uv: BTreeSet<String>,
}

const OF_PIP: [&str; 2] = ["PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"];
const OF_UV: [&str; 4] = ["UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL"];

impl Configured {
    /// For a project, and for the workspace that it is kept from.
    pub(super) fn observe(
        view: &View<'_>,
        project: &Project,
        workspace: &AbsPath,
    ) -> Asked<Configured> {
        let of_pip = OF_PIP.map(|it| view.variable(it));
        let of_uv_too = OF_UV.map(|it| view.variable(it));
        let named = view.variable_path("PIP_CONFIG_FILE");
        let (config, home) = (view.variable_path("XDG_CONFIG_HOME"), view.variable_path("HOME"));
        // uv reads the file of the folder beside that of the user. What a workspace's folder holds besides is not asked.
        let has_own = project.listing.has("uv.toml");
        let folders = BTreeSet::from([workspace, &project.root]);
        let folders = folders.into_iter().filter(|it| has_own || **it != project.root);
        let beside: Vec<_> = folders.map(|it| view.text(&it.join("uv.toml"))).collect();
        let config = config.or_else(|| Some(home.as_ref()?.join(".config")));
        let own = config.as_ref().map(|it| view.text(&it.join("uv").join("uv.toml")));
        let files = [
            named,
            config.map(|it| it.join("pip").join("pip.conf")),
            home.map(|it| it.join(".pip").join("pip.conf")),
        ];
        let files: Vec<_> = files.iter().flatten().map(|it| view.text(it)).collect();
        let mut found = Configured::default();
        for value in of_pip {
            found.pip.extend(value.iter().flat_map(|it| addresses(&String::from_utf8_lossy(it))));
        }
        for value in of_uv_too {
            found.uv.extend(value.iter().flat_map(|it| addresses(&String::from_utf8_lossy(it))));
        }
        for file in files {
            let Reply::Known(text) = file? else { continue };
            found.pip.extend(of_pip_file(&text));
        }
        for file in beside.into_iter().chain(own) {
            let Reply::Known(text) = file? else { continue };
            let Ok(table) = text.parse::<Table>() else { continue };
            found.uv.extend(of_uv(&table, &[]));
        }
        Ok(found)
    }
}

/// The addresses in a value, one beside the other; uv's may have a name before them (`name=address`).
fn addresses(value: &str) -> Vec<String> {
    let address = |word: &str| {
        let start = word.find("://")?;
        let scheme = word.get(..start)?.rsplit('=').next()?;
        Some(format!("{scheme}{}", word.get(start..)?))
    };
    value.split_whitespace().filter_map(address).collect()
}

/// What the keys of an INI file say that name an index; a value may go on over indented lines.
fn of_pip_file(text: &str) -> Vec<String> {
    let (mut found, mut names_one) = (Vec::new(), false);
    for line in text.lines() {
        let goes_on = line.starts_with([' ', '\t']);
        let value = match line.split_once(['=', ':']) {
            Some((key, value)) if !goes_on => {
                names_one = matches!(key.trim(), "index-url" | "extra-index-url");
                value
            }
            _ => line,
        };
        if names_one {
            found.extend(addresses(value));
        }
    }
    found
}
