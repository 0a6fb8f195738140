//! Every seed of the fuzz targets goes through its reader without harm, on stable Rust too.
#![expect(clippy::disallowed_methods, reason = "the seeds are files")]

#[path = "../../../../tests/fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are another crate")]
mod fuzz;

use std::{fs, path::Path};

#[test]
fn seeds_are_read_without_harm() {
    for (name, reader) in fuzz::READERS {
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds").join(name);
        let seeds: Vec<_> =
            fs::read_dir(&folder).expect("each reader has seeds").flatten().collect();
        assert!(!seeds.is_empty(), "no seeds for {name}");
        for seed in seeds {
            let bytes = fs::read(seed.path()).expect("a seed");
            reader(&bytes);
            // Half-typed, and with something in it that is no text.
            for cut in (0..bytes.len()).step_by(7) {
                reader(&bytes[..cut]);
                let mut broken = bytes.clone();
                broken[cut] ^= 0x5b;
                reader(&broken);
            }
        }
    }
}
