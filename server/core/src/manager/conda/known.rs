//! What the files and variables of conda say of where environments are.

use std::collections::BTreeSet;

use crate::{
    model::Evidence,
    standard::conda::values,
    world::{AbsPath, Asked, ListedKind, Listing, Reply, View},
};

/// What the folders of installations are called that the installers propose: `miniforge3`, `micromamba`, ….
const INSTALLATIONS: [&str; 7] =
    ["anaconda", "conda", "mamba", "mambaforge", "micromamba", "miniconda", "miniforge"];

/// What the files and variables of conda say of where environments are.
pub(super) struct Known {
    home: Option<AbsPath>,
    /// Where conda itself is installed.
    pub(super) bases: BTreeSet<AbsPath>,
    /// Where environments are kept by their names, in the order in which conda looks.
    pub(super) folders: Vec<AbsPath>,
    /// Environments one by one.
    pub(super) registered: Vec<(AbsPath, Evidence)>,
}

const VARIABLES: [&str; 9] = [
    "HOME",
    "USERPROFILE",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "CONDA_PREFIX",
    "CONDA_EXE",
    "CONDA_ROOT",
    "MAMBA_ROOT_PREFIX",
    "CONDARC",
];

impl Known {
    pub(super) fn observe(view: &View<'_>) -> Asked<Known> {
        let asked = VARIABLES.map(|it| view.variable_path(it));
        let lists = ["CONDA_ENVS_PATH", "CONDA_ENVS_DIRS"].map(|it| view.variable(it));
        let [posix, windows, config, data, active, program, root, mamba, condarc] = asked;
        let (home, config, data) = (posix.or(windows), config, data);
        let config = config.or_else(|| Some(home.as_ref()?.join(".config")));
        let data = data.or_else(|| Some(home.as_ref()?.join(".local").join("share")));
        let named = [root, program.and_then(|it| it.parent()?.parent())];
        let mut candidates: BTreeSet<AbsPath> = named.into_iter().flatten().collect();
        candidates.extend(mamba.iter().cloned());
        // Where micromamba keeps everything when it is not told otherwise.
        candidates.extend(data.map(|it| it.join("mamba")));
        let system = system_folders(home.as_ref());
        let listed: Vec<_> = system.iter().map(|it| view.listing(it)).collect();
        let texts = Texts::observe(view, home.as_ref(), config.as_ref(), condarc);
        for (folder, listed) in system.iter().zip(listed) {
            let Reply::Known(listing) = listed? else { continue };
            candidates.extend(installations(&listing).map(|it| folder.join(it)));
        }
        let texts = texts?;
        let rooted: Vec<_> = candidates.iter().map(|it| view.listing(it)).collect();
        let mut known =
            Known { home, bases: BTreeSet::new(), folders: Vec::new(), registered: Vec::new() };
        for list in lists {
            let Some(list) = list else { continue };
            let paths = list.split(|it| *it == b':').filter_map(AbsPath::parse);
            known.folders.extend(paths);
        }
        for text in &texts.settings {
            let spelled = values(text, &["envs_dirs", "envs_path"]);
            let expanded: Vec<_> =
                spelled.iter().filter_map(|it| known.expanded(&it.text)).collect();
            known.folders.extend(expanded);
        }
        for (root, listing) in candidates.into_iter().zip(rooted) {
            let Reply::Known(listing) = listing? else { continue };
            if listing.has("envs") {
                known.folders.push(root.join("envs"));
            }
            if listing.has("conda-meta") {
                known.bases.insert(root);
            }
        }
        // Where conda makes them when it may not write into its own folder.
        if texts.has_envs
            && let Some(home) = &known.home
        {
            known.folders.push(home.join(".conda").join("envs"));
        }
        let mut once = BTreeSet::new();
        known.folders.retain(|it| once.insert(it.clone()));
        known.registered = texts.registered;
        let because = || Evidence::said("`CONDA_PREFIX` names it");
        known.registered.extend(active.map(|it| (it, because())));
        Ok(known)
    }

