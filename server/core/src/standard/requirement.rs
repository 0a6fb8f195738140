//! One requirement (*Dependency specifiers*), with the place of each of its parts.

use std::sync::Arc;

use super::{
    marker::Marker,
    name,
    scanner::Scanner,
    version::{Specifiers, Version, is_sign},
};
use crate::text::Span;

/// A requirement that was understood. Spans count from the start of the file it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The whole of it, as written.
    pub spelled: String,
    /// Normalised (*Names and normalization*).
    pub name: Arc<str>,
    pub name_span: Span,
    /// The extras in brackets, as written.
    pub extras: Vec<(String, Span)>,
    /// Which versions will do; all of them where none are written, or where a URL stands in their place.
    pub specifiers: Specifiers,
    /// The text of the specifiers, without parentheses; an empty span after the name and extras where there are none.
    pub specifier_span: Span,
    /// After `@`.
    pub url: Option<String>,
    pub marker: Option<Marker>,
    /// After `;`.
    pub marker_span: Option<Span>,
}

/// What is wrong with a requirement, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    pub span: Span,
    /// One clause: what was expected.
    pub message: String,
    /// The replacement that was most likely meant, with the words of its button.
    pub repair: Option<Repair>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    pub span: Span,
    pub text: String,
}

/// Reads one requirement that stands in a file from byte `offset` on.
pub fn parse(text: &str, offset: usize) -> Result<Requirement, Invalid> {
    match read(text) {
        Ok(it) if offset == 0 => Ok(it),
        Ok(it) => Ok(it.relocated(|span| span.shifted(offset))),
        Err(it) => Err(it.relocated(|span| span.shifted(offset))),
    }
}

/// The name that a requirement begins with, normalised, even where the rest of it cannot be understood: old metadata holds
/// specifiers that the standard has since forbidden.
#[must_use]
pub fn name_of(text: &str) -> Option<Arc<str>> {
    let (word, _) = Scanner::new(text.trim_start()).take(is_of_name);
    let word = word.trim_end_matches(['-', '_', '.']);
    name::is_valid(word).then(|| name::normalised(word).into())
}

impl Requirement {
    /// The same requirement, its spans moved to another text.
    #[must_use]
    pub(crate) fn relocated(self, moved: impl Fn(Span) -> Span) -> Requirement {
        Requirement {
            name_span: moved(self.name_span),
            extras: self.extras.into_iter().map(|(extra, span)| (extra, moved(span))).collect(),
            specifier_span: moved(self.specifier_span),
            marker_span: self.marker_span.map(&moved),
            ..self
        }
    }
}

impl Invalid {
    pub(super) fn new(span: Span, message: impl Into<String>) -> Invalid {
        Invalid { span, message: message.into(), repair: None }
    }

    pub(super) fn repaired(self, span: Span, text: impl Into<String>) -> Invalid {
        Invalid { repair: Some(Repair { span, text: text.into() }), ..self }
    }

    /// The same fault, its spans moved to another text.
    #[must_use]
    pub(crate) fn relocated(self, moved: impl Fn(Span) -> Span) -> Invalid {
        Invalid {
            span: moved(self.span),
            message: self.message,
            repair: self.repair.map(|it| Repair { span: moved(it.span), text: it.text }),
        }
    }
}

fn read(text: &str) -> Result<Requirement, Invalid> {
    let mut scanner = Scanner::new(text.trim_end());
    scanner.skip_space();
    let start = scanner.at;
    let name_span = requirement_name(&mut scanner)?;
    scanner.skip_space();
    let extras = extras(&mut scanner)?;
    let after_name = scanner.end_before_space();
    scanner.skip_space();
    let mut requirement = Requirement {
        spelled: scanner.text.get(start..).unwrap_or("").to_owned(),
        name: name::normalised(scanner.spelled(name_span)).into(),
        name_span,
        extras,
        specifiers: Specifiers::default(),
        specifier_span: Span::new(after_name, after_name),
        url: None,
        marker: None,
        marker_span: None,
    };
    match scanner.peek() {
        None | Some(';') => {}
        Some('@') => requirement.url = Some(url(&mut scanner)?),
        _ => {
            let span = specifier_span(&mut scanner, name_span)?;
            requirement.specifiers = specifiers(&scanner, span)?;
            if span.start < span.end {
                requirement.specifier_span = span;
            }
        }
    }
    requirement.marker_span = marker_span(&mut scanner)?;
    if let Some(span) = requirement.marker_span {
        requirement.marker = Some(Marker::parse(scanner.spelled(span), span.start)?);
    }
    Ok(requirement)
}

