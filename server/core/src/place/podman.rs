//! Podman (*podman(1)*); the containers of root and those of a user are two stores.

use super::{Entering, Inside, Layer, Listing, Output, Variables, engine};

pub(super) struct Podman;

impl Layer for Podman {
    fn name(&self) -> &'static str {
        "podman"
    }

    fn summary(&self) -> &'static str {
        "containers of Podman, looked into by `podman exec`"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["podman"]
    }

    fn variables(&self) -> &'static [&'static str] {
        &["CONTAINER_HOST", "CONTAINER_CONNECTION", "CONTAINERS_CONF"]
    }

    fn list(&self, _: &Variables, said: &[Output]) -> Listing {
        engine::list("podman", said)
    }

    fn enter(&self, target: &str, script: &[u8], _: &Variables, said: &[Output]) -> Entering {
        engine::enter(target, script, said)
    }

    fn command(&self, target: &str, inside: &Inside<'_>) -> Option<Vec<String>> {
        Some(engine::command(target, inside))
    }

    fn start(&self, target: &str) -> Option<Vec<String>> {
        Some(vec!["start".to_owned(), target.to_owned()])
    }
}
