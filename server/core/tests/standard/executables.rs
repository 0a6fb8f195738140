//! First bytes of executables as the formats' own documents lay them out, and the calendar.

use envls_core::standard::{
    executable::{Executable, Format, executable, usual_name},
    lifetime::{self, Date, lifetime},
};

fn padded(parts: &[(usize, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, part) in parts {
        bytes.resize(*at, 0);
        bytes.extend_from_slice(part);
    }
    bytes
}

#[test]
fn each_format_says_for_which_machine_it_was_made() {
    let cases: &[(Vec<u8>, Format, &[&str])] = &[
        (padded(&[(0, b"\x7fELF\x02\x01"), (18, &[62, 0])]), Format::Elf, &["x86_64"]),
        (padded(&[(0, b"\x7fELF\x02\x01"), (18, &[183, 0])]), Format::Elf, &["aarch64"]),
        (padded(&[(0, b"\x7fELF\x02\x02"), (18, &[0, 21])]), Format::Elf, &["ppc64"]),
        (padded(&[(0, b"\x7fELF\x01\x01"), (18, &[243, 0])]), Format::Elf, &["riscv32"]),
        (
            padded(&[(0, b"MZ"), (0x3c, &[0x80, 0, 0, 0]), (0x80, b"PE\0\0\x64\x86")]),
            Format::Pe,
            &["x86_64"],
        ),
        (padded(&[(0, b"\xcf\xfa\xed\xfe\x0c\0\0\x01")]), Format::MachO, &["aarch64"]),
        (
            padded(&[
                (0, b"\xca\xfe\xba\xbe\0\0\0\x02"),
                (8, b"\x01\0\0\x07"),
                (28, b"\x01\0\0\x0c"),
            ]),
            Format::MachO,
            &["x86_64", "aarch64"],
        ),
        (b"#!/bin/sh\n".to_vec(), Format::Script, &[]),
        // A class file of Java, a text, nothing, and headers that end too soon.
        (b"\xca\xfe\xba\xbe\0\0\0\x34".to_vec(), Format::Unknown, &[]),
        (b"hello".to_vec(), Format::Unknown, &[]),
        (Vec::new(), Format::Unknown, &[]),
        (b"\x7fELF".to_vec(), Format::Elf, &[]),
        (padded(&[(0, b"MZ"), (0x3c, &[0xff; 4])]), Format::Pe, &[]),
    ];
    for (bytes, format, architectures) in cases {
        let expected = Executable { format: *format, architectures: architectures.to_vec() };
        assert_eq!(executable(bytes), expected, "{bytes:x?}");
    }
    assert_eq!(
        ["AMD64", "arm64", "armv7l", "s390x"].map(usual_name),
        ["x86_64", "aarch64", "arm", "s390x"]
    );
}

#[test]
fn days_are_those_of_the_calendar() {
    let known = [
        (0, "1970-01-01"),
        (11_016, "2000-02-29"),
        (11_017, "2000-03-01"),
        (20_513, "2026-03-01"),
        (20_779, "2026-11-22"),
        (47_540, "2100-02-28"),
        (47_541, "2100-03-01"),
    ];
    for (days, written) in known {
        assert_eq!(Date::of_epoch_days(days).to_string(), written);
        assert_eq!(Date::parse(written), Some(Date::of_epoch_days(days)));
    }
}

#[test]
fn lifetimes_are_in_order() {
    for pair in lifetime::ALL.windows(2) {
        let [older, newer] = pair else { unreachable!("windows of two") };
        assert!(older.minor < newer.minor);
    }
    assert!(lifetime::ALL.iter().all(|it| it.released < it.ends));
    assert_eq!(lifetime((3, 9)).map(|it| it.ends.to_string()), Some("2025-10-31".to_owned()));
    assert_eq!(lifetime((4, 0)), None);
}
