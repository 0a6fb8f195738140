//! `envls trust`: which folders may have programs run on their account.

use std::fmt::Write as _;

use anyhow::bail;
use envls_core::world;
use envls_host::{
    environment::Environment,
    trust::{Store, Verdict},
};

use crate::{
    Status,
    arguments::{Format, Trust},
    json,
    place::{self, Is},
    print::{Printer, plain},
};

pub(crate) fn run(given: &Trust, printer: &Printer) -> anyhow::Result<Status> {
    let store = Store::new(&Environment::of_this_process());
    let json = given.output_format == Format::Json;
    if given.list {
        let said = store.list()?;
        if json {
            printer.out(&json::print(&json::trusted(&said))?)?;
            return Ok(Status::Good);
        }
        let mut text = String::new();
        for said in &said {
            let verdict = match said.verdict {
                Verdict::Trusted => "trusted",
                Verdict::Denied => "denied ",
            };
            let _ = writeln!(text, "{verdict}  {}", plain(&said.folder.to_string()));
        }
        if said.is_empty() {
            printer.aside("No folder is trusted\n");
        }
        printer.out(&text)?;
        return Ok(Status::Good);
    }
    let folder = if given.revoke {
        // One that is gone can be forgotten too.
        place::absolute(given.path.as_ref())?
    } else {
        let place = place::given(given.path.as_ref())?;
        if place.is == Is::File {
            bail!("`{}` is a file: trust is given to a folder and all in it", place.path);
        }
        place.path
    };
    if given.revoke {
        store.revoke(&folder)?
    } else {
        store.trust(&folder)?
    }
    let now = store.ask(&folder);
    if json {
        printer.out(&json::print(&json::trust(&folder, now))?)?;
    } else {
        let shown = folder.to_string();
        let shown = plain(&shown);
        printer.out(&match now {
            world::Trust::Trusted => format!(
                "`{shown}` and all in it is trusted: tools may be run on its account, and code of its projects with them when you choose a fix. `envls trust --revoke` takes it back.\n"
            ),
            world::Trust::Untrusted => {
                format!("`{shown}` is not trusted: nothing is run on its account, and nothing is written into it.\n")
            }
        })?;
    }
    let wanted = if given.revoke { world::Trust::Untrusted } else { world::Trust::Trusted };
    if now != wanted {
        bail!("`{folder}` could not be {}", if given.revoke { "revoked" } else { "trusted" });
    }
    Ok(Status::Good)
}
