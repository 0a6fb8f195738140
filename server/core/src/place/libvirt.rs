//! Virtual machines of libvirt, looked into through the guest's own agent (*virsh(1)*, `qemu-agent-command`; QEMU's *Guest Agent
//! Protocol Reference*, `guest-exec`). Listing is done read-only. The agent runs as root and prints nothing before it is done:
//! what it would put on a shared folder would be root's, and is left to `ssh:`, by which the same guest can be had too.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    Entering, Inside, Invocation, Layer, Listing, Mounted, Output, Variables, Worked, Working,
    base64,
    instance::{Instance, State, Unreachable},
    invocation, mounted_by_source,
};
use crate::world::{AbsPath, Place};

pub(super) struct Libvirt;

/// More machines than this are not described one by one.
const MANY: usize = 32;
/// Between asking whether the guest is done and asking again.
const PAUSE: Duration = Duration::from_millis(250);
/// So often it is asked: a guest without acceleration takes ten seconds for what others do in one.
const TRIES: usize = 160;
/// So many questions in a row may go unanswered while the guest works.
const MISSED: usize = 6;
/// Goes into a folder, and becomes the command.
const IN_FOLDER: &str = "cd \"$0\" && exec env \"$@\"";

impl Layer for Libvirt {
    fn name(&self) -> &'static str {
        "libvirt"
    }

    fn summary(&self) -> &'static str {
        "virtual machines of libvirt, looked into through the QEMU guest agent"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["virsh"]
    }

    fn variables(&self) -> &'static [&'static str] {
        &["LIBVIRT_DEFAULT_URI", "VIRSH_DEFAULT_CONNECT_URI"]
    }

    fn list(&self, _: &Variables, said: &[Output]) -> Listing {
        let read = |words: &[&str]| {
            let words = ["--readonly", "--quiet"].into_iter().chain(words.iter().copied());
            Listing::Run(invocation(words, &[], 5))
        };
        let names = |at: &Output| -> Vec<String> {
            let text = at.text();
            let names = text.lines().map(str::trim).filter(|it| !it.is_empty());
            names.filter(|it| !it.starts_with('-')).take(MANY).map(str::to_owned).collect()
        };
        let [all, running, described @ ..] = said else {
            return match said {
                [all] if all.code != Some(0) => Listing::Done(Err(why(all))),
                [_] => read(&["list", "--name", "--state-running"]),
                _ => read(&["list", "--name", "--all"]),
            };
        };
        let (all, running) = (names(all), names(running));
        if let Some(next) = all.get(described.len()) {
            return read(&["dumpxml", next]);
        }
        let instances = all.iter().zip(described).filter_map(|(name, described)| {
            let state = if running.contains(name) { State::Running } else { State::Stopped };
            let mut instance = Instance::new(Place::layer("libvirt", name)?, name, state);
            let xml = described.text();
            instance.tags = filesystems(&xml);
            let identity = between(&xml, "<uuid>", "</uuid>").unwrap_or_default();
            // A domain that runs has an identifier that the next start does not have.
            let run = between(&xml, "<domain ", ">").and_then(|it| between(it, "id='", "'"));
            instance.generation = format!("{identity} {}", run.unwrap_or_default());
            instance.aliases.push(identity.to_owned());
            instance.hardware = addresses(&xml);
            instance.hardware.insert(identity.to_ascii_lowercase());
            Some(instance)
        });
        Listing::Done(Ok(instances.collect()))
    }

    fn enter(&self, target: &str, script: &[u8], _: &Variables, said: &[Output]) -> Entering {
        let Some(started) = said.first() else {
            let arguments = json!({
                "path": "/bin/sh",
                "arg": [],
                "input-data": base64::encoded(script),
                "capture-output": true,
            });
            return Entering::Run(agent(target, "guest-exec", &arguments));
        };
        if started.code != Some(0) {
            return Entering::Done(Err(why(started)));
        }
        let garbled =
            |words: &str| Entering::Done(Err(Unreachable::Garbled { words: words.to_owned() }));
        let Some(process) = process(started) else {
            return garbled("the guest agent named no process");
        };
        let answers = said.get(1..).unwrap_or_default();
        if let Some(last) = answers.last() {
            if last.code != Some(0) {
                return Entering::Done(Err(why(last)));
            }
            let Some(status) = returned(last) else {
                return garbled("the guest agent answered no JSON");
            };
            if status["exited"].as_bool() == Some(true) {
                let printed = status["out-data"].as_str().unwrap_or_default();
                return match base64::decoded(printed) {
                    Some(printed) => Entering::Done(Ok(printed)),
                    None => garbled("the guest agent's answer is no Base64"),
                };
            }
            if answers.len() >= TRIES {
                return Entering::Done(Err(Unreachable::TimedOut));
            }
        }
        let asked = agent(target, "guest-exec-status", &json!({"pid": process}));
        Entering::Run(Invocation { wait: PAUSE, ..asked })
    }

    /// The words stay words: the one line for the shell, which the agent needs to be told a folder, is always the same.
    fn work(
        &self,
        target: &str,
        inside: &Inside<'_>,
        _: &Variables,
        said: &[Output],
    ) -> Option<Working> {
        let Some(started) = said.first() else {
            let mut words =
                vec!["-c".to_owned(), IN_FOLDER.to_owned(), inside.directory.to_owned()];
            words.extend(inside.variables.iter().map(|(name, value)| format!("{name}={value}")));
            words.extend(inside.words.iter().cloned());
            let arguments = json!({"path": "/bin/sh", "arg": words, "capture-output": true});
            return Some(Working::Run(agent(target, "guest-exec", &arguments)));
        };
        let garbled = |words: &str| {
            Some(Working::Done(Err(Unreachable::Garbled { words: words.to_owned() })))
        };
        if started.code != Some(0) {
            return Some(Working::Done(Err(why(started))));
        }
        let Some(process) = process(started) else {
            return garbled("the guest agent named no process");
        };
        let asked = agent(target, "guest-exec-status", &json!({"pid": process}));
        let again = Some(Working::Run(Invocation { wait: PAUSE, ..asked }));
        let Some(last) = said.get(1..).and_then(<[Output]>::last) else { return again };
        if last.code != Some(0) {
            // A guest that is busy with what it was given may miss a question.
            let missed = said.iter().rev().take_while(|it| it.code != Some(0)).count();
            return match why(last) {
                Unreachable::TimedOut if missed < MISSED => again,
                why => Some(Working::Done(Err(why))),
            };
        }
        let Some(status) = returned(last) else {
            return garbled("the guest agent answered no JSON");
        };
        if status["exited"].as_bool() != Some(true) {
            return again;
        }
        let stream = |name: &str| base64::decoded(status[name].as_str().unwrap_or_default());
        let (Some(mut printed), Some(errors)) = (stream("out-data"), stream("err-data")) else {
            return garbled("the guest agent's answer is no Base64");
        };
        printed.extend(errors);
        // Where a signal ended it there is no code; a shell says it like this.
        let signal = status["signal"].as_i64().map(|it| it.saturating_add(128));
        let code = status["exitcode"].as_i64().or(signal).and_then(|it| i32::try_from(it).ok());
        Some(Working::Done(Ok(Worked { code: code.unwrap_or(1), printed })))
    }

    fn end_work(&self, target: &str, said: &[Output]) -> Option<Invocation> {
        let words =
            ["-c".to_owned(), "kill \"$0\"".to_owned(), process(said.first()?)?.to_string()];
        Some(agent(target, "guest-exec", &json!({"path": "/bin/sh", "arg": words})))
    }

    fn works_as_administrator(&self) -> bool {
        true
    }

    fn mounts(&self) -> Option<Mounted> {
        Some(mounted_by_source)
    }

    fn start(&self, target: &str) -> Option<Vec<String>> {
        Some(vec!["start".to_owned(), target.to_owned()])
    }
}