fn requirement_name(scanner: &mut Scanner<'_>) -> Result<Span, Invalid> {
    let begin = *scanner;
    let (word, span) = scanner.take(is_of_name);
    let next = scanner.peek();
    let goes_on =
        next.is_some_and(|it| !it.is_whitespace() && !is_sign(it) && !"[(@;,#*".contains(it));
    if name::is_valid(word) && !goes_on {
        return Ok(span);
    }
    let ahead = begin.word_ahead();
    let whole = begin.spelled(ahead);
    let fault = |message: &str| Invalid::new(ahead, message);
    if whole.is_empty() {
        return Err(fault("expected a name"));
    }
    if whole.starts_with("--") || (whole.starts_with('-') && whole.len() == 2) {
        return Err(fault("an option can stand in a requirements file only, on a line of its own"));
    }
    if whole.contains("://") || whole.starts_with(['.', '/']) || whole.starts_with("file:") {
        return Err(fault("a URL needs a name before it, as in `name @ URL`"));
    }
    if whole.starts_with(['"', '\'']) {
        let bare = begin.rest().trim_matches(['"', '\'']);
        let all = Span::new(begin.at, begin.text.len());
        return Err(fault("a requirement has no quotes of its own").repaired(all, bare));
    }
    if word.is_empty() {
        return Err(fault("a name begins with an ASCII letter or a digit"));
    }
    if goes_on {
        let span = Span::new(scanner.at, scanner.at + next.map_or(0, char::len_utf8));
        let message = format!("`{}` cannot stand in a name", scanner.spelled(span));
        return Err(Invalid::new(span, message));
    }
    let bare = word.trim_matches(['-', '_', '.']);
    let fault = Invalid::new(span, "a name begins and ends with an ASCII letter or a digit");
    Err(if bare.is_empty() { fault } else { fault.repaired(span, bare) })
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

fn extras(scanner: &mut Scanner<'_>) -> Result<Vec<(String, Span)>, Invalid> {
    let mut extras = Vec::new();
    if !scanner.eat('[') {
        return Ok(extras);
    }
    scanner.skip_space();
    if scanner.eat(']') {
        return Ok(extras);
    }
    loop {
        let (word, span) = scanner.take(is_of_name);
        if !name::is_valid(word) {
            return Err(no_extra(scanner, word, span, &extras));
        }
        extras.push((word.to_owned(), span));
        scanner.skip_space();
        if scanner.eat(']') {
            return Ok(extras);
        }
        if !scanner.eat(',') {
            let gap = Span::new(scanner.end_before_space(), scanner.at);
            let follows = scanner.peek().is_some_and(is_of_name);
            return Err(match follows {
                true => Invalid::new(scanner.word_ahead(), "expected `,` between extras")
                    .repaired(gap, ", "),
                false => Invalid::new(span, "expected `]` after the extras")
                    .repaired(Span::new(gap.start, gap.start), "]"),
            });
        }
        scanner.skip_space();
    }
}

fn no_extra(scanner: &Scanner<'_>, word: &str, span: Span, before: &[(String, Span)]) -> Invalid {
    if !word.is_empty() {
        return Invalid::new(span, format!("`{word}` cannot be the name of an extra"));
    }
    let bracket_or_comma =
        Span::new(scanner.end_before_space().saturating_sub(1), scanner.end_before_space());
    let fault = Invalid::new(bracket_or_comma, "expected the name of an extra");
    match before.last() {
        Some((_, last)) if scanner.rest().starts_with(']') => {
            fault.repaired(Span::new(last.end, scanner.at), "")
        }
        _ => fault,
    }
}

fn url(scanner: &mut Scanner<'_>) -> Result<String, Invalid> {
    let at = scanner.at;
    scanner.eat('@');
    scanner.skip_space();
    let (url, span) = scanner.take(|it| !it.is_whitespace());
    if url.is_empty() {
        return Err(Invalid::new(Span::new(at, at + 1), "expected a URL after `@`"));
    }
    if Version::parse(url).is_some() {
        let fault = Invalid::new(span, "expected a URL after `@`; a version follows `==`");
        return Err(fault.repaired(Span::new(at, span.end), format!("=={url}")));
    }
    if let Some(semicolon) = url.find(';') {
        let after = span.start + semicolon;
        let rest = scanner.text.get(after + 1..).unwrap_or("");
        // A URL may hold a semicolon; it was meant as the end of the URL where a marker follows it.
        if rest.trim().is_empty() || Marker::parse(rest, 0).is_ok() {
            let message =
                "a space must stand between a URL and `;`, else the marker belongs to the URL";
            let semicolon = Span::new(after, after + 1);
            return Err(Invalid::new(semicolon, message).repaired(semicolon, " ;"));
        }
    }
    scanner.skip_space();
    if scanner.peek().is_some_and(|it| it != ';') {
        return Err(Invalid::new(scanner.word_ahead(), "expected `;` or the end after the URL"));
    }
    Ok(url.to_owned())
}

/// Finds the text of the specifiers, without parentheses, and steps over it.
fn specifier_span(scanner: &mut Scanner<'_>, name_span: Span) -> Result<Span, Invalid> {
    if scanner.eat('(') {
        let (inner, span) = scanner.take(|it| !matches!(it, ')' | ';'));
        let span = trimmed(inner, span);
        if !scanner.eat(')') {
            let end = Span::new(span.end, span.end);
            let open = Span::new(scanner.text.find('(').unwrap_or(span.start), span.end);
            return Err(Invalid::new(open, "expected `)` after the specifiers").repaired(end, ")"));
        }
        scanner.skip_space();
        if scanner.peek().is_some_and(|it| it != ';') {
            return Err(Invalid::new(scanner.word_ahead(), "expected `;` or the end after `)`"));
        }
        return Ok(span);
    }
    if !scanner.peek().is_some_and(is_sign) {
        no_specifier(scanner, name_span)?;
    }
    let (inner, span) = scanner.take(|it| it != ';');
    Ok(trimmed(inner, span))
}

fn trimmed(text: &str, span: Span) -> Span {
    let leading = text.len() - text.trim_start().len();
    Span::new(span.start + leading, span.start + leading + text.trim().len())
}

fn specifiers(scanner: &Scanner<'_>, span: Span) -> Result<Specifiers, Invalid> {
    Specifiers::parse(scanner.spelled(span)).map_err(|fault| {
        let invalid = Invalid { span: fault.span, message: fault.message, repair: fault.repair };
        invalid.relocated(|it| it.shifted(span.start))
    })
}

/// Says what stands after a name where specifiers should; a bare version is left to the reader of specifiers.
fn no_specifier(scanner: &Scanner<'_>, name_span: Span) -> Result<(), Invalid> {
    let ahead = scanner.word_ahead();
    let gap = Span::new(scanner.end_before_space(), scanner.text.len());
    let mut words = *scanner;
    let (word, span) = words.take(|it| is_of_name(it) || it == '!');
    words.skip_space();
    if Version::parse(word).is_some() {
        return Ok(());
    }
    let fault = match scanner.peek() {
        Some('#') => {
            Invalid::new(ahead, "a comment cannot stand in a requirement").repaired(gap, "")
        }
        Some(',') => {
            let comma = Span::new(scanner.at, scanner.at + 1);
            let fault = Invalid::new(comma, "expected a specifier before `,`");
            let only = scanner.rest() == ",";
            if only { fault.repaired(gap, "") } else { fault }
        }
        Some('*') => {
            let fault = Invalid::new(ahead, "any version is meant where no specifier stands");
            if scanner.rest() == "*" { fault.repaired(gap, "") } else { fault }
        }
        Some(_) if name::is_valid(word) && !words.peek().is_some_and(is_of_name) => {
            let both = Span::new(name_span.start, span.end);
            let joined = format!("{}-{word}", scanner.spelled(name_span));
            let fault = Invalid::new(both, "there can be no space in a name");
            if name_span.end < scanner.end_before_space() {
                fault
            } else {
                fault.repaired(both, joined)
            }
        }
        _ => {
            let found = scanner.spelled(ahead);
            Invalid::new(
                ahead,
                format!("expected a specifier, `@`, `;` or the end, found `{found}`"),
            )
        }
    };
    Err(fault)
}

fn marker_span(scanner: &mut Scanner<'_>) -> Result<Option<Span>, Invalid> {
    let before = scanner.end_before_space();
    let at = scanner.at;
    if !scanner.eat(';') {
        return Ok(None);
    }
    let (text, span) = scanner.take(|_| true);
    let span = trimmed(text, span);
    let text = scanner.spelled(span);
    let semicolon = Span::new(at, at + 1);
    if text.is_empty() {
        let fault = Invalid::new(semicolon, "expected a marker after `;`");
        return Err(fault.repaired(Span::new(before, scanner.at), ""));
    }
    if text.starts_with(is_sign) && Specifiers::parse(text).is_ok() {
        let fault = Invalid::new(semicolon, "specifiers are separated by `,`");
        return Err(fault.repaired(semicolon, ","));
    }
    Ok(Some(span))
}
