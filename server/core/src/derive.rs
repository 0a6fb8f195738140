//! The one function from what is known to what is found.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::{
    finding::{Finding, Severity},
    manager::{self, Manager},
    manifest::Says,
    model::{Model, Sourcing},
    rule::{self, OnCode, Rule},
    setting::Settings,
    world::{AbsPath, Edition, Noun, Pending, Question, View, World},
};

/// Everything there is to know about one project, given what is known of the world so far.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// `None` while too little is known, and where there is no project.
    pub model: Option<Arc<Model>>,
    /// Sorted by where they stand.
    pub findings: Vec<Arc<Finding>>,
    /// Every question that this rests on: what to watch, and what makes it stale.
    pub read: BTreeSet<Question>,
    /// The questions still open, or whose answers are stale.
    pub pending: BTreeSet<Question>,
    /// What was known of the world.
    pub(crate) edition: Edition,
    /// Rules that went wrong. A fault of ours, not of the user's; nothing else is harmed by it.
    pub faults: Vec<RuleFault>,
}

/// A rule that panicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    pub code: &'static str,
    pub words: String,
}

/// What the derivation is made of. The order in it means nothing, and a test holds it to that.
#[derive(Clone)]
pub struct Tables {
    pub managers: Vec<&'static dyn Manager>,
    pub rules: Vec<&'static Rule>,
    pub depth: Depth,
}

/// How far a project is looked into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Which environment it gets, and why. What is locked, installed and imported is not asked for, and nothing is judged.
    Choice,
    #[default]
    Everything,
}

impl Default for Tables {
    fn default() -> Tables {
        Tables {
            managers: manager::ALL.to_vec(),
            rules: rule::ALL.to_vec(),
            depth: Depth::default(),
        }
    }
}

/// Derives the outcome for the project at `root`. Pure: equal worlds and settings give equal outcomes.
#[must_use]
pub fn derive(world: &World, tables: &Tables, settings: &Settings, root: &AbsPath) -> Outcome {
    derive_after(world, tables, settings, root, None)
}

/// The same, and sooner where what was derived `before` can be used again; whatever that is, the outcome is the same.
#[must_use]
pub(crate) fn derive_after(
    world: &World,
    tables: &Tables,
    settings: &Settings,
    root: &AbsPath,
    before: Option<&Outcome>,
) -> Outcome {
    if let Some(outcome) = before.and_then(|it| derive_opened(world, tables, settings, it)) {
        return outcome;
    }
    let view = View::new(world);
    let model = before.and_then(|it| it.model.as_deref());
    let model = Model::observe(&view, tables, root, model);
    let mut outcome = Outcome { edition: world.edition(), ..Outcome::default() };
    if let Ok(Some(model)) = &model
        && tables.depth == Depth::Everything
    {
        judge(model, settings, tables.rules.iter().copied(), &mut outcome);
        sort(&mut outcome.findings);
    }
    let unknown = matches!(model, Err(Pending));
    outcome.model = model.ok().flatten().map(Arc::new);
    (outcome.read, outcome.pending) = view.finish();
    debug_assert!(
        !unknown || !outcome.pending.is_empty(),
        "a branch ends only at a noted question"
    );
    outcome
}

