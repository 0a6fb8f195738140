//! What is installed in a site-packages folder, and when that is read again.

use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc};

use envls_core::world::{Content, Metadata, MetadataTable, Noun, Reply};
use envls_host::host::Host;

use crate::support::{Bench, native};

fn metadata(bench: &mut Bench) -> Arc<MetadataTable> {
    let folder = bench.path("sp");
    match bench.ask(Noun::Metadata(folder)) {
        Content::Metadata(Reply::Known(it)) => it,
        other => panic!("{other:?}"),
    }
}

#[test]
fn names_and_headers_of_every_kind_are_read() {
    let mut bench = Bench::new();
    bench.write("sp/rich-13.7.dist-info/METADATA", "Name: rich\nVersion: 13.7\n\nName: no\n");
    bench.write("sp/old-1.egg-info/PKG-INFO", "Name: old\nVersion: 1\n");
    bench.write("sp/older-2-py3.egg-info", "Name: older\nVersion: 2\n");
    bench.write("sp/egg-3-py3.egg/EGG-INFO/PKG-INFO", "Name: egg\nVersion: 3\n");
    bench.write("sp/rich/__init__.py", "");
    let content = bench.ask(Noun::Distributions(bench.path("sp")));
    let Content::Distributions(Reply::Known(inventory)) = content else { panic!("{content:?}") };
    let names: Vec<&str> = inventory.distributions.keys().map(|it| &**it).collect();
    assert_eq!(names, ["egg", "old", "older", "rich"]);
    let table = metadata(&mut bench);
    let versions: Vec<_> = table.headers.values().map(|it| (&*it.name, &*it.version)).collect();
    assert_eq!(versions, [("egg", "3"), ("old", "1"), ("older", "2"), ("rich", "13.7")]);
}

#[test]
fn headers_longer_than_one_reading_are_read_whole() {
    let mut bench = Bench::new();
    // The empty line falls on every place around the end of the first reading.
    for length in (4 * 1024 - 40)..(4 * 1024 + 8) {
        let head = "Name: a\nVersion: 1\nSummary: ";
        let tail = "\nRequires-Dist: b\n";
        let filler = "x".repeat(length - head.len() - tail.len());
        let folder = format!("sp/a{length}-1.dist-info/METADATA");
        bench.write(&folder, format!("{head}{filler}{tail}\nRequires-Dist: no\n"));
    }
    let table = metadata(&mut bench);
    assert_eq!(table.headers.len(), 48);
    let requires = |it: &Metadata| -> Vec<String> {
        it.requires.iter().map(|it| it.name.to_owned()).collect()
    };
    assert!(table.headers.values().all(|it| requires(it) == ["b".to_owned()]));
}

#[test]
fn what_changed_is_read_again_and_nothing_else() {
    let mut bench = Bench::new();
    for at in 0..200 {
        bench.write(&format!("sp/a{at}-1.dist-info/METADATA"), "Name: a\nVersion: 1\n\n");
    }
    let before = metadata(&mut bench);
    bench.write("sp/a7-1.dist-info/METADATA", "Name: a\nVersion: 1\nRequires-Dist: b\n\n");
    let after = metadata(&mut bench);
    let changed: Vec<&str> = before
        .headers
        .iter()
        .filter(|(name, it)| !after.headers.get(*name).is_some_and(|now| Arc::ptr_eq(now, it)))
        .map(|(name, _)| &**name)
        .collect();
    assert_eq!(changed, ["a7-1.dist-info"]);
    fs::remove_dir_all(native(&bench.path("sp/a7-1.dist-info"))).expect("it is ours");
    assert_eq!(metadata(&mut bench).headers.len(), 199);
}

#[test]
fn what_an_installer_has_begun_is_read_when_it_is_there() {
    let mut bench = Bench::with(|_| Vec::new(), Host::watching);
    bench.folder("sp/late-1.dist-info");
    bench.write("sp/empty-1.dist-info/METADATA", "");
    let answer = bench.answer(Noun::Metadata(bench.path("sp")));
    let late = bench.path("sp/late-1.dist-info/METADATA");
    let empty = bench.path("sp/empty-1.dist-info/METADATA");
    assert_eq!(answer.rests_on, [empty.clone(), late.clone()]);
    bench.write("sp/late-1.dist-info/METADATA", "Name: late\n");
    bench.touched(&late);
    bench.write("sp/empty-1.dist-info/METADATA", "Name: empty\n");
    bench.touched(&empty);
    assert_eq!(metadata(&mut bench).headers.len(), 2);
}

#[test]
fn a_pipe_in_the_place_of_headers_is_passed_over() {
    let mut bench = Bench::new();
    bench.write("sp/a-1.dist-info/METADATA", "Name: a\n");
    let folder = bench.folder("sp/b-1.dist-info");
    fs::set_permissions(native(&folder), fs::Permissions::from_mode(0o755)).expect("it is ours");
    let pipe = native(&folder.join("METADATA"));
    let made = std::process::Command::new("mkfifo").arg(pipe).status().expect("mkfifo is there");
    assert!(made.success());
    bench.folder("sp/c-1.dist-info/METADATA");
    assert_eq!(metadata(&mut bench).headers.len(), 1);
}
