//! The one place that writes to the terminal, and how things are written there.

mod style;
mod plain;
mod fit;
mod snippet;
mod finding;
mod environment;
mod offer;
mod github;

use std::io::{self, Write as _};

use anstream::AutoStream;
use clap::ColorChoice;
use envls_core::session::Session;

pub(crate) use self::{
    environment::environment,
    finding::{Shown, counts, finding, headline, position, project_of, summary},
    fit::{fit, fold, visible, wrap},
    github::command,
    offer::{is_silencing, offer, untrusted, verb},
    plain::{counted, plain},
    snippet::snippet,
    style::{DIM, GOOD, NAME, of_severity, styled},
};
use crate::arguments::Common;

/// Writes what was asked for to the standard output, and everything else to the standard error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    color: anstream::ColorChoice,
    loudness: Loudness,
}

/// How wide lines of source are shown where nobody knows how wide the reader's window is: the same everywhere.
const UNKNOWN_COLUMNS: usize = 120;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Loudness {
    Quiet,
    Ordinary,
    Verbose,
    /// Also what happens inside.
    Everything,
}

impl Printer {
    pub(crate) fn new(common: &Common) -> Printer {
        let color = match common.color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        let loudness = match (common.quiet, common.verbose) {
            (true, _) => Loudness::Quiet,
            (false, 0) => Loudness::Ordinary,
            (false, 1) => Loudness::Verbose,
            (false, _) => Loudness::Everything,
        };
        Printer { color, loudness }
    }

    /// How wide what is written may be.
    pub(crate) fn columns(&self) -> usize {
        UNKNOWN_COLUMNS
    }

    pub(crate) fn loudness(&self) -> Loudness {
        self.loudness
    }

    /// Writes what was asked for. Whoever has read enough may close the other end.
    pub(crate) fn out(&self, text: &str) -> anyhow::Result<()> {
        match self.write_out(text) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    /// The same, for whoever goes on writing: that nobody reads any more is told.
    pub(crate) fn write_out(&self, text: &str) -> io::Result<()> {
        // Looking through a large document for colours that are not there takes longer than writing it.
        if !text.contains('\x1b') {
            return self.raw(text);
        }
        let mut stream = AutoStream::new(io::stdout().lock(), self.color);
        stream.write_all(text.as_bytes())?;
        stream.flush()
    }

    /// What commands a terminal: as it is, whatever is said of colour.
    pub(crate) fn raw(&self, text: &str) -> io::Result<()> {
        let mut stream = io::stdout().lock();
        stream.write_all(text.as_bytes())?;
        stream.flush()
    }

    /// Whether the standard output shows colours.
    pub(crate) fn is_colored(&self) -> bool {
        let choice = match self.color {
            anstream::ColorChoice::Auto => AutoStream::choice(&io::stdout()),
            choice => choice,
        };
        choice != anstream::ColorChoice::Never
    }

    /// Bytes as they are, such as a path that is no UTF-8.
    pub(crate) fn out_bytes(&self, bytes: &[u8]) -> anyhow::Result<()> {
        let mut stream = io::stdout().lock();
        match stream.write_all(bytes).and_then(|()| stream.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    /// Writes to the standard error, unless only what was asked for is wanted. Where even that is closed, nothing is left
    /// to say it to.
    pub(crate) fn aside(&self, text: &str) {
        if self.loudness > Loudness::Quiet {
            self.write_err(text);
        }
    }

    /// Writes to the standard error what the user must see before or while something is done.
    pub(crate) fn ask(&self, text: &str) {
        self.write_err(text);
    }

    /// Says why the command could not do what it was asked for.
    pub(crate) fn trouble(&self, words: &str) {
        let label = styled(of_severity(envls_core::finding::Severity::Error), "error:");
        self.write_err(&format!("{label} {}\n", plain(words)));
    }

    fn write_err(&self, text: &str) {
        let mut stream = AutoStream::new(io::stderr().lock(), self.color);
        drop(stream.write_all(text.as_bytes()));
    }
}

/// Says what could not be searched.
pub(crate) fn notes(session: &Session, printer: &Printer) {
    for note in session.notes() {
        printer.aside(&format!("{}: {}\n", styled(DIM, "note"), plain(note)));
    }
}
