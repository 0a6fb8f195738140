//! Which findings are shown where: merged over projects, mirrored onto open files, and sent only where they differ.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Effect, Session, Turn};
use crate::{
    action::What,
    finding::{Finding, Reach},
    text::Location,
    world::{AbsPath, Noun, Question},
};

/// What was published, and which projects have something to say about a file.
#[derive(Default)]
pub(super) struct Published {
    files: BTreeMap<AbsPath, Arc<[Arc<Finding>]>>,
    /// By open file, the version that its findings were last published for.
    versions: BTreeMap<AbsPath, i32>,
    speaking: BTreeMap<AbsPath, BTreeSet<AbsPath>>,
    /// Files that wait until what the editor holds of them has been read.
    waiting: BTreeSet<AbsPath>,
    /// Files that were opened though nothing reads their buffer.
    opened: BTreeSet<AbsPath>,
}

impl Published {
    /// Notes which files a project's findings are about now; those of which something else is said than `before` must be
    /// published again.
    pub(super) fn findings_of(
        &mut self,
        root: &AbsPath,
        before: &[Arc<Finding>],
        findings: &[Arc<Finding>],
        files: &mut BTreeSet<AbsPath>,
    ) {
        let (before, now) = (by_file(before), by_file(findings));
        for file in before.keys().filter(|it| !now.contains_key(*it)) {
            self.is_silent(root, file);
            files.insert((*file).clone());
        }
        for (file, findings) in &now {
            match before.get(file) {
                Some(before) if before == findings => continue,
                Some(_) => {}
                None => {
                    self.speaking.entry((*file).clone()).or_default().insert(root.clone());
                }
            }
            files.insert((*file).clone());
        }
    }

    /// A project is gone, and what it found with it.
    pub(super) fn forget(
        &mut self,
        root: &AbsPath,
        before: &[Arc<Finding>],
        files: &mut BTreeSet<AbsPath>,
    ) {
        self.findings_of(root, before, &[], files);
    }

    fn is_silent(&mut self, root: &AbsPath, file: &AbsPath) {
        let Some(projects) = self.speaking.get_mut(file) else { return };
        projects.remove(root);
        if projects.is_empty() {
            self.speaking.remove(file);
        }
    }

    /// A document was opened whose text nobody reads: what was said of it before must be said again.
    pub(super) fn opened(&mut self, path: &AbsPath) {
        self.opened.extend(self.files.contains_key(path).then(|| path.clone()));
    }

    /// A document was closed: what its editor showed of it may be gone with it.
    pub(super) fn closed(&mut self, path: &AbsPath) {
        self.versions.remove(path);
    }

    /// Whether what was published of a document must be said again though it is the same: some editors drop what is not
    /// for the version that they show, and what they were told of a document before they opened it.
    fn is_outdated(&self, path: &AbsPath, version: i32) -> bool {
        match self.versions.get(path) {
            Some(sent) => *sent != version,
            None => self.files.contains_key(path),
        }
    }

    /// The findings that stand at a file.
    pub(super) fn at(&self, path: &AbsPath) -> &[Arc<Finding>] {
        self.files.get(path).map_or(&[], |it| it)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&AbsPath, &[Arc<Finding>])> {
        self.files.iter().map(|it| (it.0, &**it.1))
    }
}

