//! Globs of folders, as workspaces name their members (uv, *Using workspaces*).

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Whether a folder, relative to the workspace's, is one of its members.
pub(crate) fn takes_in(members: &[String], exclude: &[String], folder: &str) -> bool {
    globs(members).is_match(folder) && !globs(exclude).is_match(folder)
}

/// A glob that cannot be read matches nothing.
fn globs(patterns: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let tidy = pattern.trim_start_matches("./").trim_end_matches('/');
        if let Ok(glob) = GlobBuilder::new(tidy).literal_separator(true).build() {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}
