//! The terminal as a page: its size, keys as they are pressed, and the way back to how it was.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::adapter::strip_str;

use crate::print::{Printer, fit};

/// A terminal that shows a page. Dropped, it is again what it was.
pub(super) struct Terminal {
    #[cfg(unix)]
    before: Option<rustix::termios::Termios>,
    colored: bool,
    printer: Printer,
}

/// How many columns and rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

/// What a terminal is taken for that does not say its size.
const USUAL: Size = Size { columns: 80, rows: 24 };

/// The other screen, without what was typed there before; on the way back the old one is as it was.
const ENTER: &str = "\x1b[?1049h\x1b[H\x1b[2J";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

impl Terminal {
    /// The terminal, where both ends are one that can do more than print lines.
    pub(super) fn open(printer: Printer) -> io::Result<Option<Terminal>> {
        let dumb = std::env::var_os("TERM").is_none_or(|it| it.is_empty() || it == "dumb");
        if dumb || cfg!(not(unix)) || !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Ok(None);
        }
        let mut terminal = Terminal {
            #[cfg(unix)]
            before: rustix::termios::tcgetattr(rustix::stdio::stdin()).ok(),
            colored: printer.is_colored(),
            printer,
        };
        terminal.printer.raw(ENTER)?;
        terminal.listen();
        Ok(Some(terminal))
    }

    /// Keys come as they are pressed, and are shown by us; signals stay signals. Called again after someone else had the
    /// terminal.
    #[cfg(unix)]
    pub(super) fn listen(&mut self) {
        use rustix::termios::{LocalModes, OptionalActions, tcsetattr};
        let Some(mut modes) = self.before.clone() else { return };
        modes.local_modes &= !(LocalModes::ICANON | LocalModes::ECHO);
        // Without it keys come line by line, which is good enough.
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &modes);
    }

    #[cfg(not(unix))]
    pub(super) fn listen(&mut self) {}

    #[cfg(unix)]
    pub(super) fn size(&self) -> Size {
        let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok();
        let known = size.filter(|it| it.ws_col > 0 && it.ws_row > 0);
        known.map_or(USUAL, |it| Size { columns: it.ws_col.into(), rows: it.ws_row.into() })
    }

    #[cfg(not(unix))]
    pub(super) fn size(&self) -> Size {
        USUAL
    }

    /// Shows a page of as many lines as there are rows at most; the cursor stays at the end of the last.
    pub(super) fn show(&self, lines: &[String]) -> io::Result<()> {
        let Size { columns, .. } = self.size();
        let lines = lines.iter().map(|it| {
            let line = if self.colored { it.clone() } else { strip_str(it).to_string() };
            format!("{}\x1b[K", fit(&line, columns))
        });
        let page = lines.collect::<Vec<_>>().join("\r\n");
        // In one piece, so that nobody sees a page that is half drawn.
        self.printer.raw(&format!("\x1b[?2026h\x1b[?25l\x1b[H{page}\x1b[J\x1b[?25h\x1b[?2026l"))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = &self.before {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(rustix::stdio::stdin(), now, before);
        }
        drop(self.printer.raw(LEAVE));
        drop(io::stdout().flush());
    }
}
