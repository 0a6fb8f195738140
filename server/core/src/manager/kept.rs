//! What managers have in common that keep the environments of all projects in one folder of their own.

use toml::Table;

use super::{EnvironmentPlace, folders_in};
use crate::{
    action::{Command, Recipe, Step},
    manifest::{Fact, Says, Set},
    model::{
        Certainty, Claim, Evidence, Expectation, ManifestRead, Model, Offer, Project, Recognised,
        Seen, Strength,
    },
    standard::{name, requirement, version::Version},
    world::{AbsPath, Asked, ListedKind, Reply, View},
};

/// A tool's settings file; an empty table where there is none that can be read.
pub(super) fn settings_in(view: &View<'_>, path: &AbsPath) -> Asked<Table> {
    let text = view.text(path)?.known();
    Ok(text.and_then(|it| it.parse().ok()).unwrap_or_default())
}

/// A value below several keys.
pub(super) fn at<'table>(table: &'table Table, keys: &[&str]) -> Option<&'table toml::Value> {
    let (last, above) = keys.split_last()?;
    let table = above.iter().try_fold(table, |table, key| table.get(*key)?.as_table())?;
    table.get(*last)
}

/// The table of a tool in `pyproject.toml`; an empty one where there is none.
pub(super) fn table_of(project: &Project, tool: &str) -> Table {
    if uses(project, tool).is_none() {
        return Table::new();
    }
    let manifest = project.manifests.iter().find(|it| it.path.name() == b"pyproject.toml");
    let document = manifest.and_then(|it| it.document.text.parse::<Table>().ok());
    let table = document.as_ref().and_then(|it| at(it, &["tool", tool])?.as_table());
    table.cloned().unwrap_or_default()
}

fn uses<'project>(
    project: &'project Project,
    tool: &str,
) -> Option<(&'project ManifestRead, &'project Fact)> {
    project.facts().find(|it| matches!(&it.1.says, Says::UsesTool(named) if named == tool))
}

/// That the table of a tool is there.
pub(super) fn has_table(project: &Project, tool: &str) -> Option<Evidence> {
    let (manifest, fact) = uses(project, tool)?;
    let location = manifest.document.location(&manifest.path, fact.span);
    Some(Evidence::read(location, format!("it has a `[tool.{tool}]` table")))
}

/// The same, and how much it says: some of its keys are for its build backend, which any manager may use.
pub(super) fn reason_of(
    project: &Project,
    tool: &str,
    is_own: impl Fn(&str) -> bool,
) -> Option<(Strength, Evidence)> {
    let evidence = has_table(project, tool)?;
    let is_own =
        |it: &Says| matches!(it, Says::Below { tool: of, key } if of == tool && is_own(key));
    let declares = project.facts().any(|it| is_own(&it.1.says));
    Some((if declares { Strength::Declared } else { Strength::Convention }, evidence))
}

/// A claim with the strongest of these reasons, if there is any.
pub(super) fn claim(
    manager: &'static str,
    project: &Project,
    because: Vec<(Strength, Evidence)>,
    prefix: AbsPath,
) -> Option<Claim> {
    let strength = because.iter().map(|it| it.0).max()?;
    let because = because.into_iter().map(|it| it.1).collect();
    Some(Claim { strength, manager, home: project.root.clone(), prefix, because })
}

/// What most tools take for yes in a variable.
pub(super) fn is_yes(value: &[u8]) -> bool {
    [b"1".as_slice(), b"true", b"yes", b"on"].iter().any(|it| value.eq_ignore_ascii_case(it))
}

