//! What the host reports of changes, by events, by looking, and after events were lost.

use std::{collections::BTreeSet, fs, os::unix::fs::symlink};

use envls_core::world::{AbsPath, Content, Noun, Reply};
use envls_host::host::{Host, HostEvent};

use crate::support::{Bench, native};

fn watching() -> Bench {
    Bench::with(|_| Vec::new(), Host::watching)
}

#[test]
fn a_file_that_is_written_is_touched() {
    let mut bench = watching();
    let file = bench.write("a.toml", "x = 1");
    bench.ask(Noun::Text(file.clone()));
    fs::write(native(&file), "x = 2").expect("it is ours");
    bench.touched(&file);
    assert_eq!(bench.ask(Noun::Text(file)), Content::Text(Reply::Known("x = 2".into())));
}

#[test]
fn a_file_that_comes_and_goes_is_touched() {
    let mut bench = watching();
    let file = bench.path("a.toml");
    assert_eq!(bench.ask(Noun::Text(file.clone())), Content::Text(Reply::Absent));
    fs::write(native(&file), "x = 1").expect("it is ours");
    bench.touched(&file);
    bench.ask(Noun::Text(file.clone()));
    fs::remove_file(native(&file)).expect("it is ours");
    bench.touched(&file);
    assert_eq!(bench.ask(Noun::Text(file)), Content::Text(Reply::Absent));
}

#[test]
fn a_file_that_an_editor_saves_by_renaming_is_touched() {
    let mut bench = watching();
    let file = bench.write("a.toml", "x = 1");
    bench.ask(Noun::Text(file.clone()));
    for round in 0..20 {
        let temporary = bench.write(".a.toml.swap", format!("x = {round}"));
        fs::rename(native(&temporary), native(&file)).expect("they are in one folder");
        bench.touched(&file);
        let text = format!("x = {round}").into();
        assert_eq!(bench.ask(Noun::Text(file.clone())), Content::Text(Reply::Known(text)));
    }
}

#[test]
fn folders_on_the_way_appear_one_by_one() {
    let mut bench = watching();
    let file = bench.path("a/b/c/d.toml");
    bench.ask(Noun::Text(file.clone()));
    for folder in ["a", "a/b", "a/b/c"] {
        bench.folder(folder);
        bench.touched(&file);
        assert_eq!(bench.ask(Noun::Text(file.clone())), Content::Text(Reply::Absent));
    }
    fs::write(native(&file), "x = 1").expect("its folder is there");
    bench.until(Noun::Text(file.clone()), &file, |it| {
        *it == Content::Text(Reply::Known("x = 1".into()))
    });
}

#[test]
fn folders_on_the_way_appear_at_once() {
    let mut bench = watching();
    for round in 0..50 {
        let file = bench.path(&format!("{round}/b/c/d.toml"));
        bench.ask(Noun::Text(file.clone()));
        bench.write(&format!("{round}/b/c/d.toml"), "x = 1");
        bench.until(Noun::Text(file.clone()), &file, |it| {
            *it == Content::Text(Reply::Known("x = 1".into()))
        });
    }
}

#[test]
fn a_name_in_a_listed_folder_is_touched() {
    let mut bench = watching();
    let folder = bench.folder("site-packages");
    bench.ask(Noun::Listing(folder.clone()));
    let name = bench.folder("site-packages/rich-1.dist-info");
    bench.touched(&name);
    bench.ask(Noun::Listing(folder));
    fs::remove_dir(native(&name)).expect("it is empty");
    bench.touched(&name);
}

#[test]
fn an_environment_that_is_removed_and_made_anew_is_followed() {
    let mut bench = watching();
    let file = bench.path(".venv/pyvenv.cfg");
    let packages = bench.path(".venv/lib/python3.12/site-packages");
    let folder = native(&bench.path(".venv"));
    bench.ask(Noun::Text(file.clone()));
    bench.ask(Noun::Distributions(packages.clone()));
    for round in 0..100 {
        let known = |text: &str| Content::Text(Reply::Known(text.into()));
        bench.folder(".venv/lib/python3.12/site-packages/rich-1.dist-info");
        bench.until(Noun::Distributions(packages.clone()), &packages, |it| match it {
            Content::Distributions(Reply::Known(it)) => it.distributions.contains_key("rich"),
            _ => false,
        });
        bench.write(".venv/pyvenv.cfg", format!("version = {round}"));
        bench.until(Noun::Text(file.clone()), &file, |it| {
            *it == known(&format!("version = {round}"))
        });
        // What is there anew is watched too.
        bench.write(".venv/pyvenv.cfg", format!("changed = {round}"));
        bench.until(Noun::Text(file.clone()), &file, |it| {
            *it == known(&format!("changed = {round}"))
        });
        fs::remove_dir_all(&folder).expect("it is ours");
        if round % 2 == 0 {
            let gone = |it: &Content| *it == Content::Text(Reply::Absent);
            bench.until(Noun::Text(file.clone()), &file, gone);
        }
    }
}