/// The number of what the agent began.
fn process(started: &Output) -> Option<i64> {
    returned(started)?["pid"].as_i64()
}

fn agent(target: &str, command: &str, arguments: &Value) -> Invocation {
    let asked = json!({"execute": command, "arguments": arguments}).to_string();
    invocation(["--quiet", "qemu-agent-command", "--timeout", "10", target, &asked], &[], 20)
}

fn returned(output: &Output) -> Option<Value> {
    let mut answer: Value = serde_json::from_slice(&output.printed).ok()?;
    Some(answer.get_mut("return")?.take())
}

/// The folders that a machine may mount, by their tags (libvirt's *Domain XML format*, Filesystems).
fn filesystems(xml: &str) -> BTreeMap<String, AbsPath> {
    let parts = xml.split("<filesystem").skip(1);
    let tagged = parts.filter_map(|part| {
        let part = part.split("</filesystem>").next()?;
        let source = between(part.get(part.find("<source")?..)?, "dir='", "'")?;
        let target = between(part.get(part.find("<target")?..)?, "dir='", "'")?;
        Some((plain(target), AbsPath::parse(plain(source))?))
    });
    tagged.collect()
}

/// The addresses of its network cards.
fn addresses(xml: &str) -> BTreeSet<String> {
    let cards = xml.split("<mac ").skip(1).filter_map(|it| between(it, "address='", "'"));
    cards.map(str::to_ascii_lowercase).collect()
}

fn plain(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&apos;", "'"), ("&quot;", "\""), ("&amp;", "&")];
    named.iter().fold(text.to_owned(), |text, (name, it)| text.replace(name, it))
}

fn between<'text>(text: &'text str, start: &str, end: &str) -> Option<&'text str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}

fn why(output: &Output) -> Unreachable {
    let words = output.complaint();
    let words = words.strip_prefix("error: ").unwrap_or(&words).to_owned();
    let all = output.errors.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|it| all.contains(it));
    if says(&["failed to get domain", "domain not found"]) {
        Unreachable::NotFound { words }
    } else if says(&["domain is not running"]) {
        Unreachable::NotRunning { words }
    } else if says(&["agent not available for now", "timed out", "timeout"]) {
        // The agent was asked to show that it is there, and did not in time: the guest stands still, or is far too busy.
        Unreachable::TimedOut
    } else if says(&["agent is not connected"]) {
        let advice = "it is starting still, or needs `qemu-guest-agent` installed and running";
        Unreachable::NoShell { words: format!("{words} ({advice})") }
    } else if says(&["no qemu guest agent configured", "agent is not configured"]) {
        let advice = "its domain needs a channel `org.qemu.guest_agent.0`";
        Unreachable::NoShell { words: format!("{words} ({advice})") }
    } else if says(&["has been disabled", "not been found", "command is disabled"]) {
        let advice = "its agent refuses `guest-exec`; reach it by `ssh:` instead";
        Unreachable::NoShell { words: format!("{words} ({advice})") }
    } else if says(&[
        "agent is not responding",
        "agent not available",
        "qemu guest agent is not",
        "failed to execute child",
    ]) {
        Unreachable::NoShell { words }
    } else if says(&["forbidden", "permission denied", "authentication"]) {
        Unreachable::Refused { words }
    } else if says(&["failed to connect"]) {
        Unreachable::NoEngine { words }
    } else {
        Unreachable::Failed { words }
    }
}
