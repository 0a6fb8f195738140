//! What can be wrong with an environment: damages, with which it cannot be used or is not what it seems, and staleness, with
//! which it still runs.

use crate::{
    standard::version::Version,
    world::{AbsPath, Fault, Place},
};

/// Each makes an environment unusable, or something other than it seems; ordered by what must be mended first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// The interpreter was made for another machine or operating system.
    Foreign { python: AbsPath, by: Foreign, made_for: String, machine: String },
    /// It was chosen in a layer, where it is not made yet.
    NotMade { prefix: AbsPath },
    /// The creation stopped before there was either an interpreter or a `pyvenv.cfg`.
    Interrupted { prefix: AbsPath },
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
    /// There is no folder for packages: the creation stopped there, or someone removed it.
    NoPackages { prefix: AbsPath },
    /// There is a Python, of which the records of conda say nothing: its installation was cut short.
    Unrecorded { records: AbsPath },
    /// It is in a layer that cannot be looked into.
    Unreachable { place: Place, why: Fault },
    /// It could not be looked into.
    Unreadable { path: AbsPath },
}

/// What of an interpreter is not this machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Foreign {
    System,
    Architecture,
}

/// Each is a reason to make an environment anew, or to look for another, though it runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Staleness {
    /// It was made elsewhere and moved or copied: what its scripts start is there, not here.
    Moved { from: AbsPath },
    /// Its base has another minor version now, for which it was prepared too.
    Upgraded { made_with: String, now: String },
    /// The project that it was made for is gone.
    Orphan { project: AbsPath },
    /// Its Python is a pre-release of what has been released since.
    PreRelease { version: Version },
    /// Nothing can be installed into it.
    ReadOnly {
        prefix: AbsPath,
        /// Whose it is, where that is somebody else.
        owner: Option<u32>,
    },
}
