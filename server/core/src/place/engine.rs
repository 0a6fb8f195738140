//! What Docker and Podman have in common: the same verbs, and nearly the same description of a container
//! (*docker container inspect*; *podman-container-inspect(1)*).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Entering, Input, Inside, Listing, Output, at_once,
    instance::{Instance, State, Unreachable},
    invocation,
    path_map::Shared,
};
use crate::world::{AbsPath, Place};

/// How long a listing may take, in seconds.
const LIST: u64 = 10;
/// How long a look inside may take.
const LOOK: u64 = 30;
/// More containers than this are not described one by one.
const MANY: usize = 100;

/// Every container with its mounts: their identifiers first, then all of them at once.
pub(super) fn list(kind: &str, said: &[Output]) -> Listing {
    let run = |words: Vec<&str>| Listing::Run(invocation(words, &[], LIST));
    match said {
        [] => run(vec!["ps", "--all", "--quiet", "--no-trunc"]),
        [names] if names.code != Some(0) => Listing::Done(Err(why(names))),
        [names] => {
            let text = names.text();
            let is_identifier = |it: &&str| it.bytes().all(|byte| byte.is_ascii_hexdigit());
            let named = text.lines().map(str::trim).filter(|it| !it.is_empty());
            let named: Vec<&str> = named.filter(is_identifier).take(MANY).collect();
            if named.is_empty() {
                return Listing::Done(Ok(Vec::new()));
            }
            run(["inspect", "--type", "container"].into_iter().chain(named).collect())
        }
        // One that ended between the two is complained of, and the others are described all the same.
        [_, described, images @ ..] => {
            let Some((mut instances, made_from)) = instances(kind, &described.printed) else {
                let words = "`inspect` printed no JSON".to_owned();
                let failed = described.code != Some(0);
                let why = if failed { why(described) } else { Unreachable::Garbled { words } };
                return Listing::Done(Err(why));
            };
            // What their images are called now is asked of those alone that a tool made for a project.
            let named: BTreeSet<&str> = instances.iter().filter_map(declared_image).collect();
            match images {
                [] if !named.is_empty() => {
                    let words = ["inspect", "--type", "image", "--format", FORMAT, "--"];
                    return run(words.into_iter().chain(named).collect());
                }
                [] => {}
                [images, ..] => {
                    let images = images_now(&images.text());
                    for (instance, own) in instances.iter_mut().zip(&made_from) {
                        let now = declared_image(instance).and_then(|it| now(&images, it));
                        instance.image_is_newer = now.map(|it| it != own.as_str());
                    }
                }
            }
            Listing::Done(Ok(instances))
        }
    }
}

/// Runs the script in the container's own shell, without a terminal, which would mix the streams and change the ends of lines.
pub(super) fn enter(target: &str, script: &[u8], said: &[Output]) -> Entering {
    at_once(said, || invocation(["exec", "-i", target, "sh"], script, LOOK), why)
}

pub(super) fn command(target: &str, inside: &Inside<'_>) -> Vec<String> {
    let mut words = vec!["exec".to_owned()];
    if inside.input == Input::Open {
        words.push("-i".to_owned());
    }
    words.extend(["-w".to_owned(), inside.directory.to_owned()]);
    for (name, value) in inside.variables {
        words.extend(["-e".to_owned(), format!("{name}={value}")]);
    }
    words.push(target.to_owned());
    words.extend(inside.words.iter().cloned());
    words
}

/// The image that a container was made from, where a tool made it as a project declares.
fn declared_image(instance: &Instance) -> Option<&str> {
    let is_made = |it: &&String| it.contains("compose.") || it.starts_with("devcontainer.");
    instance.labels.keys().find(is_made)?;
    instance.image.as_deref().filter(|it| !it.starts_with(['-', '@']) && !it.contains("sha256:"))
}

/// A line for each image: its identifier, and all of its names.
const FORMAT: &str = "{{.Id}}{{range .RepoTags}} {{.}}{{end}}";

/// The identifiers of images by their names. One that is not there any more is complained of, and the others are described.
fn images_now(text: &str) -> BTreeMap<String, String> {
    let mut images = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let Some(identifier) = words.next().map(bare) else { continue };
        images.extend(words.map(|it| (it.to_owned(), identifier.to_owned())));
    }
    images
}

