//! What the figures were taken on: the processor, the day, and the Python that environments are made of.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::bench::process::complaint;

pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) date: String,
    /// How busy the machine was when the run began: the wall, other than processor time, depends on it.
    pub(crate) load: String,
}

impl Machine {
    pub(crate) fn look() -> Self {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = processors
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
            .map_or("unknown", |(_, model)| model.trim());
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        // What stands after the first hyphen names a machine's owner rather than its kernel.
        let kernel = kernel.trim().split('-').next().unwrap_or_default();
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            processor: processor.to_owned(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            kernel: format!("Linux {kernel}"),
            date: today(),
            load: load.split(' ').next().unwrap_or("unknown").to_owned(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "processor": self.processor, "cores": self.cores, "kernel": self.kernel, "date": self.date, "load": self.load,
        })
    }
}

/// The day in UTC, from the days since 1970 by the usual arithmetic of years that begin in March.
fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let days = seconds / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let of_years = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * of_years + of_years / 4 - of_years / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = of_years + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

pub(crate) struct Python {
    /// The interpreter itself, behind shims and links.
    pub(crate) path: PathBuf,
    pub(crate) version: Version,
}

pub(crate) struct Version {
    pub(crate) major: u32,
    pub(crate) minor: u32,
    patch: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl Python {
    /// Asks the `python3` on PATH where its interpreter really is.
    pub(crate) fn find() -> Result<Self> {
        let code = "import os, sys; base = getattr(sys, '_base_executable', None) or sys.executable; \
                    print(os.path.realpath(base)); print(*sys.version_info[:3])";
        let output = Command::new("python3")
            .args(["-I", "-c", code])
            .output()
            .context("could not run `python3`")?;
        if !output.status.success() {
            bail!("`python3` does not run: {}", complaint(&output));
        }
        let said = String::from_utf8(output.stdout).context("the path of `python3` is no UTF-8")?;
        let mut lines = said.lines();
        let (Some(path), Some(version)) = (lines.next(), lines.next()) else {
            bail!("`python3` did not say where it is");
        };
        let numbers: Vec<u32> =
            version.split(' ').filter_map(|number| number.parse().ok()).collect();
        let [major, minor, patch] = numbers[..] else {
            bail!("`python3` has an odd version: {version}")
        };
        Ok(Self { path: PathBuf::from(path), version: Version { major, minor, patch } })
    }
}
