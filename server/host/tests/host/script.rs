//! The script that looks into a layer, run by this machine's own shell on a folder of ours, and read back.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::symlink,
    process::{Command, Stdio},
};

use envls_core::{
    place::script::{Look, Seen, read, script},
    world::{AbsPath, EntryKind, ListedKind},
};

const MARK: &str = "mark-5f2c";

fn run(looks: &[Look]) -> Vec<u8> {
    let mut child = Command::new("sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell is there");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(&script(looks, MARK)).expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends").stdout
}

fn look(looks: &[Look]) -> Vec<Seen> {
    read(&run(looks), MARK, looks).expect("all is printed")
}

#[test]
fn files_folders_and_links_are_seen_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = fs::canonicalize(folder.path()).expect("it is there").join("a b'c");
    fs::create_dir_all(folder.join("sub")).expect("a folder");
    let content = format!("first\n\n{MARK} no\nlast without an end");
    fs::write(folder.join("text"), &content).expect("a file");
    fs::write(folder.join("new\nline"), "").expect("a file");
    symlink("text", folder.join("link")).expect("a link");
    symlink("/nowhere/at/all", folder.join("dangling")).expect("a link");
    let at = |name: &str| {
        AbsPath::parse(folder.join(name).as_os_str().as_encoded_bytes()).expect("a path")
    };
    let looks = [
        Look::Text(at("text")),
        Look::Text(at("absent")),
        Look::Text(at("sub")),
        Look::Listing(AbsPath::parse(folder.as_os_str().as_encoded_bytes()).expect("a path")),
        Look::Entry(at("link")),
        Look::Entry(at("dangling")),
        Look::Entry(at("absent")),
        Look::Machine,
        Look::Program("sh".to_owned()),
        Look::Program("no-such-program".to_owned()),
    ];
    let seen = look(&looks);
    let mut seen = seen.into_iter();
    let mut next = || seen.next().expect("one for each look");
    // A line that begins like a mark of ours ends nothing: the mark is another one each time, and this one was known.
    assert_eq!(next(), Seen::Bytes(b"first\n".to_vec()), "what follows a mark is another answer");
    assert_eq!(next(), Seen::Absent);
    assert_eq!(next(), Seen::Other);
    let Seen::Listing(names) = next() else { panic!("a folder is listed") };
    let named: Vec<(&[u8], ListedKind)> = names.iter().map(|it| (&*it.name, it.kind)).collect();
    assert_eq!(
        named,
        [
            (&b"dangling"[..], ListedKind::Link),
            (b"link", ListedKind::Link),
            (b"new\nline", ListedKind::File),
            (b"sub", ListedKind::Folder),
            (b"text", ListedKind::File),
        ]
    );
    let Seen::Entry(entry) = next() else { panic!("a link is there") };
    assert_eq!(
        (entry.kind, entry.link, entry.real),
        (EntryKind::File, Some(at("text")), at("text"))
    );
    assert_eq!(entry.size, content.len() as u64);
    let Seen::Entry(entry) = next() else { panic!("a link is there") };
    assert_eq!(entry.kind, EntryKind::Dangling);
    assert_eq!(entry.real, AbsPath::new("/nowhere/at/all"));
    assert_eq!(next(), Seen::Absent);
    assert!(matches!(next(), Seen::Machine { .. }));
    assert!(matches!(next(), Seen::Bytes(path) if path.ends_with(b"/sh")));
    assert_eq!(next(), Seen::Absent);
}

#[test]
fn what_is_installed_comes_with_its_small_files_and_no_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = folder.path().join("lib/python3.12/site-packages");
    let info = site.join("six-1.0.dist-info");
    fs::create_dir_all(&info).expect("a folder");
    fs::create_dir_all(folder.path().join("bin")).expect("a folder");
    fs::create_dir_all(folder.path().join("src/own")).expect("a folder");
    fs::write(folder.path().join("bin/six"), "").expect("a file");
    fs::write(site.join("six.py"), "big").expect("a file");
    fs::write(info.join("METADATA"), "Name: six\nVersion: 1.0\n\nA long text.\n").expect("a file");
    fs::write(info.join("RECORD"), "six.py,,\n../../../bin/six,,\n../../../bin/gone,,\n")
        .expect("a file");
    let lead = folder.path().join("src").display().to_string();
    fs::write(site.join("own.pth"), format!("import sys\n{lead}\n/nowhere\n")).expect("a file");
    let at = AbsPath::parse(site.as_os_str().as_encoded_bytes()).expect("a path");
    let [Seen::Packages(packages)] = &look(&[Look::Packages(at)])[..] else { panic!("packages") };
    let names: Vec<&[u8]> = packages.names.iter().map(|it| &*it.name).collect();
    assert_eq!(names, [&b"own.pth"[..], b"six-1.0.dist-info", b"six.py"]);
    let metadata = packages.files.get("six-1.0.dist-info/METADATA").expect("it is fetched");
    assert_eq!(metadata, b"Name: six\nVersion: 1.0\n\n", "the description is left there");
    assert!(!packages.files.contains_key("six.py"), "modules are not read");
    assert!(packages.present.contains(&"six.py".to_owned()));
    assert!(packages.present.contains(&"../../../bin/six".to_owned()));
    assert!(!packages.present.contains(&"../../../bin/gone".to_owned()));
    let leads: Vec<&String> = packages.leads.keys().collect();
    assert_eq!(leads, [&lead]);
}

#[test]
fn what_is_no_answer_is_none() {
    let looks = [Look::Machine];
    let printed = run(&looks);
    for garbage in
        [&b""[..], b"\x00\xff", b"Welcome to the machine!\n", &printed[..printed.len() / 2]]
    {
        assert_eq!(read(garbage, MARK, &looks), None);
    }
    assert_eq!(read(&printed, "another-mark", &looks), None);
    let greeted = [b"Welcome!\n".to_vec(), printed].concat();
    assert!(read(&greeted, MARK, &looks).is_some(), "what is printed before does not matter");
}
