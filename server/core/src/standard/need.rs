//! What installed distributions require (`Requires-Dist`, *Core metadata specifications*), in a form that costs little to
//! make, to keep and to ask: an environment holds thousands of such lines, of which nearly all are in order.

use super::{name, version::Version};

/// Every requirement of one distribution, as written, behind one another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    text: Box<str>,
    lines: Box<[Line]>,
}

/// Takes requirements in; kept from one distribution to the next, so that only what they come to is allocated.
#[derive(Debug, Default)]
pub struct Collector {
    text: String,
    lines: Vec<Line>,
}

/// Where a requirement stands in the text, and its parts in it. No part may be longer than 64 KiB: what somebody writes there
/// to be longer is no requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    /// Where the requirement begins. Its normalised name stands before it, where it is not written so.
    start: u32,
    /// How long it is without its marker.
    length: u16,
    name: u16,
    /// The mark of its normalised name.
    mark: u32,
    extras: Part,
    specifiers: Part,
    marker: Part,
    extra: Part,
}

/// A part of a requirement, from the start of that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Part {
    start: u16,
    length: u16,
}

/// One requirement of a distribution, its parts told apart and not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need<'text> {
    /// As written, without its marker.
    pub spelled: &'text str,
    /// Normalised.
    pub name: &'text str,
    /// The mark of that name.
    pub(super) mark: u32,
    /// What stands in the brackets.
    pub extras: &'text str,
    /// Empty where there are none, and where a URL stands in their place.
    pub specifiers: &'text str,
    /// What stands after `;`, empty where nothing does.
    pub marker: &'text str,
    /// The extra that it belongs to, as written, where the marker says nothing but that.
    pub extra: Option<&'text str>,
}

impl Collector {
    /// Takes a requirement in. One that does not even begin with a name is left out.
    pub fn push(&mut self, requirement: &str) {
        let requirement = requirement.trim_ascii();
        let Some(parts) = Parts::of(requirement) else { return };
        let (Ok(_), Ok(length), Ok(name)) = (
            u16::try_from(requirement.len()),
            u16::try_from(parts.spelled.len()),
            u16::try_from(parts.name.len()),
        ) else {
            return;
        };
        let part = |inner: &str| Part::of(requirement, inner);
        let normal = is_normal(parts.name);
        let mut mark = name::mark(parts.name);
        let mut name = name;
        if !normal {
            let normalised = name::normalised(parts.name);
            mark = name::mark(&normalised);
            // A name only gets shorter; that it stands before is written into the highest bit.
            name = BEFORE | u16::try_from(normalised.len()).unwrap_or(0);
            self.text.push_str(&normalised);
        }
        let Ok(start) = u32::try_from(self.text.len()) else { return };
        self.text.push_str(requirement);
        self.lines.push(Line {
            start,
            length,
            name,
            mark,
            extras: part(parts.extras),
            specifiers: part(parts.specifiers),
            marker: part(parts.marker),
            extra: parts.extra.map_or(Part::default(), part),
        });
    }

    /// What was taken in, and nothing of it stays.
    pub fn take(&mut self) -> Needs {
        let needs = Needs { text: self.text.as_str().into(), lines: self.lines.as_slice().into() };
        self.text.clear();
        self.lines.clear();
        needs
    }
}

/// Says of a name that it stands before its requirement.
const BEFORE: u16 = 1 << 15;

impl Needs {
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The requirement of that number.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<Need<'_>> {
        self.lines.get(at).map(|it| self.need(it))
    }

    pub fn iter(&self) -> impl Iterator<Item = Need<'_>> {
        self.lines.iter().map(|it| self.need(it))
    }

    fn need(&self, line: &Line) -> Need<'_> {
        let start = line.start as usize;
        let text = self.text.get(start..).unwrap_or("");
        let part = |it: Part| {
            let start = usize::from(it.start);
            text.get(start..start + usize::from(it.length)).unwrap_or("")
        };
        let length = usize::from(line.name & !BEFORE);
        let name = match line.name & BEFORE {
            0 => text.get(..length),
            _ => self.text.get(start.saturating_sub(length)..start),
        };
        Need {
            spelled: text.get(..usize::from(line.length)).unwrap_or(""),
            name: name.unwrap_or(""),
            mark: line.mark,
            extras: part(line.extras),
            specifiers: part(line.specifiers),
            marker: part(line.marker),
            extra: Some(part(line.extra)).filter(|it| !it.is_empty()),
        }
    }
}

impl Part {
    /// An inner stretch of a requirement that is short enough.
    fn of(requirement: &str, inner: &str) -> Part {
        let start = (inner.as_ptr() as usize).saturating_sub(requirement.as_ptr() as usize);
        let short = |it: usize| u16::try_from(it).unwrap_or(0);
        Part { start: if inner.is_empty() { 0 } else { short(start) }, length: short(inner.len()) }
    }
}

struct Parts<'text> {
    spelled: &'text str,
    name: &'text str,
    extras: &'text str,
    specifiers: &'text str,
    marker: &'text str,
    extra: Option<&'text str>,
}

