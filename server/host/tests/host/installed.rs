//! What is installed in a site-packages folder, and when that is read again.

use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc};

use envls_core::world::{Content, Metadata, MetadataTable, Noun, RecordTable, Reply};
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

fn records(bench: &mut Bench, folders: &[&str]) -> Arc<RecordTable> {
    let folders: Vec<Arc<str>> = folders.iter().map(|it| Arc::from(*it)).collect();
    match bench.ask(Noun::Records(bench.path("sp"), folders.into())) {
        Content::Records(Reply::Known(it)) => it,
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_that_a_record_lists_are_looked_for() {
    let mut bench = Bench::new();
    let files: Vec<String> = (0..9).map(|it| format!("whole/part_{it}.py")).collect();
    let record: String = files.iter().map(|it| format!("{it},sha256=x,1\n")).collect();
    let tail = "whole/__pycache__/part_1.pyc,,\n../bin/whole,,\n/elsewhere/else,,\n";
    bench.write(
        "sp/whole-1.dist-info/RECORD",
        format!("{record}whole-1.dist-info/RECORD,,\n{tail}"),
    );
    for file in &files {
        bench.write(&format!("sp/{file}"), "");
    }
    bench.write("bin/whole", "");
    bench.write("sp/bare-1.dist-info/METADATA", "Name: bare\n");
    let table = records(&mut bench, &["whole-1.dist-info", "bare-1.dist-info"]);
    let whole = &table["whole-1.dist-info"];
    assert_eq!((table.len(), whole.listed, whole.missing), (1, 11, 0));
    for gone in ["sp/whole/part_0.py", "sp/whole/part_7.py", "bin/whole"] {
        fs::remove_file(native(&bench.path(gone))).expect("it is ours");
    }
    let table = records(&mut bench, &["whole-1.dist-info"]);
    let whole = &table["whole-1.dist-info"];
    assert_eq!((whole.listed, whole.missing), (11, 3));
    assert_eq!(whole.first, ["../bin/whole", "whole/part_0.py", "whole/part_7.py"]);
    fs::remove_dir_all(native(&bench.path("sp/whole"))).expect("it is ours");
    assert_eq!(records(&mut bench, &["whole-1.dist-info"])["whole-1.dist-info"].missing, 10);
}

#[test]
fn editable_installations_and_unfinished_ones_are_told() {
    let mut bench = Bench::new();
    let url = r#"{"url": "file:///old%20place/core", "dir_info": {"editable": true}}"#;
    let copied = r#"{"url": "file:///copied", "dir_info": {}}"#;
    let names = [("core_x", "__editable__.core_x-1.pth"), ("tools", "_tools.pth"), ("b", "b.pth")];
    for (name, path_file) in names {
        let folder = format!("sp/{name}-1.dist-info");
        bench.write(&format!("{folder}/METADATA"), format!("Name: {name}\n"));
        bench.write(&format!("{folder}/direct_url.json"), if name == "b" { copied } else { url });
        bench.write(&format!("sp/{path_file}"), "/old place/core\n");
    }
    bench.write("sp/b-1.dist-info/INSTALLER", "uv");
    let table = metadata(&mut bench);
    let editable: Vec<_> = table.editable.iter().map(|it| (&**it.0, it.1.to_string())).collect();
    let to = "/old place/core".to_owned();
    assert_eq!(editable, [("core_x-1.dist-info", to.clone()), ("tools-1.dist-info", to)]);
    assert_eq!(table.unfinished, ["core_x-1.dist-info".into(), "tools-1.dist-info".into()]);
}
