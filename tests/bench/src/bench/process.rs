//! Runs a child to its end and says what it cost: processor time, user and system.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use std::{fs, io};

use anyhow::{Context as _, Result};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// Variables of the caller's shell that would lead a tool to another environment than the one measured.
const MISLEADING: [&str; 8] = [
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYTHONHOME",
    "PYTHONPATH",
    "UV_PYTHON",
    "UV_PROJECT_ENVIRONMENT",
    "ENVLS_LOG",
    "RUST_LOG",
];

pub(crate) struct Ran {
    pub(crate) processor: Duration,
    pub(crate) output: Output,
}

/// Makes commands that all see the same surroundings.
#[derive(Clone)]
pub(crate) struct Surroundings {
    state: PathBuf,
    uv_cache: PathBuf,
}

impl Surroundings {
    pub(crate) fn new(cache: &Path) -> Self {
        Self { state: cache.join("state"), uv_cache: cache.join("uv") }
    }

    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .stdin(Stdio::null())
            .env("ENVLS_STATE_DIR", &self.state)
            .env("UV_CACHE_DIR", &self.uv_cache);
        for variable in MISLEADING {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    /// Where a tool may write down what it has seen.
    pub(crate) fn record(&self) -> PathBuf {
        self.state.with_extension("record")
    }

    /// Nothing that envls remembers from one run may help it in the next: the limit remembers nothing either.
    pub(crate) fn forget(&self) -> Result<()> {
        match fs::remove_dir_all(&self.state) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("could not empty `{}`", self.state.display()))
            }
            _ => fs::create_dir_all(&self.state).context("could not make the state folder"),
        }
    }
}

/// Runs the command to its end. No other child may end meanwhile, since the kernel adds up all that were waited for.
pub(crate) fn run(command: &mut Command) -> Result<Ran> {
    let before = children()?;
    let output = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .with_context(|| format!("could not run `{}`", command.get_program().display()))?;
    Ok(Ran { processor: children()?.saturating_sub(before), output })
}

fn children() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)
        .context("could not read the processor time of children")?;
    Ok(duration(usage.user_time()) + duration(usage.system_time()))
}

fn duration(time: TimeVal) -> Duration {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
    Duration::from_secs(seconds)
        + Duration::from_micros(u64::try_from(time.tv_usec()).unwrap_or_default())
}

/// The first line of what a failed command said.
pub(crate) fn complaint(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    format!("{}: {}", output.status, line.trim())
}
