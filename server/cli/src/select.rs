//! `envls select`: remembers which interpreter a project shall have, in the user's state folder and never in the project.

use anyhow::{Context as _, bail};
use envls_core::{
    model::Strength,
    session::Event,
    world::{AbsPath, Reply},
};
use envls_host::{choice::Choices, environment::Environment};

use crate::{
    Status,
    arguments::Select,
    r#loop::Loop,
    place::{self, Is},
    print::{Printer, plain},
    variables::lacking,
};

pub(crate) fn run(given: &Select, printer: &Printer) -> anyhow::Result<Status> {
    let path = place::given(Some(&given.path))?.path;
    let python = given.interpreter.as_ref().map(interpreter).transpose()?;
    let mut turns = Loop::of_choices();
    turns.settle(vec![Event::Attended(path.clone())])?;
    let root = turns.session.project_of(&path).map(|it| it.root.clone());
    let root = root.with_context(|| format!("`{path}` is in no Python project"))?;
    if let Some(python) = python.as_ref().filter(|it| !it.is_here()) {
        // Who names a layer wants it looked into, for this project.
        turns.consents().agree(&root, &python.place())?;
    }
    let choices = Choices::new(&Environment::of_this_process());
    let before = choices.ask(&root);
    choices.choose(&root, python.as_ref())?;
    // What came of it is seen by looking, with the eyes of whoever asks next.
    let mut turns = Loop::of_choices();
    turns.settle(vec![Event::Attended(root.clone())])?;
    let standing = turns.session.project_of(&root);
    let model = standing.as_ref().and_then(|it| it.outcome.model.as_deref());
    let gets = model.and_then(|it| Some((it.called(), it.selection.as_ref()?)));
    let words = match (&python, gets) {
        (Some(python), Some((_, selection))) if selection.strength < Strength::Chosen => {
            // Nothing is remembered that would not count.
            let kept = if let Reply::Known(kept) = before { Some(kept) } else { None };
            choices.choose(&root, kept.as_ref())?;
            bail!("`{python}` is no Python interpreter, and in no environment")
        }
        (_, Some((name, selection))) => {
            let environment = selection.environment.place();
            format!("`{name}` gets `{environment}`.")
        }
        (_, None) => lacking(&root, model),
    };
    printer.out(&format!("{}\n", plain(&words)))?;
    if let (Some(_), Some(model)) = (&python, model)
        && model.usable().is_none()
    {
        printer.aside(&format!("{}\n", plain(&lacking(&root, Some(model)))));
    }
    Ok(Status::Good)
}

/// The interpreter that was typed, as it was spelled; of a folder, the one that stands in it.
fn interpreter(typed: &std::path::PathBuf) -> anyhow::Result<AbsPath> {
    if let Some(inside) = typed.to_str().and_then(AbsPath::parse_anywhere)
        && !inside.is_here()
    {
        return Ok(inside);
    }
    let given = place::given(Some(typed))?;
    if given.is == Is::File {
        return Ok(given.path);
    }
    let names = ["bin/python", "bin/python3", "Scripts/python.exe", "python.exe"];
    let inside = names.iter().map(|it| typed.join(it)).find(|it| it.exists());
    let Some(inside) = inside else { bail!("there is no Python in `{}`", given.path) };
    Ok(place::given(Some(&inside))?.path)
}
