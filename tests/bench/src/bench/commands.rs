//! Commands that run to their end: envls beside the limit of each piece of work, and beside uv and pip.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::bench::corpus::code::Code;
use crate::bench::corpus::environment::Environment;
use crate::bench::corpus::home::Home;
use crate::bench::corpus::monorepo::Monorepo;
use crate::bench::corpus::{Corpora, Planted};
use crate::bench::figure::{Figure, Unit};
use crate::bench::process::{Surroundings, complaint, run};
use crate::bench::tools::{Tool, Tools};

type Check<'a> = Box<dyn Fn(&Output) -> Result<(), String> + 'a>;

/// One command among those that take turns.
struct Contender<'a> {
    row: String,
    who: &'static str,
    what: &'static str,
    command: Result<Command, String>,
    /// Whether it did the work that it is timed for; if not, why.
    check: Check<'a>,
    /// Slow ones run in every so many rounds only.
    every: usize,
    milliseconds: Vec<f64>,
}

/// Makes contenders that share their surroundings: the limit and the programs by row.
struct Makers<'a> {
    surroundings: &'a Surroundings,
    tools: &'a Tools,
    this: &'a Path,
}

/// Runs every command once to warm the caches, then so many rounds in turn.
pub(crate) fn measure(
    surroundings: &Surroundings,
    tools: &Tools,
    corpora: &Corpora,
    code: &Result<Code, String>,
    rounds: usize,
) -> Result<Vec<Figure>> {
    let this =
        std::env::current_exe().context("this program does not know where it lies itself")?;
    let makers = Makers { surroundings, tools, this: &this };
    let mut contenders = makers.starting();
    contenders.extend(makers.environment(&corpora.environment));
    contenders.push(makers.home(&corpora.home, &[], "machine", "seventy environments found"));
    for monorepo in &corpora.monorepos {
        let what = "projects found and judged";
        contenders.extend(makers.monorepo(monorepo, "walk", what));
        contenders.push(makers.ruff(&format!("walk-{}", monorepo.size), what, &monorepo.tree.root));
    }
    let what = "the same projects without sources";
    contenders.extend(makers.monorepo(&corpora.bare, "manifests", what));
    contenders.extend(makers.code(code));
    for round in 0..=rounds {
        // Each round begins with another one, so that none always runs after the same neighbour.
        let shift = round % contenders.len();
        contenders.rotate_left(shift);
        for contender in &mut contenders {
            if round == 0 || (round - 1).is_multiple_of(contender.every) {
                turn(contender, surroundings, round)?;
            }
        }
        contenders.rotate_right(shift);
    }
    let mut figures: Vec<Figure> = contenders.into_iter().map(figure).collect();
    figures.push(calls(&makers, &corpora.home)?);
    Ok(figures)
}

fn turn(contender: &mut Contender<'_>, surroundings: &Surroundings, round: usize) -> Result<()> {
    let Ok(command) = &mut contender.command else { return Ok(()) };
    surroundings.forget()?;
    let ran = run(command)?;
    match (contender.check)(&ran.output) {
        Err(reason) => contender.command = Err(reason),
        Ok(()) if round > 0 => contender.milliseconds.push(ran.processor.as_secs_f64() * 1e3),
        Ok(()) => {}
    }
    Ok(())
}

fn figure(contender: Contender<'_>) -> Figure {
    let samples = contender.command.map(|_| contender.milliseconds);
    Figure::new(&contender.row, contender.who, contender.what, Unit::ProcessorTime, samples)
}

/// What the file system is asked, as strace counts it: every call that names a path, and every reading of a folder.
const TRACED: &str = "trace=%file,getdents64";

