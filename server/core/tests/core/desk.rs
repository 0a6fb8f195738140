//! A world made of a case: a disk that is a map, and an editor that only remembers what it was told.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use envls_core::{
    Tables, declared,
    finding::Finding,
    layer::{here, share},
    lock, manifest,
    place::instance::{Instance, Unreachable},
    session::{Asking, Effect, Event, Session},
    source::{self, Names, Source, SourceFile, Sources},
    standard::{
        dependencies::Dependencies,
        executable::{Executable, Format},
        inventory::{inventory, named},
        lifetime::Date,
        metadata::metadata,
        modules::{self, ModuleTable, PortionKind},
        record,
    },
    world::{
        AbsPath, Answer, Around, Case, Content, Entry, EntryKind, FEW_DISTRIBUTIONS, Fault, Listed,
        ListedKind, Listing, Machine, MetadataTable, Noun, Os, Place, ProjectsBelow, Question,
        Record, RecordTable, Registry, Reply, Trust, Variables,
    },
};

pub(crate) enum Node {
    Folder,
    File { text: String, executable: bool },
    Link(AbsPath),
    Denied,
}

pub(crate) struct Desk {
    pub(crate) nodes: BTreeMap<AbsPath, Node>,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) programs: BTreeMap<String, AbsPath>,
    pub(crate) trust: Trust,
    pub(crate) machine: Machine,
    pub(crate) registry: Option<Registry>,
    pub(crate) today: Option<Date>,
    /// What programs say of themselves, by their path.
    pub(crate) words: BTreeMap<AbsPath, String>,
    pub(crate) choices: BTreeMap<AbsPath, AbsPath>,
    /// What each kind of layer has.
    pub(crate) instances: BTreeMap<String, Vec<Instance>>,
    /// The layers that cannot be looked into.
    pub(crate) unreachable: BTreeMap<Place, Unreachable>,
    pub(crate) shown: BTreeMap<AbsPath, Vec<Arc<Finding>>>,
    /// The effects that no desk performs by itself, in order.
    pub(crate) effects: Vec<Effect>,
    /// How often each question was asked.
    pub(crate) asked: usize,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let mut desk = Desk {
            nodes: BTreeMap::new(),
            variables: BTreeMap::new(),
            programs: BTreeMap::new(),
            trust: Trust::Untrusted,
            machine: Machine {
                os: Os::Linux,
                architecture: "x86_64".to_owned(),
                user: Some(1000),
                libc: None,
                layers: Vec::new(),
                shares: Vec::new(),
            },
            registry: None,
            today: None,
            words: BTreeMap::new(),
            choices: BTreeMap::new(),
            instances: BTreeMap::new(),
            unreachable: BTreeMap::new(),
            shown: BTreeMap::new(),
            effects: Vec::new(),
            asked: 0,
        };
        desk.put(&AbsPath::new("/"), Node::Folder);
        desk
    }

    /// Puts something on the disk, and the folders that lead to it.
    pub(crate) fn put(&mut self, path: &AbsPath, node: Node) {
        for folder in path.ancestors() {
            self.nodes.entry(folder).or_insert(Node::Folder);
        }
        self.nodes.insert(path.clone(), node);
    }

    pub(crate) fn file(&mut self, path: &str, text: &str) {
        let node = Node::File { text: text.to_owned(), executable: false };
        self.put(&AbsPath::new(path), node);
    }

    pub(crate) fn remove(&mut self, path: &AbsPath) {
        self.nodes.retain(|it, _| !it.is_within(path));
    }

    /// Lets the session work until it asks for nothing more.
    pub(crate) fn run(&mut self, session: &mut Session, events: Vec<Event>) {
        let mut batch = events;
        for _ in 0..64 {
            let effects = session.update(batch);
            batch = Vec::new();
            for effect in effects {
                match effect {
                    Effect::Ask(askings) => {
                        batch.extend(askings.into_iter().map(|it| self.answered(it)))
                    }
                    Effect::Publish { path, findings, version } => {
                        self.effects.push(Effect::Publish {
                            path: path.clone(),
                            version,
                            findings: findings.clone(),
                        });
                        self.shown.insert(path, findings.to_vec());
                    }
                    other => self.effects.push(other),
                }
            }
            if batch.is_empty() {
                return;
            }
        }
        panic!("the derivation keeps asking");
    }

    /// The session, with the variables as they are now.
    pub(crate) fn started(&self, session: Session) -> Session {
        let all =
            self.variables.iter().map(|(name, value)| (name.clone(), value.as_bytes().into()));
        session.started_with(Variables::new(Case::Told, all))
    }

    /// A session that looks after `/w`, settled.
    pub(crate) fn settle(&mut self, tables: Tables, first: Vec<Event>) -> Session {
        let mut session = self.started(Session::with_tables(tables));
        let mut events = vec![Event::Folders(BTreeSet::from([AbsPath::new("/w")]))];
        events.extend(first);
        self.run(&mut session, events);
        session
    }

    pub(crate) fn answered(&mut self, asking: Asking) -> Event {
        self.asked += 1;
        let Question { place, noun, .. } = &asking.question;
        let fault = self.unreachable.get(place).cloned().map(Fault::Unreachable);
        let unreachable = fault.and_then(|it| Content::fault(noun, it));
        let inside = || match noun {
            Noun::Program(name) if *place != Place::Here => {
                Noun::Program(format!("{place}:{name}"))
            }
            noun => noun.clone(),
        };
        let content = unreachable.unwrap_or_else(|| self.answer(&inside(), asking.open.as_ref()));
        Event::Answered(asking.ticket, Answer::new(asking.question, content))
    }

    fn answer(&self, noun: &Noun, open: Option<&Arc<str>>) -> Content {
        match noun {
            Noun::Text(path) => Content::Text(self.text(path, open)),
            Noun::Listing(path) => Content::Listing(self.listing(path)),
            Noun::Around(path) => Content::Around(match self.listing(path) {
                Reply::Known(listing) => Reply::Known(Arc::new(Around::of(&listing))),
                Reply::Absent => Reply::Absent,
                Reply::Fault(fault) => Reply::Fault(fault),
            }),
            Noun::Entry(path) => Content::Entry(self.entry(path)),
            Noun::Program(name) => {
                let program = self.programs.get(name).cloned();
                Content::Program(program.map_or(Reply::Absent, Reply::Known))
            }
            Noun::Machine => Content::Machine(Reply::Known(Arc::new(self.machine()))),
            Noun::Registry => {
                let registry = self.registry.clone();
                Content::Registry(registry.map_or(Reply::Absent, |it| Reply::Known(Arc::new(it))))
            }
            Noun::Projects(folder) => Content::Projects(self.projects(folder)),
            Noun::Manifest(path) => {
                let read = |text| Arc::new(manifest::read_file(path, text));
                Content::Manifest(match self.text(path, open) {
                    Reply::Known(text) => Reply::Known(read(text)),
                    Reply::Absent => Reply::Absent,
                    Reply::Fault(fault) => Reply::Fault(fault),
                })
            }
            Noun::Lock(path) => {
                let read = |text| Arc::new(lock::read_file(path, text));
                Content::Lock(match self.text(path, open) {
                    Reply::Known(text) => Reply::Known(read(text)),
                    Reply::Absent => Reply::Absent,
                    Reply::Fault(fault) => Reply::Fault(fault),
                })
            }
            Noun::Declaration(path) => Content::Declaration(match self.text(path, open) {
                Reply::Known(text) => Reply::Known(Arc::new(declared::read_file(path, text))),
                Reply::Absent => Reply::Absent,
                Reply::Fault(fault) => Reply::Fault(fault),
            }),
            Noun::Distributions(path) => Content::Distributions(match self.listing(path) {
                Reply::Known(listing) => {
                    let names = listing.entries.iter().map(|it| (&*it.name, it.kind));
                    Reply::Known(Arc::new(inventory(names)))
                }
                Reply::Absent => Reply::Absent,
                Reply::Fault(fault) => Reply::Fault(fault),
            }),
            Noun::Metadata(path) => Content::Metadata(self.metadata(path)),
            Noun::Records(path, folders) => {
                Content::Records(Reply::Known(Arc::new(self.records(path, folders))))
            }
            Noun::Modules(path) => Content::Modules(self.modules(path)),
            Noun::Sources(root) => Content::Sources(self.sources(root)),
            Noun::Source(path) => Content::Source(match self.text(path, open) {
                Reply::Known(text) => Reply::Known(Arc::new(source::read_open(path, &text))),
                Reply::Absent => Reply::Absent,
                Reply::Fault(fault) => Reply::Fault(fault),
            }),
            Noun::Trust(_) => Content::Trust(self.trust),
            Noun::Today => Content::Today(self.today.map_or(Reply::Absent, Reply::Known)),
            Noun::Executable(path) => Content::Executable(match self.text(path, None) {
                Reply::Known(words) => Reply::Known(executable(&words)),
                Reply::Absent => Reply::Absent,
                Reply::Fault(fault) => Reply::Fault(fault),
            }),
            Noun::ToolVersion(path) => Content::ToolVersion(self.word(path)),
            Noun::Probe(path) => Content::Probe(self.word(path)),
            Noun::Choice(project) => {
                let chosen = self.choices.get(project).cloned();
                Content::Choice(chosen.map_or(Reply::Absent, Reply::Known))
            }
            Noun::Instances(kind) => {
                let all = Place::layer(kind, "*");
                if let Some(why) = all.and_then(|it| self.unreachable.get(&it)) {
                    return Content::Instances(Reply::Fault(Fault::Unreachable(why.clone())));
                }
                let instances = self.instances.get(*kind).cloned().unwrap_or_default();
                Content::Instances(Reply::Known(Arc::new(instances)))
            }
            Noun::Opened(_) | Noun::Interpreters | Noun::Environments => {
                unreachable!("the session answers it itself")
            }
        }
    }

    /// What a program says, where it may be asked.
    fn word(&self, program: &AbsPath) -> Reply<Arc<str>> {
        if self.trust != Trust::Trusted {
            return Reply::Fault(Fault::Untrusted);
        }
        self.words.get(program).map_or(Reply::Absent, |it| Reply::Known(it.as_str().into()))
    }

    /// The machine, with what its files say of the layers around it.
    pub(crate) fn machine(&self) -> Machine {
        let table = here::Look::text(self, "/proc/self/mountinfo").unwrap_or_default();
        let (layers, shares) = (here::stack(self), share::shares(&table));
        Machine { libc: here::libc(self), layers, shares, ..self.machine.clone() }
    }

    /// The sources of a project: what lies below it, without environments and the projects inside of it.
    fn sources(&self, root: &AbsPath) -> Reply<Arc<Sources>> {
        let inner: Vec<AbsPath> = match self.projects(root) {
            Reply::Known(below) => below.roots.iter().filter(|it| *it != root).cloned().collect(),
            _ => Vec::new(),
        };
        let mut files = Vec::new();
        for (path, node) in &self.nodes {
            let Node::File { text, .. } = node else { continue };
            let hidden =
                path.ancestors().any(|it| matches!(it.name(), b".venv" | b"site-packages"));
            let elsewhere = inner.iter().any(|it| path.is_within(it)) || !path.is_within(root);
            if !hidden && !elsewhere && source::is_source(path.name()) {
                files.push(SourceFile { path: path.clone(), source: read_source(path, text) });
            }
        }
        Reply::Known(Arc::new(Sources::of(root, files, &[], None)))
    }

    /// What is installed: by RECORD where there is one, else a module of the distribution's name.
    fn modules(&self, path: &AbsPath) -> Reply<Arc<ModuleTable>> {
        let listing = match self.listing(path) {
            Reply::Known(listing) => listing,
            Reply::Absent => return Reply::Absent,
            Reply::Fault(fault) => return Reply::Fault(fault),
        };
        let read = |split: &BTreeSet<String>| {
            let mut distributions = BTreeMap::new();
            for (folder, _) in listing.names() {
                let Some((name, _)) = named(folder).filter(|_| folder.ends_with(".dist-info"))
                else {
                    continue;
                };
                let inside = |file: &str| self.text(&path.join(folder).join(file), None).known();
                let mut provision = match inside("RECORD") {
                    Some(record) => modules::of_record(&record, split),
                    None => modules::of_top_level(&name.replace('-', "_")),
                };
                provision.entry_points |= inside("entry_points.txt").is_some();
                for hook in provision.hooks.clone().iter().filter(|it| it.ends_with(".py")) {
                    let mapped = self.text(&path.join(hook), None).known().unwrap_or_default();
                    let mapped = modules::mapped(&mapped).into_iter();
                    provision.modules.extend(mapped.map(|it| (it.into(), PortionKind::Code)));
                }
                distributions.insert(Arc::from(name.as_str()), provision);
            }
            distributions
        };
        let shared = modules::shared(&read(&BTreeSet::new()), |_, _| false);
        Reply::Known(Arc::new(ModuleTable::of(read(&shared), Vec::new())))
    }

    fn metadata(&self, path: &AbsPath) -> Reply<Arc<MetadataTable>> {
        let listing = match self.listing(path) {
            Reply::Known(listing) => listing,
            Reply::Absent => return Reply::Absent,
            Reply::Fault(fault) => return Reply::Fault(fault),
        };
        let (mut headers, mut bare) = (BTreeMap::new(), Vec::new());
        for (name, _) in listing.names() {
            match self.text(&path.join(name).join("METADATA"), None) {
                Reply::Known(text) => {
                    headers.insert(name.into(), Arc::new(metadata(text.as_bytes())));
                }
                _ => bare.push(name),
            }
        }
        let dependencies = Dependencies::of(&headers, bare);
        let inside = |folder: &str, file: &str| self.text(&path.join(folder).join(file), None);
        let few = headers.len() <= FEW_DISTRIBUTIONS;
        let folders = headers.keys().filter(|it| few || inside(it, "INSTALLER") == Reply::Absent);
        let records = self.records(path, &folders.cloned().collect::<Vec<_>>());
        let editable = headers.keys().filter_map(|it| {
            let text = inside(it, "direct_url.json").known()?;
            Some((Arc::clone(it), record::editable(&text)?))
        });
        let editable = editable.collect();
        Reply::Known(Arc::new(MetadataTable { headers, dependencies, records, editable }))
    }

    fn records(&self, path: &AbsPath, folders: &[Arc<str>]) -> RecordTable {
        let mut records = RecordTable::new();
        for folder in folders {
            let Some(text) = self.text(&path.join(&**folder).join("RECORD"), None).known() else {
                continue;
            };
            let files: Vec<&str> = record::files(&text).collect();
            let missing = files.iter().filter(|it| self.real(&path.join(it)).is_err());
            let missing: Vec<String> = missing.map(|it| (*it).to_owned()).collect();
            let (listed, count) = (files.len(), missing.len());
            let first = missing.into_iter().take(3).collect();
            records.insert(Arc::clone(folder), Record { listed, missing: count, first });
        }
        records
    }

    /// What a path leads to, links followed; the second is the first path that does not exist.
    fn real(&self, path: &AbsPath) -> Result<AbsPath, AbsPath> {
        let mut at = path.clone();
        for _ in 0..40 {
            let linked = std::iter::once(at.clone()).chain(at.ancestors()).find_map(|it| {
                let Some(Node::Link(target)) = self.nodes.get(&it) else { return None };
                let rest =
                    String::from_utf8_lossy(at.below(&it)?).trim_start_matches('/').to_owned();
                Some(if rest.is_empty() { target.clone() } else { target.join(rest) })
            });
            match linked {
                Some(target) => at = target,
                None if self.nodes.contains_key(&at) => return Ok(at),
                None => return Err(at),
            }
        }
        Err(at)
    }

    fn text(&self, path: &AbsPath, open: Option<&Arc<str>>) -> Reply<Arc<str>> {
        if let Some(open) = open {
            return Reply::Known(Arc::clone(open));
        }
        let Ok(real) = self.real(path) else { return Reply::Absent };
        match self.nodes.get(&real) {
            Some(Node::File { text, .. }) => Reply::Known(text.as_str().into()),
            Some(Node::Folder) => Reply::Fault(Fault::NotRegular),
            Some(Node::Denied) => Reply::Fault(Fault::Denied),
            _ => Reply::Absent,
        }
    }

    fn listing(&self, path: &AbsPath) -> Reply<Arc<Listing>> {
        let Ok(real) = self.real(path) else { return Reply::Absent };
        match self.nodes.get(&real) {
            Some(Node::Folder) => {}
            Some(Node::Denied) => return Reply::Fault(Fault::Denied),
            _ => return Reply::Absent,
        }
        let inside = self.nodes.iter().filter(|(it, _)| it.parent().as_ref() == Some(&real));
        let mut entries: Vec<Listed> = inside
            .map(|(path, node)| Listed {
                name: path.name().into(),
                kind: match node {
                    Node::Folder | Node::Denied => ListedKind::Folder,
                    Node::File { .. } => ListedKind::File,
                    Node::Link(_) => ListedKind::Link,
                },
            })
            .collect();
        entries.sort();
        Reply::Known(Arc::new(Listing { entries }))
    }

    fn entry(&self, path: &AbsPath) -> Reply<Entry> {
        let link = match self.nodes.get(path) {
            Some(Node::Link(target)) => Some(target.clone()),
            Some(_) => None,
            None if self.real(path).is_ok() => None,
            None => return Reply::Absent,
        };
        let (kind, real, executable) = match self.real(path) {
            Err(missing) => (EntryKind::Dangling, missing, false),
            Ok(real) => match self.nodes.get(&real) {
                Some(Node::File { executable, .. }) => (EntryKind::File, real, *executable),
                _ => (EntryKind::Folder, real, true),
            },
        };
        let owner = Some(1000);
        Reply::Known(Entry { kind, link, real, executable, writable: true, owner, size: 0 })
    }

    fn projects(&self, folder: &AbsPath) -> Reply<Arc<ProjectsBelow>> {
        let marked = self.nodes.iter().filter(|(path, node)| {
            let hidden = path.ancestors().any(|it| it.name() == b"site-packages");
            let hidden = hidden || path.ancestors().any(|it| manifest::is_template(it.name()));
            let marks = manifest::marks_project(path);
            matches!(node, Node::File { .. }) && marks && !hidden && path.is_within(folder)
        });
        let roots: BTreeSet<AbsPath> = marked
            .filter_map(|(path, _)| {
                let parent = path.parent()?;
                if parent.name() == b"requirements" { parent.parent() } else { Some(parent) }
            })
            .collect();
        let roots = roots.into_iter().collect();
        Reply::Known(Arc::new(ProjectsBelow { roots, ..ProjectsBelow::default() }))
    }
}

impl here::Look for Desk {
    fn text(&self, path: &str) -> Option<String> {
        let text = Desk::text(self, &AbsPath::new(path), None).known()?;
        // A case is text, in which no zero can stand.
        Some(if path.ends_with("/environ") { text.replace("\\0", "\0") } else { text.to_string() })
    }

    fn exists(&self, path: &str) -> bool {
        self.real(&AbsPath::new(path)).is_ok()
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }
}

fn read_source(path: &AbsPath, text: &str) -> Arc<Source> {
    Arc::new(source::read_file(path, text, &mut Names::default()))
}

/// What a case says of an executable in the place of its bytes: `elf aarch64`.
fn executable(words: &str) -> Executable {
    let mut words = words.split_whitespace();
    let format = match words.next() {
        Some("elf") => Format::Elf,
        Some("pe") => Format::Pe,
        Some("mach-o") => Format::MachO,
        Some("script") => Format::Script,
        _ => Format::Unknown,
    };
    let known = ["x86_64", "aarch64", "i686", "arm"];
    let architectures = words.filter_map(|word| known.into_iter().find(|it| *it == word));
    Executable { format, architectures: architectures.collect() }
}