#[test]
fn a_folder_that_is_another_one_before_anyone_looks_is_watched() {
    let mut bench = watching();
    let file = bench.write("ws/.venv/pyvenv.cfg", "0");
    bench.ask(Noun::Listing(bench.path("ws")));
    bench.ask(Noun::Text(file.clone()));
    for round in 1..50 {
        // In one step, so that whoever looks at the name sees a folder each time.
        let next = bench.folder(&format!("next{round}"));
        bench.write(&format!("next{round}/pyvenv.cfg"), format!("{round}"));
        let (here, old) = (bench.path("ws/.venv"), bench.path(&format!("old{round}")));
        fs::rename(native(&here), native(&old)).expect("it is ours");
        fs::rename(native(&next), native(&here)).expect("it is ours");
        let made = Content::Text(Reply::Known(format!("{round}").into()));
        bench.until(Noun::Text(file.clone()), &file, |it| *it == made);
        bench.write("ws/.venv/pyvenv.cfg", format!("changed {round}"));
        let changed = Content::Text(Reply::Known(format!("changed {round}").into()));
        bench.until(Noun::Text(file.clone()), &file, |it| *it == changed);
    }
}

#[test]
fn an_environment_that_is_moved_away_and_back_is_followed() {
    let mut bench = watching();
    let file = bench.write(".venv/pyvenv.cfg", "x");
    let (here, aside) = (native(&bench.path(".venv")), native(&bench.path("aside")));
    let known = Content::Text(Reply::Known("x".into()));
    assert_eq!(bench.ask(Noun::Text(file.clone())), known);
    for _ in 0..20 {
        fs::rename(&here, &aside).expect("it is ours");
        bench.until(Noun::Text(file.clone()), &file, |it| *it == Content::Text(Reply::Absent));
        fs::rename(&aside, &here).expect("it is ours");
        bench.until(Noun::Text(file.clone()), &file, |it| *it == known);
    }
}

#[test]
fn a_folder_above_that_is_renamed_is_noticed_in_a_workspace() {
    let mut bench = watching();
    let file = bench.write("ws/a/b/c/pyproject.toml", "x");
    bench.host.set_workspace(&[bench.path("ws")]);
    bench.ask(Noun::Text(file.clone()));
    fs::rename(native(&bench.path("ws/a")), native(&bench.path("ws/z"))).expect("it is ours");
    bench.until(Noun::Text(file.clone()), &file, |it| *it == Content::Text(Reply::Absent));
}

#[test]
fn a_link_that_is_pointed_elsewhere_is_followed() {
    let mut bench = watching();
    bench.write("one/pyvenv.cfg", "one");
    bench.write("two/pyvenv.cfg", "two");
    let link = bench.link(".venv", "one");
    let file = bench.path(".venv/pyvenv.cfg");
    bench.ask(Noun::Text(file.clone()));
    fs::remove_file(native(&link)).expect("it is ours");
    symlink("two", native(&link)).expect("its place is free");
    let two = Content::Text(Reply::Known("two".into()));
    bench.until(Noun::Text(file.clone()), &file, |it| *it == two);
    // And where it points now, changes are seen too.
    bench.write("two/pyvenv.cfg", "three");
    let three = Content::Text(Reply::Known("three".into()));
    bench.until(Noun::Text(file.clone()), &file, |it| *it == three);
}

#[test]
fn a_folder_of_two_spellings_is_watched_for_both() {
    let mut bench = watching();
    let real = bench.write("real/a.toml", "1");
    bench.link("link", "real");
    let linked = bench.path("link/a.toml");
    bench.ask(Noun::Text(real.clone()));
    bench.ask(Noun::Text(linked.clone()));
    bench.write("real/a.toml", "2");
    bench.all_touched([&real, &linked]);
}

