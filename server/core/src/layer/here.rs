//! Where we run: the stack of layers around this process, innermost first, from what the system says of itself.
//!
//! Each sign has a weight, and a layer is held to be there when its signs together weigh enough: an image's left-over
//! `/.dockerenv` proves nothing by itself (systemd, `src/basic/virt.c`, which takes it for proof; *Docker Engine*, storage and
//! networking documentation; Microsoft, *WSL*; the `.containerenv` of podman-run(1); `container=` of systemd's *Container
//! Interface*).

use std::{cell::OnceCell, collections::BTreeMap};

/// A layer that this process runs in; ordered from the innermost outwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Codespaces,
    DevContainer,
    Toolbx,
    Distrobox,
    Docker,
    Podman,
    Nspawn,
    Lxc,
    Proot,
    /// One of a kind that we do not know.
    Container,
    Kubernetes,
    Wsl1,
    Wsl2,
    VirtualBox,
    Vmware,
    HyperV,
    Parallels,
    Xen,
    Amazon,
    Google,
    Apple,
    Bhyve,
    Kvm,
    /// One of a kind that we do not know.
    VirtualMachine,
}

impl Kind {
    /// As a person would call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Codespaces => "GitHub Codespace",
            Kind::DevContainer => "dev container",
            Kind::Toolbx => "Toolbx container",
            Kind::Distrobox => "Distrobox container",
            Kind::Docker => "Docker container",
            Kind::Podman => "Podman container",
            Kind::Nspawn => "systemd-nspawn container",
            Kind::Lxc => "LXC container",
            Kind::Proot => "PRoot",
            Kind::Container => "container",
            Kind::Kubernetes => "Kubernetes pod",
            Kind::Wsl1 => "WSL 1",
            Kind::Wsl2 => "WSL 2",
            Kind::VirtualBox => "VirtualBox machine",
            Kind::Vmware => "VMware machine",
            Kind::HyperV => "Hyper-V machine",
            Kind::Parallels => "Parallels machine",
            Kind::Xen => "Xen machine",
            Kind::Amazon => "Amazon EC2 instance",
            Kind::Google => "Google Compute Engine instance",
            Kind::Apple => "Apple virtual machine",
            Kind::Bhyve => "bhyve machine",
            Kind::Kvm => "KVM machine",
            Kind::VirtualMachine => "virtual machine",
        }
    }

    /// Whether it is one of WSL's two kinds.
    #[must_use]
    pub fn is_wsl(self) -> bool {
        matches!(self, Kind::Wsl1 | Kind::Wsl2)
    }
}

/// A layer that we run in, and by what it was recognised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layer {
    pub kind: Kind,
    pub because: Vec<&'static str>,
}

/// What the system says of itself.
pub trait Look {
    /// The first some kilobytes of a file.
    fn text(&self, path: &str) -> Option<String>;
    fn exists(&self, path: &str) -> bool;
    /// The value of a variable of this process.
    fn variable(&self, name: &str) -> Option<String>;
}

/// Together the signs of a layer must weigh so much.
const ENOUGH: u8 = 3;

struct Sign {
    of: Kind,
    weight: u8,
    words: &'static str,
    holds: fn(&Seen<'_>) -> bool,
}

const fn sign(of: Kind, weight: u8, words: &'static str, holds: fn(&Seen<'_>) -> bool) -> Sign {
    Sign { of, weight, words, holds }
}

