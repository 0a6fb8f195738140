//! Which installed distribution requires which, and whether what it requires is there: compared once for a site-packages
//! folder, so that asking costs no more than the little that is not in order.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    ops::Range,
    sync::Arc,
};

use super::{
    inventory,
    marker::Marker,
    name,
    need::{Known, Need, admits},
    version::Specifiers,
};
use crate::world::Metadata;

/// Every distribution of a site-packages folder with what it requires, whatever the environment is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependencies {
    /// By normalised name, sorted.
    pub(super) nodes: Vec<Node>,
    /// Every requirement, by the distribution that has it.
    pub(super) edges: Vec<Edge>,
    /// Each marker once; `None` for one that cannot be read.
    pub(super) markers: Vec<Option<Marker>>,
    /// The edges that name something missing or of another version.
    pub(super) doubtful: Vec<u32>,
    /// The edges that ask for extras of what they name.
    pub(super) asking: Vec<u32>,
    /// Each `Requires-Python` once, with the distributions that say it.
    pub(super) pythons: Vec<(Specifiers, Vec<u32>)>,
}

/// One distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: Arc<str>,
    /// More than one where an installation or an uninstallation was torn; none where there is no metadata.
    pub(super) headers: Vec<Arc<Metadata>>,
    versions: Vec<Known>,
    pub(super) edges: Range<u32>,
}

/// One requirement of a distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: u32,
    /// Its number among the requirements of that distribution.
    pub(super) line: u32,
    /// What it names, where that is there.
    pub(super) to: Option<u32>,
    pub(super) condition: Condition,
}

/// When a requirement applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Always,
    /// When its own extra is asked for.
    Extra,
    /// When the marker of that number holds.
    Marker(u32),
}

impl Dependencies {
    /// Compares what is installed: the headers by their metadata folders, and the folders and links that have none.
    #[must_use]
    pub fn of<'name>(
        headers: &BTreeMap<Arc<str>, Arc<Metadata>>,
        bare: impl IntoIterator<Item = &'name str>,
    ) -> Dependencies {
        let mut dependencies = Dependencies { nodes: nodes(headers, bare), ..Self::default() };
        let nodes = std::mem::take(&mut dependencies.nodes);
        let mut reader = Reader {
            numbers: Numbers::of(&nodes),
            nodes: &nodes,
            markers: HashMap::new(),
            made: &mut dependencies,
        };
        let ranges: Vec<Range<u32>> = (0..nodes.len()).map(|at| reader.read(at)).collect();
        dependencies.nodes = nodes;
        for (node, range) in dependencies.nodes.iter_mut().zip(ranges) {
            node.edges = range;
        }
        dependencies.pythons = pythons(&dependencies.nodes);
        dependencies
    }

    /// The metadata of a distribution, by its normalised name.
    pub fn metadata(&self, name: &str) -> Option<&Arc<Metadata>> {
        self.nodes.get(self.find(name)? as usize)?.headers.last()
    }

    /// The normalised names of what requires a distribution without an extra, sorted.
    #[must_use]
    pub fn requiring(&self, name: &str) -> Vec<&str> {
        let Some(number) = self.find(name) else { return Vec::new() };
        let to_it = |it: &&Edge| {
            it.to == Some(number) && it.condition != Condition::Extra && it.from != number
        };
        let numbers = self.edges.iter().filter(to_it).map(|it| it.from);
        let mut names: Vec<&str> =
            numbers.filter_map(|it| Some(&*self.nodes.get(it as usize)?.name)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The shortest way from one of these to a distribution, by normalised names, both ends included. What only an extra
    /// brings is gone through where there is no other way.
    #[must_use]
    pub fn way(&self, from: &BTreeSet<&str>, to: &str) -> Option<Vec<String>> {
        let goal = self.find(to)?;
        let plain = |it: Condition| !matches!(it, Condition::Extra);
        self.way_by(from, goal, &plain).or_else(|| self.way_by(from, goal, &|_| true))
    }

    fn way_by(
        &self,
        from: &BTreeSet<&str>,
        goal: u32,
        counts: &dyn Fn(Condition) -> bool,
    ) -> Option<Vec<String>> {
        let mut before: BTreeMap<u32, Option<u32>> = BTreeMap::new();
        let mut next: VecDeque<u32> = VecDeque::new();
        for start in from.iter().filter_map(|it| self.find(it)) {
            before.insert(start, None);
            next.push_back(start);
        }
        while let Some(at) = next.pop_front() {
            if at == goal {
                let steps = std::iter::successors(Some(at), |it| before.get(it).copied().flatten());
                let names =
                    steps.filter_map(|it| Some(self.nodes.get(it as usize)?.name.to_string()));
                let mut way: Vec<String> = names.collect();
                way.reverse();
                return Some(way);
            }
            let node = self.nodes.get(at as usize)?;
            let edges = self.edges.get(node.edges.start as usize..node.edges.end as usize);
            for edge in edges.unwrap_or_default().iter().filter(|it| counts(it.condition)) {
                if let Some(to) = edge.to.filter(|it| !before.contains_key(it)) {
                    before.insert(to, Some(at));
                    next.push_back(to);
                }
            }
        }
        None
    }

    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let at = self.nodes.binary_search_by(|it| (*it.name).cmp(name)).ok()?;
        u32::try_from(at).ok()
    }

    pub(super) fn edge(&self, number: u32) -> Option<&Edge> {
        self.edges.get(number as usize)
    }

    /// The requirement that an edge stands for.
    pub(super) fn need(&self, edge: &Edge) -> Option<Need<'_>> {
        let header = self.nodes.get(edge.from as usize)?.headers.first()?;
        header.requires.get(edge.line as usize)
    }
}

