//! How a project of uv and its lock differ, field by field, since `uv.lock` has no hash of what it was made from.

use std::collections::{BTreeMap, BTreeSet};

use super::project::{Project, Wanted};
use crate::{
    lock::{Declares, Drift, Inputs, Lock, Source, Workspace, declared::Declared},
    standard::{marker, name::normalised, version::Specifiers},
    text::Span,
};

/// What has changed in a manifest since the lock was made.
pub(in crate::lock) fn drift(inputs: &Inputs<'_>, lock: &Lock) -> Vec<Drift> {
    let project = Project::read(inputs.text, inputs.home);
    let python = lock.requires_python.as_ref().and_then(|it| Specifiers::parse(&it.text).ok());
    let mut report = Report { drifts: Vec::new(), project: &project, python };
    let workspace = lock.workspace.as_deref().cloned().unwrap_or_default();
    report.requires_python(inputs);
    if inputs.home.is_none() {
        report.whole(&workspace);
    }
    match &project.name {
        Some(name) => {
            let own = normalised(&name.text);
            let packages = lock.packages.iter().filter(|it| *it.name == *own);
            let package = packages.filter_map(|it| Some((it, it.declares.as_deref()?))).next();
            match package {
                Some((package, declares)) => {
                    report.itself(package.version.as_deref(), package.source, inputs);
                    report.member(declares);
                }
                None => report.say(name.span, format!("`{own}` is not in it"), Some(&own)),
            }
        }
        None => report.rootless(&workspace),
    }
    report.drifts.sort_by_key(|it| it.place);
    report.drifts
}

struct Report<'project> {
    drifts: Vec<Drift>,
    project: &'project Project,
    /// The Pythons that the lock was made for: beyond them no marker matters.
    python: Option<Specifiers>,
}

