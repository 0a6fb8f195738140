//! A container is for another architecture than this machine.
//!
//! `platform:`, `--platform` or the image's name say so. Such a container runs slowly, by emulation, or not at all; and an
//! environment that both it and this machine see works in one of them only, which makes this a warning. Where nothing is shared
//! it is only information. A platform that is a variable of the build is not judged.

use super::{Draft, Rule};
use crate::{
    finding::{Severity, Subject},
    model::{Container, Model},
    standard::executable::usual_name,
    text::Location,
};

pub(super) static RULE: Rule =
    Rule { code: "image-architecture", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    let Some(machine) = &model.machine else { return };
    let here = usual_name(&machine.architecture);
    for container in &model.layers.containers {
        let Some((said, architecture, location)) = stated(container) else { continue };
        if architecture == here || report.iter().any(|it: &Draft| it.location == location) {
            continue;
        }
        let environment = model.usable().map(|it| it.prefix.clone());
        let seen = environment.clone().and_then(|it| Some((container.sees(&it)?, it)));
        let whose = &container.called;
        let (what, at_most) = match &seen {
            Some((inside, prefix)) => {
                let shown = model.shown(prefix);
                (
                    format!(
                        "environment `{shown}`, which it sees as `{inside}`, works in one of them only"
                    ),
                    None,
                )
            }
            None => ("it is emulated here".to_owned(), Some(Severity::Information)),
        };
        let message = format!("{whose} is for {said}, this machine is {here}: {what}");
        let environment = seen.and(environment);
        let subject = Subject { environment, ..Subject::default() };
        report.push(Draft { subject, at_most, ..Draft::at(location, message) });
    }
}

/// What a container is said to be for, in the words of the file, and where.
fn stated(container: &Container) -> Option<(String, &'static str, Location)> {
    if let Some(platform) = &container.platform {
        let said = format!("`{}`", platform.spelled);
        return Some((said, platform.architecture, platform.location.clone()));
    }
    let image = container.image.as_ref()?;
    let architecture = image.brings.architecture?;
    Some((architecture.to_owned(), architecture, image.location.clone()))
}
