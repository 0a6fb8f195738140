//! Any host that answers to ssh (*ssh(1)*, OpenSSH), which is also the way into the machines of Vagrant: `vagrant ssh-config`
//! says how, and the user puts that into their own configuration. Nobody is asked for a password, and no unknown host's key is
//! taken.

use super::{
    Entering, Inside, Layer, Output, Variables, at_once, instance::Unreachable, invocation,
    kubernetes::in_shell,
};

pub(super) struct Ssh;

impl Layer for Ssh {
    fn name(&self) -> &'static str {
        "ssh"
    }

    fn summary(&self) -> &'static str {
        "hosts that answer to ssh, the machines of Vagrant among them; never listed, only named by the user"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["ssh"]
    }

    fn variables(&self) -> &'static [&'static str] {
        &["SSH_AUTH_SOCK"]
    }

    fn endpoint(&self, target: &str) -> String {
        format!("ssh:{target}")
    }

    fn enter(&self, target: &str, script: &[u8], _: &Variables, said: &[Output]) -> Entering {
        let words = words(target, "sh".to_owned());
        at_once(said, || invocation(words.iter().map(String::as_str), script, 30), why)
    }

    fn may_be(&self) -> &'static [&'static str] {
        &["libvirt", "virtualbox"]
    }

    fn command(&self, target: &str, inside: &Inside<'_>) -> Option<Vec<String>> {
        Some(words(target, in_shell(inside)))
    }
}

/// The host is what the user's own configuration calls it; a number after a colon is a port.
fn words(target: &str, command: String) -> Vec<String> {
    let (host, port) = match target.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|it| it.is_ascii_digit()) => (host, Some(port)),
        _ => (target, None),
    };
    let options = ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "LogLevel=ERROR"];
    let mut words: Vec<String> = options.map(str::to_owned).to_vec();
    words.extend(port.into_iter().flat_map(|it| ["-p".to_owned(), it.to_owned()]));
    words.extend(["--".to_owned(), host.to_owned(), command]);
    words
}

/// 255 is the client's own, every other code the command's (*ssh(1)*, EXIT STATUS).
fn why(output: &Output) -> Unreachable {
    let words = output.complaint();
    let all = output.errors.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|it| all.contains(it));
    if output.code != Some(255) {
        return Unreachable::NoShell { words };
    }
    if says(&[
        "permission denied",
        "host key verification",
        "no matching",
        "too many authentication",
    ]) {
        Unreachable::Refused { words }
    } else if says(&["could not resolve", "name or service not known"]) {
        Unreachable::NotFound { words }
    } else if says(&["timed out"]) {
        Unreachable::TimedOut
    } else {
        Unreachable::Failed { words: format!("{words} (does it run, with an ssh server in it?)") }
    }
}