impl Report<'_> {
    fn say(&mut self, place: Span, what: String, subject: Option<&str>) {
        let subject = subject.map(str::to_owned);
        self.drifts.push(Drift { what, place: Some(place), subject });
    }

    fn requires_python(&mut self, inputs: &Inputs<'_>) {
        let (Some(stated), Some(locked)) = (&self.project.requires_python, &self.python) else {
            return;
        };
        let Ok(now) = Specifiers::parse(&stated.text) else { return };
        // The lock of a workspace is for the Pythons that all of its members support.
        let agrees = if inputs.is_shared {
            marker::within(locked, &now)
        } else {
            marker::within(locked, &now) && marker::within(&now, locked)
        };
        if !agrees {
            let what = format!("it was made for Python `{locked}`, the project asks for `{now}`");
            self.say(stated.span, what, None);
        }
    }

    /// The project's own version, and whether it is installed.
    fn itself(&mut self, version: Option<&str>, source: Source, inputs: &Inputs<'_>) {
        let name = self.project.name.as_ref();
        if let (Some(now), Some(was)) = (&self.project.version, version)
            && !self.project.is_dynamic("version")
            && crate::standard::version::Version::parse(&now.text)
                != crate::standard::version::Version::parse(was)
        {
            let what = format!("the project's version changed from `{was}` to `{}`", now.text);
            self.say(now.span, what, None);
        }
        let installed = match source {
            Source::Editable | Source::Path => true,
            Source::Virtual => false,
            _ => return,
        };
        if let Some(name) =
            name.filter(|_| installed != self.project.is_installed && !inputs.is_shared)
        {
            let what = if installed {
                "the project was installed by it, and no longer is to be"
            } else {
                "the project was not installed by it, and now is to be"
            };
            self.say(name.span, what.to_owned(), None);
        }
    }

    fn member(&mut self, locked: &Declares) {
        let project = self.project;
        let dynamic = project.is_dynamic("dependencies");
        let extras_dynamic = project.is_dynamic("optional-dependencies");
        let anchor = project.name.as_ref().map_or(Span::default(), |it| it.span);
        if !dynamic && !extras_dynamic {
            self.requirements(&project.requires, &locked.requires, "", anchor);
            let now: BTreeSet<&str> = project.extras.iter().map(|it| it.text.as_str()).collect();
            let was: BTreeSet<String> = locked.extras.iter().map(|it| normalised(it)).collect();
            for extra in project.extras.iter().filter(|it| !was.contains(&it.text)) {
                self.say(extra.span, format!("extra `{}` was added", extra.text), None);
            }
            for extra in was.iter().filter(|it| !now.contains(it.as_str())) {
                if !project.is_damaged {
                    self.say(anchor, format!("extra `{extra}` was removed"), None);
                }
            }
        }
        self.groups(&locked.groups, anchor);
    }

    fn groups(&mut self, locked: &BTreeMap<String, Vec<Declared>>, anchor: Span) {
        let project = self.project;
        for (group, (span, wanted)) in &project.groups {
            if project.is_unclear(&format!("group {group}")) {
                continue;
            }
            match locked.get(group) {
                Some(was) => self.requirements(wanted, was, &format!(" in group `{group}`"), *span),
                None => self.say(*span, format!("group `{group}` was added"), None),
            }
        }
        for group in locked.keys().filter(|it| !project.groups.contains_key(*it)) {
            if !project.is_damaged {
                self.say(anchor, format!("group `{group}` was removed"), None);
            }
        }
    }

    /// A root without a project, that only holds its workspace together.
    fn rootless(&mut self, locked: &Workspace) {
        self.groups(&locked.groups, Span::default());
    }

    /// What is declared once, for the whole workspace.
    fn whole(&mut self, locked: &Workspace) {
        let project = self.project;
        let anchor = project.name.as_ref().map_or(Span::default(), |it| it.span);
        let lists = [
            (&project.constraints, &locked.constraints, " in the constraints"),
            (&project.overrides, &locked.overrides, " in the overrides"),
            (&project.build_constraints, &locked.build_constraints, " in the build constraints"),
        ];
        for (now, was, set) in lists {
            self.requirements(now, was, set, anchor);
        }
        for (option, now) in &project.options {
            if locked.options.get(option) != Some(&now.text) && !is_default(option, &now.text) {
                let what = format!("`{option}` is `{}` now", now.text);
                self.say(now.span, what, None);
            }
        }
    }

    /// Compares two lists of requirements, name by name.
    fn requirements(&mut self, now: &[Wanted], was: &[Declared], set: &str, anchor: Span) {
        let mut names: BTreeSet<&str> = now.iter().map(|it| it.declared.name.as_str()).collect();
        names.extend(was.iter().map(|it| it.name.as_str()));
        for name in names {
            if self.project.is_unclear(name) {
                continue;
            }
            let mut left: Vec<&Wanted> = now.iter().filter(|it| it.declared.name == name).collect();
            let mut right: Vec<&Declared> = was.iter().filter(|it| it.name == name).collect();
            // What is stated twice is locked once.
            left.retain(|wanted| {
                let found = right.iter().any(|it| self.same(&wanted.declared, it));
                !found
            });
            right.retain(|locked| {
                let all = now.iter().filter(|it| it.declared.name == name);
                !all.into_iter().any(|it| self.same(&it.declared, locked))
            });
            let mut right = right.into_iter();
            for wanted in left {
                let what = match right.next() {
                    Some(locked) => changed(&wanted.declared, locked, set),
                    None => format!("`{name}` was added{set}"),
                };
                self.say(wanted.span, what, Some(name));
            }
            for _ in right {
                if !self.project.is_damaged {
                    self.say(anchor, format!("`{name}` was removed{set}"), Some(name));
                }
            }
        }
    }

    fn same(&self, now: &Declared, was: &Declared) -> bool {
        now.extras == was.extras
            && now.from.agrees(&was.from)
            && now.same_specifiers(was)
            && marker::agree(now.marker.as_ref(), was.marker.as_ref(), self.python.as_ref())
    }
}

/// The field that differs, in words.
fn changed(now: &Declared, was: &Declared, set: &str) -> String {
    let name = &now.name;
    let shown = |specifiers: &Specifiers| match specifiers.to_string() {
        it if it.is_empty() => "any version".to_owned(),
        it => format!("`{it}`"),
    };
    let listed = |extras: &[String]| match extras {
        [] => "none".to_owned(),
        extras => format!("`{}`", extras.join(",")),
    };
    if !now.from.agrees(&was.from) {
        format!("the source of `{name}`{set} changed")
    } else if !now.same_specifiers(was) {
        let (was, now) = (shown(&was.specifiers), shown(&now.specifiers));
        format!("`{name}`{set} changed from {was} to {now}")
    } else if now.extras != was.extras {
        let (was, now) = (listed(&was.extras), listed(&now.extras));
        format!("the extras of `{name}`{set} changed from {was} to {now}")
    } else {
        format!("the marker of `{name}`{set} changed")
    }
}

/// uv leaves out what it would do anyway.
fn is_default(option: &str, value: &str) -> bool {
    matches!(
        (option, value),
        ("resolution-mode", "highest")
            | ("prerelease-mode", "if-necessary-or-explicit")
            | ("fork-strategy", "requires-python")
    )
}
