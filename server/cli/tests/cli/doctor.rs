//! The page for a bug report.

use std::fs;

use crate::support::World;

fn world() -> World {
    let world = World::new();
    world.write("shop/pyproject.toml", "[project]\nname = \"shop\"\ndependencies = [\"six>=1\"]\n");
    world.write("shop/uv.lock", "version = 1\n");
    world.tool("uv", "#!/bin/sh\n: > \"$HOME/asked\"\necho uv 9.9.9\n");
    world
}

#[test]
fn it_tells_what_was_decided_and_asks_no_tool() {
    let world = world();
    let mut command = world.envls(&["doctor", "shop"]);
    command.env("UV_INDEX_URL", "https://me:mine@index.example/simple");
    let said = world.said(command.output().expect("envls starts"));
    assert_eq!((said.code, &*said.err), (Some(0), ""));
    for line in [
        "  folder   /w/shop (not trusted: no tool was asked for its version)",
        "  UV_INDEX_URL=https://***@index.example/simple",
        "  environment  none",
        "  findings     1 lock-outdated, 1 no-environment",
    ] {
        assert!(said.out.lines().any(|it| it == line), "`{line}` is missing in:\n{}", said.out);
    }
    assert!(said.out.contains("managed by   uv, because"), "{}", said.out);
    assert!(said.out.contains("/bin/uv\n"), "{}", said.out);
    assert!(
        !world.home().join("asked").exists(),
        "a tool was run for a folder that is not trusted"
    );
    assert!(fs::metadata(world.state()).is_err(), "nothing was to be kept");
}

#[test]
fn of_a_project_without_any_file_that_says_what_it_needs_it_says_so() {
    let world = World::new();
    world.write("shop/main.py", "import os\n");
    let said = world.run(&["doctor", "shop"]);
    assert_eq!(said.code, Some(0));
    assert!(said.out.lines().any(|it| it == "  files        none, only code"), "{}", said.out);
}

#[test]
fn trusted_it_asks_the_tools() {
    let world = world();
    let said = world.run(&["doctor", "shop", "--trusted", "--output-format", "json"]);
    assert_eq!((said.code, &*said.err), (Some(0), ""));
    let page: serde_json::Value = serde_json::from_str(&said.out).expect("one document");
    assert_eq!(page["trusted"], true);
    assert_eq!(page["tools"][0]["name"], "uv");
    assert_eq!(page["tools"][0]["version"], "uv 9.9.9");
    assert_eq!(page["projects"][0]["manager"], "uv");
    assert!(world.home().join("asked").exists());
}
