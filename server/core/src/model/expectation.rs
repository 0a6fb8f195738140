//! Which of a project's requirements should be installed, and why that is held to be so.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    evidence::Evidence,
    project::Project,
    want::{Holding, Want},
};
use crate::{
    manager::Manager,
    manifest::{Says, Set},
    standard::{marker::Verdict, name},
    world::{AbsPath, Inventory},
};

/// Whether a requirement should be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// It belongs to what is always installed, or to a set that has been installed in part.
    Installed(Evidence),
    /// It belongs to a set that nobody installed, or is no need of the environment at all.
    Optional,
}

/// Which sets should be installed, beyond what always is.
pub(super) struct Expected<'wants> {
    project: &'wants Project,
    /// The project's own name, normalised.
    own: Option<String>,
    /// The groups and extras, by normalised name, that somebody asks for, and who.
    asked: BTreeMap<Set, String>,
    /// By set, something that is installed and that only this set names.
    witnesses: BTreeMap<(&'wants AbsPath, &'wants Set), &'wants str>,
}

impl<'wants> Expected<'wants> {
    pub(super) fn of(
        wants: &'wants [Want],
        project: &'wants Project,
        manager: &dyn Manager,
        installed: Option<&Inventory>,
        holding: Option<&Holding>,
    ) -> Expected<'wants> {
        let own = project.name.as_deref().map(name::normalised);
        let witnesses = witnesses(wants, installed, own.as_deref());
        let mut expected = Expected { project, own, asked: BTreeMap::new(), witnesses };
        for set in holding.iter().flat_map(|it| &it.sets) {
            expected.add(set.clone(), format!("{} puts it into this environment", manager.name()));
        }
        expected.ask(wants, manager);
        expected
    }

    /// Notes what the manager installs by itself, and what that includes in turn: groups by `include-group`, extras by a
    /// requirement of the project on itself, as in `all = ["shop[fast,deep]"]`.
    fn ask(&mut self, wants: &[Want], manager: &dyn Manager) {
        for (_, fact) in self.project.facts() {
            let Says::Defines(set @ Set::Group(group)) = &fact.says else { continue };
            if manager.installs_group(self.project, group) {
                let who = format!("{} installs group `{group}` by itself", manager.name());
                self.asked.insert(normal(set), who);
            }
        }
        let mut grows = true;
        // A set is taken in once, so this ends in circles too.
        while std::mem::take(&mut grows) {
            for (_, fact) in self.project.facts() {
                let Says::IncludesGroup { group, included } = &fact.says else { continue };
                if self.asked.contains_key(&normal(&Set::Group(group.clone()))) {
                    let who = format!("group `{group}` includes group `{included}`");
                    grows |= self.add(Set::Group(included.clone()), who);
                }
            }
            for want in wants {
                if !self.is_itself(want) {
                    continue;
                }
                let counts = want.set == Set::Main || self.asked.contains_key(&normal(&want.set));
                if !counts || want.applies != Verdict::Holds {
                    continue;
                }
                for (extra, _) in &want.requirement.extras {
                    let who = format!("`{}` asks for extra `{extra}`", want.requirement.spelled);
                    grows |= self.add(Set::Extra(extra.clone()), who);
                }
            }
        }
    }

    fn add(&mut self, set: Set, who: String) -> bool {
        let set = normal(&set);
        let new = !self.asked.contains_key(&set);
        if new {
            self.asked.insert(set, who);
        }
        new
    }

    /// Whether a requirement is the project's on itself, which stands for the sets that it names.
    fn is_itself(&self, want: &Want) -> bool {
        let requirement = &want.requirement;
        let named = self.own.as_deref() == Some(&*requirement.name);
        named && !requirement.extras.is_empty() && requirement.url.is_none()
    }

    /// The groups and extras, by normalised name, that come along when the manager installs what it does by itself.
    pub(super) fn brought(&self) -> BTreeSet<Set> {
        self.asked.keys().cloned().collect()
    }

    pub(super) fn judge(&self, want: &Want) -> Expectation {
        let because =
            |what: String| Expectation::Installed(Evidence::read(want.location.clone(), what));
        if self.is_itself(want) {
            return Expectation::Optional;
        }
        match &want.set {
            Set::Main => {
                because(format!("`{}` declares it", want.path.shown_from(&self.project.root)))
            }
            Set::Build | Set::Constraint | Set::Override | Set::Environment(_) => {
                Expectation::Optional
            }
            Set::Group(name) | Set::Extra(name) => {
                if let Some(who) = self.asked.get(&normal(&want.set)) {
                    return because(who.clone());
                }
                match self.witnesses.get(&(&want.path, &want.set)) {
                    Some(witness) => because(format!("`{witness}` of `{name}` is installed")),
                    None => Expectation::Optional,
                }
            }
        }
    }
}

/// The set with its name normalised (*Names and normalization*).
pub(super) fn normal(set: &Set) -> Set {
    match set {
        Set::Group(name) => Set::Group(name::normalised(name)),
        Set::Extra(name) => Set::Extra(name::normalised(name)),
        other => other.clone(),
    }
}

/// A set counts as installed when something is there that only this set names.
fn witnesses<'wants>(
    wants: &'wants [Want],
    installed: Option<&Inventory>,
    own: Option<&str>,
) -> BTreeMap<(&'wants AbsPath, &'wants Set), &'wants str> {
    let mut sets: HashMap<&str, BTreeSet<&Set>> = HashMap::new();
    for want in wants {
        sets.entry(&want.requirement.name).or_default().insert(&want.set);
    }
    let mut witnesses = BTreeMap::new();
    for want in wants {
        let name = &*want.requirement.name;
        let alone = sets.get(name).is_some_and(|it| it.len() == 1);
        // The project itself is there anyway; a set that names it means its extras.
        if alone
            && own != Some(name)
            && installed.is_some_and(|it| it.distributions.contains_key(name))
        {
            witnesses.entry((&want.path, &want.set)).or_insert(name);
        }
    }
    witnesses
}
