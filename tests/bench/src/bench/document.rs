//! Edits in large documents: a long source beside ruff, a long requirements file beside a short one, and a lock of five
//! megabytes that must not keep anybody waiting.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::bench::corpus::Corpora;
use crate::bench::corpus::code::Code;
use crate::bench::corpus::large::{LINES, Large};
use crate::bench::editor::{Editor, Watching};
use crate::bench::figure::{Figure, Unit};
use crate::bench::process::Surroundings;
use crate::bench::tools::{Tool, Tools};

/// How often a line is edited.
const EDITS: usize = 100;

/// How often the lock is written anew.
const WRITINGS: usize = 10;

/// A document and what is typed into it, at its first line or in place of another one.
struct Document<'a> {
    root: &'a Path,
    path: &'a Path,
    language: &'static str,
    /// The line of the edit with this number, and the word by which its finding is known.
    edit: fn(usize) -> (String, String),
    /// The line that is replaced; without one, a line is put in before all others.
    replaced: Option<&'static str>,
}

pub(crate) fn measure(
    surroundings: &Surroundings,
    tools: &Tools,
    corpora: &Corpora,
    code: &Result<Code, String>,
) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for tool in [&tools.envls, &tools.ruff] {
        let samples = code.as_ref().map_err(Clone::clone).and_then(|code| {
            let edit = |number: usize| {
                let module = format!("unheard_of_{number}");
                (format!("import {module}"), module)
            };
            let (root, path) = (code.tree.root.as_path(), code.document.as_path());
            let document = Document { root, path, language: "python", edit, replaced: None };
            edits(surroundings, tool, &document)
        });
        let what = "edit to finding in a source of 3,000 lines";
        figures.push(Figure::new("edit-source", tool.name, what, Unit::Wall, samples));
    }
    for lines in LINES {
        let path = corpora.large.requirements(lines);
        let root = path.parent().context("a file lies in a folder")?;
        let document = Document {
            root,
            path: &path,
            language: "pip-requirements",
            edit: |number| (format!("unheard-of-{number}"), format!("unheard-of-{number}")),
            replaced: None,
        };
        let samples = edits(surroundings, &tools.envls, &document);
        let what = format!("edit to finding in requirements of {lines} lines");
        let row = format!("edit-lines-{lines}");
        figures.push(Figure::new(&row, tools.envls.name, &what, Unit::Wall, samples));
    }
    let samples = longest_turn(surroundings, &tools.envls, &corpora.large);
    let what = "longest turn, with a lock of 5 MB (0: none over 20)";
    figures.push(Figure::new("turn-lock", tools.envls.name, what, Unit::Wall, samples));
    Ok(figures)
}

/// How long after each of some edits its finding came.
fn edits(
    surroundings: &Surroundings,
    tool: &Tool,
    document: &Document<'_>,
) -> Result<Vec<f64>, String> {
    let edit = || {
        let mut session = Session::begin(surroundings, tool, document)?;
        // What is read once is not an edit's to wait for.
        thread::sleep(Duration::from_secs(3));
        let wall = (1..=EDITS).map(|number| session.edit(number)).collect::<Result<Vec<_>>>()?;
        let _ = session.editor.leave();
        Ok(wall)
    };
    let edited: Result<_> = edit();
    edited.map_err(|error| format!("{error:#}"))
}

/// The longest turn that the server's own log tells of, while a large lock is written anew and the manifest is edited. It
/// tells of none below 20 ms.
fn longest_turn(
    surroundings: &Surroundings,
    tool: &Tool,
    large: &Large,
) -> Result<Vec<f64>, String> {
    let (path, lock) = (large.locked(), large.lock());
    let measure = || {
        let document = Document {
            root: path.parent().context("a file lies in a folder")?,
            path: &path,
            language: "toml",
            edit: |number| {
                (format!("    \"unheard-of-{number}>=1\","), format!("unheard-of-{number}"))
            },
            replaced: Some("    \"unheard-of-0>=1\","),
        };
        let text = fs::read(&lock).context("could not read the lock")?;
        let mut session = Session::begin(surroundings, tool, &document)?;
        for number in 1..=WRITINGS {
            fs::write(&lock, &text).context("could not write the lock")?;
            session.edit(number)?;
            thread::sleep(Duration::from_millis(300));
        }
        let _ = session.editor.leave();
        let log = fs::read_to_string(surroundings.state().join("server.log"))
            .context("the server has kept no log")?;
        let turns = log.lines().filter_map(|it| {
            it.split_once("a turn took ")?.1.split(' ').next()?.parse::<f64>().ok()
        });
        Ok(vec![turns.fold(0.0, f64::max)])
    };
    let measured: Result<_> = measure();
    measured.map_err(|error| format!("{error:#}"))
}

struct Session<'a> {
    document: &'a Document<'a>,
    editor: Editor,
    lines: Vec<String>,
    at: usize,
}

impl<'a> Session<'a> {
    /// Starts the server, opens the document, and waits for the finding of the first line.
    fn begin(
        surroundings: &Surroundings,
        tool: &Tool,
        document: &'a Document<'a>,
    ) -> Result<Session<'a>> {
        let program = tool.program.as_ref().map_err(|reason| anyhow::anyhow!("{reason}"))?;
        surroundings.forget()?;
        let mut command = surroundings.command(&program.path);
        let (editor, _) = Editor::start(command.arg("server"), document.root, Watching::ByServer)?;
        let text = fs::read_to_string(document.path).context("could not read the document")?;
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let (line, word) = (document.edit)(0);
        let at = match document.replaced {
            Some(replaced) => lines.iter().position(|it| it == replaced),
            None => {
                lines.insert(0, line);
                Some(0)
            }
        };
        let at = at.context("the document lacks the line to edit")?;
        editor.open(document.path, document.language, &lines.join("\n"))?;
        editor.await_findings(document.path, |findings| findings.name(&word))?;
        Ok(Session { document, editor, lines, at })
    }

    /// Edits the line; how long it took until that was found.
    fn edit(&mut self, number: usize) -> Result<f64> {
        let (line, word) = (self.document.edit)(number);
        let start = Instant::now();
        self.editor.replace(self.document.path, number, &mut self.lines, self.at, line)?;
        let found =
            self.editor.await_findings(self.document.path, |findings| findings.name(&word))?;
        // A pause as between the keystrokes of somebody fast.
        thread::sleep(Duration::from_millis(10));
        Ok(found.duration_since(start).as_secs_f64() * 1e3)
    }
}
