//! Where tools keep what is theirs in a user's home folder: the *XDG Base Directory Specification* on Linux, *Library* on
//! macOS, `AppData` on Windows; as `platformdirs` has it, which most tools ask.

use crate::world::{AbsPath, Asked, Os, View};

/// The user's folders, as far as they are known.
pub(super) struct UserFolders {
    pub(super) home: Option<AbsPath>,
    pub(super) cache: Option<AbsPath>,
    pub(super) configuration: Option<AbsPath>,
    pub(super) data: Option<AbsPath>,
    /// What tools take for the folder of data that know only the convention of Linux.
    pub(super) unix_data: Option<AbsPath>,
    os: Os,
}

const NAMES: [&str; 6] =
    ["HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "APPDATA"];

impl UserFolders {
    pub(super) fn of(view: &View<'_>) -> Asked<UserFolders> {
        let [home, cache, configuration, data, local, roaming] =
            NAMES.map(|it| view.variable_path(it));
        let os = view.machine()?.map_or(Os::Linux, |it| it.os);
        let below = |path: &str| home.as_ref().map(|it| it.join(path));
        let unix_data = data.or_else(|| below(".local/share"));
        Ok(match os {
            Os::Windows => UserFolders {
                cache: local.clone(),
                configuration: roaming,
                data: local,
                unix_data,
                home,
                os,
            },
            Os::Macos => UserFolders {
                cache: below("Library/Caches"),
                configuration: below("Library/Application Support"),
                data: below("Library/Application Support"),
                unix_data,
                home,
                os,
            },
            Os::Linux | Os::Other => UserFolders {
                cache: cache.or_else(|| below(".cache")),
                configuration: configuration.or_else(|| below(".config")),
                data: unix_data.clone(),
                unix_data,
                home,
                os,
            },
        })
    }

    pub(super) fn is_macos(&self) -> bool {
        self.os == Os::Macos
    }

    /// The folder of a tool's cache.
    pub(super) fn cache_of(&self, tool: &str) -> Option<AbsPath> {
        let folder = self.cache.as_ref()?.join(tool);
        Some(if self.os == Os::Windows { folder.join("Cache") } else { folder })
    }

    /// A path as a person writes it into a tool's settings: absolute, or below `~`.
    pub(super) fn expanded(&self, path: &str) -> Option<AbsPath> {
        match path.strip_prefix('~') {
            Some(rest) => Some(self.home.as_ref()?.join(rest.trim_start_matches(['/', '\\']))),
            None => AbsPath::parse(path),
        }
    }
}
