//! Versions as tools other than pip write them, in the standard's terms (Poetry, *Dependency specification*: version
//! constraints; pipenv, *Specifiers*).

use super::version::{Specifiers, Version, VersionFault};
use crate::text::Span;

/// Poetry's constraints: `^1.2`, `~1.2`, `1.*`, `>=1,<2 || >=3`. Where one of several may hold, which the standard cannot say,
/// every version will do.
pub(crate) fn specifiers(text: &str) -> Result<Specifiers, VersionFault> {
    let mut alternatives = Vec::new();
    let mut at = 0;
    for part in text.split('|') {
        if !part.is_empty() || text.trim().is_empty() {
            alternatives.push(conjunction(part).map_err(|fault| shifted(fault, at))?);
        }
        at += part.len() + 1;
    }
    match &*alternatives {
        [only] => Specifiers::parse(only),
        _ => Ok(Specifiers::default()),
    }
}

/// The standard's specifiers, or `*` for any version at all.
pub(crate) fn plain(text: &str) -> Result<Specifiers, VersionFault> {
    if matches!(text.trim(), "" | "*") {
        Ok(Specifiers::default())
    } else {
        Specifiers::parse(text)
    }
}

/// The same; a bare version is meant exactly.
pub(crate) fn pinned(text: &str) -> Result<Specifiers, VersionFault> {
    match Version::parse(text) {
        Some(_) => Specifiers::parse(&format!("=={}", text.trim())),
        None => plain(text),
    }
}

fn shifted(fault: VersionFault, by: usize) -> VersionFault {
    VersionFault { span: fault.span.shifted(by), ..fault }
}

/// Clauses that must all hold, set off by commas or spaces.
fn conjunction(text: &str) -> Result<String, VersionFault> {
    let mut clauses = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let space = rest.len() - rest.trim_start_matches([' ', ',', '\t']).len();
        let start = at + space;
        let Some(rest) = text.get(start..).filter(|it| !it.is_empty()) else { break };
        let sign = rest.len() - rest.trim_start_matches(['^', '~', '=', '<', '>', '!']).len();
        let (sign, after) = rest.split_at(sign);
        let gap = after.len() - after.trim_start().len();
        let word = after.trim_start();
        let word = word.split([' ', ',', '\t']).next().unwrap_or(word);
        at = start + sign.len() + gap + word.len();
        clauses.extend(clause(sign, word, Span::new(start, at.max(start + 1)))?);
    }
    Ok(clauses.join(","))
}

/// One clause in the standard's terms; `None` for one that every version satisfies.
fn clause(sign: &str, word: &str, span: Span) -> Result<Option<String>, VersionFault> {
    let fault = |message: String| VersionFault { span, message, repair: None };
    if word.is_empty() {
        return Err(fault(format!("expected a version after `{sign}`")));
    }
    let prefix = word.strip_suffix(".*").or_else(|| word.strip_suffix(".x"));
    if matches!(word, "*" | "x") && matches!(sign, "" | "==" | ">=") {
        return Ok(None);
    }
    let Some(version) = Version::parse(prefix.unwrap_or(word)) else {
        return Err(fault(format!("`{word}` is no version")));
    };
    let given = prefix.unwrap_or(word);
    Ok(Some(match (sign, prefix) {
        ("" | "==" | "=", Some(prefix)) => format!("=={prefix}.*"),
        ("" | "==" | "=", None) => format!("=={word}"),
        ("!=", Some(prefix)) => format!("!={prefix}.*"),
        ("!=" | "<" | "<=" | ">" | ">=", _) => format!("{sign}{given}"),
        ("~=", _) => format!("~={given}"),
        ("^", _) => format!(">={given},<{}", next(version.release(), caret_place(&version))),
        ("~", _) => {
            format!(">={given},<{}", next(version.release(), version.release().len().min(2) - 1))
        }
        _ => return Err(fault(format!("there is no operator `{sign}`"))),
    }))
}

/// Which number of a version must not change under a caret: the first that is not zero, else the last that is given.
fn caret_place(version: &Version) -> usize {
    let release = version.release();
    let first = release.iter().take(3).position(|it| *it != 0);
    first.unwrap_or_else(|| release.len().min(3).saturating_sub(1))
}

/// The first release in which the number at a place is another.
fn next(release: &[u64], place: usize) -> String {
    let mut numbers: Vec<u64> = release.iter().copied().take(place + 1).collect();
    if let Some(last) = numbers.last_mut() {
        *last = last.saturating_add(1);
    }
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}
