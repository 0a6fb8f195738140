//! Says how a manifest differs from its lock, for the differential test in `tests/tools/locks`: `drift MANIFEST LOCK`.
//! It prints a line for each change, and nothing where the lock is fresh.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a tool of the tests, not of the core"
)]

use std::sync::Arc;

use envls_core::{
    lock::{self, Inputs},
    world::AbsPath,
};

fn main() {
    let mut paths = std::env::args().skip(1);
    let mut next = || {
        let path = paths.next().expect("two paths");
        let text = std::fs::read_to_string(&path).expect("a text file");
        (AbsPath::parse(&path).expect("an absolute path"), text)
    };
    let ((_, manifest), (path, locked)) = (next(), next());
    let document = lock::read_file(&path, Arc::from(locked));
    let inputs =
        Inputs { text: &manifest, home: None, gone: &[], is_shared: false, requirements: &[] };
    for drift in lock::drift(document.format, &inputs, &document.lock) {
        println!("{}", drift.what);
    }
}
