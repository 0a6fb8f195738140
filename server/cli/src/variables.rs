//! `envls env`: the variables that put the chosen environment in force, in the language of a shell.

use std::{collections::BTreeMap, path::PathBuf};

use envls_core::{
    model::{Activation, Model, Reached},
    rule,
    session::Event,
    world::AbsPath,
};

use crate::{
    Status,
    arguments::{Env, Shell},
    json,
    r#loop::Loop,
    place,
    print::{Printer, plain},
};

pub(crate) fn run(given: &Env, printer: &Printer) -> anyhow::Result<Status> {
    let activation = match activation(given.path.as_ref())? {
        Ok(activation) => activation,
        Err(words) => {
            printer.aside(&format!("{}\n", plain(&words)));
            return Ok(Status::Bad);
        }
    };
    match given.shell {
        Shell::Json => printer.out(&json::print(&json::variables(&activation))?)?,
        shell => printer.out_bytes(&script(&activation, shell))?,
    }
    Ok(Status::Good)
}

/// The variables of the environment that a path gets; in words why there are none.
pub(crate) fn activation(typed: Option<&PathBuf>) -> anyhow::Result<Result<Activation, String>> {
    Ok(in_force(typed)?.and_then(|it| match it.reached {
        None => Ok(it.activation),
        Some(reached) => Err(format!(
            "environment `{}` is in `{}`, its variables mean nothing here",
            it.prefix, reached.place
        )),
    }))
}

/// The environment that a path gets, as something is run with it.
pub(crate) struct InForce {
    pub(crate) prefix: AbsPath,
    pub(crate) activation: Activation,
    /// The layer that it is in.
    pub(crate) reached: Option<Reached>,
}

/// The environment that a path gets; in words why there is none.
pub(crate) fn in_force(typed: Option<&PathBuf>) -> anyhow::Result<Result<InForce, String>> {
    let path = place::given(typed)?.path;
    let mut turns = Loop::of_choices();
    turns.settle(vec![Event::Attended(path.clone())])?;
    let standing = turns.session.project_of(&path);
    let model = standing.as_ref().and_then(|it| it.outcome.model.as_deref());
    let Some((model, environment)) = model.and_then(|it| Some((it, it.usable()?))) else {
        return Ok(Err(lacking(&path, model)));
    };
    Ok(Ok(InForce {
        prefix: environment.place().clone(),
        activation: environment.activation(),
        reached: model.reached.clone(),
    }))
}

/// Why a path has no environment that could be used.
pub(crate) fn lacking(path: &AbsPath, model: Option<&Model>) -> String {
    let Some(model) = model else { return format!("`{path}` is in no Python project") };
    let Some(environment) = model.selection.as_ref().map(|it| &it.environment) else {
        return format!("`{}` has no Python environment yet", model.called());
    };
    let shown = model.shown(environment.place());
    let Some(damage) = environment.damages.first() else {
        // Packages that a project keeps in itself (PEP 582) are for whatever Python PDM starts.
        return format!(
            "`{shown}` has no interpreter of its own: `pdm run python` starts one that uses it"
        );
    };
    let what = rule::damage(&model.project.root, damage);
    format!("environment `{shown}` is broken: {what}")
}

/// Statements that a shell evaluates. Every value is quoted, so that no path can say anything of its own.
fn script(activation: &Activation, shell: Shell) -> Vec<u8> {
    let quoted: BTreeMap<_, _> =
        activation.set.iter().map(|(name, value)| (*name, quoted(value, shell))).collect();
    let folders = activation.prepend_path.iter().map(|it| quoted_path(it, shell));
    let folders: Vec<Vec<u8>> = folders.collect();
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for (name, value) in &quoted {
        let (before, between) = match shell {
            Shell::Fish => ("set -gx ", " "),
            Shell::Pwsh => ("$env:", " = "),
            Shell::Sh | Shell::Json => ("export ", "="),
        };
        lines.push([before.as_bytes(), name.as_bytes(), between.as_bytes(), value].concat());
    }
    if !folders.is_empty() {
        lines.push(match shell {
            Shell::Fish => [b"set -gx PATH ".as_slice(), &folders.join(&b' '), b" $PATH"].concat(),
            Shell::Pwsh => {
                let separator = b" + [IO.Path]::PathSeparator + ".as_slice();
                let joined = folders.join(separator);
                [b"$env:PATH = ".as_slice(), &joined, separator, b"$env:PATH"].concat()
            }
            Shell::Sh | Shell::Json => {
                [b"export PATH=".as_slice(), &folders.join(&b':'), b":\"$PATH\""].concat()
            }
        });
    }
    for name in &activation.unset {
        lines.push(match shell {
            Shell::Fish => format!("set -e {name}").into_bytes(),
            Shell::Pwsh => {
                format!("Remove-Item Env:{name} -ErrorAction SilentlyContinue").into_bytes()
            }
            Shell::Sh | Shell::Json => format!("unset {name}").into_bytes(),
        });
    }
    lines.into_iter().flat_map(|line| [line, b"\n".to_vec()].concat()).collect()
}

fn quoted_path(path: &AbsPath, shell: Shell) -> Vec<u8> {
    quoted(path.as_bytes(), shell)
}

/// In single quotes, in which nothing means anything but what ends them.
fn quoted(value: &[u8], shell: Shell) -> Vec<u8> {
    let mut text = vec![b'\''];
    for byte in value {
        match (byte, shell) {
            (b'\'', Shell::Sh | Shell::Json) => text.extend(br"'\''"),
            (b'\'', Shell::Pwsh) => text.extend(b"''"),
            (b'\'' | b'\\', Shell::Fish) => text.extend([b'\\', *byte]),
            (byte, _) => text.push(*byte),
        }
    }
    text.push(b'\'');
    text
}
