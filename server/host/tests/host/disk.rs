//! What the host says of files, folders and links of every kind.

use envls_core::world::{Content, EntryKind, Fault, ListedKind, Noun, Reply};

use crate::support::{Bench, native};

#[test]
fn a_file_is_its_text() {
    let mut bench = Bench::new();
    let file = bench.write("a.toml", "x = 1\n");
    assert_eq!(bench.ask(Noun::Text(file)), Content::Text(Reply::Known("x = 1\n".into())));
}

#[test]
fn a_file_that_is_marked_as_utf_16_is_its_text() {
    let mut bench = Bench::new();
    let file = bench.write("requirements.txt", "");
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let text: Vec<u8> = "\u{feff}six\r\n".encode_utf16().flat_map(bytes).collect();
        std::fs::write(native(&file), text).expect("it is ours");
        let read = bench.ask(Noun::Text(file.clone()));
        assert_eq!(read, Content::Text(Reply::Known("\u{feff}six\r\n".into())));
        // No tool reads such a table, so it is none.
        let table = bench.write("pyproject.toml", "");
        std::fs::copy(native(&file), native(&table)).expect("it is ours");
        let Content::Text(Reply::Known(read)) = bench.ask(Noun::Text(table)) else { panic!() };
        assert!(read.contains('\u{fffd}'), "{read}");
    }
}

#[test]
fn what_is_not_there_is_absent() {
    let mut bench = Bench::new();
    let file = bench.write("file", "");
    let missing = bench.path("missing");
    assert_eq!(bench.ask(Noun::Text(missing.clone())), Content::Text(Reply::Absent));
    assert_eq!(bench.ask(Noun::Listing(missing.clone())), Content::Listing(Reply::Absent));
    assert_eq!(bench.ask(Noun::Entry(missing.clone())), Content::Entry(Reply::Absent));
    assert_eq!(bench.ask(Noun::Distributions(missing)), Content::Distributions(Reply::Absent));
    // Below a file there is nothing either, and a file has no names in it.
    assert_eq!(bench.ask(Noun::Text(file.join("x"))), Content::Text(Reply::Absent));
    assert_eq!(bench.ask(Noun::Listing(file)), Content::Listing(Reply::Absent));
}

#[test]
fn a_chain_of_links_is_followed_and_rested_on() {
    let mut bench = Bench::new();
    let end = bench.write("real/python3.12", "");
    let middle = bench.link("real/python3", "python3.12");
    bench.link("env", "real");
    let asked = bench.path("env/python3");
    let answer = bench.answer(Noun::Entry(asked));
    let Content::Entry(Reply::Known(entry)) = answer.content else { panic!("no entry") };
    assert_eq!(entry.kind, EntryKind::File);
    assert_eq!(entry.link, Some(end.clone()));
    assert_eq!(entry.real, end);
    assert_eq!(answer.rests_on, vec![bench.path("env"), middle, end]);
}

#[test]
fn a_dangling_link_says_where_it_leads() {
    let mut bench = Bench::new();
    let link = bench.link("python", "gone/bin/python3");
    let Content::Entry(Reply::Known(entry)) = bench.ask(Noun::Entry(link)) else { panic!("none") };
    assert_eq!(entry.kind, EntryKind::Dangling);
    assert_eq!(entry.link, Some(bench.path("gone/bin/python3")));
    assert_eq!(entry.real, bench.path("gone/bin/python3"));
    // Through another link, of which the first part is there.
    bench.folder("base/old");
    bench.link("home", "base");
    let link = bench.link("chain", "home/old/../new/bin/python3");
    bench.link("python3", "chain");
    let again = bench.link("again", "python3");
    for link in [link, again] {
        let Content::Entry(Reply::Known(entry)) = bench.ask(Noun::Entry(link)) else { panic!() };
        assert_eq!(entry.real, bench.path("base/new/bin/python3"));
    }
}

#[test]
fn links_in_a_circle_end() {
    let mut bench = Bench::new();
    let a = bench.link("a", "b");
    bench.link("b", "a");
    let looped = Fault::Loop;
    assert_eq!(bench.ask(Noun::Entry(a.clone())), Content::Entry(Reply::Fault(looped.clone())));
    assert_eq!(bench.ask(Noun::Text(a.clone())), Content::Text(Reply::Fault(looped.clone())));
    assert_eq!(bench.ask(Noun::Listing(a)), Content::Listing(Reply::Fault(looped)));
}

#[test]
fn the_names_in_a_folder_are_sorted_and_keep_their_bytes() {
    let mut bench = Bench::new();
    bench.write("f/b", "");
    bench.folder("f/a");
    bench.link("f/c", "b");
    let folder = bench.path("f");
    let odd = folder.join(b"\xff\xfe".as_slice());
    std::fs::write(native(&odd), "odd").expect("a name that is no text");
    let content = bench.ask(Noun::Listing(folder));
    let Content::Listing(Reply::Known(listing)) = content else { panic!("no listing") };
    let seen: Vec<_> = listing.entries.iter().map(|it| (it.name.to_vec(), it.kind)).collect();
    let expected = vec![
        (b"a".to_vec(), ListedKind::Folder),
        (b"b".to_vec(), ListedKind::File),
        (b"c".to_vec(), ListedKind::Link),
        (b"\xff\xfe".to_vec(), ListedKind::File),
    ];
    assert_eq!(seen, expected);
    assert_eq!(bench.ask(Noun::Text(odd)), Content::Text(Reply::Known("odd".into())));
}
