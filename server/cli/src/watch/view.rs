//! How `watch` shows things: as a page on a terminal, as lines everywhere else.

use std::io;

use envls_core::session::Session;

use super::{
    lines::Lines,
    page::Page,
    state::{Patience, State},
    terminal::Terminal,
};
use crate::print::Printer;

pub(super) enum View {
    Page(Page),
    Lines(Lines),
}

impl View {
    pub(super) fn open(printer: Printer) -> io::Result<View> {
        Ok(match Terminal::open(printer)? {
            Some(terminal) => View::Page(Page::new(terminal)),
            None => View::Lines(Lines::new(printer)),
        })
    }

    pub(super) fn patience(&self) -> Patience {
        match self {
            View::Page(_) => Patience::None,
            View::Lines(_) => Patience::UntilSettled,
        }
    }

    /// Takes what was typed; whole lines go on to the state.
    pub(super) fn typed(&mut self, bytes: &[u8], state: &mut State) {
        match self {
            View::Page(page) => page.typed(bytes, state),
            View::Lines(lines) => lines.typed(bytes, state),
        }
    }

    /// The terminal is ours again, or of another size.
    pub(super) fn resumed(&mut self) {
        if let View::Page(page) = self {
            page.resumed();
        }
    }

    pub(super) fn show(&mut self, state: &mut State, session: &Session) -> io::Result<()> {
        match self {
            View::Page(page) => page.show(state, session),
            View::Lines(lines) => lines.show(state, session),
        }
    }
}