/// What an image of that name is now. Podman says names in full that were given to it short.
fn now<'images>(images: &'images BTreeMap<String, String>, name: &str) -> Option<&'images str> {
    let last = name.rsplit('/').next().unwrap_or(name);
    let tagged = if last.contains(':') { name.to_owned() } else { format!("{name}:latest") };
    let short = format!("/{tagged}");
    let of_it = images.iter().find(|(it, _)| **it == tagged);
    let of_it = of_it.or_else(|| images.iter().find(|(it, _)| it.ends_with(&short)));
    of_it.map(|(_, it)| it.as_str())
}

/// Docker says what kind of digest an identifier is, Podman does not.
fn bare(identifier: &str) -> &str {
    identifier.strip_prefix("sha256:").unwrap_or(identifier)
}

/// The containers that `inspect` describes, and the identifiers of the images that they were made from.
fn instances(kind: &str, json: &[u8]) -> Option<(Vec<Instance>, Vec<String>)> {
    let described: Vec<Value> = serde_json::from_slice(json).ok()?;
    let made_from = |it: &Value| bare(it["Image"].as_str().unwrap_or_default()).to_owned();
    let known = described.iter().filter_map(|it| Some((instance(kind, it)?, made_from(it))));
    let mut known: Vec<(Instance, String)> = known.collect();
    known.sort_by(|a, b| a.0.place.cmp(&b.0.place));
    Some(known.into_iter().unzip())
}

fn instance(kind: &str, described: &Value) -> Option<Instance> {
    let text = |at: &Value| at.as_str().map(str::to_owned);
    let identifier = text(&described["Id"])?;
    let name = described["Name"].as_str()?.trim_start_matches('/').to_owned();
    let state = &described["State"];
    let running = match state["Status"].as_str().unwrap_or_default() {
        "running" => State::Running,
        "paused" => State::Paused,
        "" if state["Running"].as_bool() == Some(true) => State::Running,
        "" => State::Unknown,
        _ => State::Stopped,
    };
    let mut instance = Instance::new(Place::layer(kind, &name)?, &name, running);
    let started = state["StartedAt"].as_str().unwrap_or_default();
    instance.generation = format!("{identifier} {started}");
    instance.aliases.push(identifier);
    let mounts = described["Mounts"].as_array().map(Vec::as_slice).unwrap_or_default();
    instance.shared = mounts.iter().filter_map(shared).collect();
    let configured = &described["Config"];
    let labels = configured["Labels"].as_object().into_iter().flatten();
    instance.labels = labels.filter_map(|(name, it)| Some((name.clone(), text(it)?))).collect();
    let variables = configured["Env"].as_array().into_iter().flatten();
    let variables = variables.filter_map(|it| it.as_str()?.split_once('='));
    instance.variables =
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    instance.directory = text(&configured["WorkingDir"]).filter(|it| !it.is_empty());
    instance.image = text(&described["ImageName"]).or_else(|| text(&configured["Image"]));
    Some(instance)
}

/// A volume's folder on this machine is the engine's own, and on many machines it lies in a virtual one: it has no path here.
fn shared(mount: &Value) -> Option<Shared> {
    let inside = AbsPath::parse(mount["Destination"].as_str()?)?;
    let is_bind = mount["Type"].as_str() == Some("bind");
    let outside = mount["Source"].as_str().filter(|_| is_bind).and_then(AbsPath::parse);
    Some(Shared { inside, outside })
}

/// What a failure says. The codes of the two differ, and a script may end with any of them, so the words decide.
fn why(output: &Output) -> Unreachable {
    let words = output.complaint();
    let all = format!("{} {}", output.errors, output.text()).to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|it| all.contains(it));
    if says(&["no such container", "no container with name or id", "no such object"]) {
        Unreachable::NotFound { words }
    } else if says(&[
        "is not running",
        "container state improper",
        "is paused",
        "running containers",
    ]) {
        Unreachable::NotRunning { words }
    } else if says(&[
        "executable file not found",
        "no such file or directory: oci",
        "not found in $path",
    ]) || matches!(output.code, Some(126 | 127))
    {
        Unreachable::NoShell { words }
    } else if says(&["permission denied while", "permission denied"]) {
        Unreachable::Refused { words }
    } else if says(&[
        "cannot connect",
        "connection refused",
        "daemon running",
        "no such host",
        "dial ",
    ]) {
        Unreachable::NoEngine { words }
    } else if words.is_empty() {
        Unreachable::Failed { words: format!("its tool ended with code {:?}", output.code) }
    } else {
        Unreachable::Failed { words }
    }
}
