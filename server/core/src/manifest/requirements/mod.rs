//! `requirements.txt` and its kin: the whole grammar that pip reads (pip documentation, *Requirements File Format*).

mod direct;
mod lines;
mod options;

use self::{
    direct::Direct,
    lines::Line,
    options::{Given, Purpose, Unknown},
};
use super::{Fact, Format, Says, Set};
use crate::{
    standard::requirement::{self, Invalid, Requirement},
    text::Span,
};

pub(super) static FORMAT: Format = Format {
    name: "requirements",
    summary: "`requirements*.txt`, `*-requirements.txt`, `requirements/*.txt`, `constraints*.txt`, and the same as `*.in`",
    globs: &[
        "requirements*.txt",
        "requirements*.in",
        "*-requirements.txt",
        "*-requirements.in",
        "*_requirements.txt",
        "requirements/*.txt",
        "requirements/*.in",
        "constraints*.txt",
        "constraints*.in",
    ],
    matches,
    marks_project: true,
    of_project: true,
    read,
};

fn matches(name: &str, folder: &str) -> bool {
    let Some(stem) = stem(name) else { return false };
    folder == "requirements" || is_constraints(stem) || distinguishing(stem).is_some()
}

fn stem(name: &str) -> Option<&str> {
    name.strip_suffix(".txt").or_else(|| name.strip_suffix(".in"))
}

fn is_constraints(stem: &str) -> bool {
    stem.starts_with("constraints")
}

/// What a file's name says beside `requirements`: `dev` in `requirements-dev` and `dev-requirements`, nothing in
/// `requirements`; `None` where it does not say `requirements` at all.
fn distinguishing(stem: &str) -> Option<&str> {
    let separators = ['-', '_', '.'];
    if let Some(rest) = stem.strip_prefix("requirements") {
        return Some(rest.trim_start_matches(separators));
    }
    stem.strip_suffix("requirements")?.strip_suffix(separators).filter(|it| !it.is_empty())
}

/// What such a file in a folder of them is called that holds what is always needed.
const ALWAYS: [&str; 5] = ["base", "common", "core", "default", "main"];

/// Which set the requirements of a file belong to, by its name and that of its folder. A file of any other name was found
/// through an include, so it belongs to what is always needed, as far as it alone can say.
pub(super) fn set_of(name: &str, folder: &str) -> Set {
    let stem = stem(name).unwrap_or(name);
    if is_constraints(stem) || stem.ends_with("-constraints") {
        return Set::Constraint;
    }
    match distinguishing(stem) {
        Some("") => Set::Main,
        Some(part) => Set::Group(part.to_owned()),
        None if folder == "requirements" && ALWAYS.contains(&stem) => Set::Main,
        None if folder == "requirements" => Set::Group(stem.to_owned()),
        None => Set::Main,
    }
}

fn read(text: &str, name: &str, folder: &str) -> Vec<Fact> {
    read_piece(text, &set_of(name, folder))
}

/// Reads lines that stand elsewhere, as in the `pip` section of an `environment.yml`; spans count from the start of the text.
pub(super) fn read_piece(text: &str, set: &Set) -> Vec<Fact> {
    let mut reader = Reader { set, facts: Vec::new() };
    for line in lines::lines(text) {
        reader.line(&line);
    }
    reader.facts
}

struct Reader<'set> {
    set: &'set Set,
    facts: Vec<Fact>,
}

