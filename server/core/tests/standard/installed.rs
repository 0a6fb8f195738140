//! What site-packages folders and environments say of themselves.

use envls_core::{
    standard::{inventory::inventory, metadata::metadata, name, need::Collector, pyvenv::pyvenv},
    text::Span,
    world::ListedKind,
};

#[test]
fn folder_names_say_what_is_installed() {
    let folders = [
        "zope.interface-6.4.dist-info",
        "requests-2.31.0.dist-info",
        "requests",
        "~equests-2.30.0.dist-info",
        "Requests-2.30.0.dist-info",
        "ruamel_yaml-0.18.dist-info",
        "old-name-1.0.dist-info",
        "weird-1.0-1.dist-info",
        "setuptools-39.0.1-py3.6.egg-info",
        "lxml-5.0-py3.8-linux-x86_64.egg",
        "develop.egg-info",
        "Linked.egg-link",
        "noversion.dist-info",
        ".dist-info",
        "-.dist-info",
        "six.py",
        "__pycache__",
    ];
    let files = ["wsgiref-0.1.2.egg-info", "fake-1.0.dist-info"];
    let listed = folders.iter().map(|it| (it.as_bytes(), ListedKind::Folder));
    let listed = listed.chain(files.iter().map(|it| (it.as_bytes(), ListedKind::File)));
    let listed = listed.chain([(&b"\xff-1.0.dist-info"[..], ListedKind::Folder)]);
    let linked = [(&b"link-1.0.dist-info"[..], ListedKind::Link)];
    let inventory = inventory(listed.chain(linked));
    let drawn: Vec<String> = inventory
        .distributions
        .iter()
        .flat_map(|(name, them)| {
            them.iter().map(move |it| format!("{name}: {} {} ({})", it.name, it.version, it.folder))
        })
        .collect();
    let expected = "
develop: develop  (develop.egg-info)
link: link 1.0 (link-1.0.dist-info)
linked: Linked  (Linked.egg-link)
lxml: lxml 5.0 (lxml-5.0-py3.8-linux-x86_64.egg)
noversion: noversion  (noversion.dist-info)
old-name: old-name 1.0 (old-name-1.0.dist-info)
requests: Requests 2.30.0 (Requests-2.30.0.dist-info)
requests: requests 2.31.0 (requests-2.31.0.dist-info)
ruamel-yaml: ruamel_yaml 0.18 (ruamel_yaml-0.18.dist-info)
setuptools: setuptools 39.0.1 (setuptools-39.0.1-py3.6.egg-info)
weird: weird 1.0-1 (weird-1.0-1.dist-info)
wsgiref: wsgiref 0.1.2 (wsgiref-0.1.2.egg-info)
zope-interface: zope.interface 6.4 (zope.interface-6.4.dist-info)";
    assert_eq!(drawn.join("\n"), expected.trim());
}

#[test]
fn metadata_is_read_up_to_the_blank_line() {
    let read = metadata(
        b"Metadata-Version: 2.1\r\nNAME: Foo\r\nversion:1.0\r\nSummary: one\r\n  Name: not this\r\nRequires-Python: >=3.8,\r\n\t!=3.9.0\r\n\
          Requires-Dist: a>=1 ; extra == 'x'\r\nrequires-dist: b\r\nProvides-Extra: x\r\nnot a header\r\nAuthor: J\xf6rg\r\n\r\nName: Bar\r\n",
    );
    assert_eq!((read.name.as_str(), read.version.as_str()), ("Foo", "1.0"));
    assert_eq!(read.requires_python.as_deref(), Some(">=3.8, !=3.9.0"));
    let requires: Vec<_> = read.requires.iter().map(|it| (it.spelled, it.extra)).collect();
    assert_eq!(requires, [("a>=1", Some("x")), ("b", None)]);
    assert_eq!(read.extras, ["x"]);
    assert_eq!(metadata(b"Name: J\xf6rg").name, "J\u{fffd}rg");
    assert_eq!(metadata(b"\xef\xbb\xbfName: a").name, "a");
    assert_eq!(metadata(b"\nName: a").name, "");
    let folded = metadata(b"Requires-Dist: a ;\n  extra == 'x'\n\tand os_name == 'y'").requires;
    let markers: Vec<_> = folded.iter().map(|it| it.marker).collect();
    assert_eq!(markers, ["extra == 'x' and os_name == 'y'"]);
}

