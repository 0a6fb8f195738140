//! Docker Engine and what speaks its language (*docker* command line).

use super::{Entering, Inside, Layer, Listing, Output, Variables, engine};

pub(super) struct Docker;

impl Layer for Docker {
    fn name(&self) -> &'static str {
        "docker"
    }

    fn summary(&self) -> &'static str {
        "containers of Docker, looked into by `docker exec`"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["docker"]
    }

    fn variables(&self) -> &'static [&'static str] {
        &["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"]
    }

    fn list(&self, _: &Variables, said: &[Output]) -> Listing {
        engine::list("docker", said)
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
