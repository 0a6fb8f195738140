//! A requirement holds on one machine or one platform only.
//!
//! An absolute path or a `file:` address leads nowhere on another machine, and the build of a conda package names one platform,
//! one Python and often one day. What stands below the project can be named by a path that counts from the manifest.
//!
//! A lock may name the platforms that it is for: `environments` and `required-environments` of uv, `environments` of a
//! `pylock.toml`, the targets of PDM. What it holds no file for on one of them, neither a wheel nor a source, cannot be installed
//! there; it stands at the locked distribution. Only what is needed there is judged, and a system without word of machines is served
//! by a file for any machine. Poetry's lock names no platforms, and nothing is taken for granted.
//!
//! A lock also says which Pythons it is for. Judged are all that it admits between two bounds; where there is no upper one, the
//! oldest, and those up to the Python in use.
//!
//! The fix writes that path, or leaves the build out.

use super::{Draft, Rule, edits, fixes};
use crate::{
    action::Action,
    finding::{Severity, Subject},
    manifest::{Document, Fact, Says},
    model::{LockRead, ManifestRead, Model},
    standard::match_spec::Spec,
    text::Span,
    world::AbsPath,
};

pub(super) static RULE: Rule =
    Rule { code: "unportable-requirement", severity: Severity::Warning, check };

fn check(model: &Model, report: &mut Vec<Draft>) {
    for (manifest, fact) in model.project.facts() {
        let Some((span, message, action)) = judged(model, manifest, fact) else { continue };
        let location = manifest.document.location(&manifest.path, span);
        let actions = action.map(|it| fixes::preferred(it, true)).into_iter().collect();
        report.push(Draft { actions, ..Draft::at(location, message) });
    }
    for lock in &model.locks {
        of_lock(model, lock, report);
    }
}

/// What the lock holds no file for, on a platform that it names.
fn of_lock(model: &Model, lock: &LockRead, report: &mut Vec<Draft>) {
    for one in &lock.unportable {
        let version = one.version.as_deref().map_or(String::new(), |it| format!(" {it}"));
        let message = format!(
            "`{}`{version} has no file for {}, which `{}` is for: it has wheels for {}, and no source; lock another version, or leave it out there by a marker",
            one.name,
            one.platforms.join(" and "),
            model.shown(&lock.path),
            one.there.join(", ")
        );
        let subject = Subject { distribution: Some(one.name.to_string()), ..Subject::default() };
        let location = lock.document.location(&lock.path, one.span);
        report.push(Draft { subject, ..Draft::at(location, message) });
    }
}

fn judged(
    model: &Model,
    manifest: &ManifestRead,
    fact: &Fact,
) -> Option<(Span, String, Option<Action>)> {
    match &fact.says {
        Says::Conda { spec, .. } => {
            let (build, span) = spec.build.as_ref().filter(|it| !it.0.contains('*'))?;
            let message =
                format!("build `{build}` of `{}` is made for one platform only", spec.name);
            Some((*span, message, without_build(manifest, spec)))
        }
        Says::Direct { target, .. }
        | Says::Source { target, .. }
        | Says::Includes { target, .. } => {
            let path = absolute(target)?;
            let relative = relative(manifest, &path).filter(|_| {
                // Only where nothing else stands there, such as extras and markers.
                manifest.document.spelled(fact.span) == target
            });
            let action =
                relative.and_then(|it| edits::replace(model, &manifest.path, fact.span, &it));
            let message = format!("`{target}` is there on this machine only");
            Some((fact.span, message, action))
        }
        Says::Requirement { requirement, .. } => {
            let url = requirement.url.as_deref().filter(|it| it.starts_with("file:"))?;
            absolute(url)?;
            Some((fact.span, format!("`{url}` is there on this machine only"), None))
        }
        _ => None,
    }
}

/// The path of a target that does not count from the manifest.
fn absolute(target: &str) -> Option<AbsPath> {
    let bare = target.split('#').next().unwrap_or(target);
    let path = match bare.strip_prefix("file:") {
        // Without an authority, or with an empty one or this machine (RFC 8089).
        Some(rest) => rest.strip_prefix("//localhost").or(rest.strip_prefix("//")).unwrap_or(rest),
        None => bare,
    };
    let path = path.split('[').next().unwrap_or(path).trim_end();
    if path.contains("${") {
        return None;
    }
    AbsPath::parse(path)
}

/// The path as it counts from the manifest, where it lies below its folder.
fn relative(manifest: &ManifestRead, path: &AbsPath) -> Option<String> {
    let folder = manifest.path.parent()?;
    let below = path.below(&folder)?;
    let below = str::from_utf8(below).ok()?.replace('\\', "/");
    Some(if below.is_empty() { ".".to_owned() } else { format!("./{below}") })
}

/// Leaves the build out where it follows the version plainly: `numpy=1.26=py312_0`.
fn without_build(manifest: &ManifestRead, spec: &Spec) -> Option<Action> {
    let document: &Document = &manifest.document;
    let ((_, version), (build, span)) = (spec.version.as_ref()?, spec.build.as_ref()?);
    let between = document.text.get(version.end..span.start)?;
    if !matches!(between.trim(), "=" | "") || between.is_empty() {
        return None;
    }
    let stretch = Span::new(version.end, span.end);
    let title = format!("Leave the build `{build}` out");
    Some(fixes::edit(title, document.location(&manifest.path, stretch), ""))
}
