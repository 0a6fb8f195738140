//! Paths of several places are never taken for one another, and joining stays where one is.

use envls_core::world::{AbsPath, KINDS, Place};

fn at(text: &str) -> AbsPath {
    AbsPath::parse_anywhere(text).expect("a path")
}

#[test]
fn a_path_in_a_layer_says_where_it_is() {
    let python = at("podman:shop:/app/.venv/bin/python");
    assert_eq!(python.to_string(), "podman:shop:/app/.venv/bin/python");
    assert_eq!(python.place(), Place::layer("podman", "shop").expect("a layer"));
    assert_eq!(python.inside(), AbsPath::new("/app/.venv/bin/python"));
    assert!(!python.is_here() && !python.is_windows());
    assert_eq!(python.name(), b"python");
    assert_eq!(python.parent(), Some(at("podman:shop:/app/.venv/bin")));
    assert_eq!(at("podman:shop:/app").parent(), Some(at("podman:shop:/")));
    assert_eq!(at("podman:shop:/").parent(), None);
    assert_eq!(python.join("../../lib"), at("podman:shop:/app/.venv/lib"));
    assert_eq!(python.join("/usr/bin"), at("podman:shop:/usr/bin"), "it stays where it is");
    assert!(python.is_within(&at("podman:shop:/app")) && python.is_within(&at("podman:shop:/")));
    assert!(!python.is_within(&at("docker:shop:/app")) && !python.is_within(&at("/app")));
    assert_eq!(python.inside().at(&python.place()), python);
}

#[test]
fn what_comes_from_files_names_no_layer() {
    assert_eq!(AbsPath::parse("podman:shop:/app"), None);
    assert_eq!(AbsPath::new("/w").join("podman:shop:/app"), AbsPath::new("/w/podman:shop:/app"));
    // Nor is a name taken that its tool would take for an option, or none at all.
    for text in ["podman::/app", "podman:--help:/app", "nothing:shop:/app", "podman:shop:app"] {
        assert_eq!(AbsPath::parse_anywhere(text), None, "{text}");
    }
}

#[test]
fn names_with_any_characters_survive() {
    for kind in KINDS {
        for target in ["a", "x/y", "arn:aws:eks:eu:1:cluster/c", "my vm", "ü%", "user@host:2222"] {
            let place = Place::layer(kind, target).expect("a layer");
            assert_eq!((place.kind(), &*place.target()), (Some(kind), target));
            assert_eq!(Place::parse(&place.to_string()), Some(place.clone()));
            let path = AbsPath::new("/p/q").at(&place);
            assert_eq!(AbsPath::parse_anywhere(path.as_bytes()), Some(path.clone()));
            assert_eq!(path.place(), place);
        }
    }
    let with_port = at("ssh:me@host:2222:/srv/app");
    assert_eq!(with_port.place().target(), "me@host:2222");
    assert_eq!(with_port.inside(), AbsPath::new("/srv/app"));
    let windows = at(r"ssh:box:C:\Python\python.exe");
    assert!(windows.is_windows());
    assert_eq!(windows.parent(), Some(at(r"ssh:box:C:\Python")));
}
