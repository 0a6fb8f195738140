//! Requirements whose parts stand apart: the name is a key, the rest a string, a table, or a list of them (Poetry, Pipfile,
//! pixi).

use toml::de::{DeTable, DeValue};

use super::{
    Item, Reader,
    values::{elements_of, item_of},
};
use crate::{
    manifest::{Says, Set},
    standard::{
        marker::Marker,
        name,
        requirement::{Invalid, Requirement},
        version::{Specifiers, VersionFault},
    },
    text::Span,
};

/// How a format writes versions, in the standard's terms.
pub(in crate::manifest) type Versions = fn(&str) -> Result<Specifiers, VersionFault>;

/// A requirement that was read: its fact's number, and whether it is needed only where something asks for it.
pub(in crate::manifest) struct Taken {
    pub(in crate::manifest) fact: usize,
    pub(in crate::manifest) is_optional: bool,
}

/// What a table says of a requirement.
#[derive(Default)]
struct Parts {
    version: Option<(Span, String)>,
    extras: Vec<(String, Span)>,
    markers: Vec<(Option<Span>, String)>,
    url: Option<String>,
    is_optional: bool,
}

/// Parts of a marker that Pipfile takes for keys (pipenv, *Specifiers*).
const OF_MARKERS: &[&str] = &[
    "os_name",
    "sys_platform",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_version",
    "python_full_version",
    "implementation_name",
    "implementation_version",
];

impl Reader<'_> {
    /// Reads the requirement of a key; `condition` is a marker that its table stands for.
    pub(in crate::manifest) fn apart(
        &mut self,
        item: &Item<'_, '_>,
        set: &Set,
        versions: Versions,
        condition: Option<&str>,
    ) -> Vec<Taken> {
        if !name::is_valid(item.key) {
            let words = "a name has letters, digits, `-`, `_` and `.`, and begins and ends with a letter or a digit";
            self.unreadable(item.key_span, words);
            return Vec::new();
        }
        let whole = Span::new(item.key_span.start, item.span.end.max(item.key_span.end));
        match item.value {
            DeValue::Array(array) => {
                // Several, each for other Pythons or systems (Poetry, *Multiple constraints dependencies*).
                let elements = elements_of(item, array, self.offset);
                let one = |element: &Item<'_, '_>| {
                    let parts = self.parts(element)?;
                    self.take(item, element.span, parts, set, versions, condition)
                };
                elements.iter().filter_map(one).collect()
            }
            _ => {
                let parts = self.parts(item);
                let taken =
                    parts.and_then(|it| self.take(item, whole, it, set, versions, condition));
                taken.into_iter().collect()
            }
        }
    }

    fn parts(&mut self, item: &Item<'_, '_>) -> Option<Parts> {
        match item.value {
            DeValue::String(_) => {
                let version = Some(self.string(item)?);
                Some(Parts { version, ..Parts::default() })
            }
            DeValue::Table(table) => Some(self.parts_of(item.key, table)),
            _ => {
                self.unreadable(item.span, item.expected("a version or a table"));
                None
            }
        }
    }

    fn parts_of(&mut self, name: &str, table: &DeTable<'_>) -> Parts {
        let mut parts = Parts::default();
        for (key, value) in table {
            let entry = item_of(key, value, self.offset);
            match entry.key {
                "version" => parts.version = self.string(&entry),
                "extras" => {
                    parts.extras =
                        self.strings(&entry).into_iter().map(|(span, it)| (it, span)).collect();
                }
                "optional" => parts.is_optional = matches!(entry.value, DeValue::Boolean(true)),
                "markers" => {
                    parts.markers.extend(self.string(&entry).map(|(span, it)| (Some(span), it)));
                }
                "platform" => {
                    let marker = |it: (Span, String)| (None, format!("sys_platform == '{}'", it.1));
                    parts.markers.extend(self.string(&entry).map(marker));
                }
                "python" => {
                    let marker = self.string(&entry).and_then(|it| of_python(&it.1));
                    parts.markers.extend(marker.map(|it| (None, it)));
                }
                "git" | "url" | "hg" | "svn" => parts.url = self.string(&entry).map(|it| it.1),
                "path" | "file" => {
                    let Some((span, target)) = self.string(&entry) else { continue };
                    parts.url = Some(target.clone());
                    // pipenv takes addresses for files, too.
                    if !target.contains("://") {
                        self.say(span, Says::Source { name: name.to_owned(), target });
                    }
                }
                key if OF_MARKERS.contains(&key) => {
                    let marker = |it: (Span, String)| (None, format!("{key} {}", it.1));
                    parts.markers.extend(self.string(&entry).map(marker));
                }
                _ => {}
            }
        }
        parts
    }

    fn take(
        &mut self,
        item: &Item<'_, '_>,
        whole: Span,
        parts: Parts,
        set: &Set,
        versions: Versions,
        condition: Option<&str>,
    ) -> Option<Taken> {
        let set = set.clone();
        let fact = self.facts.len();
        let taken = Some(Taken { fact, is_optional: parts.is_optional });
        let (specifier_span, version) =
            parts.version.unwrap_or_else(|| (Span::new(whole.end, whole.end), String::new()));
        let specifiers = match versions(&version) {
            Ok(specifiers) => specifiers,
            Err(fault) => {
                let quoted = fault.span.shifted(specifier_span.start);
                let span = if quoted.start < quoted.end { quoted } else { specifier_span };
                let span = if span.start < span.end { span } else { whole };
                let repair = fault.repair.map(|it| crate::standard::requirement::Repair {
                    span: it.span.shifted(specifier_span.start),
                    text: it.text,
                });
                let invalid = Invalid { span, message: fault.message, repair };
                self.say(whole, Says::InvalidRequirement { set, invalid });
                return None;
            }
        };
        let marker_span = match &*parts.markers {
            [(span, _)] if condition.is_none() => *span,
            _ => None,
        };
        let conditions = condition.map(|it| (None, it.to_owned()));
        let markers: Vec<_> = parts.markers.into_iter().chain(conditions).collect();
        let marker = match joined(&markers).map(|it| Marker::parse(&it, 0)) {
            Some(Err(invalid)) => {
                let span = markers.iter().find_map(|it| it.0).unwrap_or(whole);
                let invalid = Invalid { span, message: invalid.message, repair: None };
                self.say(whole, Says::InvalidRequirement { set, invalid });
                return None;
            }
            Some(Ok(marker)) => Some(marker),
            None => None,
        };
        let requirement = Requirement {
            spelled: spelled(item.key, &parts.extras, &version),
            name: name::normalised(item.key).into(),
            name_span: item.key_span,
            extras: parts.extras,
            specifiers,
            specifier_span,
            url: parts.url,
            marker,
            marker_span,
        };
        self.say(whole, Says::Requirement { set, requirement: requirement.into() });
        taken
    }
}

