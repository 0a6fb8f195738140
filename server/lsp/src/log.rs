//! Where the server writes about itself: a log, and what it shows to the user. Never a variable's value, never an address
//! that holds a password.

use std::{
    fs::{self, File, OpenOptions},
    path::PathBuf,
    sync::Mutex,
};

use envls_core::world::AbsPath;
use envls_host::{environment::Environment, path};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// A log that has grown beyond this is begun anew; the one before is kept beside it.
const LIMIT: u64 = 4 * 1024 * 1024;

/// The state folder of the user, and the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    folder: Option<AbsPath>,
    log: Option<AbsPath>,
}

impl Places {
    pub(crate) fn new(environment: &Environment) -> Places {
        let folder = environment.state_folder();
        let log = environment.path("ENVLS_LOG");
        let log = log.or_else(|| folder.as_ref().map(|it| it.join("server.log")));
        Places { folder, log }
    }

    pub(crate) fn log(&self) -> Option<AbsPath> {
        self.log.clone()
    }

    /// Writes a file for the user to read; where it is.
    pub(crate) fn write(&self, name: &str, text: &str) -> Option<AbsPath> {
        let file = self.folder.as_ref()?.join(name);
        let native = path::native(&file)?;
        let written = fs::create_dir_all(native.parent()?).and_then(|()| fs::write(&native, text));
        if let Err(error) = &written {
            tracing::warn!("`{file}` cannot be written: {error}");
        }
        written.is_ok().then_some(file)
    }

    fn open_log(&self) -> Option<File> {
        let log = self.log.as_ref()?;
        let native: PathBuf = path::native(log)?.into_owned();
        fs::create_dir_all(native.parent()?).ok()?;
        if fs::metadata(&native).is_ok_and(|it| it.len() > LIMIT) {
            drop(fs::rename(&native, native.with_extension("log.old")));
        }
        // Several servers append to one log, line by line.
        OpenOptions::new().create(true).append(true).open(&native).ok()
    }
}

/// Where the server writes its log, in this environment.
#[must_use]
pub fn log_file(environment: &Environment) -> Option<AbsPath> {
    Places::new(environment).log()
}

/// Sends what is traced to the log, and what went wrong to standard error too, which editors show as errors.
pub(crate) fn start(places: &Places) {
    let ours = |level| Targets::new().with_default(LevelFilter::WARN).with_target("envls", level);
    let ours = |level| {
        ["envls_lsp", "envls_host", "envls_core"]
            .iter()
            .fold(ours(level), |targets, it| targets.with_target(*it, level))
    };
    let file = places.open_log().map(|file| {
        let layer = fmt::layer().with_ansi(false).with_writer(Mutex::new(file));
        layer.with_filter(ours(LevelFilter::INFO))
    });
    let standard_error = fmt::layer().with_ansi(false).without_time().with_writer(std::io::stderr);
    let standard_error = standard_error.with_filter(ours(LevelFilter::WARN));
    // A test may have set one already.
    drop(tracing_subscriber::registry().with(file).with(standard_error).try_init());
}