/// The project whose sources are installed into an environment so that they are used where they are, if `is_it` holds for
/// its folder: a hash cannot be undone, but whoever knows the folder can make it again. The paths stand in `.pth` files
/// (*The `.pth` files*, library documentation of `site`).
pub(super) fn found_again(
    view: &View<'_>,
    seen: &Seen,
    is_it: impl Fn(&AbsPath) -> bool,
) -> Asked<Option<(AbsPath, Evidence)>> {
    let folder = if seen.has("Lib") { "Lib" } else { "lib" };
    let library = seen.prefix.join(folder);
    let Reply::Known(listing) = view.listing(&library)? else { return Ok(None) };
    let packages = listing.names().filter_map(|(name, _)| match name {
        "site-packages" => Some(library.join(name)),
        name if name.starts_with("python") => Some(library.join(name).join("site-packages")),
        _ => None,
    });
    // Ask all before the first `?`, so that one round trip is enough.
    let listed: Vec<_> = packages.map(|it| (view.listing(&it), it)).collect();
    let mut files = Vec::new();
    for (listing, folder) in listed {
        let Reply::Known(listing) = listing? else { continue };
        let leads = |name: &str| {
            name.ends_with(".pth")
                && !matches!(name, "_virtualenv.pth" | "distutils-precedence.pth")
        };
        files.extend(listing.names().filter(|it| leads(it.0)).map(|it| folder.join(it.0)));
    }
    let texts: Vec<_> = files.iter().map(|it| view.text(it)).collect();
    for (file, text) in files.iter().zip(texts) {
        let Reply::Known(text) = text? else { continue };
        let sources = text.lines().filter_map(|it| AbsPath::parse(it.trim()));
        let mut around = sources.flat_map(|it| std::iter::once(it.clone()).chain(it.ancestors()));
        if let Some(project) = around.find(|it| is_it(it)) {
            let what =
                format!("its name is made of `{project}`, whose sources are installed in it");
            return Ok(Some((project, Evidence::at(file, what))));
        }
    }
    Ok(None)
}

/// An environment of this project that a manager keeps among those of others.
pub(super) fn kept_here(
    manager: &'static str,
    prefix: AbsPath,
    project: &AbsPath,
    what: &str,
    kept: &str,
) -> EnvironmentPlace {
    let because = Evidence::at(&prefix, what);
    let told = Recognised {
        manager: Some(manager),
        project: Some(project.clone()),
        ..Recognised::new(Certainty::Kept, Evidence::at(&prefix, kept))
    };
    let place = EnvironmentPlace::new(prefix, Strength::Convention, because);
    EnvironmentPlace { told: Some(told), ..place }
}

/// Whether the project's environment is the one that its manager would work in.
pub(super) fn uses_own(model: &Model) -> bool {
    model.claim().is_some_and(|it| it.prefix == model.prefix())
}

/// Whether the project's environment is one that its manager would go on with: some make another, in its place, where its
/// Python is not one that the project supports.
pub(super) fn goes_on(model: &Model) -> bool {
    model.usable().is_some_and(|it| model.satisfies_python(it))
}

/// Whether there is something to install single distributions with that need not be brought into the environment first.
pub(super) fn has_installer(model: &Model) -> bool {
    let pip = || model.installed.as_ref().is_some_and(|it| it.distributions.contains_key("pip"));
    model.programs.contains_key("uv") || pip()
}

/// Whether the environment holds something that the lock does not know.
pub(super) fn holds_extra(model: &Model) -> bool {
    let differences = model.locks.iter().filter_map(|it| it.differences.as_ref());
    differences.into_iter().any(|it| !it.extra.is_empty())
}

/// Whether the lock has to be made anew before anything can be installed from it.
pub(super) fn is_drifted(model: &Model) -> bool {
    model.locks.iter().any(|it| !it.drifts.is_empty())
}

/// Commands of the project's own tool that work on its environment.
pub(super) fn recipe(model: &Model, commands: Vec<Command>, touches: Vec<AbsPath>) -> Recipe {
    Recipe {
        steps: commands.into_iter().map(Step::Run).collect(),
        touches,
        inputs: model.project.manifests.iter().map(|it| it.path.clone()).collect(),
        network: true,
        runs_project_code: true,
    }
}