/// The requirement in one line, as a person would say it.
fn spelled(name: &str, extras: &[(String, Span)], version: &str) -> String {
    let extras: Vec<&str> = extras.iter().map(|it| it.0.as_str()).collect();
    let extras = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
    match version.trim() {
        "" | "*" => format!("{name}{extras}"),
        version if version.starts_with(['=', '<', '>', '!', '~']) => {
            format!("{name}{extras}{version}")
        }
        version => format!("{name}{extras} {version}"),
    }
}

fn joined(markers: &[(Option<Span>, String)]) -> Option<String> {
    match markers {
        [] => None,
        [(_, one)] => Some(one.clone()),
        several => {
            let each: Vec<String> = several.iter().map(|it| format!("({})", it.1)).collect();
            Some(each.join(" and "))
        }
    }
}

/// The marker that Poetry's `python = "^3.8"` stands for.
fn of_python(text: &str) -> Option<String> {
    let specifiers = crate::standard::caret::specifiers(text).ok()?.to_string();
    let clause = |it: &str| {
        let it = it.trim();
        let sign = it.len() - it.trim_start_matches(['=', '<', '>', '!', '~']).len();
        let (sign, version) = it.split_at_checked(sign)?;
        Some(format!("python_full_version {sign} '{}'", version.trim()))
    };
    let clauses: Option<Vec<String>> =
        specifiers.split(',').filter(|it| !it.trim().is_empty()).map(clause).collect();
    clauses.filter(|it| !it.is_empty()).map(|it| it.join(" and "))
}