#[test]
fn what_is_required_is_taken_apart() {
    let lines = [
        "Zope.Interface [test, Docs] (>=1.0,!=2) ; python_version<'3'",
        "plain",
        "plain>=1;extra==\"x_Y\"",
        "archive @ https://e.org/a;b.whl ; extra == 'x'",
        "archive@ https://e.org/a",
        "ends- >=1",
        "-no",
        "open[bracket >=1",
    ];
    let mut collector = Collector::default();
    lines.iter().for_each(|it| collector.push(it));
    let needs = collector.take();
    let drawn: Vec<String> = needs
        .iter()
        .map(|it| {
            let extra = it.extra.unwrap_or("-");
            let parts = [it.name, it.extras, it.specifiers, it.marker, extra, it.spelled];
            parts.join(" | ")
        })
        .collect();
    let expected = "
zope-interface | test, Docs | >=1.0,!=2 | python_version<'3' | - | Zope.Interface [test, Docs] (>=1.0,!=2)
plain |  |  |  | - | plain
plain |  | >=1 | extra==\"x_Y\" | x_Y | plain>=1
archive |  |  | extra == 'x' | x | archive @ https://e.org/a;b.whl
archive |  |  |  | - | archive@ https://e.org/a
open |  | [bracket >=1 |  | - | open[bracket >=1";
    assert_eq!(drawn.join("\n"), expected.trim());
}

#[test]
fn pyvenv_cfg_is_read_as_python_reads_it() {
    let text = "HOME = /usr/bin\r\ninclude-system-site-packages = True\nversion_info = 3.12.4.final.0\nprompt='a=b'\nuv = 0.9.1\n\
                [section]\ncommand = /usr/bin/python3 -m venv --prompt=x /w/.venv\nversion=3.12.4\n";
    let read = pyvenv(text).expect("it says something");
    let said = |it: &Option<envls_core::standard::pyvenv::Said>| {
        let it = it.as_ref().expect("it is said");
        assert_eq!(text.get(it.span.start..it.span.end), Some(it.text.as_str()));
        it.text.clone()
    };
    assert_eq!(said(&read.home), "/usr/bin");
    assert_eq!(said(&read.version), "3.12.4");
    assert_eq!(said(&read.prompt), "a=b");
    assert_eq!(said(&read.uv), "0.9.1");
    assert_eq!(said(&read.command), "/usr/bin/python3 -m venv --prompt=x /w/.venv");
    assert!(read.include_system_site_packages);
    assert_eq!(read.virtualenv, None);
}

#[test]
fn an_empty_pyvenv_cfg_is_told_from_one_without_keys() {
    assert_eq!(pyvenv(""), None);
    assert_eq!(pyvenv("\u{feff} \r\n\0".trim_end_matches('\0')), None);
    let without = pyvenv("nothing here\n").expect("it says something");
    assert_eq!(without.home, None);
    let virtualenv =
        pyvenv("home=\nversion_info=3.9.1.final.0\nvirtualenv = 20.0").expect("it says something");
    assert_eq!(
        virtualenv.home.map(|it| (it.text, it.span)),
        Some((String::new(), Span::new(5, 5)))
    );
    assert_eq!(virtualenv.version.map(|it| it.text).as_deref(), Some("3.9.1.final.0"));
}

#[test]
fn names_are_normalised_and_judged() {
    assert_eq!(["A__b-.c", "x", "-a"].map(name::normalised), ["a-b-c", "x", "-a"]);
    assert_eq!(
        ["a", "A.b-c_9", "", "-a", "a_", "é"].map(name::is_valid),
        [true, true, false, false, false, false]
    );
}
