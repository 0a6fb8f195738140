//! A server that runs where the environment is: its command as the layer's own tool runs it, and the paths of both sides.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::PathBuf,
    process::{Command, Stdio},
};

use envls_core::{
    model::{Activation, Reached},
    place::{self, Input, Inside},
    world::AbsPath,
};
use envls_host::path::native;

use super::translation::Translation;

/// Where a wrapped server is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    /// In the layer that the environment is in, where it is in one and the server is there too; else here.
    Auto,
    Here,
    /// In this layer, and nowhere else.
    In(envls_core::world::Place),
}

/// A server in a layer.
pub(super) struct There {
    pub(super) command: Vec<OsString>,
    pub(super) translation: Translation,
}

/// Where the programs of most images are.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How commands are run in a layer with the environment in force.
pub(crate) struct Entrance {
    /// The layer's tool on this machine.
    pub(crate) tool: PathBuf,
    /// The folder to run them in, as the layer spells it.
    directory: String,
    pub(crate) variables: BTreeMap<String, String>,
}

impl Entrance {
    /// `None` where nothing can be run there, or the folder is not shared.
    pub(crate) fn of(
        reached: &Reached,
        activation: &Activation,
        folder: &AbsPath,
    ) -> Option<Entrance> {
        let tool = native(reached.tool.as_ref()?)?.into_owned();
        let directory = reached.map.inward(folder)?.inside().to_string();
        let mut variables: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in &activation.set {
            let value = String::from_utf8_lossy(value).into_owned();
            let inside = AbsPath::parse_anywhere(&value).map(|it| it.inside().to_string());
            variables.insert((*name).to_owned(), inside.unwrap_or(value));
        }
        let own = reached.instance.as_ref().and_then(|it| it.variables.get("PATH").cloned());
        let first = activation.prepend_path.iter().map(|it| it.inside().to_string());
        let path: Vec<String> = first.chain([own.unwrap_or_else(|| PATH.to_owned())]).collect();
        variables.insert("PATH".to_owned(), path.join(":"));
        Some(Entrance { tool, directory, variables })
    }

    /// The arguments with which the tool runs a command.
    pub(crate) fn arguments(
        &self,
        reached: &Reached,
        words: &[String],
        input: Input,
    ) -> Option<Vec<String>> {
        let layer = place::named(reached.place.kind()?)?;
        let (directory, variables) = (self.directory.as_str(), &self.variables);
        layer.command(&reached.place.target(), &Inside { words, directory, variables, input })
    }
}

/// How a command is run in a layer, for the project in this folder; `None` where it cannot be, or the program is not there.
pub(super) fn there(
    reached: &Reached,
    activation: &Activation,
    folder: &AbsPath,
    command: &[OsString],
) -> Option<There> {
    let entrance = Entrance::of(reached, activation, folder)?;
    let words = texts(command)?;
    let look = ["sh", "-c", "command -v \"$0\"", words.first()?].map(str::to_owned);
    let found = Command::new(&entrance.tool)
        .args(entrance.arguments(reached, &look, Input::None)?)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !found.is_ok_and(|it| it.success()) {
        return None;
    }
    let arguments = entrance.arguments(reached, &words, Input::Open)?;
    let command = std::iter::once(entrance.tool.into_os_string())
        .chain(arguments.into_iter().map(OsString::from))
        .collect();
    Some(There { command, translation: Translation::new(reached.map.clone()) })
}

/// The words of a command as a layer takes them.
pub(crate) fn texts(command: &[OsString]) -> Option<Vec<String>> {
    command.iter().map(|it| Some(it.to_str()?.to_owned())).collect()
}
