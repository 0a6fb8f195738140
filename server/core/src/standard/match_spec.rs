//! What conda installs (conda, *Package match specifications*): `conda-forge::numpy>=1.26,<2`, `numpy=1.26=py312_0`.

use super::version::{Specifiers, Version};
use crate::text::Span;

/// A package that conda is asked for. Spans count from the start of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    pub spelled: String,
    /// In small letters; conda's names are not those of the package index.
    pub name: String,
    pub name_span: Span,
    /// As written, with its sign.
    pub version: Option<(String, Span)>,
    pub build: Option<(String, Span)>,
    /// The marker that its platform stands for, where it is wanted on some only.
    pub condition: Option<&'static str>,
}

impl Spec {
    /// The same specification, its spans moved to another text.
    #[must_use]
    pub(crate) fn relocated(self, moved: impl Fn(Span) -> Span) -> Spec {
        Spec {
            name_span: moved(self.name_span),
            version: self.version.map(|(text, span)| (text, moved(span))),
            build: self.build.map(|(text, span)| (text, moved(span))),
            ..self
        }
    }
}

/// Reads a specification that stands in a file from byte `offset` on; `None` where there is no name.
pub(crate) fn parse(text: &str, offset: usize) -> Option<Spec> {
    let start = text.len() - text.trim_start().len();
    let text_end = text.trim_end().len();
    let channel = text.get(start..)?.find("::").map_or(start, |it| start + it + 2);
    let rest = text.get(channel..text_end)?;
    let of_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    let length = rest.find(|it| !of_name(it)).unwrap_or(rest.len());
    if length == 0 {
        return None;
    }
    let name_span = Span::new(channel, channel + length).shifted(offset);
    let mut spec = Spec {
        spelled: text.trim().to_owned(),
        name: rest.get(..length)?.to_ascii_lowercase(),
        name_span,
        version: None,
        build: None,
        condition: None,
    };
    let after = channel + length;
    let tail = text.get(after..text_end)?;
    let plain = tail.split('[').next().unwrap_or(tail);
    let leading = plain.len() - plain.trim_start().len();
    if !plain.trim().is_empty() {
        let (version, build) = version_and_build(plain.trim(), offset + after + leading);
        (spec.version, spec.build) = (Some(version), build);
    }
    let open = after + plain.len();
    for (key, value, span) in bracketed(text.get(open..text_end)?, offset + open) {
        match key {
            "version" => spec.version = Some((value, span)),
            "build" => spec.build = Some((value, span)),
            _ => {}
        }
    }
    Some(spec)
}

/// `=1.2=py312_0` and `1.2 py312_0` as version and build.
pub(crate) fn version_and_build(
    text: &str,
    offset: usize,
) -> ((String, Span), Option<(String, Span)>) {
    let sign = text.len() - text.trim_start_matches(['=', '<', '>', '!', '~']).len();
    let rest = text.get(sign..).unwrap_or("");
    let word = rest.len() - rest.trim_start().len();
    let border = rest.get(word..).and_then(|it| {
        // Specifiers after a comma have signs of their own.
        let at = it.find([' ', '='])?;
        (!it.get(..at)?.contains([',', '|'])).then_some(word + at)
    });
    let Some(border) = border else {
        return ((text.to_owned(), Span::new(offset, offset + text.len())), None);
    };
    let end = sign + border;
    let build = text.get(end..).unwrap_or("");
    let skipped = build.len() - build.trim_start_matches([' ', '=']).len();
    let version = text.get(..end).unwrap_or("").to_owned();
    let span = Span::new(offset, offset + end);
    let build_span = Span::new(offset + end + skipped, offset + text.len());
    let build = build.get(skipped..).unwrap_or("").to_owned();
    // `>=1 <2` is no version and a build.
    if build.starts_with(['<', '>', '!', '~']) || build.is_empty() {
        return ((text.to_owned(), Span::new(offset, offset + text.len())), None);
    }
    ((version, span), Some((build, build_span)))
}

/// The pairs of `[version='>=1', build=x]`.
fn bracketed(text: &str, offset: usize) -> Vec<(&str, String, Span)> {
    let Some(inside) = text.strip_prefix('[') else { return Vec::new() };
    let inside = inside.split(']').next().unwrap_or(inside);
    let mut pairs = Vec::new();
    let mut at = 1;
    let mut rest = inside;
    while let Some(equals) = rest.find('=') {
        let key = rest.get(..equals).unwrap_or("").trim_matches([' ', ',']);
        let value = rest.get(equals + 1..).unwrap_or("");
        let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''));
        let begin = usize::from(quote.is_some());
        let length = match quote {
            Some(quote) => value.get(1..).and_then(|it| it.find(quote)).unwrap_or(value.len() - 1),
            None => value.find(',').unwrap_or(value.len()),
        };
        let start = at + equals + 1 + begin;
        let text = value.get(begin..begin + length).unwrap_or("").to_owned();
        pairs.push((key, text, Span::new(start, start + length).shifted(offset)));
        let used = equals + 1 + begin + length + begin;
        at += used;
        rest = rest.get(used..).unwrap_or("");
    }
    pairs
}

/// A version as conda means it, in the standard's terms: `=1.2` and `1.2.*` are every 1.2, `1.2` and `==1.2` only that. `None`
/// for what the standard cannot say.
pub(crate) fn specifiers(text: &str) -> Option<Specifiers> {
    let text = text.trim();
    if matches!(text, "" | "*") {
        return Some(Specifiers::default());
    }
    if text.contains('|') {
        return None;
    }
    let clause = |it: &str| {
        let it = it.trim();
        let sign = it.len() - it.trim_start_matches(['=', '<', '>', '!', '~']).len();
        let (sign, version) = it.split_at(sign);
        let version = version.trim();
        let series = version.strip_suffix(".*").or_else(|| version.strip_suffix('*'));
        let bare = series.unwrap_or(version).trim_end_matches('.');
        Version::parse(bare)?;
        Some(match (sign, series) {
            ("=", _) | ("" | "==", Some(_)) => format!("=={bare}.*"),
            ("", None) => format!("=={bare}"),
            ("!=", Some(_)) => format!("!={bare}.*"),
            (sign, _) => format!("{sign}{bare}"),
        })
    };
    let clauses: Option<Vec<String>> = text.split(',').map(clause).collect();
    Specifiers::parse(&clauses?.join(",")).ok()
}
