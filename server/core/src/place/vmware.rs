//! Virtual machines of VMware Workstation and Fusion (VMware's *Using vmrun to Control Virtual Machines*). `vmrun` never passes on
//! what a guest's program prints, so that the script goes in as a file and its output comes out as one. A guest is entered with
//! `ENVLS_VMWARE_USER` and `ENVLS_VMWARE_PASSWORD`, which `vmrun` takes as an argument only: whoever can list processes sees it,
//! and `ssh:` is the better way where the guest answers to it.

use super::{
    Argument, Entering, Invocation, Layer, Listing, Output, Variables,
    instance::{Instance, State, Unreachable},
    invocation, word,
};
use crate::world::Place;

pub(super) struct VMware;

const USER: &str = "ENVLS_VMWARE_USER";
const PASSWORD: &str = "ENVLS_VMWARE_PASSWORD";

impl Layer for VMware {
    fn name(&self) -> &'static str {
        "vmware"
    }

    fn summary(&self) -> &'static str {
        "virtual machines of VMware Workstation and Fusion, looked into by `vmrun`; not run on the real product yet"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["vmrun"]
    }

    fn variables(&self) -> &'static [&'static str] {
        &[USER, PASSWORD]
    }

    /// Only what runs: `Total running VMs: 1`, and below it the paths of their files.
    fn list(&self, _: &Variables, said: &[Output]) -> Listing {
        let [listed, ..] = said else {
            return Listing::Run(invocation(["list"], &[], 10));
        };
        if listed.code != Some(0) {
            return Listing::Done(Err(why(listed)));
        }
        let text = listed.text();
        let paths = text.lines().map(str::trim).filter(|it| it.ends_with(".vmx"));
        let instances = paths.filter_map(|path| {
            let name = path.rsplit(['/', '\\']).next()?.trim_end_matches(".vmx").to_owned();
            Some(Instance::new(Place::layer("vmware", path)?, &name, State::Running))
        });
        Listing::Done(Ok(instances.collect()))
    }

    fn enter(&self, target: &str, script: &[u8], user: &Variables, said: &[Output]) -> Entering {
        let (Some(name), Some(password)) = (user.get(USER), user.get(PASSWORD)) else {
            let words = format!("a guest is entered with `{USER}` and `{PASSWORD}`");
            return Entering::Done(Err(Unreachable::Refused { words }));
        };
        let run = |command: &str, rest: Vec<Argument>| {
            let own = ["-gu", name, "-gp", password, command, target].map(word);
            let arguments = own.into_iter().chain(rest).collect();
            Entering::Run(Invocation { arguments, ..invocation([], &[], 45) })
        };
        if let Some(failed) = said.iter().find(|it| it.code != Some(0)) {
            return Entering::Done(Err(why(failed)));
        }
        let Some(file) = said.first().map(|it| it.text().trim().to_owned()) else {
            return run("CreateTempfileInGuest", Vec::new());
        };
        // It becomes a part of a command line of the guest's shell.
        let plain = |it: u8| it.is_ascii_alphanumeric() || b"/-_.".contains(&it);
        if !file.starts_with('/') || !file.bytes().all(plain) {
            let words = format!("`{file}` is no file of the guest");
            return Entering::Done(Err(Unreachable::Garbled { words }));
        }
        let output = format!("{file}.out");
        match said.get(1..).unwrap_or_default() {
            [] => {
                let given = vec![Argument::Given(script.to_vec()), word(&file)];
                run("CopyFileFromHostToGuest", given)
            }
            [_] => {
                let line = format!("sh {file} > {output} 2>/dev/null");
                run("runScriptInGuest", vec![word("/bin/sh"), word(line)])
            }
            [_, _] => run("CopyFileFromGuestToHost", vec![word(output), Argument::Taken]),
            [_, _, _] => run("deleteFileInGuest", vec![word(output)]),
            [_, _, _, _] => run("deleteFileInGuest", vec![word(file)]),
            [_, _, taken, ..] => Entering::Done(Ok(taken.taken.clone())),
        }
    }

    fn start(&self, target: &str) -> Option<Vec<String>> {
        Some(["start", target, "nogui"].map(str::to_owned).to_vec())
    }
}

/// Errors come on the standard output.
fn why(output: &Output) -> Unreachable {
    let words = output.complaint();
    let all = format!("{} {}", output.errors, output.text()).to_ascii_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|it| all.contains(it));
    if says(&["not powered on"]) {
        Unreachable::NotRunning { words }
    } else if says(&["cannot open vm", "not found"]) {
        Unreachable::NotFound { words }
    } else if says(&["tools are not running", "not installed"]) {
        Unreachable::NoShell { words }
    } else if says(&["invalid user name or password", "permission"]) {
        Unreachable::Refused { words }
    } else {
        Unreachable::Failed { words }
    }
}
