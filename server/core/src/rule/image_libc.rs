//! An environment comes into an image of another C library.
//!
//! Images of Alpine are linked with musl, most others with glibc. What was compiled for one does not load in the other: an
//! environment that one stage makes and another of the other kind takes over, or one of this machine that a mount brings into a
//! container.
//!
//! The message says which two they are; the image is for the project to choose.

use super::{Draft, Rule};
use crate::{
    finding::{Related, Severity, Subject},
    layer::here::Libc,
    model::Model,
};

pub(super) static RULE: Rule = Rule { code: "image-libc", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for (_, built) in model.layers.builds() {
        let Some(stage) = built.last() else { continue };
        for made in &stage.made {
            let (Some(from), Some(theirs), Some(ours)) = (made.from, made.libc, stage.libc) else {
                continue;
            };
            let Some(origin) = built.stages.get(from).filter(|_| theirs != ours) else { continue };
            let (path, theirs, ours) = (&made.path, name(theirs), name(ours));
            let message = format!(
                "environment `{path}` was made for {theirs}, and this stage is built on {ours}: what is compiled will not load, build both on one kind"
            );
            let related = origin.base.iter().map(|it| Related {
                location: it.location.clone(),
                message: format!("`{}` is built on {theirs}", it.spelled),
            });
            let related = related.collect();
            report.push(Draft { related, ..Draft::at(made.location.clone(), message) });
        }
    }
    mounted(model, report);
}

/// The environment of this machine, seen in a container of the other kind.
fn mounted(model: &Model, report: &mut Vec<Draft>) {
    let here = model.machine.as_ref().and_then(|it| it.libc);
    let (Some(environment), Some(here)) = (model.usable(), here) else { return };
    if !environment.prefix.is_within(&model.project.root) {
        return;
    }
    for container in &model.layers.containers {
        let Some(inside) = container.sees(&environment.prefix) else { continue };
        let Some(image) = &container.image else { continue };
        let Some(there) = image.brings.libc.filter(|it| *it != here) else { continue };
        let (shown, spelled) = (model.shown(&environment.prefix), &image.spelled);
        let (there, here) = (name(there), name(here));
        let whose = &container.called;
        let message = format!(
            "image `{spelled}` is built on {there}, and {whose} sees environment `{shown}` of this machine's {here} as `{inside}`: what is compiled will not load there"
        );
        let location = image.location.clone();
        let subject =
            Subject { environment: Some(environment.prefix.clone()), ..Subject::default() };
        report.push(Draft { subject, ..Draft::at(location, message) });
    }
}

fn name(libc: Libc) -> &'static str {
    match libc {
        Libc::Glibc => "glibc",
        Libc::Musl => "musl",
    }
}
