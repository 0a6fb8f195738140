//! Distributions of the Windows Subsystem for Linux, of both versions, from Windows (Microsoft's *Basic commands for WSL*). What
//! `wsl.exe` itself prints is UTF-16 on most versions; what a program in there prints comes as it is. A distribution that does
//! not run is not entered, which would start it.

use super::{
    Entering, Inside, Layer, Listing, Output, Variables,
    instance::{Instance, State, Unreachable},
    invocation,
    kubernetes::in_shell,
    path_map::Shared,
};
use crate::world::{AbsPath, Place};

pub(super) struct Wsl;

impl Layer for Wsl {
    fn name(&self) -> &'static str {
        "wsl"
    }

    fn summary(&self) -> &'static str {
        "distributions of WSL 1 and 2, seen from Windows"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["wsl.exe"]
    }

    fn list(&self, _: &Variables, said: &[Output]) -> Listing {
        match said {
            [] => Listing::Run(invocation(["--list", "--verbose"], &[], 10)),
            [listed, ..] if listed.code != Some(0) => Listing::Done(Err(why(listed))),
            [listed, ..] => Listing::Done(Ok(instances(&text(&listed.printed)))),
        }
    }

    fn enter(&self, target: &str, script: &[u8], user: &Variables, said: &[Output]) -> Entering {
        match said {
            [] => match self.list(user, said) {
                Listing::Run(it) => Entering::Run(it),
                Listing::Done(_) => Entering::Done(Err(Unreachable::TimedOut)),
            },
            [listed] if listed.code != Some(0) => Entering::Done(Err(why(listed))),
            [listed] => {
                let instances = instances(&text(&listed.printed));
                let named = instances.iter().find(|it| it.name.eq_ignore_ascii_case(target));
                match named.map(|it| it.state) {
                    None => {
                        let words = format!("`wsl --list` has no `{target}`");
                        Entering::Done(Err(Unreachable::NotFound { words }))
                    }
                    Some(State::Running) => {
                        let words = ["--distribution", target, "--exec", "sh"];
                        Entering::Run(invocation(words, script, 30))
                    }
                    Some(state) => {
                        let words = format!("`{target}` is {}", state.name());
                        Entering::Done(Err(Unreachable::NotRunning { words }))
                    }
                }
            }
            [_, entered, ..] if entered.code == Some(0) => {
                Entering::Done(Ok(entered.printed.clone()))
            }
            [_, entered, ..] => Entering::Done(Err(why(entered))),
        }
    }

    fn command(&self, target: &str, inside: &Inside<'_>) -> Option<Vec<String>> {
        let words = ["--distribution", target, "--exec", "sh", "-c"].map(str::to_owned);
        Some(words.into_iter().chain([in_shell(inside)]).collect())
    }
}

/// The lines of the listing: a mark at the default one, the name, the state, the version. The heading is in the user's
/// language, the states are too; a version is a number everywhere.
fn instances(listed: &str) -> Vec<Instance> {
    let lines = listed.lines().filter_map(|line| {
        let words: Vec<&str> = line.trim_start_matches(['*', ' ']).split_whitespace().collect();
        let (version, rest) = words.split_last()?;
        let version: u8 = version.parse().ok()?;
        let (state, name) = rest.split_last()?;
        let name = name.join(" ");
        let is_engine = ["docker-desktop", "rancher-desktop"].iter().any(|it| name.starts_with(it));
        if name.is_empty() || is_engine {
            return None;
        }
        let state = match *state {
            "Running" => State::Running,
            "Stopped" => State::Stopped,
            _ => State::Unknown,
        };
        let mut instance = Instance::new(Place::layer("wsl", &name)?, &name, state);
        instance.generation = format!("version {version}");
        instance.shared = shared(&name);
        Some(instance)
    });
    lines.collect()
}

/// Windows sees the whole of a distribution, and the distribution sees the drives (Microsoft's *Working across file systems*).
fn shared(name: &str) -> Vec<Shared> {
    let whole = AbsPath::parse(format!(r"\\wsl.localhost\{name}\"));
    let mut shared = vec![Shared { inside: AbsPath::new("/"), outside: whole }];
    for drive in b'a'..=b'z' {
        let letter = char::from(drive);
        let outside = AbsPath::parse(format!(r"{}:\", letter.to_ascii_uppercase()));
        shared.push(Shared { inside: AbsPath::new(&format!("/mnt/{letter}")), outside });
    }
    shared
}

/// UTF-16 without a mark, unless the user's own variable asks for UTF-8: of ASCII every other byte is zero.
pub(super) fn text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(&[0xff, 0xfe]).unwrap_or(bytes);
    if bytes.iter().skip(1).step_by(2).take(64).any(|it| *it == 0) {
        let (pairs, _) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|it| u16::from_le_bytes(*it)).collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(bytes).into_owned()
}

fn why(output: &Output) -> Unreachable {
    let words = text(&output.printed);
    let words = words.lines().map(str::trim).find(|it| !it.is_empty()).unwrap_or_default();
    let words = if words.is_empty() { output.errors.trim().to_owned() } else { words.to_owned() };
    let all = text(&output.printed);
    if all.contains("WSL_E_DISTRO_NOT_FOUND") || all.contains("no distribution") {
        Unreachable::NotFound { words }
    } else if matches!(output.code, Some(126 | 127)) {
        Unreachable::NoShell { words }
    } else if all.contains("not installed") || all.contains("WSL_E_") {
        Unreachable::NoEngine { words }
    } else {
        Unreachable::Failed { words }
    }
}
