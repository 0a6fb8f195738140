//! The version of a tool, from where it is installed; where files do not tell, the tool itself is asked, if the project is
//! trusted.

use crate::{
    standard::version::Version,
    world::{AbsPath, Asked, Reply, Trust, View},
};

/// The version of a program.
pub(super) fn version_of_tool(
    view: &View<'_>,
    name: &str,
    program: &AbsPath,
    trust: Trust,
) -> Asked<Option<Version>> {
    // Ask all before the first `?`, so that one round trip is enough.
    let (installed, received) = (installed(view, name, program), received(view, name, program));
    if let Some(version) = installed?.or(received?) {
        return Ok(Some(version));
    }
    if trust != Trust::Trusted {
        return Ok(None);
    }
    // A tool may take its time, or never answer: what is understood meanwhile does not wait for it.
    let said = view.tool_version(program).ok().and_then(Reply::known);
    Ok(said.and_then(|it| it.lines().next().and_then(first_version)))
}

/// `uv 0.13.9 (x86_64-unknown-linux-gnu)`, `pixi 0.15.2`, `Poetry (version 2.5.1)`.
fn first_version(line: &str) -> Option<Version> {
    let words = line.split(|it: char| it.is_whitespace() || matches!(it, '(' | ')' | ','));
    let numbers = words.filter(|it| it.starts_with(|it: char| it.is_ascii_digit()));
    numbers.filter(|it| it.contains('.')).find_map(Version::parse)
}

/// The version of a program that was installed as a distribution of this name, into an environment of its own (by pipx, by
/// uv, by hand) or beside its interpreter.
fn installed(view: &View<'_>, name: &str, program: &AbsPath) -> Asked<Option<Version>> {
    let Reply::Known(entry) = view.entry(program)? else { return Ok(None) };
    let Some(prefix) = entry.real.parent().and_then(|it| it.parent()) else { return Ok(None) };
    let library = prefix.join("lib");
    let Reply::Known(listing) = view.listing(&library)? else { return Ok(None) };
    let folders = listing.names().filter(|it| it.0.starts_with("python"));
    let packages = folders.map(|it| match it.0 {
        // Where Debian puts what it packages itself.
        "python3" => library.join("python3/dist-packages"),
        name => library.join(name).join("site-packages"),
    });
    // Ask all before the first `?`, so that one round trip is enough.
    let asked: Vec<_> = packages.map(|it| view.distributions(&it)).collect();
    let mut found = Vec::new();
    for inventory in asked {
        let Reply::Known(inventory) = inventory? else { continue };
        let distributions = inventory.distributions.get(name).into_iter().flatten();
        found.extend(distributions.filter_map(|it| Version::parse(&it.version)));
    }
    // Of several nobody knows which one runs.
    Ok(if let [only] = &*found { Some(only.clone()) } else { None })
}

/// The version that the installer of a program by itself wrote down, if it is this program that it installed (uv's
/// documentation, *Installation*: the standalone installer; cargo-dist's, *Installers*: its receipt).
fn received(view: &View<'_>, name: &str, program: &AbsPath) -> Asked<Option<Version>> {
    let (config, home) = (view.variable_path("XDG_CONFIG_HOME"), view.variable_path("HOME"));
    let Some(config) = config.or_else(|| Some(home?.join(".config"))) else { return Ok(None) };
    let receipt = config.join(name).join(format!("{name}-receipt.json"));
    let Reply::Known(text) = view.text(&receipt)? else { return Ok(None) };
    let said: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    let word = |key: &str| said.as_ref()?.get(key)?.as_str();
    let prefix = word("install_prefix").and_then(AbsPath::parse);
    let is_it = prefix.is_some_and(|it| program.is_within(&it));
    Ok(word("version").filter(|_| is_it).and_then(Version::parse))
}
