//! What installed distributions require (`Requires-Dist`, *Core metadata specifications*), in a form that costs little to
//! make, to keep and to ask: an environment holds thousands of such lines, of which nearly all are in order.

use super::{name, version::Version};

/// Every requirement of one distribution, as written, behind one another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    text: String,
    lines: Vec<Line>,
}

/// Where the parts of one requirement stand in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    start: u32,
    /// The end of the requirement without its marker.
    end: u32,
    name: Stretch,
    extras: Stretch,
    specifiers: Stretch,
    marker: Stretch,
    extra: Stretch,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stretch {
    start: u32,
    end: u32,
}

/// One requirement of a distribution, its parts told apart and not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need<'text> {
    /// As written, without its marker.
    pub spelled: &'text str,
    /// Normalised.
    pub name: &'text str,
    /// What stands in the brackets.
    pub extras: &'text str,
    /// Empty where there are none, and where a URL stands in their place.
    pub specifiers: &'text str,
    /// What stands after `;`, empty where nothing does.
    pub marker: &'text str,
    /// The extra that it belongs to, as written, where the marker says nothing but that.
    pub extra: Option<&'text str>,
}

impl Needs {
    /// Takes a requirement in. One that does not even begin with a name is left out.
    pub fn push(&mut self, requirement: &str) {
        let requirement = requirement.trim();
        let Some(parts) = Parts::of(requirement) else { return };
        let base = self.text.len();
        let place = |inner: &str| Stretch::of(requirement, inner, base);
        let mut line = Line {
            start: offset(base),
            end: offset(base + parts.spelled.len()),
            name: place(parts.name),
            extras: place(parts.extras),
            specifiers: place(parts.specifiers),
            marker: place(parts.marker),
            extra: parts.extra.map_or(Stretch::default(), place),
        };
        self.text.push_str(requirement);
        if !is_normal(parts.name) {
            let start = offset(self.text.len());
            self.text.push_str(&name::normalised(parts.name));
            line.name = Stretch { start, end: offset(self.text.len()) };
        }
        self.lines.push(line);
    }

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
        let extra = self.text(line.extra);
        Need {
            spelled: self.text(Stretch { start: line.start, end: line.end }),
            name: self.text(line.name),
            extras: self.text(line.extras),
            specifiers: self.text(line.specifiers),
            marker: self.text(line.marker),
            extra: Some(extra).filter(|it| !it.is_empty()),
        }
    }

    fn text(&self, stretch: Stretch) -> &str {
        self.text.get(stretch.start as usize..stretch.end as usize).unwrap_or("")
    }
}

impl Stretch {
    /// Where an inner stretch of a text stands once the text has been put at `base`.
    fn of(text: &str, inner: &str, base: usize) -> Stretch {
        let start = base + (inner.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        Stretch { start: offset(start), end: offset(start + inner.len()) }
    }
}

/// Headers are held to a megabyte when they are read, so this loses nothing.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
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
        if !name::is_valid(name) {
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
    let bytes = name.as_bytes();
    let plain = |it: &u8| it.is_ascii_lowercase() || it.is_ascii_digit() || *it == b'-';
    bytes.iter().all(plain) && !bytes.windows(2).any(|it| it == b"--")
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
