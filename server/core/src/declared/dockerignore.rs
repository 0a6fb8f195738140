//! `.dockerignore` (*Docker build context*, `.dockerignore` files): what never comes into an image. One that is named after a
//! Dockerfile comes before that of the folder.

use super::{Declarations, Format};
use crate::text::Span;

pub(super) static FORMAT: Format = Format {
    name: "dockerignore",
    summary: "`.dockerignore`, `*.dockerignore`, `.containerignore`: what is kept out of the images built here",
    globs: &["*.dockerignore", ".containerignore"],
    matches: |name, _| name.ends_with(".dockerignore") || name == ".containerignore",
    read,
};

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub span: Span,
    /// Without `!` and without slashes around it.
    pub glob: String,
    pub takes_back: bool,
}

fn read(text: &str) -> Declarations {
    let mut patterns = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim().trim_start_matches('\u{feff}');
        let span = Span::new(start, start + line.trim_end().len());
        start += line.len();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (takes_back, glob) = match trimmed.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, trimmed),
        };
        let glob = glob.trim_start_matches("./").trim_matches('/').to_owned();
        patterns.push(Pattern { span, glob, takes_back });
    }
    Declarations { patterns, ..Declarations::default() }
}

/// Whether these patterns leave a path of the context out; the last one that matches decides. A folder goes with all that is in
/// it.
#[must_use]
pub fn leaves_out(patterns: &[Pattern], path: &str) -> bool {
    let around = path.match_indices('/').map(|it| it.0).chain([path.len()]);
    let around: Vec<&str> = around.filter_map(|at| path.get(..at)).collect();
    let matches = |pattern: &Pattern| {
        // Most lines are plain names, for which no automaton is made.
        if !pattern.glob.contains(['*', '?', '[', '\\', '{']) {
            return pattern.glob == "." || around.contains(&&*pattern.glob);
        }
        // The syntax is that of Go's `filepath.Match`, with `**` besides.
        let glob = globset::GlobBuilder::new(&pattern.glob).literal_separator(true).build();
        glob.is_ok_and(|it| {
            let matcher = it.compile_matcher();
            around.iter().any(|it| matcher.is_match(it))
        })
    };
    patterns.iter().rev().find(|it| matches(it)).is_some_and(|it| !it.takes_back)
}
