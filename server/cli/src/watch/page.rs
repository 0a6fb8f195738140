//! `watch` on a terminal: a page that fits the window, drawn anew whenever something changes.

use std::io;

use envls_core::session::{Session, Weight};

use super::{
    body::body,
    keys::{Key, keys},
    state::State,
    terminal::{Size, Terminal},
};
use crate::{
    findings,
    print::{self, DIM, GOOD, NAME, fit, fold, of_severity, plain, styled, visible, wrap},
};

pub(super) struct Page {
    terminal: Terminal,
    /// What has been typed of the current line.
    line: String,
    /// How many lines of the body are above the window.
    above: usize,
    /// How many lines of the body the window shows, for turning pages.
    shown: usize,
}

impl Page {
    pub(super) fn new(terminal: Terminal) -> Page {
        Page { terminal, line: String::new(), above: 0, shown: 1 }
    }

    pub(super) fn typed(&mut self, bytes: &[u8], state: &mut State) {
        for key in keys(bytes) {
            match key {
                Key::Character(it) => self.line.push(it),
                Key::Enter => state.typed(&std::mem::take(&mut self.line)),
                Key::Backspace => drop(self.line.pop()),
                Key::Clear => self.line.clear(),
                Key::Up => self.above = self.above.saturating_sub(1),
                Key::Down => self.above += 1,
                Key::PageUp => self.above = self.above.saturating_sub(self.shown),
                Key::PageDown => self.above += self.shown,
                Key::End => state.end(),
            }
        }
    }

    pub(super) fn resumed(&mut self) {
        self.terminal.listen();
    }

    pub(super) fn show(&mut self, state: &State, session: &Session) -> io::Result<()> {
        let Size { columns, rows } = self.terminal.size();
        let head = head(state, session, columns);
        let foot = self.foot(state, columns, rows);
        let room = rows.saturating_sub(head.len() + foot.len()).max(1);
        let mut page = head;
        page.extend(self.window(body(state, session, columns), room));
        page.extend(foot);
        // Where even that is too much, what is asked and typed matters most.
        page.drain(..page.len().saturating_sub(rows));
        self.terminal.show(&page)
    }

    /// As much of the body as there is room for, and how much more there is.
    fn window(&mut self, body: Vec<String>, room: usize) -> Vec<String> {
        if body.len() <= room {
            self.above = 0;
            self.shown = room;
            return padded(body, room);
        }
        self.above = self.above.min(body.len() + 2 - room);
        let first = usize::from(self.above > 0);
        let left = body.len() - self.above;
        let last = usize::from(left > room - first);
        self.shown = room.saturating_sub(first + last).max(1);
        let mut window = Vec::new();
        if first > 0 {
            let above = print::counted(self.above, "line");
            window.push(styled(DIM, format!("↑ {above} above")).to_string());
        }
        window.extend(body.into_iter().skip(self.above).take(self.shown));
        if last > 0 {
            let below = print::counted(left - self.shown, "line");
            let words = format!("↓ {below} below (arrow keys, page up and down)");
            window.push(styled(DIM, words).to_string());
        }
        padded(window, room)
    }

    fn foot(&self, state: &State, columns: usize, rows: usize) -> Vec<String> {
        let mut foot = vec![rule(columns)];
        let mut told = progress(state, columns, rows / 4);
        if let Some(question) = &state.question {
            told = asked(question, columns);
        }
        foot.append(&mut told);
        let prompt = match &state.question {
            Some(question) => {
                let mut words = wrap(&question.words, columns.saturating_sub(4));
                let last = words.pop().unwrap_or_default();
                foot.extend(words.into_iter().map(|it| styled(NAME, it).to_string()));
                styled(NAME, last).to_string()
            }
            None => {
                let keys = if state.running.is_empty() {
                    "number: fix · r: look again · q: end"
                } else {
                    "number: fix · c: cancel · r: look again · q: end"
                };
                foot.push(styled(DIM, keys).to_string());
                styled(GOOD, ">").to_string()
            }
        };
        foot.push(format!("{prompt} {}", self.line));
        foot
    }
}

fn head(state: &State, session: &Session, columns: usize) -> Vec<String> {
    let found = findings::all(session);
    let counts = match print::counts(&found) {
        none if none.is_empty() && state.settled => styled(GOOD, "no problems").to_string(),
        counts => styled(NAME, counts).to_string(),
    };
    let doing = if !state.running.is_empty() {
        "working"
    } else if session.is_quiescent() {
        "watching"
    } else {
        "looking"
    };
    let right = format!("{counts}  {}", styled(DIM, doing));
    let room = columns.saturating_sub(visible(&right) + 2);
    let path = state.path.to_string();
    let left = fit(&format!("{} {}", styled(NAME, "envls"), plain(&path)), room);
    let gap = columns.saturating_sub(visible(&left) + visible(&right));
    vec![format!("{left}{}{right}", " ".repeat(gap)), rule(columns)]
}

fn rule(columns: usize) -> String {
    styled(DIM, "─".repeat(columns)).to_string()
}

fn padded(mut lines: Vec<String>, room: usize) -> Vec<String> {
    lines.resize(room, String::new());
    lines
}

/// What runs, with the last of what it says, and what was said of late.
fn progress(state: &State, columns: usize, rows: usize) -> Vec<String> {
    let rows = rows.max(3);
    let mut lines = Vec::new();
    for running in state.running.values() {
        let title = format!("{} {}", styled(GOOD, "▸"), plain(&running.title));
        lines.push(title);
        let last = running.lines.len().saturating_sub(rows - 1);
        let said = running.lines.iter().skip(last);
        lines.extend(said.map(|it| format!("  {}", styled(DIM, plain(it)))));
    }
    for news in &state.news {
        let (mark, style) = match news.weight {
            Weight::Information if news.words.starts_with("done") => ("✓", GOOD),
            Weight::Information => ("·", DIM),
            Weight::Warning => ("▲", of_severity(envls_core::finding::Severity::Warning)),
            Weight::Error => ("✗", of_severity(envls_core::finding::Severity::Error)),
        };
        for (at, line) in
            wrap(&plain(&news.words), columns.saturating_sub(2)).into_iter().enumerate()
        {
            let mark = if at == 0 { mark } else { " " };
            lines.push(format!("{} {line}", styled(style, mark)));
        }
    }
    let first = lines.len().saturating_sub(rows.max(6));
    lines.split_off(first)
}

/// What would be done, and what is to be known of it.
fn asked(question: &super::state::Question, columns: usize) -> Vec<String> {
    let title = wrap(&plain(print::verb(&question.offered.action)), columns);
    let mut lines: Vec<String> = title.into_iter().map(|it| styled(NAME, it).to_string()).collect();
    let details = question.lines.iter().flat_map(|it| fold(&format!("  {it}"), columns, "    "));
    lines.extend(details);
    lines
}