    /// A path of a settings file, in which `~` and `$HOME` stand for the home folder.
    pub(super) fn expanded(&self, path: &str) -> Option<AbsPath> {
        let home = ["~/", "$HOME/", "${HOME}/"].into_iter().find_map(|it| path.strip_prefix(it));
        match home {
            Some(rest) => Some(self.home.as_ref()?.join(rest)),
            None => AbsPath::parse(path),
        }
    }
}

/// Where installers put conda: the home folder, and what is meant for everyone.
fn system_folders(home: Option<&AbsPath>) -> Vec<AbsPath> {
    let Some(home) = home else { return Vec::new() };
    if home.is_windows() {
        let local = home.join(r"AppData\Local");
        return vec![home.clone(), local, AbsPath::new(r"C:\ProgramData")];
    }
    vec![home.clone(), AbsPath::new("/opt")]
}

/// The folders with the names of installations.
fn installations(listing: &Listing) -> impl Iterator<Item = &str> {
    let is_one = |name: &str| {
        let lower = name.to_ascii_lowercase();
        let plain = lower.trim_end_matches(|it: char| it.is_ascii_digit());
        INSTALLATIONS.contains(&plain)
    };
    let folders =
        listing.names().filter(|it| matches!(it.1, ListedKind::Folder | ListedKind::Link));
    folders.map(|it| it.0).filter(move |it| is_one(it))
}

/// The texts of conda's own files, as far as there are any.
struct Texts {
    settings: Vec<std::sync::Arc<str>>,
    pub(super) registered: Vec<(AbsPath, Evidence)>,
    /// Whether there is an `envs` in `~/.conda`.
    has_envs: bool,
}

impl Texts {
    /// Reads those that the folders which may hold them have: a folder that is not there costs one question for all of them.
    fn observe(
        view: &View<'_>,
        home: Option<&AbsPath>,
        config: Option<&AbsPath>,
        condarc: Option<AbsPath>,
    ) -> Asked<Texts> {
        let own = home.map(|it| it.join(".conda"));
        let shared = ["/etc/conda", "/var/lib/conda"].map(AbsPath::new);
        let shared = shared.into_iter().filter(|_| home.is_some_and(|it| !it.is_windows()));
        let folders: Vec<AbsPath> = [home.cloned(), own.clone(), config.map(|it| it.join("conda"))]
            .into_iter()
            .flatten()
            .chain(shared)
            .collect();
        // Ask all before the first `?`, so that one round trip is enough.
        let listed: Vec<_> = folders.iter().map(|it| view.listing(it)).collect();
        let mut files: Vec<AbsPath> = condarc.into_iter().collect();
        let mut has_envs = false;
        let mut registry = None;
        for (folder, listed) in folders.iter().zip(listed) {
            let Reply::Known(listing) = listed? else { continue };
            let is_own = own.as_ref() == Some(folder);
            has_envs |= is_own && listing.has("envs");
            if is_own && listing.has("environments.txt") {
                registry = Some(folder.join("environments.txt"));
            }
            let bare = if Some(folder) == home {
                &[".condarc", ".mambarc"] as &[_]
            } else {
                &["condarc", ".condarc"]
            };
            files.extend(bare.iter().filter(|it| listing.has(it)).map(|it| folder.join(it)));
        }
        let settings: Vec<_> = files.iter().map(|it| view.text(it)).collect();
        let text = registry.as_ref().map(|it| view.text(it)).transpose()?.and_then(Reply::known);
        let mut registered = Vec::new();
        if let (Some(registry), Some(text)) = (registry, text) {
            let because = Evidence::at(&registry, "`environments.txt` of conda lists it");
            let prefixes = text.lines().filter_map(|it| AbsPath::parse(it.trim()));
            registered.extend(prefixes.map(|it| (it, because.clone())));
        }
        let settings: Asked<Vec<_>> = settings.into_iter().collect();
        let settings = settings?.into_iter().filter_map(Reply::known).collect();
        Ok(Texts { settings, registered, has_envs })
    }
}