/// The order means nothing.
static SIGNS: &[Sign] = &[
    sign(Kind::Codespaces, 3, "`CODESPACES` is set", |it| it.is("CODESPACES", "true")),
    sign(Kind::DevContainer, 3, "`REMOTE_CONTAINERS` is set", |it| {
        it.is("REMOTE_CONTAINERS", "true")
    }),
    sign(Kind::DevContainer, 3, "`REMOTE_CONTAINERS_IPC` is set", |it| {
        it.has("REMOTE_CONTAINERS_IPC")
    }),
    sign(Kind::Toolbx, 3, "there is `/run/.toolboxenv`", |it| it.exists("/run/.toolboxenv")),
    sign(Kind::Distrobox, 2, "`DISTROBOX_ENTER_PATH` is set", |it| it.has("DISTROBOX_ENTER_PATH")),
    sign(Kind::Distrobox, 2, "there is `/etc/distrobox`", |it| it.exists("/etc/distrobox")),
    sign(Kind::Distrobox, 1, "`CONTAINER_ID` is set", |it| it.has("CONTAINER_ID")),
    sign(Kind::Docker, 1, "there is `/.dockerenv`", |it| it.exists("/.dockerenv")),
    sign(Kind::Docker, 1, "its root is an overlay", |it| it.has_overlay_root()),
    sign(Kind::Docker, 1, "`/etc/hosts` is mounted", |it| it.is_mounted("/etc/hosts")),
    sign(Kind::Docker, 3, "`/etc/hosts` is that of a container", |it| it.has_hosts_of_container()),
    sign(Kind::Docker, 3, "its control group is a container's", |it| {
        it.is_grouped(&["docker-", "docker/"])
    }),
    sign(Kind::Docker, 3, "the first process says so", |it| it.manager() == "docker"),
    sign(Kind::Podman, 2, "there is `/run/.containerenv`", |it| it.exists("/run/.containerenv")),
    sign(Kind::Podman, 2, "its root is an overlay", |it| it.has_overlay_root()),
    sign(Kind::Podman, 3, "the first process says so", |it| it.manager() == "podman"),
    sign(Kind::Podman, 3, "`/run/.containerenv` says so", |it| {
        it.text("/run/.containerenv").contains("engine=\"podman")
    }),
    sign(Kind::Podman, 3, "its control group is a container's", |it| it.is_grouped(&["libpod"])),
    sign(Kind::Nspawn, 3, "the first process says so", |it| it.manager() == "systemd-nspawn"),
    sign(Kind::Lxc, 3, "the first process says so", |it| it.manager().starts_with("lxc")),
    sign(Kind::Lxc, 3, "its control group is a container's", |it| {
        it.is_grouped(&["lxc.payload", "lxc/"])
    }),
    sign(Kind::Lxc, 2, "there is `/dev/.lxc`", |it| it.exists("/dev/.lxc")),
    sign(Kind::Proot, 3, "the first process says so", |it| it.manager() == "proot"),
    sign(Kind::Container, 3, "the first process says so", |it| !it.manager().is_empty()),
    sign(Kind::Kubernetes, 2, "`KUBERNETES_SERVICE_HOST` is set", |it| {
        it.has("KUBERNETES_SERVICE_HOST")
    }),
    sign(Kind::Kubernetes, 3, "a service account is mounted", |it| {
        it.exists("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
    }),
    sign(Kind::Kubernetes, 3, "its control group is a pod's", |it| it.is_grouped(&["kubepods"])),
    sign(Kind::Kubernetes, 1, "`/etc/hosts` is the kubelet's", |it| {
        it.text("/etc/hosts").contains("Kubernetes-managed hosts file")
    }),
    sign(Kind::Wsl1, 3, "the kernel says so", |it| {
        let release = it.release();
        release.ends_with("-Microsoft") && !release.contains("WSL2")
    }),
    sign(Kind::Wsl1, 3, "its root is `wslfs` or `lxfs`", |it| {
        matches!(it.root_kind(), "wslfs" | "lxfs")
    }),
    sign(Kind::Wsl2, 3, "the kernel says so", |it| {
        it.release().contains("microsoft") || it.release().contains("WSL2")
    }),
    // A kernel of one's own need not have the word in its name.
    sign(Kind::Wsl2, 2, "there is `/run/WSL`", |it| it.exists("/run/WSL")),
    sign(Kind::Wsl2, 2, "`WSL_DISTRO_NAME` is set", |it| it.has("WSL_DISTRO_NAME")),
    sign(Kind::VirtualBox, 3, "the firmware says so", |it| {
        it.made_by(&["innotek GmbH", "VirtualBox", "Oracle Corporation"])
    }),
    sign(Kind::VirtualBox, 3, "there is `/dev/vboxguest`", |it| it.exists("/dev/vboxguest")),
    sign(Kind::Vmware, 3, "the firmware says so", |it| it.made_by(&["VMware", "VMW"])),
    sign(Kind::Vmware, 2, "there is `/dev/vmci`", |it| it.exists("/dev/vmci")),
    sign(Kind::HyperV, 3, "the firmware says so", |it| {
        it.made_by(&["Hyper-V"])
            || (it.made_by(&["Microsoft Corporation"]) && it.made_by(&["Virtual Machine"]))
    }),
    // WSL 2 has that bus too, and is its own kind.
    sign(Kind::HyperV, 3, "there is its bus", |it| {
        it.exists("/sys/bus/vmbus/devices") && !it.release().to_lowercase().contains("microsoft")
    }),
    sign(Kind::Parallels, 3, "the firmware says so", |it| it.made_by(&["Parallels"])),
    sign(Kind::Xen, 3, "the firmware says so", |it| it.made_by(&["Xen"])),
    sign(Kind::Xen, 3, "the hypervisor says so", |it| {
        it.text("/sys/hypervisor/type").trim() == "xen"
    }),
    sign(Kind::Amazon, 3, "the firmware says so", |it| it.made_by(&["Amazon EC2"])),
    sign(Kind::Google, 3, "the firmware says so", |it| it.made_by(&["Google Compute Engine"])),
    sign(Kind::Apple, 3, "the firmware says so", |it| it.made_by(&["Apple Virtualization"])),
    sign(Kind::Bhyve, 3, "the firmware says so", |it| it.made_by(&["BHYVE"])),
    sign(Kind::Kvm, 3, "the firmware says so", |it| {
        it.made_by(&["KVM", "OpenStack", "KubeVirt", "QEMU", "Bochs"])
    }),
    sign(Kind::Kvm, 2, "QEMU's guest agent has its port", |it| {
        it.exists("/dev/virtio-ports/org.qemu.guest_agent.0")
    }),
    sign(Kind::VirtualMachine, 3, "the processor says that there is a hypervisor", |it| {
        it.text("/proc/cpuinfo").lines().any(|line| {
            line.starts_with("flags") && line.split_whitespace().any(|it| it == "hypervisor")
        })
    }),
];

/// The C library that programs of this system are linked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Libc {
    Glibc,
    Musl,
}

