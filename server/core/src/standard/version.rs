//! Versions and version specifiers (*Version specifiers*). Versions are those of `pep440_rs`; the specifiers are read
//! here, with their places, and keep the spelling of whoever wrote them.

use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};

use super::{requirement::Repair, scanner::Scanner};
use crate::text::Span;

/// A version that the standard knows how to compare.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pep440_rs::Version);

impl Version {
    /// `None` for what the standard does not know, as old metadata may hold.
    #[must_use]
    pub fn parse(text: &str) -> Option<Version> {
        pep440_rs::Version::from_str(text.trim()).ok().map(Version)
    }

    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.0.epoch()
    }

    /// The numbers of the release: `[3, 12, 4]`.
    #[must_use]
    pub fn release(&self) -> &[u64] {
        self.0.release()
    }

    /// Whether it is an alpha, beta, release candidate or development release.
    #[must_use]
    pub fn is_prerelease(&self) -> bool {
        self.0.any_prerelease()
    }
}

/// Normalised.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A set of specifiers, all of which must hold; the empty set holds for every version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Specifiers {
    spelled: Arc<str>,
    specifiers: Vec<Specifier>,
}

/// One clause of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Specifier {
    pub operator: Operator,
    pub bound: Bound,
    /// The clause, counted from the start of the set.
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `~=`
    Compatible,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `===`
    Identical,
}

/// What a clause compares with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    Version(Version),
    /// Every version that begins so: `1.2.*`.
    Prefix(Version),
    /// Any text at all, after `===`.
    Text(String),
}

/// What is wrong with a set of specifiers, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionFault {
    pub span: Span,
    /// One clause: what was expected.
    pub message: String,
    pub repair: Option<Repair>,
}

impl Specifiers {
    /// Reads a set of specifiers: `>=1.0, !=1.2.*`. A comma at the end is tolerated, as `packaging` does.
    pub fn parse(text: &str) -> Result<Specifiers, VersionFault> {
        let mut scanner = Scanner::new(text);
        let mut specifiers = Vec::new();
        scanner.skip_space();
        while !scanner.is_at_end() {
            specifiers.push(scanner.specifier()?);
            if !scanner.is_at_end() {
                scanner.comma()?;
            }
        }
        Ok(Specifiers { spelled: text.into(), specifiers })
    }

    /// Whether a version that is already installed satisfies all of them. A pre-release that is installed has been chosen,
    /// so it is judged like any other version.
    #[must_use]
    pub fn admits(&self, version: &Version) -> bool {
        self.specifiers.iter().all(|it| it.admits(version))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.specifiers.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Specifier> {
        self.specifiers.iter()
    }
}

impl Specifier {
    /// Whether a version that is already installed satisfies it.
    #[must_use]
    pub fn admits(&self, version: &Version) -> bool {
        match &self.bound {
            Bound::Version(bound) => admits(self.operator, bound, version),
            Bound::Prefix(bound) => {
                let begins_so = begins(version, bound.epoch(), bound.release());
                if self.operator == Operator::NotEqual { !begins_so } else { begins_so }
            }
            // How the installed version was spelled is not known any more, so both sides are normalised.
            Bound::Text(text) => {
                let text = Version::parse(text).map_or_else(|| text.clone(), |it| it.to_string());
                text.eq_ignore_ascii_case(&version.to_string())
            }
        }
    }
}

fn admits(operator: Operator, bound: &Version, version: &Version) -> bool {
    let public = version.without_local();
    let ignoring_local = public.as_ref();
    // A local label counts only where the specifier names one itself.
    let equal = || if bound.0.is_local() { version == bound } else { ignoring_local == bound };
    match operator {
        Operator::Equal | Operator::Identical => equal(),
        Operator::NotEqual => !equal(),
        Operator::LessOrEqual => ignoring_local <= bound,
        Operator::GreaterOrEqual => ignoring_local >= bound,
        Operator::Compatible => {
            let series = bound.release().split_last().map_or(&[][..], |it| it.1);
            ignoring_local >= bound && begins(version, bound.epoch(), series)
        }
        Operator::Less if bound.is_prerelease() || !same_release(version, bound) => {
            ignoring_local < bound
        }
        // What leads up to a version is not before it: the first of that is its `.dev0`.
        Operator::Less => *ignoring_local < Version(bound.0.clone().with_dev(Some(0))),
        Operator::Greater => {
            let fixes = version.0.is_post() && !bound.0.is_post() && !bound.0.is_dev();
            let fixes_bound =
                fixes && version.0.pre() == bound.0.pre() && same_release(version, bound);
            ignoring_local > bound && !fixes_bound
        }
    }
}

/// Whether a version's release begins with these numbers, missing ones being zero.
fn begins(version: &Version, epoch: u64, numbers: &[u64]) -> bool {
    let release = version.release().iter().copied().chain(std::iter::repeat(0));
    version.epoch() == epoch
        && numbers.iter().copied().zip(release).all(|(one, other)| one == other)
}

/// Whether two versions are of the same release, whatever stands before or after it.
fn same_release(one: &Version, other: &Version) -> bool {
    begins(one, other.epoch(), other.release()) && begins(other, one.epoch(), one.release())
}

/// Reads the clauses of a set, one after another.
impl<'text> Scanner<'text> {
    fn comma(&mut self) -> Result<(), VersionFault> {
        let span = self.word_ahead();
        if !self.eat(',') {
            let gap = Span::new(self.end_before_space(), self.at);
            let rest = Span::new(gap.start, self.text.len());
            let (message, repair) = match self.peek() {
                Some('#') => ("a comment cannot stand in a requirement", Some((rest, ""))),
                Some(it) if is_sign(it) => ("expected `,` between specifiers", Some((gap, ","))),
                _ => ("expected `,` between specifiers", None),
            };
            let repair = repair.map(|(span, text)| Repair { span, text: text.to_owned() });
            return Err(VersionFault { span, message: message.to_owned(), repair });
        }
        self.skip_space();
        Ok(())
    }

