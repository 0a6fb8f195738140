//! What a host that is reached by ssh shares with this machine, which ssh itself does not know: by SSHFS here; as Vagrant wrote it
//! down when it started the machine of that name; or as the tool of the virtual machine says that the host is, which it is known
//! as by its hardware. What only looks alike is none of these.

use std::collections::BTreeSet;

use super::layered::Layers;
use crate::{
    layer::{
        mount::MountKind,
        share::{ShareKind, shares},
    },
    place::{self, Layer, path_map::Shared},
    world::{AbsPath, Asked, Machine, Place, Reply, View},
};

/// Everything that it shares with this machine.
pub(super) fn shared(
    view: &View<'_>,
    layer: &dyn Layer,
    place: &Place,
    layers: &Layers,
    here: Option<&Machine>,
) -> Asked<Vec<Shared>> {
    let root = AbsPath::new("/").at(place);
    // Ask all before the first `?`, so that one round trip is enough.
    let table = view.text(&root.join("proc/self/mountinfo"));
    let firmware = view.text(&root.join("sys/class/dmi/id/product_uuid"));
    let (table, firmware) = (table?.known().unwrap_or_default(), firmware?.known());
    let mut shared = mounted_here(place, here);
    let mounted = shares(&table);
    let points: BTreeSet<&AbsPath> = mounted.iter().map(|it| &it.point).collect();
    shared.extend(of_vagrant(place, layers).filter(|it| points.contains(&it.inside)));
    let of_machines = [ShareKind::Virtio, ShareKind::Plan9, ShareKind::VirtualBox];
    if !mounted.iter().any(|it| of_machines.contains(&it.kind)) {
        return Ok(shared);
    }
    let hardware = hardware(view, &root, firmware.as_deref())?;
    let kinds = layer.may_be().iter().filter_map(|it| place::named(it));
    let asked: Vec<_> = kinds
        .map(|kind| {
            let tools = kind.programs().iter().map(|it| view.program(it));
            let tools: Asked<Vec<_>> = tools.collect();
            let is_there = tools?.into_iter().flatten().next().is_some();
            Ok((kind, if is_there { view.instances(kind.name())? } else { Reply::Absent }))
        })
        .collect();
    for asked in asked {
        let (kind, instances) = asked?;
        let (Some(mounts), Reply::Known(instances)) = (kind.mounts(), instances) else { continue };
        let mut same = instances.iter().filter(|it| !it.hardware.is_disjoint(&hardware));
        // Copies of one machine may have one identifier: then nobody can tell which it is.
        if let (Some(instance), None) = (same.next(), same.next()) {
            shared.extend(mounts(&instance.tags, &table));
        }
    }
    Ok(shared)
}

/// A name of the user's ssh configuration, or a host, without the user and the port.
fn host(place: &Place) -> String {
    let target = place.target();
    let host = target.rsplit_once('@').map_or(&*target, |it| it.1);
    let is_port = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit());
    host.rsplit_once(':').filter(|it| is_port(it.1)).map_or(host, |it| it.0).to_owned()
}

/// Its folders that are mounted here by SSHFS, under the very name by which it is reached.
fn mounted_here(place: &Place, here: Option<&Machine>) -> Vec<Shared> {
    let target = place.target();
    let shares = here.into_iter().flat_map(|it| &it.shares);
    let of_it = shares.filter(|it| it.kind == ShareKind::Ssh).filter_map(|it| {
        let path = it.source.strip_prefix(&*target)?.strip_prefix(':')?;
        Some(Shared { inside: AbsPath::parse(path)?, outside: Some(it.point.clone()) })
    });
    of_it.collect()
}

/// What Vagrant gave the machine of that name, by the project's own `.vagrant`; `vagrant ssh-config` names its host so.
fn of_vagrant(place: &Place, layers: &Layers) -> impl Iterator<Item = Shared> {
    let folder = format!("/.vagrant/machines/{}/", host(place));
    let machines = layers.containers.iter();
    let named = machines.filter(move |it| it.location.path.to_string().contains(&folder));
    let binds = named.flat_map(|it| &it.mounts).filter(|it| it.mount.kind == MountKind::Bind);
    binds.map(|it| Shared { inside: it.mount.inside.clone(), outside: it.mount.outside.clone() })
}

/// What the host's own system knows its machine by. The identifier of the firmware is for its administrator's eyes only, the
/// addresses of network cards are for everyone's (Linux, *sysfs-firmware-dmi*, *sysfs-class-net*).
fn hardware(view: &View<'_>, root: &AbsPath, firmware: Option<&str>) -> Asked<BTreeSet<String>> {
    if let Some(identifier) = firmware {
        return Ok(BTreeSet::from([identifier.trim().to_ascii_lowercase()]));
    }
    let cards = root.join("sys/class/net");
    let Reply::Known(listing) = view.listing(&cards)? else { return Ok(BTreeSet::new()) };
    let names = listing.names().map(|it| it.0).filter(|it| *it != "lo");
    let texts = names.map(|it| view.text(&cards.join(it).join("address")));
    let texts: Asked<Vec<_>> = texts.collect::<Vec<_>>().into_iter().collect();
    let known = texts?.into_iter().filter_map(Reply::known);
    let addresses = known.map(|it| it.trim().to_ascii_lowercase());
    // What has none of its own has one of zeros.
    Ok(addresses.filter(|it| it.bytes().any(|byte| !matches!(byte, b'0' | b':'))).collect())
}
