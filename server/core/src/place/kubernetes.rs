//! Pods of a cluster, looked into by `kubectl exec` (*kubectl* reference). The context and the namespace are always said, never
//! those that happen to be current; a cluster that may be one of production is only entered where the user named it.

use serde_json::Value;

use super::{
    Entering, Input, Inside, Layer, Listing, Output, Variables, at_once,
    instance::{Instance, State, Unreachable},
    invocation,
};
use crate::{action::line, world::Place};

pub(super) struct Kubernetes;

/// The contexts that local clusters name themselves by.
const LOCAL: [&str; 5] = ["docker-desktop", "minikube", "orbstack", "rancher-desktop", "microk8s"];
const LOCAL_PREFIXES: [&str; 3] = ["kind-", "k3d-", "colima"];

impl Layer for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn summary(&self) -> &'static str {
        "containers of pods, looked into by `kubectl exec`; contexts that are not known as local ones only by name"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["kubectl"]
    }

    fn variables(&self) -> &'static [&'static str] {
        &["KUBECONFIG"]
    }

    /// The context and the namespace.
    fn endpoint(&self, target: &str) -> String {
        match Target::of(target) {
            Some(it) => format!("kubernetes:{}/{}", it.context, it.namespace),
            None => "kubernetes".to_owned(),
        }
    }

    fn list(&self, _: &Variables, said: &[Output]) -> Listing {
        let Some(current) = said.first() else {
            return Listing::Run(invocation(["config", "current-context"], &[], 5));
        };
        if current.code != Some(0) {
            return Listing::Done(Err(why(current)));
        }
        let context = current.text().trim().to_owned();
        if !is_local(&context) {
            let words = format!(
                "context `{context}` may be one of production and is not listed; name a container of it with `envls select`"
            );
            return Listing::Done(Err(Unreachable::Forbidden { words }));
        }
        let context_flag = format!("--context={context}");
        let Some(view) = said.get(1) else {
            let words = ["config", "view", "--minify", &context_flag, "--output=json"];
            return Listing::Run(invocation(words, &[], 5));
        };
        let configuration: Value = serde_json::from_slice(&view.printed).unwrap_or_default();
        let namespace = configuration["contexts"][0]["context"]["namespace"].as_str();
        let namespace = namespace.unwrap_or("default").to_owned();
        let Some(pods) = said.get(2) else {
            let namespace_flag = format!("--namespace={namespace}");
            let words = [
                "--request-timeout=5s",
                &context_flag,
                &namespace_flag,
                "get",
                "pods",
                "--output=json",
            ];
            return Listing::Run(invocation(words, &[], 10));
        };
        if pods.code != Some(0) {
            return Listing::Done(Err(why(pods)));
        }
        let Ok(listed) = serde_json::from_slice::<Value>(&pods.printed) else {
            let words = "`get pods` printed no JSON".to_owned();
            return Listing::Done(Err(Unreachable::Garbled { words }));
        };
        Listing::Done(Ok(instances(&context, &namespace, &listed)))
    }

    fn enter(&self, target: &str, script: &[u8], _: &Variables, said: &[Output]) -> Entering {
        let Some(to) = Target::of(target) else {
            let words = "a pod is named by context/namespace/pod/container".to_owned();
            return Entering::Done(Err(Unreachable::NotFound { words }));
        };
        let mut words = to.words();
        words.push("-i".to_owned());
        words.extend(to.rest(["sh".to_owned()]));
        at_once(said, || invocation(words.iter().map(String::as_str), script, 30), why)
    }

    /// `kubectl exec` has neither a folder nor variables, so the container's own shell sets them.
    fn command(&self, target: &str, inside: &Inside<'_>) -> Option<Vec<String>> {
        let to = Target::of(target)?;
        let mut words = to.words();
        if inside.input == Input::Open {
            words.push("-i".to_owned());
        }
        words.extend(to.rest(["sh".to_owned(), "-c".to_owned(), in_shell(inside)]));
        Some(words)
    }
}

