//! `trust --output-format json`.

use envls_core::world::{AbsPath, Trust as Trusted};
use envls_host::trust::{Said, Verdict};
use serde::Serialize;

use super::{VERSION, spelled};

#[derive(Debug, Serialize)]
pub(crate) struct List {
    version: u32,
    folders: Vec<Folder>,
}

#[derive(Debug, Serialize)]
struct Folder {
    path: String,
    verdict: Verdict,
}

#[derive(Debug, Serialize)]
pub(crate) struct Trust {
    version: u32,
    path: String,
    trusted: bool,
}

/// All that the user said of folders.
pub(crate) fn trusted(said: &[Said]) -> List {
    let folder = |it: &Said| Folder { path: spelled(&it.folder), verdict: it.verdict };
    List { version: VERSION, folders: said.iter().map(folder).collect() }
}

/// Whether one folder is trusted.
pub(crate) fn trust(folder: &AbsPath, trust: Trusted) -> Trust {
    Trust { version: VERSION, path: spelled(folder), trusted: trust == Trusted::Trusted }
}