#[test]
fn the_end_of_a_chain_of_links_is_watched() {
    let mut bench = watching();
    let base = bench.write("base/python3.12", "");
    bench.link("bin/python3", base.to_string());
    let python = bench.link("bin/python", "python3");
    bench.ask(Noun::Entry(python.clone()));
    fs::remove_file(native(&base)).expect("it is ours");
    bench.touched(&base);
    let Content::Entry(Reply::Known(entry)) = bench.ask(Noun::Entry(python)) else { panic!() };
    assert_eq!(entry.kind, envls_core::world::EntryKind::Dangling);
}

#[test]
fn a_storm_of_renames_ends_in_the_truth() {
    let mut bench = Bench::in_memory(Host::watching);
    let file = bench.write("ws/a.toml", "0");
    let folder = bench.path("ws");
    bench.ask(Noun::Text(file.clone()));
    bench.ask(Noun::Listing(folder.clone()));
    for round in 0..10_000 {
        let from = native(&bench.path(&format!("ws/f{round}")));
        fs::write(&from, "").expect("it is ours");
        let to = native(&bench.path(&format!("ws/g{}", round % 100)));
        fs::rename(&from, to).expect("it is ours");
    }
    fs::write(native(&file), "last").expect("it is ours");
    let last = Content::Text(Reply::Known("last".into()));
    bench.until(Noun::Text(file.clone()), &file, |it| *it == last);
    bench.until(Noun::Listing(folder.clone()), &folder, |it| match it {
        Content::Listing(Reply::Known(it)) => it.entries.len() == 101 && it.has("g99"),
        _ => false,
    });
}

#[test]
fn lost_events_mean_to_look_at_everything() {
    let mut bench = watching();
    let file = bench.write("a.toml", "1");
    bench.ask(Noun::Text(file.clone()));
    bench.host.pretend_overflow();
    bench.wait("the loss", |it| matches!(it, HostEvent::LookAgainAtEverything));
    // The watches stand anew.
    bench.write("a.toml", "2");
    bench.touched(&file);
}

#[test]
fn a_look_again_finds_what_no_event_told() {
    let mut bench = Bench::with(|_| Vec::new(), Host::watching);
    // Outside of a workspace, what is above the watched folder is not watched.
    let file = bench.write("a/b/c.toml", "1");
    bench.ask(Noun::Text(file.clone()));
    fs::rename(native(&bench.path("a")), native(&bench.path("z"))).expect("it is ours");
    bench.host.look_again();
    bench.touched(&file);
}

#[test]
fn without_events_changes_are_polled_for() {
    let mut bench = Bench::with(|_| Vec::new(), Host::polling);
    let file = bench.write("a.toml", "1");
    let missing = bench.path("new/b.toml");
    bench.ask(Noun::Text(file.clone()));
    bench.ask(Noun::Text(missing.clone()));
    assert_eq!(bench.host.watched().0, 0);
    bench.write("a.toml", "22");
    bench.touched(&file);
    bench.write("new/b.toml", "1");
    bench.touched(&missing);
}

#[test]
fn what_is_retained_and_was_never_read_is_looked_at() {
    let mut bench = watching();
    let file = bench.write("a.toml", "1");
    bench.host.retain(BTreeSet::from([file.clone()]));
    bench.touched(&file);
    bench.write("a.toml", "2");
    bench.touched(&file);
}

#[test]
fn a_file_beside_is_not_reported() {
    let mut bench = watching();
    let file = bench.write("a.toml", "1");
    bench.ask(Noun::Text(file.clone()));
    bench.write("b.toml", "1");
    bench.write("a.toml", "2");
    let HostEvent::Written(paths) =
        bench.wait("a report", |it| matches!(it, HostEvent::Written(_) | HostEvent::Touched(_)))
    else {
        panic!("no report")
    };
    assert_eq!(paths, vec![file]);
}

#[test]
fn a_new_project_is_noticed() {
    let mut bench = watching();
    bench.write("ws/one/pyproject.toml", "");
    let folder = bench.folder("ws");
    let roots = |it: &Content| match it {
        Content::Projects(Reply::Known(it)) => it.roots.clone(),
        _ => Vec::new(),
    };
    assert_eq!(roots(&bench.ask(Noun::Projects(folder.clone()))), [bench.path("ws/one")]);
    let two: AbsPath = bench.path("ws/two/deep");
    bench.write("ws/two/deep/pyproject.toml", "");
    bench.until(Noun::Projects(folder.clone()), &folder, |it| roots(it).contains(&two));
}
