//! Folders that this system shares with another one, from the table of mounts (proc(5), `/proc/pid/mountinfo`): the type of the
//! file system says whose they are, and what an environment can and cannot do there.

use crate::world::AbsPath;

/// A mounted folder that another system sees too, or whose file system lacks what an environment needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// Where it is mounted here.
    pub point: AbsPath,
    pub kind: ShareKind,
    /// What is mounted there, as the table of mounts says it.
    pub source: String,
    pub links: Links,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShareKind {
    VirtualBox,
    Vmware,
    Parallels,
    Virtio,
    Plan9,
    /// The drives of Windows, seen from WSL.
    Windows,
    /// A folder of the machine that a container engine's own virtual machine runs on.
    DockerDesktop,
    Smb,
    Nfs,
    Ssh,
    /// FAT and its kin, on whatever is plugged in.
    Fat,
}

/// Whether symbolic links can be made, and are understood on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Links {
    /// As on any disk.
    Plain,
    /// The other side does not follow what is made here.
    OneSided,
    /// None can be made.
    Missing,
}

impl ShareKind {
    /// As a person would call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ShareKind::VirtualBox => "a shared folder of VirtualBox",
            ShareKind::Vmware => "a shared folder of VMware",
            ShareKind::Parallels => "a shared folder of Parallels",
            ShareKind::Virtio => "a folder of the virtual machine's host",
            ShareKind::Plan9 => "a folder of the virtual machine's host",
            ShareKind::Windows => "a drive of Windows",
            ShareKind::DockerDesktop => "a folder of the machine that Docker Desktop runs on",
            ShareKind::Smb => "a network folder (SMB)",
            ShareKind::Nfs => "a network folder (NFS)",
            ShareKind::Ssh => "a folder of another machine (SSHFS)",
            ShareKind::Fat => "a FAT file system",
        }
    }
}

/// The shares in a table of mounts, by where they are.
#[must_use]
pub fn shares(mountinfo: &str) -> Vec<Share> {
    let mut shares: Vec<Share> = mountinfo.lines().filter_map(share).collect();
    shares.sort();
    shares.dedup();
    shares
}

/// The share that a path is on: of all that it is within, the deepest.
#[must_use]
pub fn holding<'shares>(shares: &'shares [Share], path: &AbsPath) -> Option<&'shares Share> {
    let around = shares.iter().filter(|it| path.is_within(&it.point));
    around.max_by_key(|it| it.point.as_bytes().len())
}

fn share(line: &str) -> Option<Share> {
    let (before, after) = line.split_once(" - ")?;
    let point = AbsPath::parse(unescaped(before.split(' ').nth(4)?))?;
    let mut fields = after.split(' ');
    let (kind, source, options) = (fields.next()?, fields.next()?, fields.next().unwrap_or(""));
    let source = String::from_utf8_lossy(&unescaped(source)).into_owned();
    let (kind, links) = kind_of(kind, &source, options)?;
    Some(Share { point, kind, source, links })
}

/// What each type of file system is. On the three of the desktop products creating a link fails or is undone
/// (pypa/virtualenv#209, hashicorp/vagrant#7599); a drive of Windows under WSL keeps links that Windows cannot follow
/// (microsoft/WSL, *File system*); SMB has links only where they are written as special files (`mfsymlinks`, mount.cifs(8)).
fn kind_of(name: &str, source: &str, options: &str) -> Option<(ShareKind, Links)> {
    let of_windows = || {
        let drive = matches!(source.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
        drive || options.contains("aname=drvfs")
    };
    Some(match name {
        "vboxsf" => (ShareKind::VirtualBox, Links::Missing),
        "vmhgfs" | "fuse.vmhgfs-fuse" => (ShareKind::Vmware, Links::Missing),
        "prl_fs" | "fuse.prl_fsd" => (ShareKind::Parallels, Links::Missing),
        "drvfs" => (ShareKind::Windows, Links::OneSided),
        "9p" | "virtiofs" if of_windows() => (ShareKind::Windows, Links::OneSided),
        "9p" => (ShareKind::Plan9, Links::Plain),
        "virtiofs" => (ShareKind::Virtio, Links::Plain),
        "fakeowner" | "fuse.grpcfuse" | "grpcfuse" | "fuse.osxfs" | "osxfs" => {
            (ShareKind::DockerDesktop, Links::Plain)
        }
        "cifs" | "smb3" | "smbfs" if options.contains("mfsymlinks") => {
            (ShareKind::Smb, Links::OneSided)
        }
        "cifs" | "smb3" | "smbfs" => (ShareKind::Smb, Links::Missing),
        "nfs" | "nfs4" => (ShareKind::Nfs, Links::Plain),
        "fuse.sshfs" => (ShareKind::Ssh, Links::Plain),
        "vfat" | "msdos" | "exfat" | "fuse.exfat" => (ShareKind::Fat, Links::Missing),
        _ => return None,
    })
}

/// Blanks and their kin are written as octal numbers.
fn unescaped(field: &str) -> Vec<u8> {
    let bytes = field.as_bytes();
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 4).filter(|_| *byte == b'\\');
        let number = digits.and_then(|it| u8::from_str_radix(str::from_utf8(it).ok()?, 8).ok());
        plain.push(number.unwrap_or(*byte));
        at += if number.is_some() { 4 } else { 1 };
    }
    plain
}
