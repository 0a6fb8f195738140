//! The operating system and its architecture.

use std::time::{SystemTime, UNIX_EPOCH};

use envls_core::{
    layer::{here, share},
    standard::lifetime::Date,
    world::{AbsPath, Machine, Os, Reply},
};

use crate::{
    disk::{entry, text},
    environment::Environment,
};

/// The machine that the server runs on.
pub(crate) fn machine(environment: &Environment) -> Machine {
    let look = Here(environment);
    let (os, architecture, user) = (os(), architecture(environment), user());
    let (mut libc, mut layers, mut shares) = (None, Vec::new(), Vec::new());
    if os == Os::Linux {
        let table = text("/proc/self/mountinfo", TABLE_LIMIT).unwrap_or_default();
        (libc, layers, shares) = (here::libc(&look), here::stack(&look), share::shares(&table));
    }
    Machine { os, architecture, user, libc, layers, shares }
}

/// What the system says of itself, from its own files.
struct Here<'environment>(&'environment Environment);

/// The kernel's description of one processor, and more than the rest of what is read has.
const SIGN_LIMIT: usize = 16 * 1024;
/// Where many containers run, the table of mounts is long.
const TABLE_LIMIT: usize = 1024 * 1024;

impl here::Look for Here<'_> {
    fn text(&self, path: &str) -> Option<String> {
        text(path, SIGN_LIMIT)
    }

    fn exists(&self, path: &str) -> bool {
        entry::real(&AbsPath::new(path)).is_some()
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|it| it.to_string_lossy().into_owned())
    }
}

fn text(path: &str, limit: usize) -> Option<String> {
    text::first_bytes(&AbsPath::new(path), limit).0.known().map(text::lossy)
}

/// The day that it is, by universal time.
pub(crate) fn today() -> Reply<Date> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let days = since.ok().and_then(|it| u32::try_from(it.as_secs() / 86_400).ok());
    days.map_or(Reply::Absent, |it| Reply::Known(Date::of_epoch_days(it)))
}

fn os() -> Os {
    match std::env::consts::OS {
        "linux" => Os::Linux,
        "macos" => Os::Macos,
        "windows" => Os::Windows,
        _ => Os::Other,
    }
}

#[cfg(unix)]
fn architecture(_environment: &Environment) -> String {
    rustix::system::uname().machine().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn architecture(environment: &Environment) -> String {
    // A 32-bit process on a 64-bit system sees the machine's own word in the second variable only.
    let word = environment
        .get("PROCESSOR_ARCHITEW6432")
        .or_else(|| environment.get("PROCESSOR_ARCHITECTURE"));
    word.map_or_else(|| "AMD64".to_owned(), |it| it.to_string_lossy().into_owned())
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no users by number")]
pub(crate) fn user() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
pub(crate) fn user() -> Option<u32> {
    None
}
