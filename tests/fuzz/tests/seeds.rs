//! Every seed goes through its reader without harm, also where no fuzzer can be built.

use std::{fs, path::Path};

#[test]
fn seeds_are_read_without_harm() {
    for (name, reader) in envls_fuzz::READERS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
        let seeds: Vec<_> =
            fs::read_dir(&folder).expect("each reader has seeds").flatten().collect();
        assert!(!seeds.is_empty(), "no seeds for {name}");
        for seed in seeds {
            reader(&fs::read(seed.path()).expect("a seed"));
        }
    }
}