impl<'text> Parts<'text> {
    fn of(text: &'text str) -> Option<Parts<'text>> {
        let length = text.bytes().position(|it| !is_of_name(it)).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(length)?;
        let outer = |it: Option<&u8>| it.is_some_and(u8::is_ascii_alphanumeric);
        if length >= usize::from(BEFORE)
            || !outer(name.as_bytes().first())
            || !outer(name.as_bytes().last())
        {
            return None;
        }
        let mut rest = rest.trim_start();
        let mut extras = "";
        if let Some((inside, after)) = rest.strip_prefix('[').and_then(|it| it.split_once(']')) {
            (extras, rest) = (inside.trim(), after.trim_start());
        }
        let (spelled, specifiers, marker) = if rest.starts_with('@') {
            // A URL may hold a semicolon, so a space must set the marker off.
            let (url, marker) = rest.split_once(" ;").unwrap_or((rest, ""));
            (end_with(text, url), "", marker.trim())
        } else {
            let (specifiers, marker) = rest.split_once(';').unwrap_or((rest, ""));
            (end_with(text, specifiers), bare(specifiers.trim()), marker.trim())
        };
        Some(Parts { spelled, name, extras, specifiers, marker, extra: only_extra(marker) })
    }
}

/// The text up to the end of one of its inner stretches, without the space there.
fn end_with<'text>(text: &'text str, inner: &str) -> &'text str {
    let end = inner.as_ptr() as usize + inner.len() - text.as_ptr() as usize;
    text.get(..end).unwrap_or(text).trim_end()
}

/// Without the parentheses that older metadata puts around specifiers.
fn bare(specifiers: &str) -> &str {
    let inside = specifiers.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
    inside.map_or(specifiers, str::trim)
}

/// `socks` of `extra == "socks"`, the one marker that most requirements with an extra have.
fn only_extra(marker: &str) -> Option<&str> {
    let value = marker.strip_prefix("extra")?.trim_start().strip_prefix("==")?.trim_start();
    let quote = value.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    let inside = value.get(1..)?.strip_suffix(quote)?;
    name::is_valid(inside).then_some(inside)
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Whether normalising a valid name would change nothing.
fn is_normal(name: &str) -> bool {
    let mut before = 0;
    name.bytes().all(|it| {
        let doubled = it == b'-' && before == b'-';
        before = it;
        (it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-') && !doubled
    })
}

/// A version of nothing but numbers, `1.2.3`, which most are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plain {
    numbers: [u32; Plain::MOST],
    /// How many were written; the rest are zero.
    count: usize,
}

impl Plain {
    const MOST: usize = 5;

    pub(super) fn parse(text: &str) -> Option<Plain> {
        let mut plain = Plain { numbers: [0; Plain::MOST], count: 0 };
        let mut digits = 0;
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' => {
                    digits += 1;
                    let number = plain.numbers.get_mut(plain.count).filter(|_| digits < 10)?;
                    *number = *number * 10 + u32::from(byte - b'0');
                }
                b'.' if digits > 0 => {
                    plain.count += 1;
                    digits = 0;
                }
                _ => return None,
            }
        }
        plain.count += 1;
        (digits > 0 && plain.count <= Plain::MOST).then_some(plain)
    }

    fn begins(&self, numbers: &[u32]) -> bool {
        self.numbers.starts_with(numbers)
    }
}

/// Whether a version of nothing but numbers satisfies specifiers that are as plain; `None` where they are not, and must be
/// judged with all the care that versions need.
pub(super) fn admits(specifiers: &str, version: &Plain) -> Option<bool> {
    let mut all = true;
    for clause in specifiers.split(',') {
        all &= clause_admits(clause.trim(), version)?;
    }
    Some(all)
}

fn clause_admits(clause: &str, version: &Plain) -> Option<bool> {
    let (first, second) = (clause.as_bytes().first()?, clause.as_bytes().get(1)?);
    let length = if *second == b'=' { 2 } else { 1 };
    let bound = clause.get(length..)?.trim_start();
    if let Some(prefix) = bound.strip_suffix(".*") {
        let prefix = Plain::parse(prefix)?;
        let begins = version.begins(prefix.numbers.get(..prefix.count)?);
        return match (first, second) {
            (b'=', b'=') => Some(begins),
            (b'!', b'=') => Some(!begins),
            _ => None,
        };
    }
    let bound = Plain::parse(bound)?;
    let order = version.numbers.cmp(&bound.numbers);
    Some(match (first, second) {
        (b'=', b'=') => order.is_eq(),
        (b'!', b'=') => order.is_ne(),
        (b'<', b'=') => order.is_le(),
        (b'>', b'=') => order.is_ge(),
        (b'~', b'=') if bound.count > 1 => {
            order.is_ge() && version.begins(bound.numbers.get(..bound.count - 1)?)
        }
        (b'<', _) if length == 1 => order.is_lt(),
        (b'>', _) if length == 1 => order.is_gt(),
        _ => return None,
    })
}

/// A version that was understood, quick to compare where it is plain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Plain(Plain),
    Full(Version),
    /// What the standard cannot compare is never held against anyone.
    Strange,
}

impl Known {
    pub(super) fn of(text: &str) -> Known {
        match Plain::parse(text) {
            Some(plain) => Known::Plain(plain),
            None => Version::parse(text).map_or(Known::Strange, Known::Full),
        }
    }

    /// The version with everything that versions can have; `None` for what cannot be compared.
    pub(super) fn full(&self) -> Option<Version> {
        match self {
            Known::Plain(plain) => {
                let numbers = plain.numbers.get(..plain.count)?.iter().map(u32::to_string);
                Version::parse(&numbers.collect::<Vec<_>>().join("."))
            }
            Known::Full(version) => Some(version.clone()),
            Known::Strange => None,
        }
    }
}
