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
const EVENTS: usize = 30;

/// In how many turns they do so, one server after the other.
const TURNS: usize = 10;

/// The time over which an idle server is watched.
const IDLE: Duration = Duration::from_secs(10);

/// A server and what it is asked to notice.
#[derive(Clone, Copy)]
struct Subject<'a> {
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
        tool: &tools.envls,
        language: "toml",
        watching: Watching::ByServer,
        document: |monorepo| &monorepo.shown.manifest,
        edit: |number| (format!("    \"{ABSENT}-{number}>=1\","), format!("{ABSENT}-{number}")),
        event: distribution,
    };
    let ruff = Subject {
        tool: &tools.ruff,
        language: "python",
        watching: Watching::ByEditor,
        document: |monorepo| &monorepo.shown.source,
        edit: |number| (format!("import {}", absent(number)), absent(number)),
        event: configuration,
    };
    [envls, ruff, Subject { tool: &tools.ty, event: sibling, ..ruff }]
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
        figures.extend(stay(surroundings, &subjects, monorepo)?);
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
                    // How it ends is not what is timed; one that does not end is killed.
                    let _ = session.editor.leave();
                }
                Err(reason) => all[at] = Err(reason),
            }
        }
    }
    let size = monorepo.size;
    let mut figures = Vec::new();
    for (subject, starts) in subjects.iter().zip(all) {
        let mut figure = |id: &str, what: &str, unit: Unit, of: fn(&Start) -> Duration| {
            let samples = starts.as_ref().map_err(Clone::clone);
            let samples =
                samples.map(|starts| starts.iter().map(|start| milliseconds(of(start))).collect());
            figures.push(Figure::new(
                &format!("{id}-{size}"),
                subject.tool.name,
                what,
                unit,
                samples,
            ));
        };
        figure("initialize", "start to initialize reply", Unit::Wall, |start| start.initialized);
        figure("first", "open to first finding", Unit::Wall, |start| start.found);
        figure("spawn", "start to first finding", Unit::Wall, |start| {
            start.initialized + start.found
        });
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
}

impl<'a> Session<'a> {
    /// Starts the server, opens the document, and waits for its finding.
    fn begin(
        surroundings: &Surroundings,
        subject: &'a Subject<'a>,
        monorepo: &'a Monorepo,
    ) -> Result<(Self, Start), String> {
        let program = subject.tool.program.as_ref().map_err(Clone::clone)?;
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
            Ok((Self { subject, editor, document, lines }, start))
        };
        begin().map_err(words)
    }

    /// Edits a line some times, and notes how long each took to be found, and the processor time of them all.
    fn edit(&mut self, times: usize, edits: &mut Edits) -> Result<()> {
        let (line, _) = (self.subject.edit)(edits.wall.len());
        let at = self
            .lines
            .iter()
            .position(|other| *other == line)
            .context("the document lacks the line to edit")?;
        let before = processor(self.editor.process())?;
        for _ in 0..times {
            let version = edits.wall.len() + 1;
            let (line, word) = (self.subject.edit)(version);
            let start = Instant::now();
            self.editor.replace(self.document, version, &mut self.lines, at, line)?;
            let found =
                self.editor.await_findings(self.document, |findings| findings.name(&word))?;
            edits.wall.push(milliseconds(found.duration_since(start)));
            // A pause as between the keystrokes of somebody fast, in which a server may finish what it began.
            thread::sleep(Duration::from_millis(10));
        }
        edits.processor += processor(self.editor.process())?.saturating_sub(before);
        Ok(())
    }

    /// Takes a file away and puts it back, some times, and notes how long after each the findings had followed.
    fn disturb(&self, monorepo: &Monorepo, times: usize, wall: &mut Vec<f64>) -> Result<()> {
        let event = (self.subject.event)(monorepo);
        let aside = monorepo.tree.aside(self.subject.tool.name);
        if let Some(text) = event.text {
            fs::write(&aside, text).context("could not write the file that will come")?;
        }
        for turn in 0..2 * times {
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
            wall.push(milliseconds(found.duration_since(start)));
            thread::sleep(Duration::from_millis(50));
        }
        if event.text.is_some() {
            fs::remove_file(&aside).context("could not put away the file that came")?;
        }
        Ok(())
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

#[derive(Default)]
struct Edits {
    wall: Vec<f64>,
    processor: Duration,
}

/// What a server shows to somebody who stays: at rest, then edited, then with files that go and come.
///
/// Where one of these fails, the others still count.
struct Stay<'a> {
    session: Session<'a>,
    rest: Result<Rest, String>,
    edits: Result<Edits, String>,
    events: Result<Vec<f64>, String>,
}