/// Distributions whose programs are linked with musl (os-release(5), `ID`).
const OF_MUSL: &[&str] = &["alpine", "postmarketos", "chimera", "wolfi-musl"];

/// The C library of a Linux system, as far as its files tell: what is there may be only for compatibility, so the
/// distribution's own word comes first.
#[must_use]
pub fn libc(look: &dyn Look) -> Option<Libc> {
    let release = look.text("/etc/os-release").unwrap_or_default();
    let id = release.lines().find_map(|it| it.strip_prefix("ID=")).unwrap_or_default();
    if OF_MUSL.contains(&id.trim_matches(['"', '\''])) {
        return Some(Libc::Musl);
    }
    let loaders = [
        "/lib64/ld-linux-x86-64.so.2",
        "/lib/ld-linux-aarch64.so.1",
        "/lib/ld-linux-armhf.so.3",
        "/lib/ld-linux.so.2",
        "/lib64/ld64.so.2",
        "/lib/ld64.so.1",
    ];
    loaders.into_iter().any(|it| look.exists(it)).then_some(Libc::Glibc)
}

/// The layers that we run in, innermost first.
#[must_use]
pub fn stack(look: &dyn Look) -> Vec<Layer> {
    let seen = Seen { look, texts: TEXTS.iter().map(|it| (*it, OnceCell::new())).collect() };
    let mut signs: BTreeMap<Kind, Vec<&Sign>> = BTreeMap::new();
    for sign in SIGNS.iter().filter(|it| (it.holds)(&seen)) {
        signs.entry(sign.of).or_default().push(sign);
    }
    signs.retain(|_, signs| signs.iter().map(|it| it.weight).sum::<u8>() >= ENOUGH);
    let kinds: Vec<Kind> = signs.keys().copied().collect();
    let any = |those: &[Kind]| kinds.iter().any(|it| those.contains(it));
    let drop_one = |kind: Kind| match kind {
        // What tells nothing but that there is one gives way to whatever tells more.
        Kind::Container => any(CONTAINERS),
        Kind::VirtualMachine => any(MACHINES) || any(&[Kind::Wsl1, Kind::Wsl2]),
        Kind::Kvm => any(&[Kind::Amazon, Kind::Google]),
        Kind::Docker => any(&[Kind::Podman, Kind::Kubernetes]),
        Kind::Wsl2 => any(&[Kind::Wsl1]),
        _ => false,
    };
    let layers = signs.into_iter().filter(|(kind, _)| !drop_one(*kind));
    let because = |signs: Vec<&Sign>| signs.into_iter().map(|it| it.words).collect();
    layers.map(|(kind, signs)| Layer { kind, because: because(signs) }).collect()
}

