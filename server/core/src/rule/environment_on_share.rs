//! The project's environment is, or would be made, on a file system without proper links.
//!
//! The shared folders of VirtualBox, VMware and Parallels, SMB and FAT have no symbolic links, of which an environment is made
//! (pypa/virtualenv#2786: also where everything is copied); on a drive of Windows under WSL there are some that Windows does not
//! follow, and everything is slow, which is information only. By the type of what is mounted there; a share with links, as
//! virtiofs or NFS, is passed over.
//!
//! The environment belongs outside of the share: `UV_PROJECT_ENVIRONMENT` for uv, `virtualenvs.in-project` and
//! `virtualenvs.path` for Poetry, `WORKON_HOME` for Pipenv. The message names what the project's tool reads.

use super::{Draft, Rule, fixes};
use crate::{
    finding::{Severity, Subject},
    layer::share::{Links, holding},
    model::Model,
};

pub(super) static RULE: Rule =
    Rule { code: "environment-on-share", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(machine) = &model.machine else { return };
    let prefix = model.prefix();
    let Some(share) = holding(&machine.shares, &prefix).filter(|it| it.links != Links::Plain)
    else {
        return;
    };
    let there = model.selection.is_some();
    let (verb, shown) = (if there { "is" } else { "would be" }, fixes::shown(model, &prefix));
    let (kind, point) = (share.kind.name(), &share.point);
    let (trouble, at_most) = match share.links {
        Links::Missing => ("which has no symbolic links", None),
        Links::OneSided | Links::Plain => {
            ("where links work on one side only, and it is slow", Some(Severity::Information))
        }
    };
    let advice = match model.manager().name() {
        "uv" => "set `UV_PROJECT_ENVIRONMENT` to a folder outside of it",
        "poetry" => {
            "set `virtualenvs.in-project` to `false` and `virtualenvs.path` to a folder outside of it"
        }
        "pipenv" => "set `WORKON_HOME` to a folder outside of it",
        "pdm" => "set `venv.in_project` to `false`, and `venv.location` to a folder outside of it",
        "pixi" => "set `detached-environments` in pixi's own configuration",
        _ => "make it in a folder outside of it, and choose it",
    };
    let message = format!("environment {shown} {verb} on {kind} (`{point}`), {trouble}: {advice}");
    let subject = Subject { environment: Some(prefix), ..Subject::default() };
    report.push(Draft { subject, at_most, ..Draft::at(model.anchor(), message) });
}
