//! `setup.py` (setuptools, *Keywords*): the literals that are given to `setup()`. It is read, never run: what is computed is
//! not known.

mod token;

use std::collections::BTreeMap;

use self::token::{Kind, Token, tokens};
use super::{Fact, Format, Says, Set, setup_cfg::python};
use crate::{
    standard::{name, requirement},
    text::Span,
};

pub(super) static FORMAT: Format = Format {
    name: "setup-py",
    summary: "`setup.py`: literal arguments of `setup()`; nothing is run",
    globs: &["setup.py"],
    matches: |name, _| name == "setup.py",
    marks_project: true,
    of_project: true,
    read,
};

fn read(text: &str, _: &str, _: &str) -> Vec<Fact> {
    let tokens = tokens(text);
    let mut reader =
        Reader { text, variables: variables(text, &tokens), tokens, facts: Vec::new() };
    let call = reader.tokens.windows(2).position(
        |pair| matches!(pair, [it, next] if it.is_name(text, "setup") && next.is_sign('(')),
    );
    if let Some(at) = call {
        if let Some(token) = reader.tokens.get(at) {
            let span = token.span;
            reader.facts.push(Fact { span, says: Says::BuildSystem });
        }
        reader.arguments(at + 2);
    }
    reader.facts
}

struct Reader<'text> {
    text: &'text str,
    tokens: Vec<Token>,
    /// Where the value of each variable of the module begins, among the tokens.
    variables: BTreeMap<&'text str, usize>,
    facts: Vec<Fact>,
}

/// What is assigned outside of all brackets, at the start of a line.
fn variables<'text>(text: &'text str, tokens: &[Token]) -> BTreeMap<&'text str, usize> {
    let mut variables = BTreeMap::new();
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Sign('(' | '[' | '{') => depth += 1,
            Kind::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            Kind::Name if depth == 0 && token.begins_line => {
                let is = tokens.get(at + 1).is_some_and(|it| it.is_sign('='));
                let twice = tokens.get(at + 2).is_some_and(|it| it.is_sign('='));
                if is && !twice {
                    variables.insert(token.spelled(text), at + 2);
                }
            }
            _ => {}
        }
    }
    variables
}

impl Reader<'_> {
    fn token(&self, at: usize) -> Option<Token> {
        self.tokens.get(at).copied()
    }

    /// Where the brackets that are open at a token are closed, or the file ends.
    fn close(&self, mut at: usize) -> usize {
        let mut depth = 0_usize;
        while let Some(token) = self.token(at) {
            match token.kind {
                Kind::Sign('(' | '[' | '{') => depth += 1,
                Kind::Sign(')' | ']' | '}') if depth == 0 => return at,
                Kind::Sign(')' | ']' | '}') => depth -= 1,
                _ => {}
            }
            at += 1;
        }
        at
    }

    /// Where the elements begin that stand between commas, up to the bracket that closes them.
    fn elements(&self, begin: usize) -> Vec<(usize, usize)> {
        let end = self.close(begin);
        let (mut elements, mut start, mut depth) = (Vec::new(), begin, 0_usize);
        for at in begin..end {
            // The comma is missing only because the string before it is half typed.
            let before = at.checked_sub(1).and_then(|it| self.token(it)).map(|it| it.kind);
            if depth == 0 && before == Some(Kind::Unclosed) && start < at {
                elements.push((start, at));
                start = at;
            }
            match self.token(at).map(|it| it.kind) {
                Some(Kind::Sign('(' | '[' | '{')) => depth += 1,
                Some(Kind::Sign(')' | ']' | '}')) => depth = depth.saturating_sub(1),
                Some(Kind::Sign(',')) if depth == 0 => {
                    elements.push((start, at));
                    start = at + 1;
                }
                _ => {}
            }
        }
        if start < end {
            elements.push((start, end));
        }
        elements
    }

    fn arguments(&mut self, begin: usize) {
        for (start, end) in self.elements(begin) {
            let (Some(key), Some(is)) = (self.token(start), self.token(start + 1)) else {
                continue;
            };
            if key.kind != Kind::Name || !is.is_sign('=') {
                continue;
            }
            let value = start + 2;
            match key.spelled(self.text) {
                "name" => {
                    let Some((span, text)) = self.string(value, end) else { continue };
                    if name::is_valid(&text) {
                        self.facts.push(Fact { span, says: Says::Name(text) });
                    }
                }
                "python_requires" => {
                    let read = self.string(value, end).map(|(span, text)| python(&text, span));
                    self.facts.extend(read);
                }
                "install_requires" => self.list(value, end, &Set::Main),
                "setup_requires" => self.list(value, end, &Set::Build),
                "tests_require" => {
                    let set = Set::Group("tests".to_owned());
                    self.facts.push(Fact { span: key.span, says: Says::Defines(set.clone()) });
                    self.list(value, end, &set);
                }
                "extras_require" => self.extras(value, end),
                _ => {}
            }
        }
    }

    /// The value itself, or what the variable is that stands there alone.
    fn value(&self, start: usize, end: usize) -> (usize, usize) {
        let alone = self.token(start).filter(|it| it.kind == Kind::Name && start + 1 == end);
        match alone.and_then(|it| self.variables.get(it.spelled(self.text))) {
            Some(at) => (*at, self.tokens.len()),
            None => (start, end),
        }
    }

    fn string(&self, start: usize, end: usize) -> Option<(Span, String)> {
        let (start, end) = self.value(start, end);
        let token = self.token(start)?;
        let Kind::Text(inside) = token.kind else { return None };
        let next = self.token(start + 1).filter(|_| start + 1 < end);
        // Strings side by side are one, and what is computed is not known.
        let alone = next.is_none_or(|it| it.begins_line || it.is_sign(','));
        alone.then(|| (inside, self.text.get(inside.start..inside.end).unwrap_or("").to_owned()))
    }

    fn list(&mut self, start: usize, end: usize, set: &Set) {
        let (start, _) = self.value(start, end);
        if !self.token(start).is_some_and(|it| it.is_sign('[') || it.is_sign('(')) {
            return;
        }
        for (start, end) in self.elements(start + 1) {
            let Some((span, text)) = self.string(start, end) else { continue };
            let leading = text.len() - text.trim_start().len();
            let inner = Span::new(span.start + leading, span.start + leading + text.trim().len());
            let says = match requirement::parse(&text, span.start) {
                Ok(requirement) => {
                    Says::Requirement { set: set.clone(), requirement: requirement.into() }
                }
                Err(invalid) => Says::InvalidRequirement { set: set.clone(), invalid },
            };
            self.facts
                .push(Fact { span: if inner.start < inner.end { inner } else { span }, says });
        }
    }

    fn extras(&mut self, start: usize, end: usize) {
        let (start, _) = self.value(start, end);
        if !self.token(start).is_some_and(|it| it.is_sign('{')) {
            return;
        }
        for (start, end) in self.elements(start + 1) {
            let colon = self.token(start + 1).is_some_and(|it| it.is_sign(':'));
            let Some(Token { kind: Kind::Text(inside), .. }) = self.token(start) else { continue };
            // `'fast:python_version<"3.8"'` is an old way to write a marker.
            let key = self.text.get(inside.start..inside.end).unwrap_or("");
            let extra = key.split(':').next().unwrap_or(key);
            if !colon || !name::is_valid(extra) {
                continue;
            }
            let set = Set::Extra(extra.to_owned());
            self.facts.push(Fact { span: inside, says: Says::Defines(set.clone()) });
            self.list(start + 2, end, &set);
        }
    }
}
