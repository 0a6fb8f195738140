//! Figures and goals as tables, the same for a terminal and for the page of recorded results.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::bench::figure::{Figure, Judged};
use crate::bench::machine::Machine;

const BEGIN: &str = "<!-- results: written by `tests/bench/run --record` -->";
const END: &str = "<!-- end of results -->";

/// Everything of one run, in Markdown whose columns stand below each other.
pub(crate) fn report(
    machine: &Machine,
    tools: &[(&str, String)],
    parts: &[Vec<Figure>],
    judged: &[Judged],
    remarks: &[String],
) -> String {
    let versions = tools
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect::<Vec<_>>()
        .join(", ");
    let mut text = format!(
        "{}: {}, {} cores, {}, load {} at the start. {versions}.\n\n",
        machine.date, machine.processor, machine.cores, machine.kernel, machine.load
    );
    text.push_str(&goals(judged));
    for part in parts {
        text.push('\n');
        text.push_str(&measured(part));
    }
    let mut absent: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for figure in parts.iter().flatten() {
        if let Err(reason) = &figure.samples {
            absent.entry(reason).or_default().push(figure.id());
        }
    }
    let absent = absent.iter().map(|(reason, figures)| format!("{}: {reason}", figures.join(", ")));
    let remarks: Vec<String> = remarks.iter().cloned().chain(absent).collect();
    if !remarks.is_empty() {
        text.push_str("\nNot measured, or not to be trusted:\n\n");
        text.extend(remarks.iter().map(|remark| format!("- {remark}\n")));
    }
    text
}

fn goals(judged: &[Judged]) -> String {
    let mut rows = vec![
        ["figure", "goal", "is", "of", "ratio", "of minima", "verdict"].map(str::to_owned).to_vec(),
    ];
    rows.extend(judged.iter().map(|one| {
        vec![
            one.subject(),
            one.asked(),
            number(one.value),
            number(one.limit),
            number(one.ratio),
            number(one.ratio_of_minima),
            one.verdict.words().to_owned(),
        ]
    }));
    aligned(&rows)
}

/// A row for each thing measured, a column for each program.
fn measured(figures: &[Figure]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    let mut kinds: Vec<&Figure> = Vec::new();
    for figure in figures {
        if !columns.contains(&figure.who) {
            columns.push(figure.who);
        }
        if !kinds.iter().any(|kind| kind.row == figure.row) {
            kinds.push(figure);
        }
    }
    let mut rows = vec![
        ["row", "what", "unit"].iter().chain(&columns).map(|word| (*word).to_owned()).collect(),
    ];
    for kind in kinds {
        let mut row = vec![kind.row.clone(), kind.what.clone(), kind.unit.words().to_owned()];
        row.extend(columns.iter().map(|who| {
            figures
                .iter()
                .find(|figure| figure.row == kind.row && figure.who == *who)
                .map_or_else(String::new, cell)
        }));
        rows.push(row);
    }
    aligned(&rows)
}

/// The median, and the minimum in brackets; where there are many samples, the 99th percentile too.
fn cell(figure: &Figure) -> String {
    let (median, minimum) = (number(figure.at(50)), number(figure.at(0)));
    match figure.samples.as_ref().map_or(0, Vec::len) {
        0 | 1 => median,
        2..100 => format!("{median} ({minimum})"),
        _ => format!("{median} ({minimum}, p99 {})", number(figure.at(99))),
    }
}

/// Three digits that matter are as many as such measurements have.
fn number(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) if value >= 1.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.3}"),
    }
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (at, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(&format!("| {} |\n", cells.collect::<Vec<_>>().join(" | ")));
        if at == 0 {
            let rules = widths.iter().map(|width| "-".repeat(*width));
            text.push_str(&format!("| {} |\n", rules.collect::<Vec<_>>().join(" | ")));
        }
    }
    text
}

/// Puts a report between the two marks of a page, in place of the one before.
pub(crate) fn record(page: &Path, report: &str) -> Result<()> {
    let text =
        fs::read_to_string(page).with_context(|| format!("could not read `{}`", page.display()))?;
    let (before, rest) =
        text.split_once(BEGIN).context("the page lacks the mark where results begin")?;
    let (_, after) = rest.split_once(END).context("the page lacks the mark where results end")?;
    fs::write(page, format!("{before}{BEGIN}\n\n{report}\n{END}{after}"))
        .context("could not write the page")
}
