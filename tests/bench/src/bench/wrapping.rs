//! Another server, bare and behind `envls wrap`: how long a request takes there and back.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::bench::corpus::Corpora;
use crate::bench::corpus::monorepo::Monorepo;
use crate::bench::editor::{Editor, Watching, uri};
use crate::bench::figure::{Figure, Unit};
use crate::bench::process::Surroundings;
use crate::bench::tools::Tools;

/// How often each is asked.
const REQUESTS: usize = 400;

/// In how many turns, one after the other, so that a busy moment of the machine falls on both.
const TURNS: usize = 8;

pub(crate) fn measure(
    surroundings: &Surroundings,
    tools: &Tools,
    corpora: &Corpora,
) -> Result<Vec<Figure>> {
    let Some(monorepo) = corpora.monorepos.first() else { return Ok(Vec::new()) };
    let programs = (tools.envls.program.as_ref(), tools.ty.program.as_ref());
    let samples = match programs {
        (Ok(envls), Ok(ty)) => {
            let mut bare = surroundings.command(&ty.path);
            bare.arg("server");
            let mut wrapped = surroundings.command(&envls.path);
            wrapped.args(["wrap", "--"]).arg(&ty.path).arg("server");
            both([bare, wrapped], monorepo).map_err(|error| format!("{error:#}"))
        }
        (Err(reason), _) | (_, Err(reason)) => Err(reason.clone()),
    };
    let (bare, wrapped) = match samples {
        Ok([bare, wrapped]) => (Ok(bare), Ok(wrapped)),
        Err(reason) => (Err(reason.clone()), Err(reason)),
    };
    let what = "hover to reply";
    Ok(vec![
        Figure::new("wrap", "ty", what, Unit::Wall, bare),
        Figure::new("wrap", "ty behind envls wrap", what, Unit::Wall, wrapped),
    ])
}

fn both(commands: [Command; 2], monorepo: &Monorepo) -> Result<[Vec<f64>; 2]> {
    let document = monorepo.shown.source.as_path();
    let mut editors = Vec::new();
    for mut command in commands {
        editors.push(opened(&mut command, &monorepo.tree.root, document)?);
    }
    let mut samples = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        for (editor, samples) in editors.iter_mut().zip(&mut samples) {
            for _ in 0..REQUESTS / TURNS {
                samples.push(asked(editor, document)?);
            }
        }
    }
    for editor in editors {
        editor.leave()?;
    }
    Ok(samples)
}

fn opened(command: &mut Command, root: &Path, document: &Path) -> Result<Editor> {
    let (mut editor, _) = Editor::start(command, root, Watching::ByEditor)?;
    let text = fs::read_to_string(document).context("could not read the document to open")?;
    editor.open(document, "python", &text)?;
    // The first ones are answered only after the server has read what it needs.
    for _ in 0..10 {
        asked(&mut editor, document)?;
    }
    Ok(editor)
}

/// Milliseconds.
fn asked(editor: &mut Editor, document: &Path) -> Result<f64> {
    let position = json!({
        "textDocument": {"uri": uri(document)}, "position": {"line": 0, "character": 8},
    });
    let start = std::time::Instant::now();
    let (at, _) = editor.request("textDocument/hover", &position)?;
    Ok(at.duration_since(start).as_secs_f64() * 1000.0)
}