/// How often the file system is asked until every environment of a machine is found; once is as good as often.
fn calls(makers: &Makers<'_>, home: &Home) -> Result<Figure> {
    let record = makers.surroundings.record();
    let path = record.to_string_lossy().into_owned();
    let tracing = ["strace", "--seccomp-bpf", "-f", "-c", "-qq", "-e", TRACED, "-o", &path];
    let (row, what) = ("machine-calls", "seventy environments found");
    let mut contender = makers.home(home, &tracing, row, what);
    makers.surroundings.forget()?;
    let samples = match &mut contender.command {
        Err(reason) => Err(reason.clone()),
        Ok(command) => match run(command) {
            // strace is no part of envls: where it is not, there is no figure.
            Err(error) => Err(format!("{error:#}")),
            Ok(ran) => (contender.check)(&ran.output).and_then(|()| counted(&record)),
        },
    };
    Ok(Figure::new(row, contender.who, what, Unit::Calls, samples))
}

/// The total of strace's table: the fourth column of its last line.
fn counted(record: &Path) -> Result<Vec<f64>, String> {
    let table = fs::read_to_string(record).map_err(|error| error.to_string())?;
    let total = table.lines().rev().find(|it| it.trim_end().ends_with("total"));
    let calls = total.and_then(|it| it.split_whitespace().nth(3)?.parse().ok());
    calls.map(|it| vec![it]).ok_or_else(|| "strace counted nothing".to_owned())
}

impl Makers<'_> {
    /// Finding every environment of a home and a workspace, by a command that may come after another one.
    fn home<'a>(
        &self,
        home: &'a Home,
        before: &[&str],
        row: &str,
        what: &'static str,
    ) -> Contender<'a> {
        let command = self.tools.envls.program.as_ref().map_err(Clone::clone).map(|program| {
            let first = before.first().map_or(program.path.as_path(), Path::new);
            let mut command = self.surroundings.command(first);
            command.args(before.iter().skip(1));
            if !before.is_empty() {
                command.arg(&program.path);
            }
            command.args(["envs", "--output-format", "json"]).arg(&home.work);
            let state = self.surroundings.state();
            command.env_clear().env("HOME", &home.home).env("PATH", "/usr/bin:/bin");
            command.env("ENVLS_STATE_DIR", state);
            command
        });
        Contender::new(row, what, self.tools.envls.name, command)
            .checked(|output| finds_all(output, home))
    }

    fn starting<'a>(&self) -> Vec<Contender<'a>> {
        let what = "start: an empty process";
        let envls =
            self.program("start", what, &self.tools.envls, &["--version"], &[]).checked(ended_well);
        vec![self.limit("start", what, "nothing", Path::new("."), 0), envls]
    }

    fn environment<'a>(&self, environment: &'a Environment) -> Vec<Contender<'a>> {
        let packages = environment.site_packages.as_path();
        let (python, project) = (environment.interpreter.as_path(), environment.project.as_path());
        let count = environment.names.len();
        let named = |output: &Output| names_all(output, &environment.names);
        let conflicts = environment.conflicts;
        let (row, what) = ("inventory", "inventory of 500 distributions");
        let mut all = vec![
            self.limit(row, what, "names", packages, count),
            self.program(row, what, &self.tools.envls, &["inventory"], &[packages]).checked(named),
            self.program(row, what, &self.tools.uv, &["pip", "list", "--python"], &[python])
                .checked(named),
            self.pip(row, what, "list", python).checked(named),
        ];
        let (row, what) = ("check", "check of 500 distributions");
        all.extend([
            self.limit(row, what, "metadata", packages, count),
            self.program(row, what, &self.tools.envls, &["check"], &[project])
                .checked(move |output| conflicts_all(output, conflicts)),
            self.program(row, what, &self.tools.uv, &["pip", "check", "--python"], &[python])
                .checked(move |output| {
                    says(output, &format!("Found {conflicts} incompatibilities"))
                }),
            self.pip(row, what, "check", python).checked(move |output| lines(output, conflicts)),
        ]);
        // The same command, for whatever it looks at: no METADATA need be read to know what is declared and absent.
        let what = "`envls check`: 120 declared requirements";
        all.push(
            self.program("declared", what, &self.tools.envls, &["check"], &[project])
                .checked(found_some),
        );
        let what = "`envls envs`: machine and project";
        all.push(
            self.program("environments", what, &self.tools.envls, &["envs"], &[project])
                .checked(ended_well),
        );
        all
    }

    fn monorepo<'a>(
        &self,
        monorepo: &'a Monorepo,
        row: &str,
        what: &'static str,
    ) -> Vec<Contender<'a>> {
        let row = format!("{row}-{}", monorepo.size);
        let root = monorepo.tree.root.as_path();
        let check =
            self.program(&row, what, &self.tools.envls, &["check"], &[root]).checked(found_some);
        vec![self.limit(&row, what, "walk", root, monorepo.manifests), check]
    }

    /// The imports of real sources, and whether something comes of them.
    fn code<'a>(&self, code: &'a Result<Code, String>) -> Vec<Contender<'a>> {
        let (row, what) = ("imports", "imports of 6,000 real sources");
        match code {
            Ok(code) => {
                let root = code.tree.root.as_path();
                let envls = self.program(row, what, &self.tools.envls, &["check"], &[root]);
                vec![envls.checked(found_some), self.ruff(row, what, root)]
            }
            Err(reason) => {
                vec![Contender::new(row, what, self.tools.envls.name, Err(reason.clone()))]
            }
        }
    }

    /// What ruff does with imports: it sorts them, and finds those that are not used.
    fn ruff<'a>(&self, row: &str, what: &'static str, root: &Path) -> Contender<'a> {
        let words = ["check", "--isolated", "--no-cache", "--select", "I,F401"];
        self.program(row, what, &self.tools.ruff, &words, &[root]).checked(found_some)
    }

    fn limit<'a>(
        &self,
        row: &str,
        what: &'static str,
        name: &str,
        path: &Path,
        items: usize,
    ) -> Contender<'a> {
        let mut command = self.surroundings.command(self.this);
        command.args(["limit", name]).arg(path);
        Contender::new(row, what, "limit", Ok(command))
            .checked(move |output| says(output, &format!("{items} ")))
    }

    fn program<'a>(
        &self,
        row: &str,
        what: &'static str,
        tool: &Tool,
        words: &[&str],
        paths: &[&Path],
    ) -> Contender<'a> {
        let command = tool.program.as_ref().map_err(Clone::clone).map(|program| {
            let mut command = self.surroundings.command(&program.path);
            command.args(words).args(paths);
            command
        });
        Contender::new(row, what, tool.name, command)
    }

    /// Pip is run by the interpreter of the environment, as where it is installed there: without a second start.
    fn pip<'a>(&self, row: &str, what: &'static str, word: &str, python: &Path) -> Contender<'a> {
        let command = self.tools.pip.program.as_ref().map_err(Clone::clone).map(|program| {
            let mut command = self.surroundings.command(python);
            command.arg(&program.path).args(["--disable-pip-version-check", word]);
            command
        });
        Contender { every: 3, ..Contender::new(row, what, self.tools.pip.name, command) }
    }
}

