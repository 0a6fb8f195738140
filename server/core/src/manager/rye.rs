//! Rye: projects with `[tool.rye]` or its locks, their `.venv`, and the toolchains that it installed (Rye's documentation,
//! *Basics*, *Toolchains*).

use super::{Manager, kept};
use crate::{
    action::{Command, Recipe},
    manifest::Set,
    model::{
        Certainty, Claim, Evidence, Flaw, InterpreterPlace, Model, Project, Recognised, Seen,
        Strength, Want, interpreters_in,
    },
    world::{AbsPath, Asked, ListedKind, Reply, View},
};

pub(super) struct Rye;

/// What Rye writes into each environment that it makes.
const MARK: &str = "rye-venv.json";
const LOCK: &str = "requirements.lock";

impl Manager for Rye {
    fn name(&self) -> &'static str {
        "rye"
    }

    fn summary(&self) -> &'static str {
        "Rye's projects, their `.venv`, and the toolchains in `$RYE_HOME/py`"
    }

    fn claim(&self, _: &View<'_>, project: &Project) -> Asked<Option<Claim>> {
        let table = kept::has_table(project, "rye").map(|it| (Strength::Declared, it));
        let mut because = Vec::from_iter(table);
        if project.listing.has(LOCK) {
            let lock = project.root.join(LOCK);
            let what = format!("there is a `{LOCK}`");
            because.push((Strength::Lockfile, Evidence::at(&lock, what)));
        }
        Ok(kept::claim(self.name(), project, because, project.root.join(".venv")))
    }

    fn recognise(&self, _: &View<'_>, seen: &Seen) -> Asked<Option<Recognised>> {
        let because = Evidence::at(&seen.prefix.join(MARK), format!("it has a `{MARK}`"));
        let recognised = Recognised::new(Certainty::Made, because);
        let project = seen.prefix.parent().filter(|_| seen.prefix.name() == b".venv");
        Ok(seen.has(MARK).then_some(Recognised { manager: Some("rye"), project, ..recognised }))
    }

    fn interpreters(&self, view: &View<'_>) -> Asked<Vec<InterpreterPlace>> {
        let (own, home) = (view.variable_path("RYE_HOME"), view.variable_path("HOME"));
        let Some(folder) = own.or_else(|| Some(home?.join(".rye"))) else { return Ok(Vec::new()) };
        let folder = folder.join("py");
        let Reply::Known(listing) = view.listing(&folder)? else { return Ok(Vec::new()) };
        // A link is an interpreter of another's making that was registered.
        let installed = listing.names().filter(|it| it.1 == ListedKind::Folder);
        let found: Vec<_> = installed
            .flat_map(|(name, _)| ["bin", "install/bin"].map(|it| folder.join(name).join(it)))
            .map(|it| interpreters_in(view, &it, "rye", Strength::Convention))
            .collect();
        let found: Asked<Vec<_>> = found.into_iter().collect();
        Ok(found?.into_iter().flatten().collect())
    }

    fn programs(&self) -> &'static [&'static str] {
        &["rye", "uv"]
    }

    fn create(&self, model: &Model, prefix: &AbsPath) -> Vec<Recipe> {
        let owned = model.claim().is_some_and(|it| it.prefix == *prefix);
        match (model.programs.get("rye"), model.base(|_| true)) {
            (Some(rye), Some(base)) if owned => {
                let root = &model.project.root;
                let pin = Command::new(rye, ["pin", &base.version.to_string()], root);
                let sync = Command::new(rye, ["sync"], root);
                let touches = vec![prefix.clone(), root.join(LOCK), root.join(".python-version")];
                // Without a pin it would take the newest, whether it is there or not.
                let pinned = !model.project.pins.is_empty();
                let commands = if pinned { vec![sync] } else { vec![pin, sync] };
                vec![kept::recipe(model, commands, touches)]
            }
            _ => super::named("pip").create(model, prefix),
        }
    }

    fn sync(&self, model: &Model) -> Option<Recipe> {
        let Some(rye) = model.programs.get("rye").filter(|_| kept::uses_own(model)) else {
            return super::named("pip").sync(model);
        };
        let root = &model.project.root;
        let command = Command::new(rye, ["sync"], root);
        Some(kept::recipe(model, vec![command], vec![model.prefix(), root.join(LOCK)]))
    }

    fn lock(&self, model: &Model) -> Option<Recipe> {
        let (rye, root) = (model.programs.get("rye")?, &model.project.root);
        let command = Command::new(rye, ["lock"], root);
        Some(kept::recipe(model, vec![command], vec![root.join(LOCK)]))
    }

    fn add(&self, model: &Model, requirement: &str, set: &Set) -> Option<Recipe> {
        let (rye, root) = (model.programs.get("rye")?, &model.project.root);
        let requirement = kept::addable(model, requirement)?;
        let mut words = vec!["add".to_owned(), "--sync".to_owned()];
        match set {
            Set::Main => {}
            Set::Group(group) if group == "dev" => words.push("--dev".to_owned()),
            Set::Extra(extra) => words.extend(["--optional".to_owned(), kept::argument(extra)?]),
            _ => return None,
        }
        words.push(requirement.to_owned());
        let command = Command::new(rye, words, root);
        let recipe = kept::recipe(model, vec![command], vec![model.prefix(), root.join(LOCK)]);
        Some(kept::declaring(recipe, root.join("pyproject.toml")))
    }

    fn reinstall(&self, model: &Model, flaw: &Flaw) -> Option<Recipe> {
        super::named("pip").reinstall(model, flaw).filter(|_| kept::has_installer(model))
    }

    fn install(&self, model: &Model, want: &Want) -> Option<Recipe> {
        super::named("pip").install(model, want).filter(|_| kept::has_installer(model))
    }
}
