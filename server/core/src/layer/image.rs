//! What the name of an image tells (*OCI Distribution Specification*, references; the documentation of each publisher's tags):
//! which Python it brings, for which C library and architecture. What a name does not tell is not guessed.

use super::here::Libc;
use crate::standard::version::Version;

/// An image, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Without the registry that is meant when none is named.
    pub repository: String,
    pub tag: Option<String>,
}

/// What an image brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brings {
    /// Whether its interpreter is there for its users, and not only for its system.
    pub is_python: bool,
    /// As precisely as the name tells.
    pub python: Option<Version>,
    pub libc: Option<Libc>,
    /// As `platform.machine()` says it on Linux.
    pub architecture: Option<&'static str>,
    /// The Python that the system's own packages install.
    pub of_system: Option<Version>,
}

impl Image {
    /// Reads a reference: `registry/path:tag@digest`. `None` for what is none, as a name with a variable in it.
    #[must_use]
    pub fn parse(spelled: &str) -> Option<Image> {
        let spelled = spelled.trim();
        let name = spelled.split_once('@').map_or(spelled, |it| it.0);
        if name.is_empty() || name.contains(['$', ' ', '{']) {
            return None;
        }
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (name, None),
        };
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        let name = name.strip_prefix("library/").unwrap_or(name);
        Some(Image { repository: name.to_owned(), tag })
    }

    /// Whether two references may mean the same image. Podman keeps what was built here under `localhost`, and no tag is
    /// `latest`; a name that only an identifier stands in tells nothing.
    #[must_use]
    pub fn may_be(&self, other: &Image) -> bool {
        let bare = |it: &Image| {
            let repository = it.repository.strip_prefix("localhost/").unwrap_or(&it.repository);
            let tag = it.tag.clone().unwrap_or_else(|| "latest".to_owned());
            (repository.to_owned(), tag)
        };
        let is_identifier = |it: &Image| {
            let name = it.repository.as_str();
            name == "sha256" || name.len() >= 12 && name.bytes().all(|it| it.is_ascii_hexdigit())
        };
        is_identifier(self) || is_identifier(other) || bare(self) == bare(other)
    }

    /// The last part of its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or_default()
    }

    /// The parts of the tag between dashes.
    fn pieces(&self) -> Vec<&str> {
        self.tag.iter().flat_map(|it| it.split(['-', '_'])).collect()
    }

    #[must_use]
    pub fn brings(&self) -> Brings {
        let pieces = self.pieces();
        let (name, is_uv) = (self.name(), self.is_uv());
        let in_tag = pieces.iter().find_map(|it| spelled(it.strip_prefix("python")?));
        // `python-3.11`, as the images of Jupyter are tagged.
        let after_word = pieces.windows(2).find_map(|it| match it {
            [word, version] if *word == "python" => spelled(version),
            _ => None,
        });
        let in_name = name.strip_prefix("python-").and_then(packed);
        let distroless = || {
            let release = name.strip_prefix("python3-debian")?;
            DEBIAN.iter().find(|it| it.0 == release).and_then(|it| spelled(it.1))
        };
        let is_python = matches!(name, "python" | "pypy") && !is_uv;
        let by_tag = || pieces.iter().find_map(|it| spelled(it)).filter(|_| is_python);
        let python = in_tag.or(after_word).or(in_name).or_else(by_tag).or_else(distroless);
        let has_python = is_python || python.is_some();
        Brings {
            is_python: has_python,
            libc: self.libc(&pieces, has_python || is_uv),
            architecture: self.architecture(),
            of_system: self.of_system(&pieces),
            python,
        }
    }

    /// Whether uv comes with it (*Using uv in Docker*).
    #[must_use]
    pub fn is_uv(&self) -> bool {
        matches!(&*self.repository, "ghcr.io/astral-sh/uv" | "astral/uv")
    }

    /// The tag with another minor version of Python in the place of the one that it names.
    #[must_use]
    pub fn retagged(&self, version: &str) -> Option<String> {
        let tag = self.tag.as_deref()?;
        let brings = self.brings();
        let old = brings.python.as_ref().filter(|it| it.release().len() > 1)?;
        let old = old.to_string();
        let at = tag.find(&old)?;
        let rest = tag.get(at + old.len()..)?;
        // Where the patch level is named, only that of the other version could take its place.
        let whole = !rest.starts_with(|it: char| it.is_ascii_digit() || it == '.');
        (whole && old.matches('.').count() == 1)
            .then(|| format!("{}{version}{rest}", tag.get(..at).unwrap_or("")))
    }

    fn libc(&self, pieces: &[&str], is_known: bool) -> Option<Libc> {
        let alpine = pieces.iter().any(|it| it.starts_with("alpine")) || self.name() == "alpine";
        let glibc =
            ["debian", "ubuntu", "fedora", "rockylinux", "almalinux", "centos", "amazonlinux"];
        let of_glibc = glibc.contains(&self.name())
            || DEBIAN.iter().chain(UBUNTU).any(|it| pieces.contains(&it.0));
        match () {
            () if alpine => Some(Libc::Musl),
            () if of_glibc || is_known && !self.repository.contains("chainguard") => {
                Some(Libc::Glibc)
            }
            () => None,
        }
    }

    /// The architecture that Docker's official images have in their names (*Official images*, architectures).
    fn architecture(&self) -> Option<&'static str> {
        Some(match self.repository.split('/').next()? {
            "amd64" => "x86_64",
            "arm64v8" => "aarch64",
            "arm32v7" | "arm32v6" | "arm32v5" => "arm",
            "i386" => "i686",
            "ppc64le" => "ppc64le",
            "s390x" => "s390x",
            "riscv64" => "riscv64",
            _ => return None,
        })
    }

    fn of_system(&self, pieces: &[&str]) -> Option<Version> {
        let table: &[(&str, &str)] = match self.name() {
            "debian" => DEBIAN,
            "ubuntu" => UBUNTU,
            "alpine" => ALPINE,
            "fedora" => FEDORA,
            _ => return None,
        };
        let of = |piece: &&str| table.iter().find(|it| it.0 == *piece).and_then(|it| spelled(it.1));
        pieces.iter().find_map(of).or_else(|| {
            // A release of Alpine has a patch level.
            let minor = pieces.first()?.rsplit_once('.')?.0;
            table.iter().find(|it| it.0 == minor).and_then(|it| spelled(it.1))
        })
    }
}