impl<'a> Stay<'a> {
    fn begin(
        surroundings: &Surroundings,
        subject: &'a Subject<'a>,
        monorepo: &'a Monorepo,
    ) -> Result<Self, String> {
        let (session, _) = Session::begin(surroundings, subject, monorepo)?;
        let rest = session.settle().and_then(|()| rest(session.editor.process())).map_err(words);
        Ok(Self { session, rest, edits: Ok(Edits::default()), events: Ok(Vec::new()) })
    }

    fn edit(&mut self) {
        if let Ok(edits) = &mut self.edits
            && let Err(error) = self.session.edit(EDITS / TURNS, edits)
        {
            self.edits = Err(words(error));
        }
    }

    fn disturb(&mut self, monorepo: &Monorepo) {
        if let Ok(events) = &mut self.events
            && let Err(error) = self.session.disturb(monorepo, EVENTS / TURNS, events)
        {
            self.events = Err(words(error));
        }
    }
}

/// All servers live side by side and take turns, so that a busy minute of the machine falls on each alike.
fn stay(
    surroundings: &Surroundings,
    subjects: &[Subject<'_>],
    monorepo: &Monorepo,
) -> Result<Vec<Figure>> {
    surroundings.forget()?;
    let begin = |subject| Stay::begin(surroundings, subject, monorepo);
    let mut stays: Vec<Result<Stay<'_>, String>> = subjects.iter().map(begin).collect();
    for _ in 0..TURNS {
        stays.iter_mut().flatten().for_each(Stay::edit);
    }
    let stamp = monorepo.tree.take_stamp()?;
    for _ in 0..TURNS {
        stays.iter_mut().flatten().for_each(|stay| stay.disturb(monorepo));
    }
    // Who failed half-way may have left a file away: without its stamp, the tree is made anew by the next run.
    if stays.iter().flatten().all(|stay| stay.events.is_ok()) {
        monorepo.tree.put_back(&stamp)?;
    }
    let stays = subjects.iter().zip(&stays);
    Ok(stays.flat_map(|(subject, stay)| stayed(subject.tool.name, stay, monorepo.size)).collect())
}

fn stayed(who: &'static str, stay: &Result<Stay<'_>, String>, size: usize) -> Vec<Figure> {
    let stay = stay.as_ref().map_err(Clone::clone);
    let figure = |row: &str, what: &str, unit: Unit, samples: Result<Vec<f64>, String>| {
        Figure::new(&format!("{row}-{size}"), who, what, unit, samples)
    };
    let rest = stay.clone().and_then(|stay| stay.rest.as_ref().map_err(Clone::clone));
    let rested = |of: fn(&Rest) -> f64| rest.clone().map(|rest| vec![of(rest)]);
    let edits = stay.clone().and_then(|stay| stay.edits.as_ref().map_err(Clone::clone));
    let events = stay.and_then(|stay| stay.events.clone());
    let spent = edits.clone().map(|edits| {
        let times = f64::from(u16::try_from(edits.wall.len()).unwrap_or(u16::MAX));
        vec![milliseconds(edits.processor) / times]
    });
    vec![
        figure("memory", "memory at rest", Unit::Memory, rested(|rest| rest.memory)),
        figure("peak", "most memory so far", Unit::Memory, rested(|rest| rest.peak)),
        figure("idle", "processor at rest", Unit::Share, rested(|rest| rest.share)),
        figure("wakes", "wakes at rest", Unit::Wakes, rested(|rest| rest.wakes)),
        figure("edit", "edit to finding", Unit::Wall, edits.map(|edits| edits.wall.clone())),
        figure("edit-cpu", "an edit, on average", Unit::ProcessorTime, spent),
        figure("event", "file event to findings", Unit::Wall, events),
    ]
}

fn words(error: anyhow::Error) -> String {
    format!("{error:#}")
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
