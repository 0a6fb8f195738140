//! The benchmark: envls, the limit of what its work must cost, and other tools, measured in one run.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
mod bench;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    bench::main()
}

/// The counters it reads are Linux's.
#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    ExitCode::from(2)
}
