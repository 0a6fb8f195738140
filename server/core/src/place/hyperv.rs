//! Virtual machines of Hyper-V (Microsoft's *Get-VM*; *PowerShell Direct*). They are listed only: PowerShell Direct enters guests
//! with Windows, and what is looked at inside is looked at by a POSIX shell; a guest with Linux is reached by `ssh:`.

use serde_json::Value;

use super::{
    Entering, Layer, Listing, Output, Variables,
    instance::{Instance, State, Unreachable},
    invocation,
};
use crate::world::Place;

pub(super) struct HyperV;

/// What is printed is UTF-8, whatever the console's code page is.
const LIST: &str = "[Console]::OutputEncoding=[Text.Encoding]::UTF8; Get-VM | Select-Object Name,Id,State | ConvertTo-Json -Compress";

impl Layer for HyperV {
    fn name(&self) -> &'static str {
        "hyperv"
    }

    fn summary(&self) -> &'static str {
        "virtual machines of Hyper-V: listed, and entered by `ssh:`; not run on the real product yet"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["powershell.exe", "pwsh.exe"]
    }

    fn list(&self, _: &Variables, said: &[Output]) -> Listing {
        let [listed, ..] = said else {
            let words = ["-NoProfile", "-NonInteractive", "-Command", LIST];
            return Listing::Run(invocation(words, &[], 20));
        };
        let words = listed.complaint();
        if listed.code != Some(0) {
            return Listing::Done(Err(if words.contains("not recognized") {
                Unreachable::NoEngine { words }
            } else {
                Unreachable::Failed { words }
            }));
        }
        let printed = listed.printed.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&listed.printed);
        // Who may not see the machines gets none, and no error.
        if printed.iter().all(u8::is_ascii_whitespace) {
            return Listing::Done(Ok(Vec::new()));
        }
        let machines = match serde_json::from_slice::<Value>(printed) {
            Ok(Value::Array(machines)) => machines,
            // One alone is no list.
            Ok(machine @ Value::Object(_)) => vec![machine],
            _ => return Listing::Done(Err(Unreachable::Garbled { words })),
        };
        Listing::Done(Ok(machines.iter().filter_map(instance).collect()))
    }

    fn enter(&self, target: &str, _: &[u8], _: &Variables, _: &[Output]) -> Entering {
        let words = format!(
            "PowerShell Direct enters guests with Windows only; name `{target}` by its address, as `ssh:HOST`"
        );
        Entering::Done(Err(Unreachable::NoShell { words }))
    }
}

/// The state is a number (`Microsoft.HyperV.PowerShell.VMState`): 2 runs, 3 is off, 9 is paused.
fn instance(machine: &Value) -> Option<Instance> {
    let name = machine["Name"].as_str()?;
    let state = match (machine["State"].as_i64(), machine["State"].as_str()) {
        (Some(2), _) | (_, Some("Running")) => State::Running,
        (Some(9), _) | (_, Some("Paused")) => State::Paused,
        (Some(_), _) | (_, Some(_)) => State::Stopped,
        _ => State::Unknown,
    };
    let mut instance = Instance::new(Place::layer("hyperv", name)?, name, state);
    instance.aliases.extend(machine["Id"].as_str().map(str::to_owned));
    Some(instance)
}
