//! What does not hold between installed distributions: a requirement that is missing or of another version, a Python that is
//! not supported. `pip check` and `uv pip check` ask the same, but know no extras.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    dependencies::{Condition, Dependencies, Edge},
    marker::{MarkerEnvironment, Verdict},
    name,
    need::Need,
};
use crate::world::Metadata;

/// Something that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict<'table> {
    /// Whose metadata asks for it.
    pub of: &'table Metadata,
    pub wrong: Wrong<'table>,
    of_number: u32,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong<'table> {
    /// What it requires is not there.
    Missing(Need<'table>),
    /// What it requires is there in another version.
    Version { need: Need<'table>, found: &'table str },
    /// It does not support the environment's Python.
    Python(&'table str),
}

/// The dependencies of a site-packages folder, judged for one interpreter and for the extras that are asked for.
pub struct Judgement<'table> {
    dependencies: &'table Dependencies,
    environment: &'table MarkerEnvironment,
    /// What each marker says where no extra is asked for, as far as that was asked.
    verdicts: Vec<Option<Verdict>>,
    /// The extras that are asked for, normalised, by distribution.
    extras: BTreeMap<u32, BTreeSet<String>>,
}

impl<'table> Judgement<'table> {
    /// An extra counts only where it is asked for: here, by name, or by another installed distribution.
    pub fn new<'name>(
        dependencies: &'table Dependencies,
        environment: &'table MarkerEnvironment,
        asked: impl IntoIterator<Item = (&'name str, &'name str)>,
    ) -> Judgement<'table> {
        let verdicts = vec![None; dependencies.markers.len()];
        let extras = BTreeMap::new();
        let mut judgement = Judgement { dependencies, environment, verdicts, extras };
        for (name, extra) in asked {
            if let Some(number) = dependencies.find(name) {
                judgement.ask(number, extra);
            }
        }
        // What an extra brings in may ask for extras in turn; sets only grow, so this ends, in circles too.
        let mut grows = true;
        while std::mem::take(&mut grows) {
            for edge in dependencies.asking.iter().filter_map(|it| dependencies.edge(*it)) {
                let (Some(to), true) = (edge.to, judgement.applies(edge)) else { continue };
                let asked = dependencies.need(edge).map_or("", |it| it.extras);
                for extra in asked.split(',').map(str::trim).filter(|it| !it.is_empty()) {
                    grows |= judgement.ask(to, extra);
                }
            }
        }
        judgement
    }

    /// Whether the extra was not asked for before.
    fn ask(&mut self, number: u32, extra: &str) -> bool {
        self.extras.entry(number).or_default().insert(name::normalised(extra))
    }

    /// Whether a requirement is needed in this environment. What is not known for sure is not needed.
    fn applies(&mut self, edge: &Edge) -> bool {
        let number = match edge.condition {
            Condition::Always => return true,
            Condition::Extra => {
                let Some(asked) = self.extras.get(&edge.from) else { return false };
                let extra = self.dependencies.need(edge).and_then(|it| it.extra);
                return extra.is_some_and(|it| asked.contains(&name::normalised(it)));
            }
            Condition::Marker(number) => number as usize,
        };
        let Some(Some(marker)) = self.dependencies.markers.get(number) else { return false };
        if let Some(asked) = self.extras.get(&edge.from)
            && marker.names_extra()
        {
            let environment = self.environment.clone().with_extras(asked);
            return marker.judge(&environment) == Verdict::Holds;
        }
        let environment = self.environment;
        let Some(known) = self.verdicts.get_mut(number) else { return false };
        *known.get_or_insert_with(|| marker.judge(environment)) == Verdict::Holds
    }

    /// Everything that does not hold, by the names of the distributions.
    pub fn conflicts(&mut self) -> Vec<Conflict<'table>> {
        let dependencies = self.dependencies;
        let mut conflicts = Vec::new();
        for edge in dependencies.doubtful.iter().filter_map(|it| dependencies.edge(*it)) {
            if !self.applies(edge) {
                continue;
            }
            let of = dependencies.nodes.get(edge.from as usize).and_then(|it| it.headers.first());
            let (Some(of), Some(need)) = (of, dependencies.need(edge)) else { continue };
            let there = edge.to.and_then(|it| dependencies.nodes.get(it as usize));
            let found = there.and_then(|it| it.headers.last()).map(|it| it.version.as_str());
            let wrong = match (edge.to, found) {
                (None, _) => Wrong::Missing(need),
                (Some(_), Some(found)) => Wrong::Version { need, found },
                // Which version it is cannot be said where the metadata is gone; that is a finding of its own.
                (Some(_), None) => continue,
            };
            conflicts.push(Conflict { of, wrong, of_number: edge.from });
        }
        conflicts.extend(self.pythons());
        conflicts.sort_by_key(|it| it.of_number);
        conflicts
    }

    /// The distributions that do not support the environment's Python.
    fn pythons(&self) -> Vec<Conflict<'table>> {
        // With no more than `3.12` known of it, `>=3.12.1` cannot be told from what is.
        let version = self.environment.python_full_version.as_ref();
        let Some(version) = version.filter(|it| it.release().len() > 2) else { return Vec::new() };
        let mut conflicts = Vec::new();
        let dependencies = self.dependencies;
        for (_, nodes) in dependencies.pythons.iter().filter(|it| !it.0.admits(version)) {
            for number in nodes {
                let node = dependencies.nodes.get(*number as usize);
                let Some(of) = node.and_then(|it| it.headers.first()) else { continue };
                let spelled = of.requires_python.as_deref().unwrap_or("");
                conflicts.push(Conflict { of, wrong: Wrong::Python(spelled), of_number: *number });
            }
        }
        conflicts
    }

    /// The shortest ways by which what is declared pulls the rest in.
    #[must_use]
    pub fn ways(&mut self, declared: &[&str]) -> Ways<'table> {
        let dependencies = self.dependencies;
        let mut before: Vec<Option<Step>> = vec![None; dependencies.nodes.len()];
        let mut queue = VecDeque::new();
        for (at, name) in declared.iter().enumerate() {
            let Some(number) = dependencies.find(name) else { continue };
            if let Some(step @ None) = before.get_mut(number as usize) {
                *step = Some(Step::Declared(at));
                queue.push_back(number);
            }
        }
        while let Some(number) = queue.pop_front() {
            let Some(node) = dependencies.nodes.get(number as usize) else { continue };
            for edge in node.edges.clone().filter_map(|it| dependencies.edge(it)) {
                let Some(to) = edge.to else { continue };
                if before.get(to as usize) == Some(&None)
                    && self.applies(edge)
                    && let Some(step) = before.get_mut(to as usize)
                {
                    *step = Some(Step::From(number));
                    queue.push_back(to);
                }
            }
        }
        Ways { dependencies, before }
    }
}

/// How each distribution came to be installed.
pub struct Ways<'table> {
    dependencies: &'table Dependencies,
    before: Vec<Option<Step>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It is declared, by the requirement of that number.
    Declared(usize),
    From(u32),
}

impl<'table> Ways<'table> {
    /// The number of the declared requirement that pulls in what a conflict is of, and the names from there to it. `None`
    /// where nothing that is declared does.
    #[must_use]
    pub fn to(&self, conflict: &Conflict<'_>) -> Option<(usize, Vec<&'table str>)> {
        let mut names = Vec::new();
        let mut number = conflict.of_number;
        loop {
            names.push(&*self.dependencies.nodes.get(number as usize)?.name);
            match (*self.before.get(number as usize)?)? {
                Step::Declared(at) => {
                    names.reverse();
                    return Some((at, names));
                }
                Step::From(earlier) => number = earlier,
            }
        }
    }
}