fn nodes<'name>(
    headers: &BTreeMap<Arc<str>, Arc<Metadata>>,
    bare: impl IntoIterator<Item = &'name str>,
) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::with_capacity(headers.len());
    for metadata in headers.values() {
        nodes.push(Node {
            name: name::normalised(&metadata.name).into(),
            headers: vec![Arc::clone(metadata)],
            versions: vec![Known::of(&metadata.version)],
            edges: 0..0,
        });
    }
    for folder in bare {
        let Some((name, version)) = inventory::named(folder) else { continue };
        let versions = vec![Known::of(version)];
        nodes.push(Node { name: name.into(), headers: Vec::new(), versions, edges: 0..0 });
    }
    // The sort is stable: of several, the order of their folders is kept.
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    nodes.dedup_by(|later, earlier| {
        let same = later.name == earlier.name;
        if same {
            earlier.headers.append(&mut later.headers);
            earlier.versions.append(&mut later.versions);
        }
        same
    });
    nodes
}

/// Reads what each distribution requires.
struct Reader<'nodes> {
    nodes: &'nodes [Node],
    numbers: Numbers,
    markers: HashMap<&'nodes str, u32>,
    made: &'nodes mut Dependencies,
}

impl<'nodes> Reader<'nodes> {
    fn read(&mut self, at: usize) -> Range<u32> {
        let start = count(&self.made.edges);
        let nodes = self.nodes;
        // Of several that claim one name, it is not known whose requirements hold.
        let Some(Node { headers, .. }) = nodes.get(at) else { return start..start };
        let [header] = &**headers else { return start..start };
        for (need, line) in header.requires.iter().zip(0..) {
            let number = count(&self.made.edges);
            let to = self.numbers.find(nodes, &need);
            let fits = to.and_then(|it| nodes.get(it as usize)).is_some_and(|it| it.fits(&need));
            if !fits {
                self.made.doubtful.push(number);
            }
            if !need.extras.is_empty() && to.is_some() {
                self.made.asking.push(number);
            }
            let condition = self.condition(&need);
            let from = u32::try_from(at).unwrap_or(u32::MAX);
            self.made.edges.push(Edge { from, line, to, condition });
        }
        start..count(&self.made.edges)
    }

    fn condition(&mut self, need: &Need<'nodes>) -> Condition {
        if need.extra.is_some() {
            return Condition::Extra;
        }
        if need.marker.is_empty() {
            return Condition::Always;
        }
        let markers = &mut self.made.markers;
        Condition::Marker(*self.markers.entry(need.marker).or_insert_with(|| {
            markers.push(Marker::parse(need.marker, 0).ok());
            count(markers) - 1
        }))
    }
}

/// The numbers of distributions by the marks of their names: a table with open addresses. Every requirement is looked up once,
/// and most of what the standard map costs goes into hashing.
struct Numbers {
    /// As many as a power of two, at most half of them taken.
    slots: Vec<Option<u32>>,
}

impl Numbers {
    fn of(nodes: &[Node]) -> Numbers {
        let mut slots = vec![None; (nodes.len() * 2).next_power_of_two().max(2)];
        for (node, number) in nodes.iter().zip(0..) {
            let mut at = name::mark(&node.name) as usize & (slots.len() - 1);
            while slots.get(at).is_some_and(Option::is_some) {
                at = (at + 1) & (slots.len() - 1);
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = Some(number);
            }
        }
        Numbers { slots }
    }

    fn find(&self, nodes: &[Node], need: &Need<'_>) -> Option<u32> {
        let mut at = need.mark as usize & (self.slots.len() - 1);
        while let Some(Some(number)) = self.slots.get(at) {
            if nodes.get(*number as usize).is_some_and(|it| *it.name == *need.name) {
                return Some(*number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        None
    }
}

fn count<T>(of: &[T]) -> u32 {
    u32::try_from(of.len()).unwrap_or(u32::MAX)
}

impl Node {
    /// Whether it is what a requirement of its name wants; what cannot be compared is taken to be.
    pub(super) fn fits(&self, need: &Need<'_>) -> bool {
        if need.specifiers.is_empty() {
            return true;
        }
        let mut full = None;
        self.versions.iter().any(|version| {
            if let Known::Plain(plain) = version
                && let Some(admitted) = admits(need.specifiers, plain)
            {
                return admitted;
            }
            let full = full.get_or_insert_with(|| Specifiers::parse(need.specifiers));
            match (full, version.full()) {
                (Ok(specifiers), Some(version)) => specifiers.admits(&version),
                _ => true,
            }
        })
    }
}

fn pythons(nodes: &[Node]) -> Vec<(Specifiers, Vec<u32>)> {
    let mut by_text: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (node, number) in nodes.iter().zip(0..) {
        if let [header] = &*node.headers
            && let Some(python) = &header.requires_python
        {
            by_text.entry(python).or_default().push(number);
        }
    }
    let read = by_text.into_iter();
    read.filter_map(|(text, nodes)| Some((Specifiers::parse(text).ok()?, nodes))).collect()
}
