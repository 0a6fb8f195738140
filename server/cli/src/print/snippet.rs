//! The line that a finding stands on, with the stretch underlined.

use anstyle::Style;
use unicode_width::UnicodeWidthChar as _;

use super::{
    plain::commands,
    style::{DIM, styled},
};
use crate::findings::Line;

/// A character as it is shown, and how many columns it takes.
struct Cell {
    shown: char,
    width: usize,
    marked: bool,
}

/// Two lines: the source, cut around the stretch where it is wider than `columns`, and the underline.
pub(crate) fn snippet(line: &Line<'_>, number: u32, style: Style, columns: usize) -> [String; 2] {
    let margin = (number + 1).to_string();
    let blank = " ".repeat(margin.len());
    let room = columns.saturating_sub(margin.len() + 3).max(20);
    let (cells, cut) = window(cells(line), room);
    let source: String = cells.iter().map(|it| it.shown).collect();
    let source = if cut { format!("…{source}") } else { source };
    let before: usize = cells.iter().take_while(|it| !it.marked).map(|it| it.width).sum();
    let marked: usize = cells.iter().filter(|it| it.marked).map(|it| it.width).sum();
    let indent = " ".repeat(before + usize::from(cut));
    let underline = styled(style, "^".repeat(marked.max(1)));
    let (margin, bar) = (styled(DIM, margin), styled(DIM, "|"));
    [format!("{margin} {bar} {}", source.trim_end()), format!("{blank} {bar} {indent}{underline}")]
}

fn cells(line: &Line<'_>) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (at, character) in line.text.char_indices() {
        let marked = (line.start..line.end).contains(&at);
        let cell = |shown: char| Cell { shown, width: shown.width().unwrap_or(0), marked };
        match character {
            '\t' => cells.extend(" ".repeat(4).chars().map(cell)),
            it if commands(it) => cells.push(cell('\u{fffd}')),
            it => cells.push(cell(it)),
        }
    }
    if line.start >= line.text.len() {
        // The stretch is the end of the line.
        cells.push(Cell { shown: ' ', width: 1, marked: true });
    }
    cells
}

/// As much of a line as there is room for, around its stretch, and whether something before it was left out.
fn window(cells: Vec<Cell>, room: usize) -> (Vec<Cell>, bool) {
    let width: usize = cells.iter().map(|it| it.width).sum();
    if width <= room {
        return (cells, false);
    }
    let first = cells.iter().position(|it| it.marked).unwrap_or(0);
    let last = cells.iter().rposition(|it| it.marked).map_or(first, |it| it + 1);
    let skip = if last <= room { 0 } else { first.saturating_sub(room / 4) };
    let mut left = room.saturating_sub(1);
    let fits = |it: &Cell| {
        let fits = it.width <= left;
        left = left.saturating_sub(it.width);
        fits
    };
    (cells.into_iter().skip(skip).take_while(fits).collect(), skip > 0)
}
