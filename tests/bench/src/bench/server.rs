//! Language servers: how soon they answer, how they follow edits and files, and what they cost while nothing happens.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use nix::time::ClockId;
use nix::unistd::Pid;
use serde_json::json;

use crate::bench::corpus::Corpora;
use crate::bench::corpus::monorepo::{ABSENT, Monorepo};
use crate::bench::dice::module;
use crate::bench::editor::{Editor, Watching, uri};
use crate::bench::figure::{Figure, Unit};
use crate::bench::process::Surroundings;
use crate::bench::tools::{Tool, Tools};

/// How often a line is edited.
const EDITS: usize = 200;

/// How often a file goes and comes back.
const EVENTS: usize = 25;

/// The time over which an idle server is watched.
const IDLE: Duration = Duration::from_secs(10);

/// A server and what it is asked to notice.
#[derive(Clone, Copy)]
struct Subject<'a> {
    name: &'static str,
    tool: &'a Tool,
    language: &'static str,
    watching: Watching,
    document: fn(&Monorepo) -> &Path,
    /// The line that the edit with this number makes, and the word by which its finding is known.
    edit: fn(usize) -> (String, String),
    event: fn(&Monorepo) -> Event,
}

/// A file or folder goes and comes back; while it is away, there is a finding.
struct Event {
    path: PathBuf,
    /// A word in the finding.
    word: String,
    /// What to write, where it is not there to begin with.
    text: Option<&'static str>,
}

fn subjects(tools: &Tools) -> [Subject<'_>; 3] {
    let envls = Subject {
        name: "envls",
        tool: &tools.envls,
        language: "toml",
        watching: Watching::ByServer,
        document: |monorepo| &monorepo.shown.manifest,
        edit: |number| (format!("    \"{ABSENT}-{number}>=1\","), format!("{ABSENT}-{number}")),
        event: distribution,
    };
    let ruff = Subject {
        name: "ruff",
        tool: &tools.ruff,
        language: "python",
        watching: Watching::ByEditor,
        document: |monorepo| &monorepo.shown.source,
        edit: |number| (format!("import {}", absent(number)), absent(number)),
        event: configuration,
    };
    [envls, ruff, Subject { name: "ty", tool: &tools.ty, event: sibling, ..ruff }]
}

fn absent(number: usize) -> String {
    format!("{}_{number}", module(ABSENT))
}

/// A distribution is removed behind the server's back, and restored.
fn distribution(monorepo: &Monorepo) -> Event {
    let (path, word) = monorepo.shown.installed.clone();
    Event { path, word, text: None }
}

/// Ruff looks at no installed files; the nearest it has is its configuration, which turns the finding off.
fn configuration(monorepo: &Monorepo) -> Event {
    let path = monorepo.shown.manifest.with_file_name("ruff.toml");
    Event { path, word: module(ABSENT), text: Some("lint.ignore = [\"F401\"]\n") }
}

/// The module that the last edit imports comes to be.
fn sibling(monorepo: &Monorepo) -> Event {
    let path = monorepo.tree.root.join(format!("{}.py", absent(EDITS)));
    Event { path, word: absent(EDITS), text: Some("VALUE = 1\n") }
}

/// Starts every server over and over on each size, in turn, then stays with each for a while.
pub(crate) fn measure(
    surroundings: &Surroundings,
    tools: &Tools,
    corpora: &Corpora,
    rounds: usize,
) -> Result<Vec<Figure>> {
    let subjects = subjects(tools);
    let mut figures = Vec::new();
    for monorepo in &corpora.monorepos {
        figures.extend(starts(surroundings, &subjects, monorepo, rounds)?);
    }
    let ends = [corpora.monorepos.first(), corpora.monorepos.last()];
    for monorepo in ends.into_iter().flatten() {
        for subject in &subjects {
            figures.extend(stay(surroundings, subject, monorepo)?);
        }
    }
    Ok(figures)
}

/// What one start shows.
#[derive(Clone, Copy)]
struct Start {
    initialized: Duration,
    found: Duration,
    processor: Duration,
}