    fn specifier(&mut self) -> Result<Specifier, VersionFault> {
        let start = self.at;
        let (sign, sign_span) = self.take(is_sign);
        let operator = match operator(sign) {
            Some(operator) => operator,
            None => return Err(self.no_operator(sign, sign_span)),
        };
        self.skip_space();
        let (word, span) = match operator {
            Operator::Identical => self.take(|it| !it.is_whitespace() && it != ','),
            _ => self.version_word(),
        };
        if word.is_empty() {
            let message = format!("expected a version after `{sign}`");
            return Err(VersionFault { span: sign_span, message, repair: None });
        }
        let bound = bound(operator, word).map_err(|trouble| {
            let clause = Span::new(start, span.end);
            let repair = trouble
                .meant
                .map(|(sign, version)| Repair { span: clause, text: format!("{sign}{version}") });
            VersionFault { span, message: trouble.message, repair }
        })?;
        let specifier = Specifier { operator, bound, span: Span::new(start, self.at) };
        self.skip_space();
        Ok(specifier)
    }

    fn no_operator(&self, sign: &str, span: Span) -> VersionFault {
        let fault = |span, message: String, repair| VersionFault { span, message, repair };
        let mut ahead = *self;
        ahead.skip_space();
        let (word, word_span) = ahead.version_word();
        match sign {
            "" if Version::parse(word).is_some() => {
                let start = Span::new(word_span.start, word_span.start);
                let repair = Repair { span: start, text: "==".to_owned() };
                let message = format!("expected an operator, such as `==`, before `{word}`");
                fault(word_span, message, Some(repair))
            }
            "" => {
                let expected = "expected an operator, such as `>=`".to_owned();
                let comma = self.peek() == Some(',');
                let comma = comma.then(|| Span::new(self.at, self.at + 1));
                fault(comma.unwrap_or_else(|| self.word_ahead()), expected, None)
            }
            "^" => {
                let repair = caret(word)
                    .map(|text| Repair { span: Span::new(span.start, word_span.end), text });
                fault(span, "`^` is Poetry's, the standard has no such operator".to_owned(), repair)
            }
            _ => {
                let repair = meant(sign).map(|text| Repair { span, text: text.to_owned() });
                fault(span, format!("there is no operator `{sign}`"), repair)
            }
        }
    }

