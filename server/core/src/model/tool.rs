//! The version of a tool, from where it is installed: running it would take half a second, and the user's trust.

use crate::{
    standard::version::Version,
    world::{AbsPath, Asked, Reply, View},
};

/// The version of a program that was installed as a distribution of this name, into an environment of its own (by pipx, by
/// uv, by hand) or beside its interpreter.
pub(super) fn version_of_tool(
    view: &View<'_>,
    name: &str,
    program: &AbsPath,
) -> Asked<Option<Version>> {
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
