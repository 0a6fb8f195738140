//! Which findings are shown where: merged over projects, mirrored onto open files, and sent only where they differ.

use std::collections::{BTreeMap, BTreeSet};

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
    files: BTreeMap<AbsPath, Vec<Finding>>,
    /// By open file, the version that its findings were last published for.
    versions: BTreeMap<AbsPath, i32>,
    speaking: BTreeMap<AbsPath, BTreeSet<AbsPath>>,
    /// By project, the files it speaks about.
    spoken: BTreeMap<AbsPath, BTreeSet<AbsPath>>,
    /// Files that wait until what the editor holds of them has been read.
    waiting: BTreeSet<AbsPath>,
}

impl Published {
    /// Notes which files a project's findings are about now; they, and those of before, must be published again.
    pub(super) fn findings_of(
        &mut self,
        root: &AbsPath,
        findings: &[Finding],
        files: &mut BTreeSet<AbsPath>,
    ) {
        self.forget(root, files);
        let now: BTreeSet<AbsPath> = findings.iter().map(|it| it.location.path.clone()).collect();
        for file in &now {
            self.speaking.entry(file.clone()).or_default().insert(root.clone());
        }
        files.extend(now.iter().cloned());
        self.spoken.insert(root.clone(), now);
    }

    pub(super) fn forget(&mut self, root: &AbsPath, files: &mut BTreeSet<AbsPath>) {
        for file in self.spoken.remove(root).unwrap_or_default() {
            if let Some(projects) = self.speaking.get_mut(&file) {
                projects.remove(root);
                if projects.is_empty() {
                    self.speaking.remove(&file);
                }
            }
            files.insert(file);
        }
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
    pub(super) fn at(&self, path: &AbsPath) -> &[Finding] {
        self.files.get(path).map_or(&[], Vec::as_slice)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&AbsPath, &Vec<Finding>)> {
        self.files.iter()
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
            let findings = self.findings_at(&path);
            let version = self.open.get(&path).map(|it| it.version);
            let outdated = version.is_some_and(|it| self.published.is_outdated(&path, it));
            if findings == self.published.at(&path) {
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
                self.published.files.insert(path.clone(), findings.clone());
            }
            match version {
                Some(version) => self.published.versions.insert(path.clone(), version),
                None => self.published.versions.remove(&path),
            };
            turn.effects.push(Effect::Publish { path, version, findings });
        }
    }

    fn findings_at(&self, path: &AbsPath) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        let speaking = self.published.speaking.get(path).into_iter().flatten();
        let settled = speaking.filter_map(|root| self.projects.settled(root));
        for finding in settled.flat_map(|it| &it.findings).filter(|it| it.location.path == *path) {
            let same = |it: &Finding| {
                (it.code, &it.location.range, &it.message)
                    == (finding.code, &finding.location.range, &finding.message)
            };
            if !findings.iter().any(same) {
                findings.push(finding.clone());
            }
        }
        findings.extend(self.mirrored(path));
        findings.sort_by(|a, b| {
            (&a.location, a.code, &a.message).cmp(&(&b.location, b.code, &b.message))
        });
        findings
    }

    /// What concerns everything in a project is shown on the first line of its open Python files too: that is where someone
    /// looks who does not know what a manifest is.
    fn mirrored(&self, path: &AbsPath) -> Vec<Finding> {
        if !is_source(path) || !self.open.contains_key(path) {
            return Vec::new();
        }
        let settled = self.roots.owner(path).and_then(|root| self.projects.settled(root));
        let concerning = settled.into_iter().flat_map(|it| &it.findings);
        let is_elsewhere = |it: &&Finding| it.location.path != *path;
        let concerning = concerning.filter(|it| it.reach == Reach::Project).filter(is_elsewhere);
        // A comment that silences it stands on its own line, which is not this one.
        let done_elsewhere = |it: &Finding| {
            it.actions.iter().filter(|it| !matches!(it.what, What::Edit(_))).cloned().collect()
        };
        concerning
            .map(|it| Finding {
                location: Location::start_of(path),
                actions: done_elsewhere(it),
                ..it.clone()
            })
            .collect()
    }
}

/// Whether a file is Python source, by its name: the environment of its project concerns it.
#[must_use]
pub fn is_source(path: &AbsPath) -> bool {
    [&b".py"[..], b".pyi"].iter().any(|suffix| path.name().ends_with(suffix))
}