fn starts(
    surroundings: &Surroundings,
    subjects: &[Subject<'_>],
    monorepo: &Monorepo,
    rounds: usize,
) -> Result<Vec<Figure>> {
    let mut all: Vec<Result<Vec<Start>, String>> =
        subjects.iter().map(|_| Ok(Vec::new())).collect();
    for round in 0..=rounds {
        for turn in 0..subjects.len() {
            let at = (round + turn) % subjects.len();
            let Ok(starts) = &mut all[at] else { continue };
            surroundings.forget()?;
            match Session::begin(surroundings, &subjects[at], monorepo) {
                Ok((session, start)) => {
                    // The first round only warms the caches.
                    if round > 0 {
                        starts.push(start);
                    }
                    if let Err(error) = session.editor.leave() {
                        all[at] = Err(format!("{error:#}"));
                    }
                }
                Err(reason) => all[at] = Err(reason),
            }
        }
    }
    let size = monorepo.size;
    let mut figures = Vec::new();
    for (subject, starts) in subjects.iter().zip(all) {
        let name = subject.name;
        let mut figure = |id: &str, what: &str, unit: Unit, of: fn(&Start) -> Duration| {
            let samples = starts.as_ref().map_err(Clone::clone);
            let samples =
                samples.map(|starts| starts.iter().map(|start| milliseconds(of(start))).collect());
            let what = format!("{size} projects: {what}: {name}");
            figures.push(Figure::new(format!("{id}-{size}-{name}"), what, unit, samples));
        };
        figure("initialize", "start to initialize reply", Unit::Wall, |start| start.initialized);
        figure("first", "open to first finding", Unit::Wall, |start| start.found);
        figure("first-cpu", "start to first finding", Unit::ProcessorTime, |start| start.processor);
    }
    Ok(figures)
}

/// A server with one document open.
struct Session<'a> {
    subject: &'a Subject<'a>,
    editor: Editor,
    document: &'a Path,
    lines: Vec<String>,
    version: usize,
}

impl<'a> Session<'a> {
    /// Starts the server, opens the document, and waits for its finding.
    fn begin(
        surroundings: &Surroundings,
        subject: &'a Subject<'a>,
        monorepo: &'a Monorepo,
    ) -> Result<(Self, Start), String> {
        let program = subject.tool.as_ref().map_err(Clone::clone)?;
        let begin = || {
            let mut command = surroundings.command(&program.path);
            let root = &monorepo.tree.root;
            let (editor, initialized) =
                Editor::start(command.arg("server"), root, subject.watching)?;
            let document = (subject.document)(monorepo);
            let text =
                fs::read_to_string(document).context("could not read the document to open")?;
            let opened = Instant::now();
            editor.open(document, subject.language, &text)?;
            let (_, word) = (subject.edit)(0);
            let found = editor.await_findings(document, |findings| findings.name(&word))?;
            let start = Start {
                initialized,
                found: found.duration_since(opened),
                processor: processor(editor.process())?,
            };
            let lines = text.split('\n').map(str::to_owned).collect();
            Ok((Self { subject, editor, document, lines, version: 0 }, start))
        };
        begin().map_err(|error: anyhow::Error| format!("{error:#}"))
    }

    /// Edits a line again and again, and says how long each took to be found, and the processor time of each on average.
    fn edits(&mut self) -> Result<(Vec<f64>, f64)> {
        let (first, _) = (self.subject.edit)(0);
        let at = self
            .lines
            .iter()
            .position(|line| *line == first)
            .context("the document lacks the line to edit")?;
        let before = processor(self.editor.process())?;
        let mut times = Vec::new();
        for number in 1..=EDITS {
            let (line, word) = (self.subject.edit)(number);
            self.version += 1;
            let start = Instant::now();
            self.editor.replace(self.document, self.version, &mut self.lines, at, line)?;
            let found =
                self.editor.await_findings(self.document, |findings| findings.name(&word))?;
            times.push(milliseconds(found.duration_since(start)));
            // A pause as between the keystrokes of somebody fast, in which a server may finish what it began.
            thread::sleep(Duration::from_millis(10));
        }
        let spent = processor(self.editor.process())?.saturating_sub(before);
        Ok((times, milliseconds(spent) / f64::from(u16::try_from(EDITS)?)))
    }

    /// Takes a file away and puts it back, and says how long after each the findings had followed.
    fn events(&self, monorepo: &Monorepo) -> Result<Vec<f64>> {
        let event = (self.subject.event)(monorepo);
        let aside = monorepo.tree.aside();
        if let Some(text) = event.text {
            fs::write(&aside, text).context("could not write the file that will come")?;
        }
        let mut times = Vec::new();
        for turn in 0..2 * EVENTS {
            let comes = (turn % 2 == 1) != event.text.is_some();
            self.editor.forget();
            let start = Instant::now();
            let (from, to, kind) =
                if comes { (&aside, &event.path, 1) } else { (&event.path, &aside, 3) };
            fs::rename(from, to).context("could not move the file")?;
            if self.subject.watching == Watching::ByEditor {
                let changes = json!({"changes": [{"uri": uri(&event.path), "type": kind}]});
                self.editor.notify("workspace/didChangeWatchedFiles", &changes)?;
            }
            let found = self
                .editor
                .await_findings(self.document, |findings| findings.name(&event.word) != comes)?;
            times.push(milliseconds(found.duration_since(start)));
            thread::sleep(Duration::from_millis(50));
        }
        Ok(times)
    }

