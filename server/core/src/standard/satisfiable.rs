//! Whether any version at all can satisfy several sets of specifiers at once.

use super::version::{Bound, Specifiers, Version};

/// Whether no version satisfies all of them. `false` also where that cannot be told.
///
/// What satisfies bounds lies at one of them, or next to one: so it is enough to try each bound, what follows it closely, what
/// follows all that begin like it, and the least of all versions.
#[must_use]
pub fn contradict(all: &[&Specifiers]) -> bool {
    let admitted = |version: &Version| all.iter().all(|it| it.admits(version));
    let bounds = || all.iter().flat_map(|it| it.iter());
    // Mostly the first bound is admitted itself: the rest is made only where it is not.
    let simple = bounds().any(|it| match &it.bound {
        Bound::Version(bound) | Bound::Prefix(bound) => admitted(bound),
        Bound::Text(_) => false,
    });
    if simple {
        return false;
    }
    // Not a set: `===` asks for a spelling, and of two spellings of one version a set keeps only the first.
    let mut tried: Vec<Version> = Vec::new();
    tried.extend(["0.dev0", "0"].into_iter().filter_map(Version::parse));
    for specifier in bounds() {
        match &specifier.bound {
            Bound::Version(bound) | Bound::Prefix(bound) => neighbours(bound, &mut tried),
            // A text after `===` that is no version can be the spelling of anything.
            Bound::Text(text) => match Version::parse(text) {
                Some(version) => tried.push(version),
                None => return false,
            },
        }
    }
    !tried.iter().any(admitted)
}

fn neighbours(bound: &Version, tried: &mut Vec<Version>) {
    let release: Vec<u64> = bound.release().to_vec();
    let spelled = |numbers: &[u64]| {
        let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
        format!("{}!{}", bound.epoch(), numbers.join("."))
    };
    let mut spellings = vec![bound.to_string(), format!("{}.dev0", spelled(&release))];
    spellings.push(spelled(&release));
    // Between two of one release there may be room for nothing else: `>1.dev0`, `<1rc1`.
    spellings.extend(["a0.dev0", "a0"].map(|it| format!("{}{it}", spelled(&release))));
    let text = bound.to_string();
    spellings.push(match text.split_once(".dev") {
        Some((before, number)) => {
            let next = number.parse::<u64>().map_or(0, |it| it.saturating_add(1));
            format!("{before}.dev{next}")
        }
        None => format!("{text}.dev0"),
    });
    // As many that follow closely as exclusions can take away.
    spellings.extend((1..8).map(|it| format!("{}.0.0.{it}", spelled(&release))));
    for length in 1..=release.len() {
        let mut next = release.get(..length).unwrap_or_default().to_vec();
        if let Some(last) = next.last_mut() {
            *last = last.saturating_add(1);
        }
        spellings.push(spelled(&next));
    }
    tried.extend(spellings.iter().filter_map(|it| Version::parse(it)));
}
