//! A home folder and a workspace with some seventy environments, as many managers leave them over the years.
//!
//! They are told apart by what their files say and where they lie; eight are damaged, each in another way.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::bench::corpus::{Tree, bones, put};
use crate::bench::machine::Python;

pub(crate) struct Home {
    pub(crate) tree: Tree,
    pub(crate) home: PathBuf,
    pub(crate) work: PathBuf,
    /// The folders of all environments.
    pub(crate) prefixes: BTreeSet<PathBuf>,
}

/// What makes an environment that of its manager.
#[derive(Clone, Copy)]
enum Made {
    /// `pyvenv.cfg` with these further lines.
    Virtual(&'static str),
    /// The same, and a file beside it that says something.
    Noted(&'static str, &'static str, &'static str),
    /// `conda-meta` with a record of this Python, and its own interpreter.
    Conda(&'static str),
    /// `conda-meta` without a Python.
    WithoutPython,
    /// PEP 582.
    Packages,
    Damaged(Damage),
}

#[derive(Clone, Copy)]
enum Damage {
    Dangling,
    NoPython,
    BaseGone,
    Moved,
    Empty,
    Unconfigured,
    Lying,
    Upgraded,
}

const UV: Made = Made::Virtual("uv = 0.13.9\nprompt = web\n");
const VIRTUALENV: Made = Made::Virtual("virtualenv = 21.15.8\n");
const VENV: Made = Made::Virtual("");

/// In the home folder.
const OWN: [(&str, Made); 37] = [
    (".virtualenvs/web", Made::Noted("virtualenv = 21.15.8\n", ".project", "projects/web")),
    (".virtualenvs/django-frontend", VIRTUALENV),
    (".virtualenvs/scratch", VENV),
    (".venvs/notebooks", VENV),
    (".venvs/tools", UV),
    ("envs/old", VENV),
    (
        ".local/share/virtualenvs/shop-AbCdEfGh",
        Made::Noted("virtualenv = 21.15.8\n", ".project", "projects/shop"),
    ),
    (
        ".local/share/virtualenvs/gone-HgFeDcBa",
        Made::Noted("virtualenv = 21.15.8\n", ".project", "projects/gone"),
    ),
    (".cache/pypoetry/virtualenvs/blog-AbCdEfGh-py3.11", VIRTUALENV),
    (".cache/pypoetry/virtualenvs/blog-AbCdEfGh-py3.12", VIRTUALENV),
    (".cache/pypoetry/virtualenvs/gone-Hg_eDcBa-py3.11", VIRTUALENV),
    (".local/share/hatch/env/virtual/site/Q3sKz1aB/site", UV),
    (".local/share/hatch/env/virtual/site/Q3sKz1aB/docs", UV),
    (".local/share/pdm/venvs/api-AbCdEfGh-3.12", VIRTUALENV),
    (".local/share/pdm/venvs/api-AbCdEfGh-dev", VIRTUALENV),
    (".local/share/pipx/venvs/black", VENV),
    (".local/share/pipx/venvs/httpie", VENV),
    (".local/share/uv/tools/ruff", UV),
    (".local/share/uv/tools/mypy", UV),
    (".cache/uv/environments-v2/report-0123456789abcdef", UV),
    (".pyenv/versions/3.12.1/envs/pv", VENV),
    (".pyenv/versions/3.12.1/envs/lab", VENV),
    ("miniforge3", Made::Conda("3.12.7")),
    ("miniforge3/envs/data", Made::Conda("3.11.9")),
    ("miniforge3/envs/geo", Made::Conda("3.10.14")),
    ("miniforge3/envs/gpu", Made::Conda("3.12.4")),
    ("miniforge3/envs/node", Made::WithoutPython),
    ("micromamba/envs/fast", Made::Conda("3.13.0")),
    ("micromamba/envs/slow", Made::Conda("3.9.19")),
    ("elsewhere/registered", Made::Conda("3.12.4")),
    ("kept/settings", Made::Conda("3.12.4")),
    (".pixi/envs/ripgrep", Made::WithoutPython),
    (".pixi/envs/jupyterlab", Made::Conda("3.12.7")),
    ("Envs/upper", VENV),
    (".conda/envs/fallback", Made::Conda("3.11.9")),
    (".local/share/mamba/envs/second", Made::Conda("3.12.7")),
    ("envs/new", UV),
];

/// In the workspace, each in the project that its first folders name.
const PROJECTS: [(&str, Made); 34] = [
    ("apps/web/.venv", UV),
    ("apps/api/.venv", UV),
    ("apps/admin/venv", VENV),
    ("apps/worker/.venv", VENV),
    ("apps/deep/down/here/.venv", UV),
    ("libs/core/.venv", VIRTUALENV),
    ("libs/text/.venv", VIRTUALENV),
    ("libs/io/env", VENV),
    ("libs/net/.venv", UV),
    ("libs/both/.venv", UV),
    ("libs/both/venv", VENV),
    ("tools/lint/.tox/py312", VIRTUALENV),
    ("tools/lint/.tox/lint", VIRTUALENV),
    ("tools/lint/.nox/tests", VIRTUALENV),
    ("tools/direnv/.direnv/python-3.12", VENV),
    ("tools/hatched/.venv", UV),
    ("tools/packages/__pypackages__/3.12", Made::Packages),
    ("science/pixi/.pixi/envs/default", Made::Conda("3.12.7")),
    ("science/pixi/.pixi/envs/gpu", Made::Conda("3.12.7")),
    ("science/prefix/.conda", Made::Conda("3.11.9")),
    ("science/plain/env", Made::Conda("3.11.9")),
    ("poetry/inside/.venv", VIRTUALENV),
    ("pdm/inside/.venv", VIRTUALENV),
    ("rye/inside/.venv", VENV),
    ("pipenv/inside/.venv", VIRTUALENV),
    ("damaged/dangling/.venv", Made::Damaged(Damage::Dangling)),
    ("damaged/none/.venv", Made::Damaged(Damage::NoPython)),
    ("damaged/base/.venv", Made::Damaged(Damage::BaseGone)),
    ("damaged/moved/.venv", Made::Damaged(Damage::Moved)),
    ("damaged/empty/.venv", Made::Damaged(Damage::Empty)),
    ("damaged/bare/.venv", Made::Damaged(Damage::Unconfigured)),
    ("damaged/lying/.venv", Made::Damaged(Damage::Lying)),
    ("damaged/upgraded/.venv", Made::Damaged(Damage::Upgraded)),
    ("redirected/target", UV),
];

impl Home {
    pub(super) fn at(folder: &Path) -> Self {
        let tree = Tree::at(folder);
        let (home, work) = (tree.root.join("home"), tree.root.join("work"));
        let own = OWN.iter().map(|it| home.join(it.0));
        let prefixes = own.chain(PROJECTS.iter().map(|it| work.join(it.0))).collect();
        Self { tree, home, work, prefixes }
    }
}

pub(super) fn write(home: &Home, python: &Python) -> Result<()> {
    for (path, made) in OWN {
        environment(&home.home, &home.home.join(path), made, python)?;
    }
    for (path, made) in PROJECTS {
        environment(&home.home, &home.work.join(path), made, python)?;
        project(&home.work, path)?;
    }
    interpreters(&home.home, python)?;
    settings(home)
}

fn environment(home: &Path, prefix: &Path, made: Made, python: &Python) -> Result<()> {
    match made {
        Made::Virtual(lines) => virtual_one(prefix, lines, python),
        Made::Noted(lines, file, project) => {
            virtual_one(prefix, lines, python)?;
            put(&prefix.join(file), &format!("{}\n", home.join(project).display()))
        }
        Made::Conda(version) => {
            let minor = version.rsplit_once('.').map_or(version, |it| it.0);
            put(
                &prefix.join(format!("conda-meta/python-{version}-hc5c86c4_0_cpython.json")),
                "{}\n",
            )?;
            put(&prefix.join("conda-meta/history"), "==> 2026-01-01 <==\n")?;
            fs::create_dir_all(prefix.join("bin"))?;
            fs::copy(&python.path, prefix.join(format!("bin/python{minor}")))?;
            symlink(format!("python{minor}"), prefix.join("bin/python"))?;
            Ok(fs::create_dir_all(prefix.join(format!("lib/python{minor}/site-packages")))?)
        }
        Made::WithoutPython => put(&prefix.join("conda-meta/history"), "==> 2026-01-01 <==\n"),
        Made::Packages => Ok(fs::create_dir_all(prefix.join("lib"))?),
        Made::Damaged(damage) => {
            virtual_one(prefix, "", python)?;
            harm(prefix, damage)
        }
    }
}

fn virtual_one(prefix: &Path, lines: &str, python: &Python) -> Result<()> {
    bones(prefix, python)?;
    let configuration = prefix.join("pyvenv.cfg");
    let text = fs::read_to_string(&configuration)?;
    put(&configuration, &format!("{text}{lines}"))?;
    put(
        &prefix.join("bin/activate"),
        &format!("VIRTUAL_ENV='{}'\nexport VIRTUAL_ENV\n", prefix.display()),
    )
}

fn harm(prefix: &Path, damage: Damage) -> Result<()> {
    let (python, configuration) = (prefix.join("bin/python"), prefix.join("pyvenv.cfg"));
    let rewrite = |from: &str, to: &str| -> Result<()> {
        let text = fs::read_to_string(&configuration)?;
        let lines = text.lines().map(|it| if it.starts_with(from) { to } else { it });
        put(&configuration, &(lines.collect::<Vec<_>>().join("\n") + "\n"))
    };
    match damage {
        Damage::Dangling => {
            fs::remove_file(&python)?;
            symlink("/nowhere/bin/python3.12", &python)?;
        }
        Damage::NoPython => fs::remove_file(&python)?,
        Damage::BaseGone => rewrite("home", "home = /nowhere/bin")?,
        Damage::Moved => put(&prefix.join("bin/activate"), "VIRTUAL_ENV='/old/.venv'\n")?,
        Damage::Empty => put(&configuration, "")?,
        Damage::Unconfigured => fs::remove_file(&configuration)?,
        Damage::Lying => rewrite("version_info", "version_info = 3.5.1")?,
        Damage::Upgraded => {
            let library = prefix.join("lib");
            fs::remove_dir_all(&library)?;
            fs::create_dir_all(library.join("python3.5/site-packages"))?;
        }
    }
    Ok(())
}

/// The manifest of the project that an environment lies in.
fn project(work: &Path, path: &str) -> Result<()> {
    let folder = path.split('/').take_while(|it| !is_of_environment(it));
    let root = folder.fold(work.to_path_buf(), |at, it| at.join(it));
    let name = root.file_name().context("a project has a name")?.to_string_lossy().into_owned();
    let tool = match path.split('/').next().unwrap_or_default() {
        "poetry" => "[tool.poetry]\n",
        "pdm" => "[tool.pdm]\n",
        "rye" => "[tool.rye]\n",
        "apps" => "[tool.uv]\npackage = false\n",
        _ if path.contains(".pixi") => "[tool.pixi.workspace]\nchannels = []\n",
        _ if path.contains("hatched") => "[tool.hatch.envs.default]\n",
        _ => "",
    };
    put(
        &root.join("pyproject.toml"),
        &format!("[project]\nname = \"{name}\"\nversion = \"1.0\"\n{tool}"),
    )?;
    match path.split('/').next().unwrap_or_default() {
        "pipenv" => put(&root.join("Pipfile"), "[packages]\n")?,
        "redirected" => put(&root.join(".venv"), "target\n")?,
        _ => {}
    }
    for file in 0..3 {
        put(&root.join(format!("part_{file}.py")), "VALUE = 1\n")?;
    }
    Ok(())
}

fn is_of_environment(component: &str) -> bool {
    let names = ["venv", "env", "target", "__pypackages__"];
    component.starts_with('.') || names.contains(&component)
}

/// Interpreters of pyenv, uv, asdf, mise and rye: their folders, with this machine's own in the place of each.
fn interpreters(home: &Path, python: &Python) -> Result<()> {
    let places = [
        (".pyenv/versions/3.12.1", "3.12"),
        (".pyenv/versions/3.11.7", "3.11"),
        (".pyenv/versions/3.9.18", "3.9"),
        (".local/share/uv/python/cpython-3.13.0-linux-x86_64-gnu", "3.13"),
        (".local/share/uv/python/cpython-3.12.5-linux-x86_64-gnu", "3.12"),
        (".asdf/installs/python/3.12.3", "3.12"),
        (".local/share/mise/installs/python/3.12.3", "3.12"),
        (".rye/py/cpython@3.12.3", "3.12"),
    ];
    for (folder, minor) in places {
        let prefix = home.join(folder);
        fs::create_dir_all(prefix.join("bin"))?;
        fs::copy(&python.path, prefix.join(format!("bin/python{minor}")))?;
        symlink(format!("python{minor}"), prefix.join("bin/python3"))?;
        fs::create_dir_all(prefix.join(format!("lib/python{minor}/ensurepip")))?;
    }
    for name in ["pv", "lab"] {
        symlink(format!("3.12.1/envs/{name}"), home.join(".pyenv/versions").join(name))?;
    }
    Ok(())
}

/// What the managers note beside their environments.
fn settings(home: &Home) -> Result<()> {
    let (own, work) = (&home.home, home.work.display());
    let shown = own.display();
    let registered = format!(
        "{shown}/miniforge3\n{shown}/elsewhere/registered\n{shown}/deleted\n{work}/science/prefix/.conda\n"
    );
    put(&own.join(".conda/environments.txt"), &registered)?;
    put(&own.join(".condarc"), &format!("envs_dirs:\n  - {shown}/kept\n"))?;
    fs::create_dir_all(own.join("miniforge3/condabin"))?;
    for name in ["web", "shop"] {
        put(
            &own.join(format!("projects/{name}/pyproject.toml")),
            &format!("[project]\nname = \"{name}\"\n"),
        )?;
    }
    for tool in ["black", "httpie"] {
        put(&own.join(format!(".local/share/pipx/venvs/{tool}/pipx_metadata.json")), "{}\n")?;
    }
    for tool in ["ruff", "mypy"] {
        put(&own.join(format!(".local/share/uv/tools/{tool}/uv-receipt.toml")), "[tool]\n")?;
    }
    let direnv = home.work.join("tools/direnv/.envrc");
    put(&direnv, "layout python3\n")
}