impl<'a> Contender<'a> {
    fn new(
        row: &str,
        what: &'static str,
        who: &'static str,
        command: Result<Command, String>,
    ) -> Self {
        let check = Box::new(|_: &Output| Ok(()));
        Self { row: row.to_owned(), who, what, command, check, every: 1, milliseconds: Vec::new() }
    }

    fn checked(mut self, check: impl Fn(&Output) -> Result<(), String> + 'a) -> Self {
        self.check = Box::new(check);
        self
    }
}

fn ended_well(output: &Output) -> Result<(), String> {
    if output.status.success() { Ok(()) } else { Err(complaint(output)) }
}

/// Both corpora have planted trouble, so a check that finds none has not looked.
fn found_some(output: &Output) -> Result<(), String> {
    if output.status.code() == Some(1) && !output.stdout.is_empty() {
        Ok(())
    } else {
        Err(complaint(output))
    }
}

/// Uv and pip check what is installed against itself, for which every METADATA must be read. A check that misses the
/// conflicts planted there has done less, and its time says nothing beside theirs or beside the limit.
fn conflicts_all(output: &Output, planted: usize) -> Result<(), String> {
    found_some(output)?;
    let found = String::from_utf8_lossy(&output.stdout).matches("[conflicting-installed]").count();
    if found == planted {
        Ok(())
    } else {
        Err(format!(
            "it finds {found} of the {planted} conflicts among what is installed, so it is no full check"
        ))
    }
}

