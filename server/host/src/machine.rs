//! The operating system and its architecture.

use std::time::{SystemTime, UNIX_EPOCH};

use envls_core::{
    standard::lifetime::Date,
    world::{Machine, Os, Reply},
};

use crate::environment::Environment;

/// The machine that the server runs on.
pub(crate) fn machine(environment: &Environment) -> Machine {
    Machine { os: os(), architecture: architecture(environment), user: user() }
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
