//! Where a path of one system is seen in another.

use envls_core::{
    place::path_map::{PathMap, Shared},
    world::{AbsPath, Place},
};
use proptest::prelude::*;

fn place(name: &str) -> Place {
    Place::layer("podman", name).expect("a layer")
}

fn map(name: &str, shared: &[(&str, Option<&str>)]) -> PathMap {
    let shared = shared.iter().map(|(inside, outside)| Shared {
        inside: AbsPath::new(inside),
        outside: outside.map(AbsPath::new),
    });
    PathMap::new(place(name), shared)
}

fn inside(name: &str, path: &str) -> AbsPath {
    AbsPath::new(path).at(&place(name))
}

#[test]
fn the_longest_share_decides_and_what_lies_over_it_hides_it() {
    let map = map(
        "a",
        &[("/app", Some("/w/shop")), ("/app/.venv", None), ("/data", Some("/w/shop/data"))],
    );
    let inward = |it: &str| map.inward(&AbsPath::new(it));
    assert_eq!(inward("/w/shop"), Some(inside("a", "/app")));
    assert_eq!(inward("/w/shop/src/a.py"), Some(inside("a", "/app/src/a.py")));
    assert_eq!(inward("/w/shop/.venv/bin"), None, "a volume hides it");
    assert_eq!(inward("/w/shopping"), None, "components, not letters");
    assert_eq!(inward("/w/shop/data/x"), Some(inside("a", "/data/x")), "the shorter of two");
    let outward = |it: &str| map.outward(&inside("a", it));
    assert_eq!(outward("/app/src"), Some(AbsPath::new("/w/shop/src")));
    assert_eq!(outward("/app/.venv/lib"), None);
    assert_eq!(outward("/opt"), None, "none rather than a guess");
    assert_eq!(map.outward(&AbsPath::new("/app/src")), None, "a path of here is none of theirs");
    assert_eq!(map.outward(&inside("b", "/app/src")), None, "nor is another layer's");
}

#[test]
fn paths_of_windows_are_spelled_as_there() {
    let wsl = map("w", &[("/", Some(r"\\wsl.localhost\Ubuntu\")), ("/mnt/c", Some(r"C:\"))]);
    let out = wsl.outward(&inside("w", "/mnt/c/Users/u/a.py"));
    assert_eq!(out, Some(AbsPath::new(r"C:\Users\u\a.py")));
    assert_eq!(
        wsl.outward(&inside("w", "/home/u")),
        Some(AbsPath::new(r"\\wsl.localhost\Ubuntu\home\u"))
    );
    assert_eq!(wsl.inward(&AbsPath::new(r"C:\w\x")), Some(inside("w", "/mnt/c/w/x")));
    assert_eq!(wsl.outward(&inside("w", r"/mnt/c/a\b")), None, "there it would be two names");
}

#[test]
fn layers_in_layers_have_the_paths_of_both() {
    let outer = map("vm", &[("/workspace", Some("/home/u/w")), ("/workspace/cache", None)]);
    let inner = map("c", &[("/app", Some("/workspace/shop")), ("/opt", Some("/srv"))]);
    let both = outer.through(&inner);
    assert_eq!(both.outward(&inside("c", "/app/x")), Some(AbsPath::new("/home/u/w/shop/x")));
    assert_eq!(both.inward(&AbsPath::new("/home/u/w/shop/x")), Some(inside("c", "/app/x")));
    assert_eq!(both.outward(&inside("c", "/opt/x")), None, "the machine in between keeps it");
    let whole = map("c", &[("/app", Some("/workspace"))]);
    let both = outer.through(&whole);
    assert_eq!(both.outward(&inside("c", "/app/cache/x")), None, "hidden in between");
    assert_eq!(both.inward(&AbsPath::new("/home/u/w/cache/x")), None);
}

fn a_path() -> impl Strategy<Value = String> {
    prop::collection::vec("[abc]", 1..5).prop_map(|parts| format!("/{}", parts.join("/")))
}

fn a_map(name: &'static str) -> impl Strategy<Value = PathMap> {
    prop::collection::vec((a_path(), prop::option::weighted(0.8, a_path())), 0..5).prop_map(
        move |shared| {
            let shared = shared.iter().map(|(inside, outside)| Shared {
                inside: AbsPath::new(inside),
                outside: outside.as_deref().map(AbsPath::new),
            });
            PathMap::new(place(name), shared)
        },
    )
}

proptest! {
    #[test]
    fn there_and_back_is_the_same_path(map in a_map("a"), path in a_path()) {
        let outside = AbsPath::new(&path);
        if let Some(inside) = map.inward(&outside) {
            prop_assert_eq!(map.outward(&inside), Some(outside.clone()));
            prop_assert_eq!(inside.place(), place("a"));
        }
        // Back again it may be another of several paths, but one that leads to the same file.
        if let Some(out) = map.outward(&inside("a", &path)) {
            let again = map.inward(&out).expect("what is seen outside is seen inside");
            prop_assert_eq!(map.outward(&again), Some(out));
        }
    }

    #[test]
    fn through_two_is_one_after_the_other(outer in a_map("vm"), inner in a_map("c"), path in a_path()) {
        let both = outer.through(&inner);
        let inside = inside("c", &path);
        let middle = inner.outward(&inside).map(|it| it.at(&place("vm")));
        prop_assert_eq!(both.outward(&inside), middle.and_then(|it| outer.outward(&it)));
        let outside = AbsPath::new(&path);
        if let Some(at) = both.inward(&outside) {
            prop_assert_eq!(both.outward(&at), Some(outside));
        }
    }
}