fn finds_all(output: &Output, home: &Home) -> Result<(), String> {
    ended_well(output)?;
    let said: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let listed = said["environments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found: BTreeSet<&str> = listed.iter().filter_map(|it| it["prefix"].as_str()).collect();
    let missed: Vec<String> = home
        .prefixes
        .iter()
        .map(|it| it.to_string_lossy().into_owned())
        .filter(|it| !found.contains(it.as_str()))
        .collect();
    if missed.is_empty() {
        return Ok(());
    }
    let (some, all) = (missed.len(), home.prefixes.len());
    Err(format!("{some} of {all} environments are not found: {}", missed.join(" ")))
}

fn names_all(output: &Output, names: &BTreeSet<String>) -> Result<(), String> {
    ended_well(output)?;
    let said = String::from_utf8_lossy(&output.stdout).to_lowercase().replace(['_', '.'], "-");
    match names.iter().filter(|name| !said.contains(name.as_str())).count() {
        0 => Ok(()),
        missing => Err(format!("{missing} of {} distributions are not in its answer", names.len())),
    }
}

fn says(output: &Output, words: &str) -> Result<(), String> {
    let said = [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)];
    if said.iter().any(|text| text.contains(words)) {
        Ok(())
    } else {
        Err(format!("its answer lacks `{words}`: {}", complaint(output)))
    }
}

fn lines(output: &Output, wanted: usize) -> Result<(), String> {
    let count = String::from_utf8_lossy(&output.stdout).lines().count();
    if count == wanted {
        Ok(())
    } else {
        Err(format!("{count} lines where {wanted} were planted: {}", complaint(output)))
    }
}

/// Asks `envls check` once for its findings as JSON and compares them with what was planted; what differs is returned.
///
/// It is not timed. A figure of a check that finds the wrong things is worth nothing.
pub(crate) fn truth(
    surroundings: &Surroundings,
    tools: &Tools,
    corpora: &Corpora,
) -> Result<Vec<String>> {
    let Ok(envls) = &tools.envls.program else { return Ok(Vec::new()) };
    let environment = &corpora.environment;
    let mut trees = vec![(
        "environment".to_owned(),
        &environment.project,
        &environment.absent,
        &environment.mismatched,
    )];
    trees.extend(corpora.monorepos.iter().map(|monorepo| {
        let name = format!("monorepo-{}", monorepo.size);
        (name, &monorepo.tree.root, &monorepo.absent, &monorepo.mismatched)
    }));
    let mut differences = Vec::new();
    for (tree, root, absent, mismatched) in trees {
        surroundings.forget()?;
        let mut command = surroundings.command(&envls.path);
        let output = run(command.args(["check", "--output-format", "json"]).arg(root))?.output;
        let Ok(document) = serde_json::from_slice::<Value>(&output.stdout) else {
            differences
                .push(format!("`envls check` of {tree} gives no JSON: {}", complaint(&output)));
            continue;
        };
        for (code, planted) in [("not-installed", absent), ("version-mismatch", mismatched)] {
            let found = found(&document, code);
            let (missed, false_alarms) =
                (planted.difference(&found).count(), found.difference(planted).count());
            if missed + false_alarms > 0 {
                let count = planted.len();
                differences
                    .push(format!("`envls check` of {tree}: {code}: {count} planted, {missed} missed, {false_alarms} false"));
            }
        }
    }
    Ok(differences)
}

fn found(document: &Value, code: &str) -> Planted {
    let findings = document["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of_code = findings.iter().filter(|finding| finding["code"] == code);
    of_code
        .filter_map(|finding| {
            let distribution = finding["subject"]["distribution"]
                .as_str()?
                .to_lowercase()
                .replace(['_', '.'], "-");
            Some((finding["path"].as_str()?.into(), distribution))
        })
        .collect()
}
