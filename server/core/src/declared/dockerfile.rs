//! `Dockerfile` and `Containerfile` (*Dockerfile reference*, Docker; containerfile(5)): the stages that build an image. What a
//! build runs is read as words and never run.

use std::collections::BTreeMap;

use super::{Command, Declarations, Does, Format, Stage, Step, commands};
use crate::{standard::pyvenv::Said, text::Span};

pub(super) static FORMAT: Format = Format {
    name: "dockerfile",
    summary: "`Dockerfile`, `Containerfile`, `Dockerfile.*`, `*.Dockerfile`: how an image is built",
    globs: &["Dockerfile", "Containerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile"],
    matches,
    read,
};

fn matches(name: &str, _: &str) -> bool {
    let ends = name.ends_with(".Dockerfile") || name.ends_with(".dockerfile");
    let begins = ["Dockerfile.", "Containerfile."].iter().any(|it| name.starts_with(it));
    let ignores = name.ends_with(".dockerignore") || name.ends_with(".containerignore");
    !ignores && (matches!(name, "Dockerfile" | "Containerfile") || ends || begins)
}

fn read(text: &str) -> Declarations {
    let mut declarations = Declarations::default();
    let mut instructions = Instructions { text, at: 0, escape: escape(text) };
    while let Some(instruction) = instructions.next() {
        instruction.put(&mut declarations);
    }
    declarations
}

/// The character that continues a line, which the first lines may change.
fn escape(text: &str) -> char {
    let directives = text.lines().map(str::trim).take_while(|it| it.starts_with('#'));
    let said = directives.filter_map(|it| it.trim_start_matches('#').trim().split_once('='));
    let mut escapes = said.filter(|it| it.0.trim().eq_ignore_ascii_case("escape"));
    escapes.next().and_then(|it| it.1.trim().chars().next()).unwrap_or('\\')
}

/// One instruction. Of its text each byte stands where it stands in the file: what continues a line is blank.
struct Instruction {
    start: usize,
    text: String,
    /// What stands in the documents that follow it.
    documents: Vec<(usize, String)>,
}

struct Instructions<'text> {
    text: &'text str,
    at: usize,
    escape: char,
}

impl Instructions<'_> {
    fn line(&mut self) -> Option<(usize, String)> {
        let rest = self.text.get(self.at..).filter(|it| !it.is_empty())?;
        let end = rest.find('\n').map_or(rest.len(), |it| it + 1);
        let start = self.at;
        self.at += end;
        Some((start, rest.get(..end)?.trim_end_matches(['\n', '\r']).to_owned()))
    }

    fn next(&mut self) -> Option<Instruction> {
        let (start, mut text) = loop {
            let (start, line) = self.line()?;
            let trimmed = line.trim();
            if !trimmed.is_empty() && !trimmed.starts_with('#') {
                break (start, line);
            }
        };
        loop {
            let filled = text.trim_end();
            if !filled.ends_with(self.escape) {
                break;
            }
            let kept = filled.len() - self.escape.len_utf8();
            text.truncate(kept);
            // Comments and empty lines in between do not end it.
            let next = loop {
                match self.line() {
                    None => break None,
                    Some((_, line)) if line.trim().is_empty() || line.trim().starts_with('#') => {}
                    Some(line) => break Some(line),
                }
            };
            let Some((at, line)) = next else { break };
            text.push_str(&" ".repeat((at - start).saturating_sub(text.len())));
            text.push_str(&line);
        }
        let mut documents = Vec::new();
        for (marker, indented) in markers(&text) {
            let begins = self.at;
            let ends = loop {
                let Some((at, line)) = self.line() else { break self.at };
                let plain = if indented { line.trim_start_matches('\t') } else { &line };
                if plain == marker {
                    break at;
                }
            };
            let document = self.text.get(begins..ends).unwrap_or("").to_owned();
            documents.push((begins, document));
        }
        Some(Instruction { start, text, documents })
    }
}

/// The words that end the documents which an instruction begins: `<<EOF`, `<<-EOF`, `<<"EOF"`.
fn markers(text: &str) -> Vec<(String, bool)> {
    let keyword = text.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
    if !matches!(&*keyword, "RUN" | "COPY" | "ADD") {
        return Vec::new();
    }
    let marker = |(at, _): (usize, &str)| {
        let rest = text.get(at + 2..)?;
        let (rest, indented) = rest.strip_prefix('-').map_or((rest, false), |it| (it, true));
        let rest = rest.trim_start_matches(['"', '\'']);
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        let word = rest.get(..end.unwrap_or(rest.len()))?;
        // `<<<` gives a string, and a shift in arithmetic is followed by a blank or a number.
        let begins = word.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
        begins.then(|| (word.to_owned(), indented))
    };
    text.match_indices("<<").filter_map(marker).collect()
}

/// A word of an instruction, without quotes, and where it stands.
fn words(text: &str, start: usize) -> Vec<Said> {
    let mut words: Vec<Said> = Vec::new();
    let (mut open, mut quote) = (None::<(usize, String)>, None);
    for (at, character) in text.char_indices() {
        if quote.is_none() && character.is_whitespace() {
            if let Some((from, word)) = open.take() {
                words.push(Said { text: word, span: Span::new(start + from, start + at) });
            }
            continue;
        }
        let (_, word) = open.get_or_insert_with(|| (at, String::new()));
        match (quote, character) {
            (Some(mark), it) if it == mark => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (_, it) => word.push(it),
        }
    }
    if let Some((from, word)) = open {
        words.push(Said { text: word, span: Span::new(start + from, start + text.len()) });
    }
    words
}