impl Session {
    /// Sends the difference between what is found and what was published, file by file.
    pub(super) fn publish(&mut self, turn: &mut Turn) {
        let mut files = std::mem::take(&mut self.published.waiting);
        files.append(&mut turn.files);
        for path in files {
            let nouns = [Noun::Manifest, Noun::Source, Noun::Declaration];
            let reads = nouns.map(|it| it(path.clone()));
            if reads.into_iter().any(|it| self.desk.is_asked(&Question::here(it))) {
                // Findings follow the text that they were judged from; that of now is still being read.
                self.published.waiting.insert(path);
                continue;
            }
            let findings: Arc<[Arc<Finding>]> = self.findings_at(&path).into();
            let version = self.open.get(&path).map(|it| it.version);
            let outdated = self.published.opened.contains(&path)
                || version.is_some_and(|it| self.published.is_outdated(&path, it));
            if *findings == *self.published.at(&path) {
                let speaking = self.published.speaking.get(&path).into_iter().flatten();
                if outdated && speaking.clone().any(|root| !self.projects.is_settled(root)) {
                    self.published.waiting.insert(path);
                    continue;
                }
                if !outdated {
                    continue;
                }
            }
            if findings.is_empty() {
                self.published.files.remove(&path);
            } else {
                self.published.files.insert(path.clone(), Arc::clone(&findings));
            }
            self.published.opened.remove(&path);
            match version {
                Some(version) => self.published.versions.insert(path.clone(), version),
                None => self.published.versions.remove(&path),
            };
            turn.effects.push(Effect::Publish { path, version, findings });
        }
    }

    fn findings_at(&self, path: &AbsPath) -> Vec<Arc<Finding>> {
        let mut findings: Vec<Arc<Finding>> = Vec::new();
        let speaking = self.published.speaking.get(path).into_iter().flatten();
        let settled = speaking.filter_map(|root| self.projects.settled(root));
        findings.extend(settled.flat_map(|it| at(&it.findings, path)).cloned());
        // Projects that share a file may say the same of it.
        findings.sort_by(|a, b| key(a).cmp(&key(b)));
        findings.dedup_by(|b, a| key(a) == key(b));
        findings.extend(self.mirrored(path));
        findings.sort_by(|a, b| key(a).cmp(&key(b)));
        findings
    }

    /// What concerns everything in a project is shown on the first line of its open Python files too: that is where someone
    /// looks who does not know what a manifest is.
    fn mirrored(&self, path: &AbsPath) -> Vec<Arc<Finding>> {
        if !is_source(path) || !self.open.contains_key(path) {
            return Vec::new();
        }
        let settled = self.roots.owner(path).and_then(|root| self.projects.settled(root));
        let concerning = settled.into_iter().flat_map(|it| &it.findings);
        let is_elsewhere = |it: &&Arc<Finding>| it.location.path != *path;
        let concerning = concerning.filter(|it| it.reach == Reach::Project).filter(is_elsewhere);
        // A comment that silences it stands on its own line, which is not this one.
        let done_elsewhere = |it: &Finding| {
            it.actions.iter().filter(|it| !matches!(it.what, What::Edit(_))).cloned().collect()
        };
        let here = |it: &Arc<Finding>| Finding {
            location: Location::start_of(path),
            actions: done_elsewhere(it),
            ..Finding::clone(it)
        };
        concerning.map(|it| Arc::new(here(it))).collect()
    }
}

/// By what the findings of a file are sorted.
fn key(finding: &Finding) -> (&Location, &'static str, &str) {
    (&finding.location, finding.code, &finding.message)
}

/// Those of some sorted findings that stand at a file.
fn at<'all>(findings: &'all [Arc<Finding>], path: &AbsPath) -> &'all [Arc<Finding>] {
    let from = findings.partition_point(|it| it.location.path < *path);
    let rest = findings.get(from..).unwrap_or_default();
    rest.get(..rest.partition_point(|it| it.location.path == *path)).unwrap_or_default()
}

/// Sorted findings by the file that they stand at.
fn by_file(findings: &[Arc<Finding>]) -> BTreeMap<&AbsPath, &[Arc<Finding>]> {
    let files = findings.chunk_by(|a, b| a.location.path == b.location.path);
    files.filter_map(|it| Some((&it.first()?.location.path, it))).collect()
}

/// Whether a file is Python source, by its name: the environment of its project concerns it.
#[must_use]
pub fn is_source(path: &AbsPath) -> bool {
    [&b".py"[..], b".pyi"].iter().any(|suffix| path.name().ends_with(suffix))
}
