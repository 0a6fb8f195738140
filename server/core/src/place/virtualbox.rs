//! Virtual machines of VirtualBox (its user manual, *VBoxManage*, `guestcontrol`). Guests are entered with a name and a password
//! of theirs: `ENVLS_VIRTUALBOX_USER`, and in `ENVLS_VIRTUALBOX_PASSWORD_FILE` the file that holds it.

use std::collections::BTreeMap;

use super::{
    Entering, Inside, Layer, Listing, Mounted, Output, Variables, Worked, Working, at_once,
    instance::{Instance, State, Unreachable},
    invocation,
    kubernetes::in_shell,
    mounted_by_source,
};
use crate::world::{AbsPath, Place};

pub(super) struct VirtualBox;

const USER: &str = "ENVLS_VIRTUALBOX_USER";
const PASSWORD_FILE: &str = "ENVLS_VIRTUALBOX_PASSWORD_FILE";
/// More machines than this are not described one by one.
const MANY: usize = 32;
/// How long a command may take inside, in seconds.
const WORK: u64 = 1800;

impl Layer for VirtualBox {
    fn name(&self) -> &'static str {
        "virtualbox"
    }

    fn summary(&self) -> &'static str {
        "virtual machines of VirtualBox, looked into by `VBoxManage guestcontrol`; not run on the real product yet"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["VBoxManage", "vboxmanage"]
    }

    fn credentials(&self) -> &'static [&'static str] {
        &[USER, PASSWORD_FILE]
    }

    fn list(&self, _: &Variables, said: &[Output]) -> Listing {
        let [all, described @ ..] = said else {
            return Listing::Run(invocation(["list", "vms"], &[], 10));
        };
        if all.code != Some(0) {
            return Listing::Done(Err(why(all)));
        }
        let named: Vec<(String, String)> =
            all.text().lines().filter_map(named).take(MANY).collect();
        if let Some((_, identity)) = named.get(described.len()) {
            let words = ["showvminfo", identity, "--machinereadable"];
            return Listing::Run(invocation(words, &[], 10));
        }
        let instances = named.iter().zip(described).filter_map(|((name, identity), described)| {
            let facts = facts(&described.text());
            let fact = |it: &str| facts.get(it).map(String::as_str);
            let state = match fact("VMState") {
                Some("running") => State::Running,
                Some("paused") => State::Paused,
                Some(_) => State::Stopped,
                None => State::Unknown,
            };
            let mut instance = Instance::new(Place::layer("virtualbox", name)?, name, state);
            instance.aliases.push(identity.clone());
            instance.generation =
                format!("{identity} {}", fact("VMStateChangeTime").unwrap_or_default());
            instance.hardware = (1..=8)
                .filter_map(|at| colons(fact(&format!("macaddress{at}"))?))
                .chain(fact("hardwareuuid").map(str::to_ascii_lowercase))
                .collect();
            for kind in ["MachineMapping", "TransientMapping"] {
                let shares = (1..=64).map_while(|at| {
                    let name = fact(&format!("SharedFolderName{kind}{at}"))?;
                    Some((name.to_owned(), fact(&format!("SharedFolderPath{kind}{at}"))?))
                });
                let shares = shares.filter_map(|(name, path)| Some((name, AbsPath::parse(path)?)));
                instance.tags.extend(shares);
            }
            Some(instance)
        });
        Listing::Done(Ok(instances.collect()))
    }

    /// A guest's program cannot be given anything to read, so that the script is an argument.
    fn enter(&self, target: &str, script: &[u8], user: &Variables, said: &[Output]) -> Entering {
        let (Some(name), Some(file)) = (user.get(USER), user.get(PASSWORD_FILE)) else {
            let words = format!("a guest is entered with `{USER}` and `{PASSWORD_FILE}`");
            return Entering::Done(Err(Unreachable::Refused { words }));
        };
        let script = String::from_utf8_lossy(script).into_owned();
        let words = ["guestcontrol", target, "run", "--exe", "/bin/sh", "--username", name];
        let words = words.into_iter().chain(["--passwordfile", file, "--timeout", "30000"]);
        let words = words.chain(["--wait-stdout", "--wait-stderr", "--", "-c", &script]);
        at_once(said, || invocation(words, &[], 40), why)
    }

    /// What the guest's program prints is passed on, and how it ended is said by a code of its own (*VBoxManage guestcontrol*, Exit
    /// codes): 0 where it ended well.
    fn work(
        &self,
        target: &str,
        inside: &Inside<'_>,
        user: &Variables,
        said: &[Output],
    ) -> Option<Working> {
        let (name, file) = (user.get(USER)?, user.get(PASSWORD_FILE)?);
        let Some(ended) = said.first() else {
            let line = in_shell(inside);
            let words = ["guestcontrol", target, "run", "--exe", "/bin/sh", "--username", name];
            let words = words.into_iter().chain(["--passwordfile", file, "--wait-stdout"]);
            let words = words.chain(["--wait-stderr", "--", "-c", &line]);
            return Some(Working::Run(invocation(words, &[], WORK)));
        };
        if ended.code != Some(0) && ended.errors.contains("VBoxManage: error:") {
            return Some(Working::Done(Err(why(ended))));
        }
        let printed = [ended.printed.as_slice(), ended.errors.as_bytes()].concat();
        Some(Working::Done(Ok(Worked { code: ended.code.unwrap_or(1), printed })))
    }

    fn mounts(&self) -> Option<Mounted> {
        Some(mounted_by_source)
    }

    fn start(&self, target: &str) -> Option<Vec<String>> {
        Some(["startvm", target, "--type", "headless"].map(str::to_owned).to_vec())
    }
}

/// The address of a network card, `080027A1B2C3`, as the guest's own system writes it.
fn colons(address: &str) -> Option<String> {
    let is_address = address.len() == 12 && address.bytes().all(|it| it.is_ascii_hexdigit());
    let pairs = (0..6).map(|at| address.get(2 * at..2 * at + 2));
    let pairs: Vec<&str> = pairs.collect::<Option<_>>().filter(|_| is_address)?;
    Some(pairs.join(":").to_ascii_lowercase())
}

/// `"py dev" {5d753451-…}`; before it may come a warning.
fn named(line: &str) -> Option<(String, String)> {
    let (name, identity) = line.strip_prefix('"')?.rsplit_once("\" {")?;
    Some((name.to_owned(), identity.strip_suffix('}')?.to_owned()))
}

/// `key="value"`; some lines are not of this form.
fn facts(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|it| it.trim_end().split_once('='));
    let bare = |it: &str| it.trim_matches('"').to_owned();
    pairs.map(|(name, value)| (bare(name), bare(value))).collect()
}

fn why(output: &Output) -> Unreachable {
    let words = output.complaint();
    let all = output.errors.to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|it| all.contains(it));
    if says(&["vbox_e_object_not_found", "could not find a registered machine"]) {
        Unreachable::NotFound { words }
    } else if says(&["is not running"]) {
        Unreachable::NotRunning { words }
    } else if says(&["not ready", "guest additions", "not supported"]) {
        Unreachable::NoShell { words }
    } else if says(&["authentication", "logon", "credential", "password"]) {
        Unreachable::Refused { words }
    } else {
        Unreachable::Failed { words }
    }
}