impl Instruction {
    fn put(self, declarations: &mut Declarations) {
        let leading = self.text.len() - self.text.trim_start().len();
        let rest = self.text.get(leading..).unwrap_or("");
        let keyword = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (keyword, rest) = rest.split_at(keyword);
        let start = self.start + leading + keyword.len();
        let span = Span::new(self.start + leading, self.start + self.text.trim_end().len());
        let keyword = keyword.to_ascii_uppercase();
        if keyword == "FROM" {
            declarations.stages.extend(stage(words(rest, start)));
            return;
        }
        let Some(stage) = declarations.stages.last_mut() else {
            if keyword == "ARG" {
                declarations.arguments.extend(words(rest, start).iter().map(assigned));
            }
            return;
        };
        let mut push = |does| stage.steps.push(Step { span, does });
        match &*keyword {
            "RUN" => push(Does::Run(run(rest, start, &self.documents))),
            "COPY" | "ADD" => {
                if let Some(copy) = copy(words(rest, start), rest, start) {
                    push(copy);
                }
            }
            "ENV" => {
                for (name, value) in variables(words(rest, start)) {
                    push(Does::Variable(name, value));
                }
            }
            "WORKDIR" => push(Does::Folder(
                words(rest, start).into_iter().map(|it| it.text).collect::<Vec<_>>().join(" "),
            )),
            "ARG" => {
                for (name, value) in words(rest, start).iter().map(assigned) {
                    push(Does::Argument(name, value));
                }
            }
            _ => {}
        }
    }
}

fn assigned(word: &Said) -> (String, Option<String>) {
    match word.text.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (word.text.clone(), None),
    }
}

/// `FROM [--platform=…] image [AS name]`
fn stage(words: Vec<Said>) -> Option<Stage> {
    let (mut options, mut words) = (Vec::new(), words.into_iter().peekable());
    while let Some(option) = words.next_if(|it| it.text.starts_with("--")) {
        options.push(option);
    }
    let from = words.next()?;
    let named = words.next().is_some_and(|it| it.text.eq_ignore_ascii_case("as"));
    let name = if named { words.next().map(|it| it.text) } else { None };
    let platform = options.into_iter().find_map(|it| valued(&it, "--platform="));
    Some(Stage { from, name, platform, steps: Vec::new() })
}

/// The value of an option, and where it stands.
fn valued(word: &Said, option: &str) -> Option<Said> {
    let text = word.text.strip_prefix(option)?.to_owned();
    Some(Said {
        span: Span::new(word.span.end - text.len().min(word.span.end), word.span.end),
        text,
    })
}

fn run(rest: &str, start: usize, documents: &[(usize, String)]) -> Vec<Command> {
    let options = rest.len() - without_options(rest).len();
    let (line, start) = (rest.get(options..).unwrap_or(""), start + options);
    let mut found = match exec_form(line) {
        Some(words) => {
            vec![Command { span: Span::new(start, start + line.trim_end().len()), words }]
        }
        None => commands(line, start),
    };
    for (at, document) in documents {
        found.extend(commands(document, *at));
    }
    found
}

/// What follows the options of an instruction.
fn without_options(rest: &str) -> &str {
    let mut rest = rest.trim_start();
    while rest.starts_with("--") {
        rest =
            rest.find(char::is_whitespace).and_then(|at| rest.get(at..)).unwrap_or("").trim_start();
    }
    rest
}

/// `["program", "argument"]`
fn exec_form(line: &str) -> Option<Vec<String>> {
    let line = line.trim();
    if !line.starts_with('[') {
        return None;
    }
    serde_json::from_str(line).ok()
}

/// `COPY [--from=…] source … target`
fn copy(words: Vec<Said>, rest: &str, start: usize) -> Option<Does> {
    let from = words.iter().find_map(|it| valued(it, "--from="));
    let excluded = words.iter().filter_map(|it| Some(valued(it, "--exclude=")?.text)).collect();
    let mut sources: Vec<Said> =
        words.into_iter().filter(|it| !it.text.starts_with("--")).collect();
    if let Some(list) = exec_form(without_options(rest)) {
        let whole = Span::new(start, start + rest.trim_end().len());
        sources = list.into_iter().map(|text| Said { text, span: whole }).collect();
    }
    sources.retain(|it| !it.text.starts_with("<<"));
    let target = sources.pop()?.text;
    Some(Does::Copy { from, sources, target, excluded })
}

/// `ENV name=value …`, and as it was written once, `ENV name value`.
fn variables(words: Vec<Said>) -> BTreeMap<String, String> {
    let is_old = words.first().is_some_and(|it| !it.text.contains('='));
    if is_old {
        let texts: Vec<String> = words.into_iter().map(|it| it.text).collect();
        let pair = texts.split_first().map(|(name, rest)| (name.clone(), rest.join(" ")));
        return pair.into_iter().collect();
    }
    let pairs = words.iter().map(assigned);
    pairs.filter_map(|(name, value)| Some((name, value?))).collect()
}
