//! How a project of uv and its lock differ, field by field, since `uv.lock` has no hash of what it was made from.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use super::project::{Project, Wanted};
use crate::{
    lock::{Declares, Drift, Inputs, Lock, Source, Workspace, declared::Declared},
    standard::{
        marker::{self, Marker},
        name::normalised,
        version::{Specifiers, Version},
    },
    text::Span,
};

/// What has changed in a manifest since the lock was made.
pub(in crate::lock) fn drift(inputs: &Inputs<'_>, lock: &Lock) -> Vec<Drift> {
    let project = Project::read(inputs.text, inputs.home);
    let python = lock.requires_python.as_ref().and_then(|it| Specifiers::parse(&it.text).ok());
    let mut report =
        Report { drifts: Vec::new(), project: &project, python, compared: RefCell::default() };
    let workspace = lock.workspace.as_deref().cloned().unwrap_or_default();
    report.requires_python(inputs);
    if inputs.home.is_none() {
        report.whole(&workspace);
        report.settings(&workspace, lock);
        report.members(&workspace, lock, inputs);
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
    /// Pairs of markers that were compared: projects repeat few of them often.
    compared: RefCell<BTreeMap<(String, String), bool>>,
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
            && Version::parse(&now.text) != Version::parse(was)
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
            if !is_option(option, &now.text, locked.options.get(option)) {
                let what = format!("`{option}` is `{}` now", now.text);
                self.say(now.span, what, None);
            }
        }
    }

    /// What the lock is made for, and what it leaves out.
    fn settings(&mut self, locked: &Workspace, lock: &Lock) {
        let project = self.project;
        let anchor = project.name.as_ref().map_or(Span::default(), |it| it.span);
        let lists = [
            (&project.environments, &locked.environments, "environments"),
            (
                &project.required_environments,
                &locked.required_environments,
                "required-environments",
            ),
        ];
        for (now, was, setting) in lists {
            if !self.same_markers(&now.values, was) {
                self.say(now.span.unwrap_or(anchor), format!("`{setting}` changed"), None);
            }
        }
        if project.conflicts.values != locked.conflicts {
            let place = project.conflicts.span.unwrap_or(anchor);
            self.say(place, "`conflicts` changed".to_owned(), None);
        }
        for excluded in &project.excludes {
            // To leave out what is not there changes nothing.
            let is_there = lock.packages.iter().any(|it| *it.name == *excluded.text);
            if is_there && !locked.excludes.contains(&excluded.text) {
                let what = format!("`{}` is to be left out now", excluded.text);
                self.say(excluded.span, what, Some(&excluded.text));
            }
        }
        for excluded in &locked.excludes {
            if !project.is_damaged && !project.excludes.iter().any(|it| it.text == *excluded) {
                let what = format!("`{excluded}` is no longer to be left out");
                self.say(anchor, what, Some(excluded));
            }
        }
    }

    fn same_markers(&self, now: &[String], was: &[String]) -> bool {
        let parsed = |it: &String| Marker::parse(it, 0).ok();
        let same = |one: &String, other: &String| {
            marker::agree(parsed(one).as_ref(), parsed(other).as_ref(), self.python.as_ref())
        };
        now.len() == was.len() && now.iter().all(|one| was.iter().any(|it| same(one, it)))
    }

    /// The members of the workspace, as far as the lock knows them; one that it does not know finds that out itself.
    fn members(&mut self, locked: &Workspace, lock: &Lock, inputs: &Inputs<'_>) {
        let project = self.project;
        let anchor = project.name.as_ref().map_or(Span::default(), |it| it.span);
        for name in &locked.members {
            let mut packages = lock.packages.iter().filter(|it| *it.name == **name);
            let folder = packages.find_map(|it| Some(&it.declares.as_deref()?.folder));
            let Some(folder) = folder.filter(|it| *it != ".") else { continue };
            let taken = project.members.as_ref().is_some_and(|it| it.take_in(folder));
            if !project.is_damaged && (!taken || inputs.gone.contains(folder)) {
                let place = project.members.as_ref().map_or(anchor, |it| it.span);
                self.say(place, format!("member `{name}` is gone"), Some(name));
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
            && self.agree(now.marker.as_ref(), was.marker.as_ref())
    }

    fn agree(&self, now: Option<&Marker>, was: Option<&Marker>) -> bool {
        let spelled =
            |it: Option<&Marker>| it.map(|it| it.spelled().to_owned()).unwrap_or_default();
        let mut compared = self.compared.borrow_mut();
        let agree = || marker::agree(now, was, self.python.as_ref());
        *compared.entry((spelled(now), spelled(was))).or_insert_with(agree)
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

/// Whether a lock's option is what the manifest asks for.
fn is_option(option: &str, now: &str, was: Option<&String>) -> bool {
    match (option, was) {
        ("exclude-newer", Some(was)) => is_moment(now, was),
        (_, Some(was)) => now == was,
        (_, None) => is_default(option, now),
    }
}

/// Whether a date or a moment is the moment that a lock names: of a date its end. A stretch of time counts from whenever
/// the lock was made.
fn is_moment(now: &str, was: &str) -> bool {
    let of_day = |text: &str| -> Option<i64> {
        let mut parts = text.get(..10)?.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let (year, month, day): (i64, i64, i64) =
            (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        // Months are counted from March, so that the day that some years have more is the last (as in the proleptic
        // Gregorian calendar of RFC 3339).
        let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
        Some(year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day)
    };
    let (Some(today), Some(locked)) = (of_day(now), of_day(was)) else { return true };
    if now.len() == 10 { today + 1 == locked } else { now == was || now.len() != was.len() }
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