/// The outcome where, since what was derived before, nothing has changed but what is in the sources that the editor holds
/// open: only what is told of those is judged anew. `None` where anything else may have changed.
fn derive_opened(
    world: &World,
    tables: &Tables,
    settings: &Settings,
    before: &Outcome,
) -> Option<Outcome> {
    let model = before.model.as_deref()?;
    let is_source = |it: &&Question| matches!(it.noun, Noun::Source(_));
    let is_whole = tables.depth == Depth::Everything && before.pending.is_empty();
    // The first manifest of a project that has none is made of all that is found.
    if !is_whole || !before.faults.is_empty() || model.project.is_bare {
        return None;
    }
    let (sources, others): (Vec<&Question>, Vec<&Question>) =
        before.read.iter().partition(is_source);
    let is_same = |it: &&Question| world.is_since(it, before.edition);
    if !others.iter().all(is_same) || !sources.iter().all(|it| world.is_fresh(it)) {
        return None;
    }
    let view = View::new(world);
    let model = Model::observe_opened(&view, model)?;
    let mut outcome = Outcome { edition: world.edition(), ..Outcome::default() };
    let rules = tables.rules.iter().copied().filter(|it| rule::on_code(it.code).is_some());
    judge(&model, settings, rules, &mut outcome);
    let stands = |it: &&Arc<Finding>| match rule::on_code(it.code) {
        None => true,
        Some(OnCode::Imports) => !model.imports.opened.contains_key(&it.location.path),
        Some(OnCode::Whole) => false,
    };
    let standing: Vec<_> = before.findings.iter().filter(stands).cloned().collect();
    let elsewhere = |it: &Arc<Finding>| {
        rule::on_code(it.code).is_none() && model.imports.opened.contains_key(&it.location.path)
    };
    if standing.iter().any(elsewhere) {
        // How such a finding is silenced follows from the text that it stands in.
        return None;
    }
    outcome.findings.extend(standing);
    sort(&mut outcome.findings);
    outcome.model = Some(Arc::new(model));
    outcome.read = before.read.clone();
    Some(outcome)
}

fn judge(
    model: &Model,
    settings: &Settings,
    rules: impl Iterator<Item = &'static Rule>,
    outcome: &mut Outcome,
) {
    let mut sourcing = Sourcing::of(model);
    for rule in rules {
        let Some(severity) = severity(model, settings, rule) else { continue };
        let mut drafts = Vec::new();
        // One rule's mistake must not take the server, or another rule's findings, with it.
        let run = catch_unwind(AssertUnwindSafe(|| (rule.check)(model, &mut drafts)));
        if let Err(panic) = run {
            let words = panic.downcast_ref::<String>().cloned();
            let words = words.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
            let words = words.unwrap_or_else(|| "it panicked".to_owned());
            outcome.faults.push(RuleFault { code: rule.code, words });
            continue;
        }
        let findings = drafts.into_iter().map(|it| it.of(rule, severity));
        let told = findings.filter(|it| !is_silenced(model, it)).map(|mut finding| {
            let actions = std::mem::take(&mut finding.actions);
            finding.actions = actions.into_iter().map(|it| sourcing.sourced(it)).collect();
            finding.actions.extend(rule::fixes::silence(model, &finding));
            Arc::new(finding)
        });
        outcome.findings.extend(told);
    }
}

fn sort(findings: &mut [Arc<Finding>]) {
    findings
        .sort_by(|a, b| (&a.location, a.code, &a.message).cmp(&(&b.location, b.code, &b.message)));
}

/// The severity of a rule in this project; `None` where it is off. The project's own word comes before the user's.
fn severity(model: &Model, settings: &Settings, rule: &Rule) -> Option<Severity> {
    let stated = model.project.facts().find_map(|(_, fact)| match &fact.says {
        Says::Severity { code, severity } if code == rule.code => Some(severity.as_str()),
        _ => None,
    });
    let word = stated.or_else(|| settings.severity.get(rule.code).map(String::as_str));
    match word {
        Some("off") => None,
        Some(word) => Some(Severity::parse(word).unwrap_or(rule.severity)),
        None => Some(rule.severity),
    }
}

/// Whether a comment on the finding's line silences it.
fn is_silenced(model: &Model, finding: &Finding) -> bool {
    if let Some(rare) = model.imports.rare_of(&finding.location.path) {
        return rare.silences(finding.location.range.start.line, finding.code);
    }
    if let Some(file) = model.layers.file(&finding.location.path) {
        let codes = file.ignored.get(&finding.location.range.start.line);
        return codes.is_some_and(|codes| codes.iter().any(|it| it == "*" || it == finding.code));
    }
    let manifest = model.project.manifests.iter().find(|it| it.path == finding.location.path);
    let codes = manifest.and_then(|it| it.document.ignored.get(&finding.location.range.start.line));
    codes.is_some_and(|codes| codes.iter().any(|it| it == "*" || it == finding.code))
}
