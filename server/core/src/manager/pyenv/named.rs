//! The environment that `.python-version` names and that is not there yet: pyenv-virtualenv makes it of an installed version, as
//! `versions/VERSION/envs/NAME` with the link `versions/NAME`, and takes it away again (pyenv-virtualenv's README, *Usage*,
//! *Delete existing virtualenv*).

use super::versions;
use crate::{
    action::{Command, Recipe, Step},
    manager::{Unmade, pip},
    model::{Interpreter, Model, Pin, Project, Threading, VenvModule},
    world::{AbsPath, Asked, EntryKind, Reply, View},
};

/// What versions are called that are no CPython of python-build's, and how uv spells one (`pyenv install --list`; uv's
/// documentation, *Requesting a version*).
const FAMILIES: [&str; 17] = [
    "activepython",
    "anaconda",
    "cinder",
    "cpython",
    "graalpy",
    "graalpython",
    "ironpython",
    "jython",
    "mambaforge",
    "micropython",
    "miniconda",
    "miniforge",
    "nogil",
    "pypy",
    "pyston",
    "python",
    "stackless",
];

/// Whether a pin names an environment, and no version of whatever kind. What else it says must not become an option or a path.
pub(super) fn is_environment(pin: &Pin) -> bool {
    let name = &*pin.spelled;
    let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '_');
    let begins = name.starts_with(|it: char| it.is_ascii_alphabetic());
    let of_family = FAMILIES.iter().filter_map(|it| name.strip_prefix(it)).any(|rest| {
        let rest = rest.trim_start_matches(['-', '.', '_']);
        rest.is_empty() || rest.starts_with(|it: char| it.is_ascii_digit())
    });
    begins && name.chars().all(plain) && !of_family && name != "system"
}

/// The first environment that the project names, if it is not there, and pyenv is there with its plugin.
pub(super) fn unmade(view: &View<'_>, project: &Project) -> Asked<Option<Unmade>> {
    let Some(pin) = project.pins.iter().find(|it| is_environment(it)) else { return Ok(None) };
    let Some(folder) = versions(view) else { return Ok(None) };
    let root = folder.parent().unwrap_or_else(|| folder.clone());
    let plugin = root.join("plugins/pyenv-virtualenv/bin/pyenv-virtualenv");
    let definition = root.join("plugins/python-build/share/python-build").join(&pin.spelled);
    // Ask all before the first `?`, so that one round trip is enough.
    let (pyenv, elsewhere) = (view.program("pyenv"), view.program("pyenv-virtualenv"));
    let (plugin, definition) = (view.entry(&plugin), view.entry(&definition));
    let listing = view.listing(&folder);
    let is_file =
        |it: Reply<_>| it.known().is_some_and(|it: crate::world::Entry| it.kind == EntryKind::File);
    let has_plugin = is_file(plugin?) || elsewhere?.is_some();
    let (Some(program), true, false) = (pyenv?, has_plugin, is_file(definition?)) else {
        return Ok(None);
    };
    let Reply::Known(listing) = listing? else { return Ok(None) };
    let name = pin.spelled.clone();
    let because = pin.location.clone();
    let prefix = folder.join(&name);
    Ok((!listing.has(&name)).then_some(Unmade { manager: "pyenv", name, prefix, program, because }))
}

/// Has pyenv make it of the newest of its versions that the project supports.
pub(super) fn create(model: &Model, unmade: &Unmade) -> Option<Recipe> {
    let folder = unmade.prefix.parent()?;
    let version = |it: &Interpreter| {
        let paths = std::iter::once(&it.python).chain(&it.aliases);
        let below = paths.filter_map(|it| it.below(&folder)).next()?;
        let name = below.split(|it| *it == b'/').next()?;
        String::from_utf8(name.to_vec()).ok()
    };
    let serves = |it: &Interpreter| {
        let is_ordinary = it.threading == Threading::Ordinary && it.venv == VenvModule::Complete;
        is_ordinary && version(it).is_some_and(|it| !it.starts_with('-'))
    };
    let version = version(model.base(serves)?)?;
    let prefix = folder.join(&version).join("envs").join(&unmade.name);
    let words = ["virtualenv", &version, &unmade.name];
    let made = Command::new(&unmade.program, words, &model.project.root);
    let mut recipe = pip::filled(model, &prefix, vec![Step::Run(made)]);
    recipe.steps.insert(0, Step::UndoIfFails(prefix));
    recipe.touches.push(unmade.prefix.clone());
    // For Pythons without `ensurepip` the plugin fetches what it takes.
    Some(Recipe { network: true, ..recipe })
}

/// Has pyenv take away the environment that the project itself names.
pub(super) fn dispose(model: &Model, prefix: &AbsPath) -> Option<Recipe> {
    let pyenv = model.programs.get("pyenv")?;
    let selected = &model.selection.as_ref()?.environment;
    let name = selected.name.as_deref().filter(|_| selected.manager == Some("pyenv"))?;
    // What is named from above is that of other projects too.
    let own = model.project.root.join(".python-version");
    let mut pins = model.project.pins.iter().filter(|it| it.location.path == own);
    let is_own = pins.any(|it| is_environment(it) && it.spelled == name);
    let is_it = selected.is_at(prefix) && prefix.name() == name.as_bytes() && is_own;
    is_it.then(|| Recipe {
        steps: vec![Step::Run(Command::new(
            pyenv,
            ["virtualenv-delete", "-f", name],
            &model.project.root,
        ))],
        touches: vec![prefix.clone(), selected.real.clone()],
        inputs: Vec::new(),
        network: false,
        runs_project_code: false,
    })
}