/// The architecture of a platform, `linux/arm64/v8`.
#[must_use]
pub fn architecture_of(platform: &str) -> Option<&'static str> {
    let mut parts = platform.split('/');
    let first = parts.next()?;
    let architecture = parts.next().unwrap_or(first);
    Some(match architecture {
        "amd64" | "x86_64" => "x86_64",
        "arm64" | "aarch64" => "aarch64",
        "arm" => "arm",
        "386" => "i686",
        "ppc64le" => "ppc64le",
        "s390x" => "s390x",
        "riscv64" => "riscv64",
        _ => return None,
    })
}

/// Which Python the packages of a release bring (packages.debian.org, packages.ubuntu.com, pkgs.alpinelinux.org,
/// packages.fedoraproject.org).
const DEBIAN: &[(&str, &str)] = &[
    ("11", "3.9"),
    ("12", "3.11"),
    ("13", "3.13"),
    ("bookworm", "3.11"),
    ("bullseye", "3.9"),
    ("trixie", "3.13"),
];
const UBUNTU: &[(&str, &str)] = &[
    ("20.04", "3.8"),
    ("22.04", "3.10"),
    ("24.04", "3.12"),
    ("focal", "3.8"),
    ("jammy", "3.10"),
    ("noble", "3.12"),
];
const ALPINE: &[(&str, &str)] = &[
    ("3.17", "3.10"),
    ("3.18", "3.11"),
    ("3.19", "3.11"),
    ("3.20", "3.12"),
    ("3.21", "3.12"),
    ("3.22", "3.12"),
];
const FEDORA: &[(&str, &str)] =
    &[("39", "3.12"), ("40", "3.12"), ("41", "3.13"), ("42", "3.13"), ("43", "3.14")];

/// `3.12`, `3.12.4`, `3.13.0rc1`; one number alone says too little.
fn spelled(piece: &str) -> Option<Version> {
    let is_version = piece.starts_with("3.") || piece.starts_with("2.");
    Version::parse(piece).filter(|it| is_version && it.release().len() > 1)
}

/// `39`, `312`, as in the names of Red Hat's images.
fn packed(digits: &str) -> Option<Version> {
    let (major, minor) = (digits.get(..1)?, digits.get(1..)?);
    let plain = digits.bytes().all(|it| it.is_ascii_digit());
    plain.then(|| spelled(&format!("{major}.{minor}"))).flatten()
}
