//! What can be done with a project's environment though no finding asks for it: as one command, and as source actions where the
//! editor asks for those.

use std::collections::BTreeSet;

use envls_core::{
    action::{Action, What},
    chore::Chore,
    manifest::Set,
    model::Model,
    session::{Consent, Event, Weight},
    world::{AbsPath, Trust},
};
use serde_json::{Value, json};

use crate::{convert, shell::Shell};

/// What is offered: its title, and the argument of the command that does it.
pub(crate) struct Errand {
    pub(crate) title: String,
    pub(crate) arguments: Value,
}

/// More Pythons than this are not offered each by itself.
const MOST: usize = 6;

impl Shell {
    /// `envls.do`: `{uri?, what, python?, group?, extra?, name?, requirement?}`.
    pub(crate) fn do_errand(&mut self, path: Option<AbsPath>, given: Option<&Value>) {
        let Some(path) = path else {
            return self.say(Weight::Information, "no file is open");
        };
        let chore = given.and_then(|it| chore(it).or_else(|| self.copying(&path, it)));
        let Some(chore) = chore else {
            return self.say(
                Weight::Warning,
                "`envls.do` needs to be told what: `recreate`, `sync`, `add`, `remove`, `upgrade`, `lock`, `pin`, `installPython`, `removeEnvironment`, `snapshot`, `restore`, `clone`",
            );
        };
        let trusts = given.and_then(|it| it.get("trust")?.as_bool()) == Some(true);
        let folder = trusts.then(|| self.folder_of(&path)).flatten();
        let consent = match folder {
            Some(folder) => {
                self.trust(&folder);
                Consent::Given
            }
            None => Consent::None,
        };
        self.events.push(Event::Wanted { path, chore, consent });
    }

    /// What can be done for the project of a path; with the requirement that stands at a place, what can be done with that.
    pub(crate) fn errands(
        &mut self,
        uri: &str,
        path: &AbsPath,
        at: tower_lsp::ls_types::Position,
    ) -> Vec<Errand> {
        // The other Pythons of the machine are in the next answer.
        self.events.push(Event::InterpretersWanted);
        let Some(model) = self.model_at(path) else { return Vec::new() };
        let mut wanted: Vec<(Chore, Value)> = Vec::new();
        let line = |want: &&envls_core::model::Want| {
            let range = convert::range(want.location.range, self.announced.encoding);
            want.location.path == *path && range.start.line <= at.line && at.line <= range.end.line
        };
        if let Some(want) = model.wants.iter().find(line) {
            let name = want.requirement.name.to_string();
            let upgrade = json!({"uri": uri, "what": "upgrade", "name": name});
            let remove = json!({"uri": uri, "what": "remove", "name": name});
            wanted.push((Chore::Upgrade { name: name.clone() }, upgrade));
            wanted.push((Chore::Remove { name }, remove));
        }
        let recreate = json!({"uri": uri, "what": "recreate"});
        wanted.push((Chore::Recreate { python: None }, recreate));
        for minor in self.other_minors(model) {
            let arguments = json!({"uri": uri, "what": "recreate", "python": minor});
            wanted.push((Chore::Recreate { python: Some(minor) }, arguments));
        }
        wanted.push((Chore::Dispose, json!({"uri": uri, "what": "removeEnvironment"})));
        for what in ["snapshot", "restore", "clone"] {
            let arguments = json!({"uri": uri, "what": what});
            wanted.extend(self.copying(path, &arguments).map(|it| (it, arguments)));
        }
        let asks = self.announced.message_requests.yes();
        let trusting = model.trust == Trust::Untrusted && !asks;
        let mut errands = Vec::new();
        for (chore, mut arguments) in wanted {
            let Ok((_, actions)) = self.session.chore(path, &chore) else { continue };
            let Some(mut title) = title(&actions) else { continue };
            let runs = actions.iter().any(|it| matches!(it.what, What::Run(_)));
            if trusting && runs {
                title = crate::offer::trusting_title(&title);
                arguments["trust"] = json!(true);
            }
            errands.push(Errand { title, arguments });
        }
        errands
    }

    /// What our own commands do with the environment: to a file or folder that is named, else beside it; from what was written
    /// down when it was last replaced.
    fn copying(&self, path: &AbsPath, given: &Value) -> Option<Chore> {
        let text = |name: &str| AbsPath::parse(given.get(name)?.as_str()?);
        let model = self.model_at(path)?;
        let prefix = model.prefix();
        let envls = std::env::current_exe().ok().and_then(|it| envls_host::path::of(&it))?;
        let beside = |ending: &str| {
            let name = format!("{}{ending}", prefix.name_text().trim_start_matches('.'));
            model.project.root.join(name)
        };
        Some(match given.get("what")?.as_str()? {
            "snapshot" => {
                Chore::Snapshot { envls, file: text("file").unwrap_or_else(|| beside(".json")) }
            }
            "restore" => {
                let last = || self.host.snapshots(&prefix).into_iter().next();
                Chore::Restore { envls, file: text("file").or_else(last)? }
            }
            "clone" => Chore::Clone { envls, new: text("path").unwrap_or_else(|| beside("-copy")) },
            _ => return None,
        })
    }

    /// The minor versions of this machine's Pythons that the project admits, but for the one that it has, newest first.
    fn other_minors(&self, model: &Model) -> Vec<String> {
        let minor = |it: &[u64]| Some((*it.first()?, *it.get(1)?));
        let own = model.usable().and_then(|it| minor(it.version.as_ref()?.release()));
        let stated = model.project.requires_python.as_ref();
        let found = self.session.interpreters().into_iter().flat_map(|it| &it.found);
        let admitted = found.filter(|it| stated.is_none_or(|at| at.specifiers.admits(&it.version)));
        let minors: BTreeSet<(u64, u64)> =
            admitted.filter_map(|it| minor(it.version.release())).collect();
        let others = minors.into_iter().rev().filter(|it| Some(*it) != own);
        others.take(MOST).map(|(major, minor)| format!("{major}.{minor}")).collect()
    }
}

/// Of several actions the last one runs what is shown.
fn title(actions: &[Action]) -> Option<String> {
    let titles: Vec<&str> = actions.iter().map(|it| it.title.as_str()).collect();
    (!titles.is_empty()).then(|| titles.join(", then "))
}

fn chore(given: &Value) -> Option<Chore> {
    let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    let set = match (text("group"), text("extra")) {
        (Some(group), _) => Some(Set::Group(group)),
        (None, Some(extra)) => Some(Set::Extra(extra)),
        (None, None) => None,
    };
    Some(match text("what")?.as_str() {
        "create" => Chore::Create,
        "recreate" => Chore::Recreate { python: text("python") },
        "sync" => Chore::Sync { set },
        "add" => Chore::Add { requirement: text("requirement")?, set: set.unwrap_or(Set::Main) },
        "remove" => Chore::Remove { name: text("name")? },
        "upgrade" => Chore::Upgrade { name: text("name")? },
        "lock" => Chore::Lock,
        "pin" => Chore::Pin { python: text("python")? },
        "installPython" => Chore::InstallPython { python: text("python")? },
        "removeEnvironment" => Chore::Dispose,
        _ => return None,
    })
}
