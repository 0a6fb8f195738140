//! Which folders the user's ignore files leave out.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use envls_core::world::{AbsPath, Reply};
use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};

use crate::{disk::text, path::native};

/// The ignore files of one folder, and of the folders above it.
#[derive(Debug)]
pub(crate) struct Rules {
    above: Option<Arc<Rules>>,
    folder: AbsPath,
    has: Has,
    /// Read and built when the first folder has to be judged: most projects have no folder that is worth it.
    built: OnceLock<Built>,
}

/// What a folder's listing shows of ignore files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Has {
    pub(crate) git_ignore: bool,
    pub(crate) ignore: bool,
    /// It is the root of a git repository; the rules of a repository around it do not reach into it.
    pub(crate) repository: bool,
}

/// By the strength of what they say, as git and ripgrep have it.
#[derive(Debug, Default)]
struct Built {
    ignore: Option<Arc<Gitignore>>,
    git_ignore: Option<Arc<Gitignore>>,
    exclude: Option<Arc<Gitignore>>,
}

/// Matchers by the text they were built from: projects that come from one template share theirs, and building one costs
/// more than listing a folder.
#[derive(Debug, Default)]
pub(crate) struct Matchers {
    known: Mutex<BTreeMap<Arc<str>, Arc<Gitignore>>>,
}

impl Rules {
    /// The rules that hold in a folder; those of the folder above where it has none of its own.
    pub(crate) fn of(above: Option<&Arc<Rules>>, folder: &AbsPath, has: Has) -> Option<Arc<Rules>> {
        if has == Has::default() {
            return above.cloned();
        }
        let above = above.cloned();
        Some(Arc::new(Rules { above, folder: folder.clone(), has, built: OnceLock::new() }))
    }

    /// The ignore files that these rules stand in, this folder's own only.
    pub(super) fn files(folder: &AbsPath, has: Has) -> Vec<AbsPath> {
        let mut files = Vec::new();
        files.extend(has.git_ignore.then(|| folder.join(".gitignore")));
        files.extend(has.ignore.then(|| folder.join(".ignore")));
        files
    }

    /// Whether a folder is left out.
    pub(super) fn leave_out(&self, folder: &AbsPath, matchers: &Matchers) -> bool {
        self.leave_out_any(folder, true, matchers)
    }

    /// Whether a folder or a file is left out.
    pub(crate) fn leave_out_any(
        &self,
        path: &AbsPath,
        is_folder: bool,
        matchers: &Matchers,
    ) -> bool {
        let chain = || std::iter::successors(Some(self), |it| it.above.as_deref());
        let of_kind = |kind: fn(&Built) -> Option<&Arc<Gitignore>>, git: bool| {
            let mut past_repository = false;
            for rules in chain() {
                if git && past_repository {
                    break;
                }
                past_repository |= rules.has.repository;
                let Some(matcher) = kind(rules.built(matchers)) else { continue };
                let Some(below) = path.below(&rules.folder).and_then(relative) else { continue };
                match matcher.matched(below, is_folder) {
                    Match::None => {}
                    Match::Ignore(_) => return Some(true),
                    Match::Whitelist(_) => return Some(false),
                }
            }
            None
        };
        of_kind(|it| it.ignore.as_ref(), false)
            .or_else(|| of_kind(|it| it.git_ignore.as_ref(), true))
            .or_else(|| of_kind(|it| it.exclude.as_ref(), true))
            .unwrap_or(false)
    }

    fn built(&self, matchers: &Matchers) -> &Built {
        self.built.get_or_init(|| {
            let read = |shown: bool, name: &str| {
                shown.then(|| matchers.of_file(&self.folder.join(name))).flatten()
            };
            Built {
                ignore: read(self.has.ignore, ".ignore"),
                git_ignore: read(self.has.git_ignore, ".gitignore"),
                exclude: read(self.has.repository, ".git/info/exclude"),
            }
        })
    }
}

impl Matchers {
    fn of_file(&self, path: &AbsPath) -> Option<Arc<Gitignore>> {
        let (Reply::Known(text), _) = text::text(path) else { return None };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(matcher) = known.get(&text) {
            return Some(Arc::clone(matcher));
        }
        // Rooted nowhere, and asked with paths relative to the folder that the file is in.
        let mut builder = GitignoreBuilder::new("");
        for line in text.lines() {
            // A line that is no pattern is one that git passes over too.
            let _ = builder.add_line(None, line);
        }
        let matcher = Arc::new(builder.build().ok()?);
        known.insert(text, Arc::clone(&matcher));
        Some(matcher)
    }
}

/// The rules of the folders above, up to the root of the repository that a folder is in.
pub(crate) fn above(folder: &AbsPath) -> Option<Arc<Rules>> {
    let exists = |path: &AbsPath| native(path).is_some_and(|it| it.symlink_metadata().is_ok());
    // Outside of a repository nobody says that the folders above have to do with this one.
    let repository = folder.ancestors().find(|it| exists(&it.join(".git")))?;
    let mut inside: Vec<AbsPath> =
        folder.ancestors().take_while(|it| it.is_within(&repository)).collect();
    inside.reverse();
    inside.iter().fold(None, |above: Option<Arc<Rules>>, at| {
        let has = Has {
            git_ignore: exists(&at.join(".gitignore")),
            ignore: exists(&at.join(".ignore")),
            repository: *at == repository,
        };
        Rules::of(above.as_ref(), at, has)
    })
}

#[cfg(unix)]
fn relative(bytes: &[u8]) -> Option<&Path> {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
    (!bytes.is_empty()).then(|| Path::new(OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn relative(bytes: &[u8]) -> Option<std::path::PathBuf> {
    (!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes).replace('\\', "/").into())
}
