//! For which system and machine an executable was made, from its first bytes: ELF (*System V ABI*, *ELF Header*), PE (*PE
//! Format*, Microsoft) and Mach-O (`mach-o/loader.h`, `mach-o/fat.h`, Apple).

/// How many of the first bytes are enough for every format.
pub const HEADER_LENGTH: usize = 4096;

/// What an executable is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Executable {
    pub format: Format,
    /// As `platform.machine()` names them on Linux; several in a universal binary, none where we know no name for it.
    pub architectures: Vec<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Linux and its kin.
    Elf,
    /// Windows.
    Pe,
    /// macOS.
    MachO,
    /// `#!`: some other program interprets it, as the shims of version managers.
    Script,
    Unknown,
}

impl Executable {
    /// The one architecture that it was made for, if it is one.
    #[must_use]
    pub fn architecture(&self) -> Option<&'static str> {
        let [only] = *self.architectures else { return None };
        Some(only)
    }
}

/// Reads the first bytes of a file.
#[must_use]
pub fn executable(bytes: &[u8]) -> Executable {
    let made = |format, architectures| Executable { format, architectures };
    match bytes {
        [0x7f, b'E', b'L', b'F', ..] => made(Format::Elf, elf(bytes).into_iter().collect()),
        [b'M', b'Z', ..] => made(Format::Pe, portable(bytes).into_iter().collect()),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] => {
            let kind = number(bytes, 4, 4, Order::Little);
            made(Format::MachO, kind.and_then(mach).into_iter().collect())
        }
        // Class files of Java begin with the same word; what follows is a small count only in a universal binary.
        [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, count @ 1..=8, ..] => {
            let kinds =
                (0..usize::from(*count)).map(|at| number(bytes, 8 + at * 20, 4, Order::Big));
            made(Format::MachO, kinds.filter_map(|it| mach(it?)).collect())
        }
        [b'#', b'!', ..] => made(Format::Script, Vec::new()),
        _ => made(Format::Unknown, Vec::new()),
    }
}

/// Names an architecture as this module does, however the system spells it.
#[must_use]
pub fn usual_name(machine: &str) -> &str {
    match machine {
        "AMD64" | "amd64" | "x64" => "x86_64",
        "ARM64" | "arm64" => "aarch64",
        "i386" | "i486" | "i586" | "i686" | "x86" => "i686",
        it if it.starts_with("armv") => "arm",
        it => it,
    }
}

#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

fn number(bytes: &[u8], at: usize, width: usize, order: Order) -> Option<u32> {
    let field = bytes.get(at..at.checked_add(width)?)?;
    let add = |sum: u32, byte: &u8| (sum << 8) | u32::from(*byte);
    Some(match order {
        Order::Little => field.iter().rev().fold(0, add),
        Order::Big => field.iter().fold(0, add),
    })
}

/// `e_machine`.
fn elf(bytes: &[u8]) -> Option<&'static str> {
    let order = if bytes.get(5) == Some(&2) { Order::Big } else { Order::Little };
    let is_64 = bytes.get(4) == Some(&2);
    Some(match (number(bytes, 18, 2, order)?, order) {
        (3, _) => "i686",
        (62, _) => "x86_64",
        (40, _) => "arm",
        (183, _) => "aarch64",
        (243, _) if is_64 => "riscv64",
        (243, _) => "riscv32",
        (21, Order::Little) => "ppc64le",
        (21, Order::Big) => "ppc64",
        (22, _) => "s390x",
        (258, _) => "loongarch64",
        _ => return None,
    })
}

/// `IMAGE_FILE_HEADER.Machine`, which the field at 0x3c leads to.
fn portable(bytes: &[u8]) -> Option<&'static str> {
    let header = usize::try_from(number(bytes, 0x3c, 4, Order::Little)?).ok()?;
    if bytes.get(header..header.checked_add(4)?)? != b"PE\0\0" {
        return None;
    }
    Some(match number(bytes, header + 4, 2, Order::Little)? {
        0x8664 => "x86_64",
        0x014c => "i686",
        0xaa64 => "aarch64",
        0x01c4 => "arm",
        _ => return None,
    })
}

/// `cputype`.
fn mach(kind: u32) -> Option<&'static str> {
    Some(match kind {
        0x0100_0007 => "x86_64",
        0x0100_000c => "aarch64",
        7 => "i686",
        _ => return None,
    })
}
