//! One run: make the corpora, measure commands and servers, hold the figures against the goals, tell.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand, ValueEnum};
use serde_json::Value;

use crate::bench::corpus::Corpora;
use crate::bench::corpus::code::Code;
use crate::bench::figure::{Verdict, document, judge};
use crate::bench::goal::GOALS;
use crate::bench::machine::{Machine, Python};
use crate::bench::process::Surroundings;
use crate::bench::tools::Tools;

mod limit;
mod process;
mod dice;
mod machine;
mod corpus;
mod tools;
mod figure;
mod goal;
mod commands;
mod editor;
mod server;
mod document;
mod wrapping;
mod table;

/// The page that keeps the results, in the checkout that this was built from.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");

/// Measure envls beside the limit of its work, and beside other tools.
///
/// Fast or slow, it ends with 0; with 2, where something of envls itself could not be measured.
#[derive(Parser)]
#[command(name = "envls-bench")]
struct Arguments {
    /// Write everything as one JSON document to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the results into docs/performance.md.
    #[arg(long)]
    record: bool,
    /// Measure one part only.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// How often each command runs and each server starts.
    #[arg(long, default_value_t = 11, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    #[command(subcommand)]
    command: Option<Child>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Commands,
    Servers,
    /// Another server behind `envls wrap`.
    Wrapping,
}

#[derive(Subcommand)]
enum Child {
    /// Make the corpora and say where they are.
    Corpus,
    /// Do the least that a piece of work takes: nothing, names, metadata, walk.
    Limit { name: String, path: PathBuf },
}

pub(crate) fn main() -> ExitCode {
    // Before anything is parsed: a limit is to pay for nothing but its work.
    let mut arguments = env::args_os().skip(1);
    let ended = match (arguments.next(), arguments.next(), arguments.next()) {
        (Some(word), Some(name), Some(path)) if word == "limit" => {
            limit::run(&name.to_string_lossy(), Path::new(&path))
                .map(|()| Ended::Measured)
                .map_err(Into::into)
        }
        _ => run(&Arguments::parse()),
    };
    match ended {
        Ok(Ended::Measured) => ExitCode::SUCCESS,
        Ok(Ended::Incomplete) => ExitCode::from(2),
        Err(error) => {
            // Where even this cannot be written, the exit status still says it.
            let _ = writeln!(io::stderr(), "envls-bench: {error:#}");
            ExitCode::from(2)
        }
    }
}

enum Ended {
    Measured,
    /// Something of envls itself could not be measured, or it did not do the work.
    Incomplete,
}

fn run(arguments: &Arguments) -> Result<Ended> {
    if let Some(Child::Limit { name, path }) = &arguments.command {
        limit::run(name, path)?;
        return Ok(Ended::Measured);
    }
    let cache = cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("could not make `{}`", cache.display()))?;
    let python = Python::find()?;
    progress("corpora");
    let corpora = corpus::prepare(&cache, &python)?;
    if let Some(Child::Corpus) = arguments.command {
        return print(&format!("{}\n", cache.display())).map(|()| Ended::Measured);
    }
    progress("tools");
    let tools = Tools::prepare(&cache, &python);
    progress("sources");
    let code = corpus::code::prepare(&cache, &python, &tools);
    measure(arguments, &cache, &corpora, &code, &tools)
}

fn measure(
    arguments: &Arguments,
    cache: &Path,
    corpora: &Corpora,
    code: &Result<Code, String>,
    tools: &Tools,
) -> Result<Ended> {
    let surroundings = Surroundings::new(cache);
    let machine = Machine::look();
    let rounds = usize::from(arguments.rounds);
    let mut parts = Vec::new();
    let mut remarks = Vec::new();
    let wanted = |part| arguments.only.is_none() || arguments.only == Some(part);
    if wanted(Part::Commands) {
        progress("commands");
        remarks = commands::truth(&surroundings, tools, corpora)?;
        parts.push(commands::measure(&surroundings, tools, corpora, code, rounds)?);
    }
    if wanted(Part::Servers) {
        progress("servers");
        parts.push(server::measure(&surroundings, tools, corpora, rounds)?);
        parts.push(document::measure(&surroundings, tools, corpora, code)?);
    }
    if wanted(Part::Wrapping) {
        progress("wrapping");
        parts.push(wrapping::measure(&surroundings, tools, corpora)?);
    }
    let measured = |id: &str| parts.iter().flatten().any(|figure| figure.id() == id);
    let judged: Vec<_> =
        GOALS.iter().filter(|goal| measured(goal.figure)).map(|goal| judge(goal, &parts)).collect();
    let versions = tools.versions();
    let report = table::report(&machine, &versions, &parts, &judged, &remarks);
    print(&report)?;
    if let Some(file) = &arguments.json {
        let tools = versions
            .iter()
            .map(|(name, version)| ((*name).to_owned(), Value::from(version.as_str())));
        let document =
            document(machine.json(), Value::Object(tools.collect()), &parts, &judged, &remarks);
        fs::write(file, format!("{document:#}\n"))
            .with_context(|| format!("could not write `{}`", file.display()))?;
    }
    if arguments.record {
        table::record(Path::new(PAGE), &report)?;
    }
    let unmeasured =
        judged.iter().any(|one| one.verdict == Verdict::NotMeasured && one.value.is_none());
    Ok(if unmeasured || !remarks.is_empty() { Ended::Incomplete } else { Ended::Measured })
}

/// Outside of the checkout, and kept from run to run.
fn cache() -> Result<PathBuf> {
    let place = match env::var_os("ENVLS_CACHE") {
        Some(place) => PathBuf::from(place),
        None => env::home_dir()
            .context("there is no home folder to keep corpora in")?
            .join(".cache/envls-tests"),
    };
    Ok(place.join("bench"))
}

/// Says what is under way to whoever waits; the results alone go to standard output.
fn progress(what: &str) {
    // Nothing is lost where nobody reads.
    let _ = writeln!(io::stderr(), "envls-bench: {what} ...");
}

fn print(text: &str) -> Result<()> {
    io::stdout().write_all(text.as_bytes()).context("could not print")
}
