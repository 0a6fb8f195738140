//! The short hashes, against those that Python's `hashlib` and `base64` make.

use envls_core::standard::digest::{is_short, short_md5, short_sha256};

#[test]
fn the_names_of_folders_are_those_that_python_makes() {
    let long = format!("/home/user/{}", "long/".repeat(60));
    // A message that ends right before, at and after the end of a block is padded differently.
    let (before, at, whole) = ("a".repeat(55), "a".repeat(56), "a".repeat(64));
    let expected = [
        ("", "1B2M2Y8A", "47DEQpj8"),
        ("abc", "kAFQmDzS", "ungWv48B"),
        ("/w", "HM4-YKwt", "0buMo1Rn"),
        (&before, "7xdytt_5", "n0OQ-NMM"),
        (&at, "OwyKxwP4", "s1Q5pKxv"),
        (&whole, "AUhC1IC1", "_-BU_nrg"),
        (&long, "i1eTduJ0", "zu1LcavP"),
    ];
    for (text, md5, sha256) in expected {
        assert_eq!(short_md5(text.as_bytes()), md5, "{text}");
        assert_eq!(short_sha256(text.as_bytes()), sha256, "{text}");
        assert!(is_short(md5) && is_short(sha256), "{text}");
    }
    assert!(!is_short("short") && !is_short("not here"));
}
