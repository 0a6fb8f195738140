//! Virtual machines of Parallels Desktop (*Parallels Desktop Command-Line Reference*, `prlctl`), on macOS.

use serde_json::Value;

use super::{
    Entering, Inside, Layer, Listing, Output, Variables, at_once,
    instance::{Instance, State, Unreachable},
    invocation,
    kubernetes::in_shell,
    path_map::Shared,
};
use crate::world::{AbsPath, Place};

pub(super) struct Parallels;

impl Layer for Parallels {
    fn name(&self) -> &'static str {
        "parallels"
    }

    fn summary(&self) -> &'static str {
        "virtual machines of Parallels Desktop, looked into by `prlctl exec`; not run on the real product yet"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["prlctl"]
    }

    fn list(&self, _: &Variables, said: &[Output]) -> Listing {
        let [listed, ..] = said else {
            let words = ["list", "--all", "--full", "--json", "--info"];
            return Listing::Run(invocation(words, &[], 10));
        };
        if listed.code != Some(0) {
            return Listing::Done(Err(why(listed)));
        }
        let Ok(machines) = serde_json::from_slice::<Vec<Value>>(&listed.printed) else {
            let words = "`prlctl list` printed no JSON".to_owned();
            return Listing::Done(Err(Unreachable::Garbled { words }));
        };
        Listing::Done(Ok(machines.iter().filter_map(instance).collect()))
    }

    fn enter(&self, target: &str, script: &[u8], _: &Variables, said: &[Output]) -> Entering {
        at_once(said, || invocation(["exec", target, "sh"], script, 30), why)
    }

    fn command(&self, target: &str, inside: &Inside<'_>) -> Option<Vec<String>> {
        let words = ["exec", target, "sh", "-c"].map(str::to_owned);
        Some(words.into_iter().chain([in_shell(inside)]).collect())
    }

    fn start(&self, target: &str) -> Option<Vec<String>> {
        Some(vec!["start".to_owned(), target.to_owned()])
    }
}

fn instance(machine: &Value) -> Option<Instance> {
    let name = machine["Name"].as_str()?;
    let state = match machine["State"].as_str() {
        Some("running") => State::Running,
        Some("paused" | "suspended") => State::Paused,
        Some(_) => State::Stopped,
        None => State::Unknown,
    };
    let mut instance = Instance::new(Place::layer("parallels", name)?, name, state);
    instance.aliases.extend(machine["ID"].as_str().map(str::to_owned));
    instance.generation = machine["Uptime"].as_str().unwrap_or_default().to_owned();
    let folders = machine["Host Shared Folders"].as_object().into_iter().flatten();
    // A guest with Linux has each of them below one folder.
    instance.shared = folders
        .filter_map(|(name, folder)| {
            let outside = AbsPath::parse(folder["path"].as_str()?)?;
            let enabled = folder["enabled"].as_bool() != Some(false);
            let inside = AbsPath::new("/media/psf").join(name);
            enabled.then_some(Shared { inside, outside: Some(outside) })
        })
        .collect();
    Some(instance)
}

fn why(output: &Output) -> Unreachable {
    let words = output.complaint();
    let all = output.errors.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|it| all.contains(it));
    if says(&["could not be found", "not registered", "failed to get vm"]) {
        Unreachable::NotFound { words }
    } else if says(&["unable to open new session"]) {
        Unreachable::NoShell { words }
    } else if says(&["not running", "is stopped"]) {
        Unreachable::NotRunning { words }
    } else if says(&["edition", "license"]) {
        Unreachable::Refused { words }
    } else {
        Unreachable::Failed { words }
    }
}
