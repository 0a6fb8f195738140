//! Frameworks of macOS: python.org's installer puts interpreters into `/Library/Frameworks`, Apple's command line tools and Xcode
//! bring one of their own (*Using Python on macOS*; `xcode-select(1)`).

use super::Manager;
use crate::{
    model::{InterpreterPlace, Strength, interpreters_in},
    world::{AbsPath, Asked, Os, Reply, View},
};

pub(super) struct Framework;

/// The folders that hold the versions of one.
const FRAMEWORKS: [&str; 4] = [
    "/Library/Frameworks/Python.framework/Versions",
    "/Library/Frameworks/PythonT.framework/Versions",
    "/Library/Developer/CommandLineTools/Library/Frameworks/Python3.framework/Versions",
    "/Applications/Xcode.app/Contents/Developer/Library/Frameworks/Python3.framework/Versions",
];

impl Manager for Framework {
    fn name(&self) -> &'static str {
        "framework"
    }

    fn summary(&self) -> &'static str {
        "interpreters of python.org's installer, Apple's command line tools and Xcode, on macOS"
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        if view.machine()?.is_none_or(|it| it.os != Os::Macos) {
            return Ok(Vec::new());
        }
        let folders = FRAMEWORKS.map(AbsPath::new);
        // Ask all before the first `?`, so that one round trip is enough.
        let listed: Vec<_> = folders.iter().map(|it| view.listing(it)).collect();
        let mut kept = Vec::new();
        for (folder, listing) in folders.iter().zip(listed) {
            let Reply::Known(listing) = listing? else { continue };
            // `Current` is a link to one of them.
            let is_version = |it: &&str| it.starts_with(|it: char| it.is_ascii_digit());
            let versions = listing.names().map(|it| it.0).filter(is_version);
            kept.extend(versions.map(|it| folder.join(it).join("bin")));
        }
        let found: Vec<_> = kept
            .iter()
            .map(|it| interpreters_in(view, it, "framework", Strength::Convention))
            .collect();
        let found: Asked<Vec<_>> = found.into_iter().collect();
        Ok(found?.into_iter().flatten().collect())
    }
}