impl Reader<'_> {
    fn say(&mut self, line: &Line<'_>, span: Span, says: Says) {
        self.facts.push(Fact { span: line.place(span), says });
    }

    fn unreadable(&mut self, line: &Line<'_>, span: Span, words: impl Into<String>) {
        self.say(line, span, Says::Unreadable(words.into()));
    }

    fn line(&mut self, line: &Line<'_>) {
        let text = &*line.text;
        self.variables(line);
        let options_start = options::begin(text);
        let (options, unknown) = options::options(text, options_start);
        let before = text.get(..options_start).unwrap_or("");
        let leading = before.len() - before.trim_start().len();
        let span = Span::new(leading, leading + before.trim().len());
        if span.start < span.end {
            self.requirement(line, span);
            for option in &options {
                self.option_of_requirement(line, option);
            }
        } else {
            for option in &options {
                self.option(line, option);
            }
        }
        if let Some(Unknown { span, words }) = unknown {
            self.unreadable(line, span, words);
        }
    }

    fn variables(&mut self, line: &Line<'_>) {
        for (span, name) in variables(&line.text) {
            self.say(line, span, Says::Variable(name.to_owned()));
        }
    }

    fn option_of_requirement(&mut self, line: &Line<'_>, option: &Given<'_>) {
        match option.purpose {
            Purpose::Hash => self.hash(line, option),
            Purpose::Building => {}
            _ => {
                let words = format!("`{}` must stand on a line of its own", option.name);
                self.unreadable(line, option.name_span, words);
            }
        }
    }

    /// pip takes no weaker algorithm (pip documentation, *Secure installs*).
    fn hash(&mut self, line: &Line<'_>, option: &Given<'_>) {
        let (algorithm, digest) = option.value.split_once(':').unwrap_or((&option.value, ""));
        let words = if !matches!(algorithm, "sha256" | "sha384" | "sha512") {
            "expected `sha256:`, `sha384:` or `sha512:` after `--hash=`"
        } else if digest.is_empty() || !digest.bytes().all(|it| it.is_ascii_hexdigit()) {
            "expected a hash in hexadecimal digits"
        } else {
            return;
        };
        self.unreadable(line, option.value_span, words);
    }

    fn option(&mut self, line: &Line<'_>, option: &Given<'_>) {
        let span = option.value_span;
        match option.purpose {
            Purpose::Requirement | Purpose::Constraint => {
                let target = option.value.strip_prefix("file:").unwrap_or(&option.value);
                let target = target.strip_prefix("//").unwrap_or(target);
                // What lies on a server, or behind a variable, is no file that we could look at.
                if !target.contains("://") && variables(target).next().is_none() {
                    let constraint = option.purpose == Purpose::Constraint;
                    self.say(line, span, Says::Includes { target: target.to_owned(), constraint });
                }
            }
            Purpose::Editable if *self.set == Set::Constraint => {
                self.unreadable(line, span, "a constraint cannot be editable");
            }
            Purpose::Editable => self.direct(line, span, &option.value, true),
            Purpose::Hash | Purpose::Building => {
                let words = format!("`{}` must follow a requirement on its line", option.name);
                self.unreadable(line, option.name_span, words);
            }
            Purpose::Global => {}
        }
    }

    fn requirement(&mut self, line: &Line<'_>, span: Span) {
        let text = line.text.get(span.start..span.end).unwrap_or("");
        // One that joins lines is gone by now.
        if text.ends_with('\\') {
            let backslash = Span::new(span.end - 1, span.end);
            let words = "a `\\` that joins lines must be the last character of its line";
            self.unreadable(line, backslash, words);
            let before = text.trim_end_matches(|it: char| it == '\\' || it.is_whitespace());
            if !before.is_empty() {
                self.requirement(line, Span::new(span.start, span.start + before.len()));
            }
            return;
        }
        if direct::is_direct(text) {
            return self.direct(line, span, text, false);
        }
        match requirement::parse(text, span.start) {
            Ok(requirement) => self.take(line, span, requirement),
            // What a variable stands for may be anything, so only the name is known.
            Err(_) if variables(text).next().is_some() => {
                let (word, _) = text.split_once(|it: char| !is_of_name(it)).unwrap_or((text, ""));
                if let Ok(requirement) = requirement::parse(word, span.start) {
                    self.take(line, span, Requirement { spelled: text.to_owned(), ..requirement });
                }
            }
            Err(invalid) => self.refuse(line, span, invalid),
        }
    }

    fn take(&mut self, line: &Line<'_>, span: Span, requirement: Requirement) {
        let extras = requirement.extras.first().zip(requirement.extras.last());
        if let (Set::Constraint, Some((first, last))) = (self.set, extras) {
            let brackets = Span::new(first.1.start - 1, last.1.end + 1);
            let message = "a constraint cannot have extras".to_owned();
            return self.refuse(line, span, Invalid { span: brackets, message, repair: None });
        }
        let requirement = requirement.relocated(|it| line.place(it)).into();
        self.say(line, span, Says::Requirement { set: self.set.clone(), requirement });
    }

    fn refuse(&mut self, line: &Line<'_>, span: Span, invalid: Invalid) {
        let invalid = invalid.relocated(|it| line.place(it));
        self.say(line, span, Says::InvalidRequirement { set: self.set.clone(), invalid });
    }

    /// Something that is installed from a path or a URL.
    fn direct(&mut self, line: &Line<'_>, span: Span, text: &str, editable: bool) {
        match direct::read(text, span.start) {
            Ok(Direct::Named(requirement)) => self.take(line, span, *requirement),
            Ok(Direct::Nameless(target)) if *self.set == Set::Constraint => {
                self.unreadable(
                    line,
                    span,
                    format!("a constraint needs a name, as in `name @ {target}`"),
                );
            }
            Ok(Direct::Nameless(target)) => {
                self.say(line, span, Says::Direct { set: self.set.clone(), target, editable });
            }
            Err(invalid) => self.refuse(line, span, invalid),
        }
    }
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// The environment variables that pip puts in: `${NAME}`, capital letters, digits and `_` only.
fn variables(text: &str) -> impl Iterator<Item = (Span, &str)> {
    text.match_indices("${").filter_map(|(at, _)| {
        let rest = text.get(at + 2..)?;
        let fits = |it: char| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_';
        let end = rest.find(|it| !fits(it)).filter(|it| *it > 0 && rest[*it..].starts_with('}'))?;
        Some((Span::new(at, at + end + 3), rest.get(..end)?))
    })
}
