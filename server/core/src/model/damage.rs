//! What can be wrong with an environment.

use crate::world::AbsPath;

/// What can be wrong with an environment. Each makes it unusable, or something other than it seems.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// The interpreter is a link to what is no longer there.
    DanglingPython { python: AbsPath, target: AbsPath },
    /// No interpreter at all, though the rest of an environment is there.
    NoPython { folder: AbsPath },
    /// What stands in the interpreter's place cannot be executed.
    NotExecutable { python: AbsPath },
    /// The interpreter that it was made from is gone (`home` of `pyvenv.cfg`).
    BaseGone { home: AbsPath },
    /// There is an interpreter but no `pyvenv.cfg`: it acts as its base, and installs go there.
    NoConfiguration { base: Option<AbsPath> },
    /// `pyvenv.cfg` says nothing: what is installed beside the base interpreter shows through.
    EmptyConfiguration { configuration: AbsPath },
    /// `pyvenv.cfg` names no `home`, without which Python does not take the folder for an environment.
    NoHome { configuration: AbsPath },
    /// The base was replaced by another minor version: nothing that is installed is on the path any more.
    BaseUpgraded { made_with: String, now: String },
    /// `pyvenv.cfg` and the interpreter disagree about the version.
    VersionLie { claimed: String, found: String },
    /// It could not be looked into.
    Unreadable { path: AbsPath },
}
