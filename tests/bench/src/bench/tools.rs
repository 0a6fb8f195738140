//! The tools that envls is measured beside, in a private environment of the bench.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::bench::machine::Python;
use crate::bench::process::complaint;

pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// Or the reason why it is not to be had.
    pub(crate) program: Result<Program, String>,
}

pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) version: String,
}

pub(crate) struct Tools {
    pub(crate) envls: Tool,
    pub(crate) uv: Tool,
    /// The path is that of the file that runs pip with whichever interpreter it is given to, as `pip --python` does.
    pub(crate) pip: Tool,
    pub(crate) ruff: Tool,
    pub(crate) ty: Tool,
}

/// How often an installation is tried: package indexes have bad moments.
const TRIES: u32 = 3;

impl Tools {
    pub(crate) fn prepare(cache: &Path, python: &Python) -> Self {
        let prefix = cache.join("tools");
        let made = make(&prefix, python).map_err(|error| format!("{error:#}"));
        let private = |name| {
            let program = made.clone().and_then(|()| {
                let path = prefix.join("bin").join(name);
                if !path.exists() {
                    install(&prefix, name).map_err(|error| format!("{error:#}"))?;
                }
                program(path)
            });
            Tool { name, program }
        };
        Self {
            envls: Tool { name: "envls", program: envls() },
            uv: private("uv"),
            pip: Tool { name: "pip", program: made.clone().and_then(|()| pip(&prefix, python)) },
            ruff: private("ruff"),
            ty: private("ty"),
        }
    }

    pub(crate) fn versions(&self) -> Vec<(&'static str, String)> {
        let all = [&self.envls, &self.uv, &self.pip, &self.ruff, &self.ty];
        let version = |tool: &Tool| match &tool.program {
            Ok(program) => program.version.clone(),
            Err(_) => "not to be had".to_owned(),
        };
        all.into_iter().map(|tool| (tool.name, version(tool))).collect()
    }
}

/// The binary under measurement: named by `ENVLS_BINARY`, or beside this one.
fn envls() -> Result<Program, String> {
    let beside = || Some(std::env::current_exe().ok()?.with_file_name("envls"));
    let Some(path) = std::env::var_os("ENVLS_BINARY").map(PathBuf::from).or_else(beside) else {
        return Err("this program does not know where it lies itself".to_owned());
    };
    if !path.exists() {
        return Err("there is no such binary; build it, or name one in `ENVLS_BINARY`".to_owned());
    }
    program(path)
}

fn program(path: PathBuf) -> Result<Program, String> {
    let output =
        Command::new(&path).arg("--version").output().map_err(|error| format!("{error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    // The version alone: some tools say on the same line where and when they were built.
    match said.split_whitespace().nth(1) {
        Some(version) if output.status.success() => {
            Ok(Program { path, version: version.to_owned() })
        }
        _ => Err(format!("it says no version: {}", complaint(&output))),
    }
}

fn make(prefix: &Path, python: &Python) -> Result<()> {
    if prefix.join("bin/pip").exists() {
        return Ok(());
    }
    if prefix.exists() {
        fs::remove_dir_all(prefix).context("could not clear the environment for tools")?;
    }
    let output = Command::new(&python.path).args(["-m", "venv"]).arg(prefix).output()?;
    succeeded(&output, "an environment for tools could not be made")
}

fn install(prefix: &Path, name: &str) -> Result<()> {
    let mut tries = 0;
    loop {
        tries += 1;
        let output = Command::new(prefix.join("bin/python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--only-binary",
                ":all:",
                name,
            ])
            .output()?;
        match succeeded(&output, &format!("`{name}` could not be installed")) {
            Err(_) if tries < TRIES => thread::sleep(Duration::from_secs(2)),
            end => return end,
        }
    }
}

fn pip(prefix: &Path, python: &Python) -> Result<Program, String> {
    let (major, minor) = (python.version.major, python.version.minor);
    let runner =
        prefix.join(format!("lib/python{major}.{minor}/site-packages/pip/__pip-runner__.py"));
    if !runner.exists() {
        return Err("this pip cannot be run for another environment".to_owned());
    }
    program(prefix.join("bin/pip")).map(|pip| Program { path: runner, version: pip.version })
}

fn succeeded(output: &Output, otherwise: &str) -> Result<()> {
    if !output.status.success() {
        bail!("{otherwise}: {}", complaint(output));
    }
    Ok(())
}