/// A command with its folder and variables, as one line of a POSIX shell.
pub(super) fn in_shell(inside: &Inside<'_>) -> String {
    let folder = line(&["cd".to_owned(), inside.directory.to_owned()]);
    let mut words: Vec<String> = vec!["exec".to_owned(), "env".to_owned()];
    words.extend(inside.variables.iter().map(|(name, value)| format!("{name}={value}")));
    words.extend(inside.words.iter().cloned());
    format!("{folder} && {}", line(&words))
}

fn is_local(context: &str) -> bool {
    LOCAL.contains(&context) || LOCAL_PREFIXES.iter().any(|it| context.starts_with(it))
}

/// `context/namespace/pod/container`; only the context may have separators in it.
struct Target<'target> {
    context: &'target str,
    namespace: &'target str,
    pod: &'target str,
    container: &'target str,
}

impl<'target> Target<'target> {
    fn of(target: &'target str) -> Option<Target<'target>> {
        let mut parts = target.rsplitn(4, '/');
        let (container, pod, namespace) = (parts.next()?, parts.next()?, parts.next()?);
        let context = parts.next()?;
        let named = [context, namespace, pod, container];
        let plain = named.iter().all(|it| !it.is_empty() && !it.starts_with('-'));
        plain.then_some(Target { context, namespace, pod, container })
    }

    fn words(&self) -> Vec<String> {
        vec![
            format!("--context={}", self.context),
            format!("--namespace={}", self.namespace),
            "exec".to_owned(),
        ]
    }

    fn rest(&self, words: impl IntoIterator<Item = String>) -> Vec<String> {
        let to = [self.pod.to_owned(), format!("--container={}", self.container), "--".to_owned()];
        to.into_iter().chain(words).collect()
    }
}

fn instances(context: &str, namespace: &str, listed: &Value) -> Vec<Instance> {
    let mut instances = Vec::new();
    for pod in listed["items"].as_array().into_iter().flatten() {
        let Some(name) = pod["metadata"]["name"].as_str() else { continue };
        let state = match pod["status"]["phase"].as_str() {
            Some("Running") => State::Running,
            Some("Pending") => State::Unknown,
            _ => State::Stopped,
        };
        for container in pod["spec"]["containers"].as_array().into_iter().flatten() {
            let Some(called) = container["name"].as_str() else { continue };
            let target = format!("{context}/{namespace}/{name}/{called}");
            let Some(place) = Place::layer("kubernetes", &target) else { continue };
            let mut instance = Instance::new(place, &format!("{name}/{called}"), state);
            let statuses = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
            let restarts = statuses.clone().find(|it| it["name"].as_str() == Some(called));
            let restarts = restarts.and_then(|it| it["restartCount"].as_u64()).unwrap_or(0);
            let identity = pod["metadata"]["uid"].as_str().unwrap_or_default();
            instance.generation = format!("{identity} {restarts}");
            let labels = pod["metadata"]["labels"].as_object().into_iter().flatten();
            let labels =
                labels.filter_map(|(name, it)| Some((name.clone(), it.as_str()?.to_owned())));
            instance.labels = labels.collect();
            let variables = container["env"].as_array().into_iter().flatten();
            let variables = variables.filter_map(|it| {
                Some((it["name"].as_str()?.to_owned(), it["value"].as_str()?.to_owned()))
            });
            instance.variables = variables.collect();
            instance.directory = container["workingDir"].as_str().map(str::to_owned);
            instance.image = container["image"].as_str().map(str::to_owned);
            instances.push(instance);
        }
    }
    instances
}

/// The client says what is wrong on its last line; before it come notes of its cache.
fn why(output: &Output) -> Unreachable {
    let words = output.complaint();
    let all = output.errors.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|it| all.contains(it));
    if says(&["notfound", "not found in pod", "is not valid for pod"]) {
        Unreachable::NotFound { words }
    } else if says(&["executable file not found", "no such file or directory"]) {
        Unreachable::NoShell { words }
    } else if says(&["forbidden", "unauthorized", "must be logged in"]) {
        Unreachable::Refused { words }
    } else if says(&[
        "connection",
        "refused",
        "timeout",
        "no such host",
        "current-context is not set",
        "does not exist",
    ]) {
        Unreachable::NoEngine { words }
    } else {
        Unreachable::Failed { words }
    }
}
