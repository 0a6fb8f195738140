//! The options that may stand in a requirements file (pip, *Requirements File Format*, *Supported options*).

use crate::text::Span;

/// What an option is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Requirement,
    Constraint,
    Editable,
    Hash,
    /// It belongs to the requirement before it and says how to build it.
    Building,
    /// It stands on a line of its own and says how to install everything.
    Global,
}

struct Known {
    long: &'static str,
    short: Option<char>,
    takes_value: bool,
    purpose: Purpose,
}

const fn known(
    long: &'static str,
    short: Option<char>,
    takes_value: bool,
    purpose: Purpose,
) -> Known {
    Known { long, short, takes_value, purpose }
}

static KNOWN: &[Known] = &[
    known("--requirement", Some('r'), true, Purpose::Requirement),
    known("--constraint", Some('c'), true, Purpose::Constraint),
    known("--editable", Some('e'), true, Purpose::Editable),
    known("--hash", None, true, Purpose::Hash),
    known("--global-option", None, true, Purpose::Building),
    known("--install-option", None, true, Purpose::Building),
    known("--config-settings", Some('C'), true, Purpose::Building),
    known("--config-setting", None, true, Purpose::Building),
    known("--index-url", Some('i'), true, Purpose::Global),
    known("--pypi-url", None, true, Purpose::Global),
    known("--extra-index-url", None, true, Purpose::Global),
    known("--no-index", None, false, Purpose::Global),
    known("--find-links", Some('f'), true, Purpose::Global),
    known("--no-binary", None, true, Purpose::Global),
    known("--only-binary", None, true, Purpose::Global),
    known("--prefer-binary", None, false, Purpose::Global),
    known("--require-hashes", None, false, Purpose::Global),
    known("--pre", None, false, Purpose::Global),
    known("--all-releases", None, true, Purpose::Global),
    known("--only-final", None, true, Purpose::Global),
    known("--trusted-host", None, true, Purpose::Global),
    known("--use-feature", None, true, Purpose::Global),
];

/// One option of a line.
pub(super) struct Given<'line> {
    pub(super) purpose: Purpose,
    /// The option's name, as written.
    pub(super) name: &'line str,
    pub(super) name_span: Span,
    /// Its value without quotes; empty for an option that takes none.
    pub(super) value: String,
    pub(super) value_span: Span,
}

/// Why the options of a line cannot be understood.
pub(super) struct Unknown {
    pub(super) span: Span,
    pub(super) words: String,
}

/// Where the options of a line begin: at the first word that starts with `-`.
pub(super) fn begin(line: &str) -> usize {
    words(line, 0).find(|it| it.text.starts_with('-')).map_or(line.len(), |it| it.span.start)
}

/// Reads the options of a line from a byte on. What is understood before something that is not is kept.
pub(super) fn options(line: &str, from: usize) -> (Vec<Given<'_>>, Option<Unknown>) {
    let mut given = Vec::new();
    let mut words = words(line, from);
    while let Some(word) = words.next() {
        match option(word, &mut words) {
            Ok(option) => given.push(option),
            Err(unknown) => return (given, Some(unknown)),
        }
    }
    (given, None)
}

fn option<'line>(
    word: Word<'line>,
    rest: &mut impl Iterator<Item = Word<'line>>,
) -> Result<Given<'line>, Unknown> {
    let Some((known, name, glued)) = find(word.text) else {
        let name = word.text.split('=').next().unwrap_or(word.text);
        let words = if name.starts_with('-') {
            format!("pip knows no option `{name}` in such a file")
        } else {
            format!("expected an option, found `{name}`")
        };
        return Err(Unknown { span: word.span, words });
    };
    let name_span = Span::new(word.span.start, word.span.start + name.len());
    let given = |text: &str, span: Span| {
        let (value, value_span) = unquoted(text, span);
        Given { purpose: known.purpose, name, name_span, value, value_span }
    };
    match (known.takes_value, glued) {
        (true, Some(value)) if !value.is_empty() => {
            Ok(given(value, Span::new(word.span.end - value.len(), word.span.end)))
        }
        (true, None) => match rest.next() {
            Some(value) => Ok(given(value.text, value.span)),
            None => {
                Err(Unknown { span: name_span, words: format!("expected a value after `{name}`") })
            }
        },
        (true, Some(_)) => {
            Err(Unknown { span: word.span, words: format!("expected a value after `{name}=`") })
        }
        (false, None) => Ok(given("", Span::new(word.span.end, word.span.end))),
        (false, Some(_)) => {
            Err(Unknown { span: word.span, words: format!("`{name}` takes no value") })
        }
    }
}

/// The option that a word names, its name and the value that stands in the same word. A long name may be cut short as long
/// as it stays the only one.
fn find(word: &str) -> Option<(&'static Known, &str, Option<&str>)> {
    if word.starts_with("--") {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let exact = KNOWN.iter().find(|it| it.long == name);
        let mut begun = KNOWN.iter().filter(|it| name.len() > 2 && it.long.starts_with(name));
        let only = begun.next().filter(|_| begun.next().is_none());
        return exact.or(only).map(|it| (it, name, value));
    }
    let letter = word.strip_prefix('-')?.chars().next()?;
    let known = KNOWN.iter().find(|it| it.short == Some(letter))?;
    let name = word.get(..2)?;
    let value = word.get(2..).filter(|it| !it.is_empty());
    // `-r=base.txt` means a file whose name begins with `=`, which nobody has.
    Some((known, name, value.map(|it| it.strip_prefix('=').unwrap_or(it))))
}

#[derive(Clone, Copy)]
struct Word<'line> {
    text: &'line str,
    span: Span,
}

/// The words of a line; quotes hold together what has spaces in it.
fn words(line: &str, from: usize) -> impl Iterator<Item = Word<'_>> {
    let mut at = from;
    std::iter::from_fn(move || {
        let rest = line.get(at..)?;
        let start = at + (rest.len() - rest.trim_start().len());
        let mut quote = None;
        let word = line.get(start..)?;
        let end = word.find(|character: char| match quote {
            Some(open) if open == character => {
                quote = None;
                false
            }
            Some(_) => false,
            None if matches!(character, '"' | '\'') => {
                quote = Some(character);
                false
            }
            None => character.is_whitespace(),
        });
        let text = word.get(..end.unwrap_or(word.len())).filter(|it| !it.is_empty())?;
        at = start + text.len();
        Some(Word { text, span: Span::new(start, at) })
    })
}

/// Takes the quotes off a value that stands in them as a whole.
fn unquoted(text: &str, span: Span) -> (String, Span) {
    for quote in ['"', '\''] {
        let inner = text.strip_prefix(quote).and_then(|it| it.strip_suffix(quote));
        if let Some(inner) = inner {
            return (inner.to_owned(), Span::new(span.start + 1, span.end - 1));
        }
    }
    (text.to_owned(), span)
}