const CONTAINERS: &[Kind] =
    &[Kind::Docker, Kind::Podman, Kind::Nspawn, Kind::Lxc, Kind::Proot, Kind::Kubernetes];

const MACHINES: &[Kind] = &[
    Kind::VirtualBox,
    Kind::Vmware,
    Kind::HyperV,
    Kind::Parallels,
    Kind::Xen,
    Kind::Amazon,
    Kind::Google,
    Kind::Apple,
    Kind::Bhyve,
    Kind::Kvm,
];

/// The files that signs are read from, each once.
const TEXTS: &[&str] = &[
    "/etc/hosts",
    "/proc/1/environ",
    "/proc/cpuinfo",
    "/proc/self/cgroup",
    "/proc/self/mountinfo",
    "/proc/sys/kernel/osrelease",
    "/run/.containerenv",
    "/run/host/container-manager",
    "/run/systemd/container",
    "/sys/class/dmi/id/bios_vendor",
    "/sys/class/dmi/id/board_vendor",
    "/sys/class/dmi/id/product_name",
    "/sys/class/dmi/id/product_version",
    "/sys/class/dmi/id/sys_vendor",
    "/sys/hypervisor/type",
];

struct Seen<'look> {
    look: &'look dyn Look,
    texts: BTreeMap<&'static str, OnceCell<String>>,
}

impl Seen<'_> {
    /// What a file of the table says; of one that is not there, nothing.
    fn text(&self, path: &str) -> &str {
        let Some(cell) = self.texts.get(path) else { return "" };
        cell.get_or_init(|| self.look.text(path).unwrap_or_default())
    }

    fn exists(&self, path: &str) -> bool {
        self.look.exists(path)
    }

    fn has(&self, variable: &str) -> bool {
        self.look.variable(variable).is_some_and(|it| !it.is_empty())
    }

    fn is(&self, variable: &str, value: &str) -> bool {
        self.look.variable(variable).is_some_and(|it| it == value)
    }

    fn release(&self) -> &str {
        self.text("/proc/sys/kernel/osrelease").trim()
    }

    /// Whether a field of the firmware's tables begins so.
    fn made_by(&self, names: &[&str]) -> bool {
        let fields = TEXTS.iter().filter(|it| it.starts_with("/sys/class/dmi/"));
        fields.map(|it| self.text(it)).any(|field| names.iter().any(|it| field.starts_with(it)))
    }

    /// What the container's manager calls itself; `oci` says only that it is one of several.
    fn manager(&self) -> &str {
        let of_first = self.text("/proc/1/environ").split('\0');
        let of_first = of_first.filter_map(|it| it.strip_prefix("container="));
        let said = [self.text("/run/host/container-manager"), self.text("/run/systemd/container")];
        let mut said = said.into_iter().chain(of_first).map(str::trim);
        said.find(|it| !it.is_empty() && *it != "oci").unwrap_or("")
    }

    /// The fields of the mounts (proc(5), `/proc/pid/mountinfo`): the root in its file system, the place, and the kind.
    fn mounts(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.text("/proc/self/mountinfo").lines().filter_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let mut fields = before.split(' ').skip(3);
            Some((fields.next()?, fields.next()?, after.split(' ').next()?))
        })
    }

    fn root_kind(&self) -> &str {
        self.mounts().filter(|it| it.1 == "/").last().map_or("", |it| it.2)
    }

    fn has_overlay_root(&self) -> bool {
        matches!(self.root_kind(), "overlay" | "fuse.fuse-overlayfs" | "aufs")
    }

    fn is_mounted(&self, place: &str) -> bool {
        self.mounts().any(|it| it.1 == place)
    }

    fn has_hosts_of_container(&self) -> bool {
        let of_container = |root: &str| {
            let (folder, _) = root.rsplit_once('/').unwrap_or_default();
            let id = folder.rsplit('/').next().unwrap_or_default();
            folder.contains("/containers/") && is_container_id(id)
        };
        self.mounts().any(|it| matches!(it.1, "/etc/hosts" | "/etc/hostname") && of_container(it.0))
    }

    /// Whether a part of a control group's path begins so.
    fn is_grouped(&self, names: &[&str]) -> bool {
        let groups =
            self.text("/proc/self/cgroup").lines().filter_map(|it| it.splitn(3, ':').nth(2));
        groups.into_iter().any(|group| names.iter().any(|name| group.contains(&format!("/{name}"))))
    }
}

fn is_container_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit())
}