/// The options for the groups and extras in use that do not come by themselves.
pub(super) fn sets_in_use(model: &Model, group: &str, extra: &str) -> Vec<String> {
    let mut options: Vec<(&str, &str)> = Vec::new();
    for want in &model.wants {
        let Expectation::Installed(_) = want.expected else { continue };
        let option = match &want.set {
            Set::Group(named) if !model.brings(&want.set) => (group, named.as_str()),
            Set::Extra(named) if !model.brings(&want.set) => (extra, named.as_str()),
            _ => continue,
        };
        let is_own = want.path.name() == b"pyproject.toml" && name::is_valid(option.1);
        if is_own && !options.contains(&option) {
            options.push(option);
        }
    }
    options.into_iter().flat_map(|it| [it.0.to_owned(), it.1.to_owned()]).collect()
}

/// `3.12` of `3.12.4`.
pub(super) fn minor(version: &Version) -> String {
    let release = version.release();
    release.iter().take(2).map(ToString::to_string).collect::<Vec<_>>().join(".")
}

/// Whether a text is a minor version.
pub(super) fn is_minor(text: &str) -> bool {
    let number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    text.split_once('.').is_some_and(|(major, minor)| number(major) && number(minor))
}

/// The interpreter of an environment that may not be there yet.
pub(super) fn python_of(prefix: &AbsPath) -> AbsPath {
    let folder = if prefix.is_windows() { "Scripts" } else { "bin" };
    prefix.join(folder).join(if prefix.is_windows() { "python.exe" } else { "python" })
}

/// The environments in a folder of the project that a tool makes to run tests in.
pub(super) fn for_tests(
    view: &View<'_>,
    project: &Project,
    folder: &str,
) -> Asked<Vec<EnvironmentPlace>> {
    if project.listing.find(folder).is_none_or(|it| it.kind == ListedKind::File) {
        return Ok(Vec::new());
    }
    let folder = project.root.join(folder);
    let mut inside = folders_in(view, &folder)?;
    // What the tool keeps for itself: `.pkg`, `.cache`, `.tmp`.
    inside.retain(|it| !it.name().starts_with(b"."));
    let place = |prefix: AbsPath| {
        let because = Evidence::at(&prefix, format!("it is in `{}`", folder.name_text()));
        EnvironmentPlace::new(prefix, Strength::Ambient, because)
    };
    Ok(inside.into_iter().map(place).collect())
}

/// An environment that lies in such a folder.
pub(super) fn of_tests(seen: &Seen, folder: &str, manager: &'static str) -> Option<Recognised> {
    let around = seen.prefix.parent().filter(|it| it.name() == folder.as_bytes())?;
    let because = Evidence::at(&around, format!("{manager} makes what is in `{folder}`"));
    Some(Recognised {
        manager: Some(manager),
        project: around.parent(),
        name: Some(seen.prefix.name_text()),
        offer: Offer::Withheld,
        ..Recognised::new(Certainty::Kept, because)
    })
}

/// A requirement that can be handed to a tool to be added: only a name with bounds, for whatever else could stand there is a way
/// to something else than the index.
pub(super) fn addable<'text>(model: &Model, requirement: &'text str) -> Option<&'text str> {
    let parsed = requirement::parse(requirement, 0).ok()?;
    let plain = name::is_valid(&parsed.name) && parsed.url.is_none() && parsed.marker.is_none();
    let serves = uses_own(model) && goes_on(model);
    (plain && serves && !requirement.starts_with('-')).then_some(requirement)
}

/// The name of a group or an extra, as an argument.
pub(super) fn argument(name: &str) -> Option<String> {
    name::is_valid(name).then(|| name.to_owned())
}

/// Whether the tool works in the environment that the project has, and goes on with it.
pub(super) fn works(model: &Model) -> bool {
    uses_own(model) && goes_on(model)
}

/// The same, without the network and without code of the project.
pub(super) fn local(recipe: Recipe) -> Recipe {
    Recipe { network: false, runs_project_code: false, ..recipe }
}

/// Adds the manifest to what a recipe changes, as commands do that declare something.
pub(super) fn declaring(mut recipe: Recipe, manifest: AbsPath) -> Recipe {
    recipe.touches.push(manifest);
    recipe
}
