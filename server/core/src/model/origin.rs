//! Where an environment was made that is not what it seems here: on another system, in a layer that sees it at another path, or
//! simply elsewhere.

use super::{
    damage::{Damage, Staleness},
    environment::Environment,
    health::made_at,
    layered::{Container, Layers},
    recognised::Layout,
};
use crate::{
    layer::share::{Share, ShareKind, holding},
    standard::{
        pyvenv::{Pyvenv, pyvenv},
        version::Version,
    },
    text::Location,
    world::{AbsPath, Asked, Machine, Os, Reply, View},
};

/// Where it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// On another operating system, by the place of its base.
    System { name: &'static str, home: AbsPath },
    Layer {
        /// Which one, as a person would say.
        called: String,
        /// Where it is declared that the layer sees it; `None` where it is known by the share alone on which it is.
        location: Option<Location>,
        /// At which path.
        inside: AbsPath,
        /// Whether its own files name that path; else it is what the layer's image has that it leads to.
        is_named: bool,
    },
    /// At another path, and nothing tells in which system.
    Elsewhere { at: AbsPath },
}

impl Origin {
    /// Looks for it where something is wrong that may come from there.
    pub(super) fn observe(
        view: &View<'_>,
        environment: &Environment,
        layers: &Layers,
        machine: Option<&Machine>,
    ) -> Asked<Option<Origin>> {
        // What is in a layer was made there.
        let here = environment.prefix.is_here();
        if environment.layout != Layout::Virtual || !here || !is_suspicious(environment) {
            return Ok(None);
        }
        let prefix = &environment.prefix;
        let text = view.text(&prefix.join("pyvenv.cfg"))?;
        let Some(said) = text.known().and_then(|it| pyvenv(&it)) else { return Ok(None) };
        let Some(home) = said.home.as_ref().and_then(|it| AbsPath::parse(&it.text)) else {
            return Ok(None);
        };
        let bin = prefix.join(if home.is_windows() { "Scripts" } else { "bin" });
        let at = made_at(view, Some(&said), &bin)?;
        if let Some(name) =
            system_of(&home).filter(|it| machine.is_some_and(|of| name_of(of) != *it))
        {
            return Ok(Some(Origin::System { name, home }));
        }
        let of_layer = |is_named: bool| {
            layers.containers.iter().find_map(|it| {
                let inside = it.sees(prefix)?;
                let named = at.as_ref() == Some(&inside) && inside != *prefix;
                let fits = if is_named { named } else { at_home(it, &home, &said) };
                fits.then(|| Origin::Layer {
                    called: it.called.clone(),
                    location: Some(mounted_at(it, &inside)),
                    inside,
                    is_named,
                })
            })
        };
        let of_machine = || {
            let inside = at.as_ref().filter(|it| *it != prefix)?;
            layers.containers.iter().find_map(|it| {
                let location = Some(it.is_given(prefix, inside)?.clone());
                let (called, inside) = (it.called.clone(), inside.clone());
                Some(Origin::Layer { called, location, inside, is_named: true })
            })
        };
        let elsewhere = || {
            let at = at.clone().filter(|it| it != prefix && *it != environment.real)?;
            let here = environment.aliases.contains(&at);
            (!here).then_some(at)
        };
        if let Some(origin) = of_layer(true).or_else(of_machine).or_else(|| of_layer(false)) {
            return Ok(Some(origin));
        }
        let Some(at) = elsewhere() else { return Ok(None) };
        // What is still there was copied on this machine, and not out of another one.
        if matches!(view.entry(&at)?, Reply::Known(_)) {
            return Ok(None);
        }
        let share = machine.and_then(|it| holding(&it.shares, prefix));
        Ok(Some(match share {
            Some(share) if is_of_another_system(share) && !at.is_within(&share.point) => {
                Origin::Layer {
                    called: format!("the system that shares `{}` with this one", share.point),
                    location: None,
                    inside: at,
                    is_named: true,
                }
            }
            _ => Origin::Elsewhere { at },
        }))
    }
}

fn is_suspicious(environment: &Environment) -> bool {
    let damaged = environment.damages.iter().any(|it| {
        matches!(
            it,
            Damage::DanglingPython { .. }
                | Damage::BaseGone { .. }
                | Damage::BaseUpgraded { .. }
                | Damage::VersionLie { .. }
                | Damage::NoPython { .. }
        )
    });
    damaged || environment.staleness.iter().any(|it| matches!(it, Staleness::Moved { .. }))
}

/// What is plugged in has been another system's before, and is no share of it.
fn is_of_another_system(share: &Share) -> bool {
    share.kind != ShareKind::Fat
}

/// The system that a base is of, where its place tells.
fn system_of(home: &AbsPath) -> Option<&'static str> {
    if home.is_windows() {
        return Some("Windows");
    }
    let of_macos = ["/opt/homebrew", "/Library", "/Users", "/Applications", "/System"];
    of_macos.iter().any(|it| home.is_within(&AbsPath::new(it))).then_some("macOS")
}

fn name_of(machine: &Machine) -> &'static str {
    match machine.os {
        Os::Windows => "Windows",
        Os::Macos => "macOS",
        Os::Linux | Os::Other => "Linux",
    }
}

/// Whether the base of an environment is where a container's image has its Python, and of the version that it has.
fn at_home(container: &Container, home: &AbsPath, said: &Pyvenv) -> bool {
    let Some((version, _)) = container.runs() else { return false };
    let claimed =
        said.version.as_ref().and_then(|it| Version::parse(it.text.split(".final").next()?));
    let minor = |it: &Version| it.release().iter().copied().take(2).collect::<Vec<_>>();
    // The official images, and those that are built on them, have theirs there.
    let official = container.image.as_ref().is_some_and(|it| it.brings.is_python);
    let place = official && home.as_bytes() == b"/usr/local/bin";
    let by_feature = home.is_within(&AbsPath::new("/usr/local/python"));
    (place || by_feature) && claimed.is_some_and(|it| minor(&it) == minor(version))
}

/// Where it is declared that a container sees a path.
fn mounted_at(container: &Container, inside: &AbsPath) -> Location {
    let around = container.mounts.iter().filter(|it| inside.is_within(&it.mount.inside));
    let deepest = around.max_by_key(|it| it.mount.inside.as_bytes().len());
    deepest.map_or_else(|| container.location.clone(), |it| it.location.clone())
}
