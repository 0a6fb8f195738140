//! `environment.yml` (conda, *Creating an environment file manually*): what conda installs, and what pip installs after it.

use std::collections::BTreeSet;

use super::{Fact, Format, Says, Set, requirements};
use crate::{
    standard::match_spec,
    text::Span,
    tree::{self, Node},
};

pub(super) static FORMAT: Format = Format {
    name: "environment",
    summary: "`environment*.yml`, `environment*.yaml`: what conda installs, and its `pip` section",
    globs: &["environment*.yml", "environment*.yaml"],
    matches,
    marks_project: true,
    of_project: true,
    read,
};

fn matches(name: &str, _: &str) -> bool {
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    let rest = stem.and_then(|it| it.strip_prefix("environment"));
    rest.is_some_and(|it| it.is_empty() || it.starts_with(['-', '_', '.']))
}

/// How many lines of a damaged file are passed over before the rest of it is given up.
const PATIENCE: usize = 8;

fn read(text: &str, _: &str, _: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut readable = text.to_owned();
    for _ in 0..PATIENCE {
        let tree = tree::yaml(&readable);
        let Some(trouble) = tree.troubles.first() else {
            dependencies(tree.root(), text, &mut facts);
            return facts;
        };
        // What is half typed harms its own line: without it the rest can be read.
        let at = trouble.span.start.min(readable.len());
        let Some(line) = last_line(&readable, at) else { break };
        let spelled = readable.get(line.start..line.end).unwrap_or("");
        let start = line.start + spelled.len() - spelled.trim_start().len();
        let span = Span::new(start, start + spelled.trim().len());
        facts.push(Fact { span, says: Says::Unreadable(trouble.words.clone()) });
        readable.replace_range(line.start..line.end, &" ".repeat(line.end - line.start));
    }
    facts
}

/// The last line that begins before a byte and holds something.
fn last_line(text: &str, at: usize) -> Option<Span> {
    let at = text.floor_char_boundary(at);
    let end = text.get(at..)?.find('\n').map_or(text.len(), |it| at + it);
    let filled = text.get(..end)?.trim_end().len();
    let start = text.get(..filled)?.rfind('\n').map_or(0, |it| it + 1);
    (start < filled).then_some(Span::new(start, filled))
}

/// What stands behind an alias is a fact of the place where it is written, and is one fact however often it is used: so no number
/// of aliases makes more of a file than it has.
fn dependencies(root: Node<'_, '_>, text: &str, facts: &mut Vec<Fact>) {
    let (mut of_conda, mut of_pip, mut lists) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for element in root.merged("dependencies").into_iter().flat_map(Node::elements) {
        if let Some(word) = element.word() {
            if of_conda.insert(element.span()) {
                let place = Place::of(text, element, word);
                facts.extend(package(word).map(|it| place.put(it)));
            }
        } else if element.elements().next().is_some() {
            // conda takes no list in the list, which is what an alias of one would be.
            let words = "a list stands in the list of dependencies, and conda takes none there: write each on a line of its own";
            let span = first_line(text, element.span());
            if lists.insert(span) {
                facts.push(Fact { span, says: Says::Unreadable(words.to_owned()) });
            }
        }
        let pip = element.merged("pip").filter(|it| lists.insert(it.span()));
        for line in pip.into_iter().flat_map(Node::elements) {
            let Some(word) = line.word().filter(|_| of_pip.insert(line.span())) else { continue };
            let place = Place::of(text, line, word);
            facts.extend(
                requirements::read_piece(word, &Set::Main).into_iter().map(|it| place.put(it)),
            );
        }
    }
}

/// As much of a stretch as stands on the line that it begins on.
fn first_line(text: &str, span: Span) -> Span {
    let spelled = text.get(span.start..span.end).unwrap_or("");
    let line = spelled.lines().next().unwrap_or("").trim_end();
    Span::new(span.start, span.start + line.len())
}

/// What an element of the list asks conda for.
fn package(word: &str) -> Option<Fact> {
    let spec = match_spec::parse(word, 0)?;
    let start = word.len() - word.trim_start().len();
    let whole = Span::new(start, start + word.trim().len());
    let python = match &spec.version {
        Some((version, span)) if spec.name == "python" => {
            match_spec::specifiers(version).filter(|it| !it.is_empty()).map(|it| (it, *span))
        }
        _ => None,
    };
    if spec.name == "pip" && spec.version.is_none() {
        return None;
    }
    Some(match python {
        Some((specifiers, span)) => {
            Fact { span, says: Says::RequiresPython(specifiers.to_string()) }
        }
        None => Fact { span: whole, says: Says::Conda { set: Set::Main, spec } },
    })
}

/// Where what a scalar says stands in the file.
enum Place {
    /// Each byte stands for itself from here on.
    From(usize),
    /// Escapes and folded lines are not followed.
    Within(Span),
}

impl Place {
    fn of(text: &str, node: Node<'_, '_>, word: &str) -> Place {
        let span = node.span();
        let spelled = text.get(span.start..).unwrap_or("");
        if spelled.starts_with(word) { Place::From(span.start) } else { Place::Within(span) }
    }

    fn put(&self, fact: Fact) -> Fact {
        fact.relocated(|it| match self {
            Place::From(start) => it.shifted(*start),
            Place::Within(span) => *span,
        })
    }
}
