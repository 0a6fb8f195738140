//! `watch` where the output is no terminal: one line for each change.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io,
};

use envls_core::{
    session::{OperationId, Session, Weight},
    world::AbsPath,
};

use super::{numbers::mending, state::State};
use crate::{
    findings,
    print::{self, Printer, environment, plain},
};

pub(super) struct Lines {
    printer: Printer,
    /// The beginning of a line whose end has not been typed yet.
    partial: Vec<u8>,
    /// By finding, the actions that were shown with it.
    findings: BTreeMap<String, Vec<String>>,
    /// By root, what was said of the project.
    projects: BTreeMap<AbsPath, String>,
    /// By operation, what it is called and how many lines of its progress were shown.
    running: BTreeMap<OperationId, usize>,
    asked: bool,
    /// What was said of the search for projects.
    notes: BTreeSet<String>,
}

impl Lines {
    pub(super) fn new(printer: Printer) -> Lines {
        Lines {
            printer,
            partial: Vec::new(),
            findings: BTreeMap::new(),
            projects: BTreeMap::new(),
            running: BTreeMap::new(),
            asked: false,
            notes: BTreeSet::new(),
        }
    }

    pub(super) fn typed(&mut self, bytes: &[u8], state: &mut State) {
        for byte in bytes {
            if *byte == b'\n' {
                state.typed(&String::from_utf8_lossy(&std::mem::take(&mut self.partial)));
            } else {
                self.partial.push(*byte);
            }
        }
    }

    pub(super) fn show(&mut self, state: &mut State, session: &Session) -> io::Result<()> {
        let mut text = String::new();
        self.progress(state, &mut text);
        for note in session.notes().difference(&self.notes) {
            let _ = writeln!(text, "! {}", plain(note));
        }
        self.notes.clone_from(session.notes());
        if state.settled {
            self.projects(session, &mut text);
            self.findings(state, session, &mut text);
        }
        for news in state.news.drain(..) {
            let mark = if news.weight == Weight::Information { '>' } else { '!' };
            let _ = writeln!(text, "{mark} {}", plain(&news.words));
        }
        match &state.question {
            Some(question) if !self.asked => {
                let _ = writeln!(text, "? {}", plain(print::verb(&question.offered.action)));
                for line in &question.lines {
                    let _ = writeln!(text, "    {line}");
                }
                let _ = writeln!(text, "? {}", question.words);
            }
            _ => {}
        }
        self.asked = state.question.is_some();
        if text.is_empty() { Ok(()) } else { self.printer.write_out(&text) }
    }

    fn progress(&mut self, state: &mut State, text: &mut String) {
        self.running.retain(|id, _| state.running.contains_key(id));
        for (id, running) in &mut state.running {
            let begun = self.running.insert(*id, 0).is_some();
            if !begun {
                let _ = writeln!(text, "> {}", plain(&running.title));
            }
            for line in running.lines.drain(..) {
                let _ = writeln!(text, "    {}", plain(&line));
            }
        }
    }

    fn projects(&mut self, session: &Session, text: &mut String) {
        let models = session.projects().filter_map(|it| it.outcome.model.as_deref());
        let now = models.map(|it| {
            let said = format!("{}: {}", plain(&it.called()), environment(it).1);
            (it.project.root.clone(), said)
        });
        let now: BTreeMap<AbsPath, String> = now.collect();
        for (root, said) in &now {
            if self.projects.get(root) != Some(said) {
                let _ = writeln!(text, "= {said}");
            }
        }
        self.projects = now;
    }

    fn findings(&mut self, state: &State, session: &Session, text: &mut String) {
        let now = findings::all(session).into_iter().map(|it| {
            let actions = mending(it).filter_map(|(_, action)| {
                let number = state.numbers.find(action)?;
                Some(format!("    [{number}] {}", plain(&action.title)))
            });
            (print::headline(it, &state.here), actions.collect())
        });
        let now: Vec<(String, Vec<String>)> = now.collect();
        let before = std::mem::take(&mut self.findings);
        for line in before.keys().filter(|it| !now.iter().any(|(line, _)| line == *it)) {
            let _ = writeln!(text, "- {line}");
        }
        for (line, actions) in now {
            let mark = match before.get(&line) {
                Some(shown) if *shown == actions => None,
                Some(_) => Some('~'),
                None => Some('+'),
            };
            if let Some(mark) = mark {
                let _ = writeln!(text, "{mark} {line}");
                for action in &actions {
                    let _ = writeln!(text, "{action}");
                }
            }
            self.findings.insert(line, actions);
        }
    }
}