    /// Waits until the server has done what it began.
    fn settle(&self) -> Result<()> {
        for _ in 0..60 {
            let before = processor(self.editor.process())?;
            thread::sleep(Duration::from_secs(1));
            if processor(self.editor.process())?.saturating_sub(before) < Duration::from_millis(2) {
                break;
            }
        }
        Ok(())
    }
}

/// Figures of a session of some length: at rest, then edited, then with files that go and come.
fn stay(
    surroundings: &Surroundings,
    subject: &Subject<'_>,
    monorepo: &Monorepo,
) -> Result<Vec<Figure>> {
    surroundings.forget()?;
    let mut session = Session::begin(surroundings, subject, monorepo).map(|(session, _)| session);
    let mut figures = Vec::new();
    let mut figure = |id: &str, what: &str, unit: Unit, samples: Result<Vec<f64>, String>| {
        let (size, name) = (monorepo.size, subject.name);
        let what = format!("{size} projects: {what}: {name}");
        figures.push(Figure::new(format!("{id}-{size}-{name}"), what, unit, samples));
    };
    let process = session.as_ref().map(|session| session.editor.process()).map_err(Clone::clone);
    let settled = session.as_ref().map_err(Clone::clone).and_then(|session| said(session.settle()));
    let rest = settled.and(process.clone()).and_then(|process| said(rest(process)));
    let each =
        |of: fn(&Rest) -> f64| rest.as_ref().map(|rest| vec![of(rest)]).map_err(Clone::clone);
    figure("memory", "memory at rest", Unit::Memory, each(|rest| rest.memory));
    figure("peak", "most memory so far", Unit::Memory, each(|rest| rest.peak));
    figure("idle", "processor at rest", Unit::Share, each(|rest| rest.share));
    figure("wakes", "wakes at rest", Unit::Wakes, each(|rest| rest.wakes));
    let edits =
        session.as_mut().map_err(|reason| reason.clone()).and_then(|session| said(session.edits()));
    let (times, spent) = match edits {
        Ok((times, spent)) => (Ok(times), Ok(vec![spent])),
        Err(reason) => (Err(reason.clone()), Err(reason)),
    };
    figure("edit", "edit to finding", Unit::Wall, times);
    figure("edit-cpu", "an edit, on average", Unit::ProcessorTime, spent);
    let events = session.as_ref().map_err(Clone::clone);
    let events =
        events.and_then(|session| said(monorepo.tree.disturb(|| session.events(monorepo))));
    figure("event", "file event to findings", Unit::Wall, events);
    Ok(figures)
}

fn said<T>(result: Result<T>) -> Result<T, String> {
    result.map_err(|error| format!("{error:#}"))
}

/// A process at rest.
struct Rest {
    memory: f64,
    peak: f64,
    share: f64,
    wakes: f64,
}

fn rest(process: i32) -> Result<Rest> {
    let (spent, woken, start) = (processor(process)?, wakes(process)?, Instant::now());
    thread::sleep(IDLE);
    let passed = start.elapsed().as_secs_f64();
    let spent = processor(process)?.saturating_sub(spent);
    Ok(Rest {
        memory: status(process, "VmRSS:")? / 1024.0,
        peak: status(process, "VmHWM:")? / 1024.0,
        share: spent.as_secs_f64() / passed * 100.0,
        wakes: (wakes(process)? - woken) / passed,
    })
}

/// The processor time of a running process, threads that have ended included.
fn processor(process: i32) -> Result<Duration> {
    let clock =
        ClockId::pid_cpu_clock_id(Pid::from_raw(process)).context("the server has ended")?;
    clock.now().map(Duration::from).context("could not read the processor time of the server")
}

/// How often its threads have gone to sleep, all together.
fn wakes(process: i32) -> Result<f64> {
    let mut all = 0.0;
    for thread in fs::read_dir(format!("/proc/{process}/task")).context("the server has ended")? {
        // A thread may end while they are counted.
        all +=
            field(&thread?.path().join("status"), "voluntary_ctxt_switches:").unwrap_or_default();
    }
    Ok(all)
}

fn status(process: i32, name: &str) -> Result<f64> {
    field(Path::new(&format!("/proc/{process}/status")), name)
        .context("the kernel does not say its memory")
}

fn field(path: &Path, name: &str) -> Option<f64> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