    /// What could be a version: up to a comma, space or the next operator. A `!` ends the epoch of a version, unless `=`
    /// follows.
    fn version_word(&mut self) -> (&'text str, Span) {
        let start = self.at;
        self.take(|it| !it.is_whitespace() && it != ',' && (it == '!' || !is_sign(it)));
        if self.text.get(start..self.at).is_some_and(|it| it.ends_with('!'))
            && self.peek() == Some('=')
        {
            self.at -= 1;
        }
        let span = Span::new(start, self.at);
        (self.spelled(span), span)
    }
}

/// What is wrong with a bound, and the operator and version that were most likely meant.
struct Trouble {
    message: String,
    meant: Option<(&'static str, String)>,
}

fn bound(operator: Operator, word: &str) -> Result<Bound, Trouble> {
    let sign = operator.sign();
    let trouble = |message: String, meant| Err(Trouble { message, meant });
    if operator == Operator::Identical {
        return Ok(Bound::Text(word.to_owned()));
    }
    if let Some(prefix) = word.strip_suffix(".*") {
        let Some(version) = Version::parse(prefix).filter(Version::is_plain) else {
            let message = format!("`{prefix}` is no version that `.*` can follow");
            return trouble(message, shortened(operator, prefix));
        };
        return match operator {
            Operator::Equal | Operator::NotEqual => Ok(Bound::Prefix(version)),
            _ => {
                let meant = match operator {
                    Operator::Compatible => Some(("==", word.to_owned())),
                    Operator::Less | Operator::GreaterOrEqual => Some((sign, prefix.to_owned())),
                    _ => None,
                };
                trouble(format!("`.*` can follow `==` and `!=` only, not `{sign}`"), meant)
            }
        };
    }
    let Some(version) = Version::parse(word) else {
        return trouble(format!("`{word}` is no version"), corrected(operator, word));
    };
    if version.0.is_local() && !matches!(operator, Operator::Equal | Operator::NotEqual) {
        let public = word.split('+').next().unwrap_or(word).to_owned();
        let message = format!("a local label, `+…`, can follow `==` and `!=` only, not `{sign}`");
        return trouble(message, Some((sign, public)));
    }
    if operator == Operator::Compatible && version.release().len() < 2 {
        let meant = version.is_plain().then(|| (sign, format!("{word}.0")));
        return trouble("`~=` needs a version of at least two numbers".to_owned(), meant);
    }
    Ok(Bound::Version(version))
}

/// What was most likely meant by a word that is no version.
fn corrected(operator: Operator, word: &str) -> Option<(&'static str, String)> {
    let bare = word.trim_matches(['"', '\'', '.']);
    if Version::parse(bare).is_some() {
        return Some((operator.sign(), bare.to_owned()));
    }
    shortened(operator, word.trim_end_matches(".x").trim_end_matches(".X"))
        .filter(|_| word.ends_with(['x', 'X']))
}

/// `1.*` for `1.*.*` and `1.x`, where the operator takes a prefix, `1` where it takes none.
fn shortened(operator: Operator, word: &str) -> Option<(&'static str, String)> {
    let word = word.trim_end_matches(".*");
    Version::parse(word).filter(Version::is_plain)?;
    match operator {
        Operator::Equal | Operator::NotEqual => Some((operator.sign(), format!("{word}.*"))),
        Operator::GreaterOrEqual | Operator::Less => Some((operator.sign(), word.to_owned())),
        _ => None,
    }
}

impl Version {
    /// Whether it is nothing but an epoch and numbers.
    fn is_plain(&self) -> bool {
        !self.is_prerelease() && !self.0.is_post() && !self.0.is_local()
    }

    /// The version that the local label is attached to.
    fn without_local(&self) -> Cow<'_, Version> {
        if self.0.is_local() {
            Cow::Owned(Version(self.0.clone().without_local()))
        } else {
            Cow::Borrowed(self)
        }
    }
}

impl Operator {
    /// As it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Compatible => "~=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Identical => "===",
        }
    }
}

pub(super) fn operator(sign: &str) -> Option<Operator> {
    Some(match sign {
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "~=" => Operator::Compatible,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "===" => Operator::Identical,
        _ => return None,
    })
}

/// The operator that was most likely meant by one that does not exist.
pub(super) fn meant(sign: &str) -> Option<&'static str> {
    Some(match sign {
        "=" => "==",
        "=>" | ">==" | "=>=" => ">=",
        "=<" | "<==" | "=<=" => "<=",
        "=!" | "!" | "<>" | "!==" => "!=",
        "=~" | "~" | "~==" => "~=",
        _ => return None,
    })
}

/// The range that Poetry means by `^` (Poetry, *Dependency specification*).
fn caret(word: &str) -> Option<String> {
    let version = Version::parse(word).filter(|it| it.is_plain() && it.epoch() == 0)?;
    let release = version.release();
    let at = release.iter().position(|it| *it != 0).unwrap_or(release.len() - 1);
    let mut upper: Vec<String> = release.iter().take(at).map(u64::to_string).collect();
    upper.push(release.get(at)?.checked_add(1)?.to_string());
    Some(format!(">={word},<{}", upper.join(".")))
}

pub(super) fn is_sign(character: char) -> bool {
    matches!(character, '<' | '>' | '=' | '!' | '~' | '^')
}

/// As they were written.
impl fmt::Display for Specifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelled)
    }
}
