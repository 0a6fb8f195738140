"""Pythons and environments by the tools that keep them: `uv python install`, from an archive that is made of an interpreter of this
machine, since where uv downloads from is no package registry; environments of `pyenv virtualenv`, where pyenv and its plugin are here."""

import hashlib
import json
import os
import platform
import tarfile
from pathlib import Path

from . import tools
from .world import World

# What an interpreter runs without.
LEFT_OUT = {"test", "__pycache__", "site-packages", "idlelib", "turtledemo", "lib2to3", "ensurepip"}


def archive(path, base):
    """An interpreter as uv unpacks it: all of it below `python/`."""
    def wanted(entry):
        name = Path(entry.name).name
        return None if name in LEFT_OUT or name.startswith("config-") or name.endswith(".a") else entry

    with tarfile.open(path, "w:gz", compresslevel=1) as packed:
        for folder in ("bin", "lib", "include"):
            packed.add(base / folder, f"python/{folder}", filter=wanted)


def described(path, version):
    """What uv reads in the place of its own list of downloads (uv's documentation, `UV_PYTHON_DOWNLOADS_JSON_URL`)."""
    major, minor, patch = map(int, version.split("."))
    return {
        f"cpython-{version}-linux-x86_64-gnu": {
            "name": "cpython", "arch": {"family": "x86_64", "variant": None}, "os": "linux", "libc": "gnu",
            "major": major, "minor": minor, "patch": patch, "prerelease": "", "variant": None, "build": None,
            "url": path.as_uri(), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
    }


def by_uv(checks, kit, minor):
    """A Python that is not here is installed by uv, and an environment is made with it."""
    name = "uv python install"
    with World(kit, ["uv"], []) as world:
        said = tools.ask(kit.pythons[minor])
        packed, listed = world.root / "python.tar.gz", world.root / "downloads.json"
        archive(packed, Path(said["base_prefix"]))
        listed.write_text(json.dumps(described(packed, said["version"])), encoding="utf-8")
        del world.variables["UV_PYTHON_DOWNLOADS"]
        world.variables["UV_PYTHON_DOWNLOADS_JSON_URL"] = listed.as_uri()
        # Only what uv installs counts, whatever else this machine has.
        world.variables["UV_PYTHON_PREFERENCE"] = "only-managed"
        project = f'[project]\nname = "shop"\nversion = "1"\nrequires-python = "=={minor}.*"\ndependencies = ["alpha"]\n[tool.uv]\npackage = false\n'
        world.write("pyproject.toml", project)
        done = world.envls("do", "install-python", minor, "--yes", "--trusted")
        checks.that(f"{name}: it is done", done.code == 0 and f"uv python install {minor}" in done.err, done)
        found = [Path(it) for it in world.must("uv", "python", "find", minor).out.split()]
        managed = world.root / "home/.local/share/uv/python"
        checks.that(f"{name}: uv has it", found and found[0].is_relative_to(managed), found)
        known = json.loads(world.envls("envs", "--output-format", "json").out)["environments"]
        kept = [it for it in known if (it["python"] or "").startswith(str(managed))]
        checks.same(f"{name}: we know it", [(it["kind"], it["version"]) for it in kept], [("uv-managed", said["version"])])
        made = world.fix("--code", "no-environment")
        checks.that(f"{name}: an environment is made", made.code == 0, made)
        base = tools.ask(world.python(), "-I")["base_prefix"] if world.python().exists() else ""
        checks.that(f"{name}: of that Python", base.startswith(str(managed)), base)
        checks.same(f"{name}: nothing is found", world.codes(), [])


def pyenv():
    """Where pyenv is, with the plugin."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return root if (root / "bin/pyenv").exists() and (root / "plugins/pyenv-virtualenv/bin/pyenv-virtualenv").exists() else None


def by_pyenv(checks, kit, root, minor):
    """An environment of `pyenv virtualenv` that `.python-version` names: made, removed, found, synced, judged once it is gone."""
    name = "pyenv virtualenv"
    with World(kit, [], []) as world:
        base = Path(tools.ask(kit.pythons[minor])["base_prefix"])
        version = tools.ask(kit.pythons[minor])["version"]
        # A root of its own, so that nothing is made in the user's.
        shadow = world.root / "home/.pyenv"
        (shadow / "versions" / version).mkdir(parents=True)
        for entry in base.iterdir():
            if entry.name != "envs":
                (shadow / "versions" / version / entry.name).symlink_to(entry)
        for part in ("bin", "libexec", "plugins", "completions", "pyenv.d"):
            if (root / part).exists():
                (shadow / part).symlink_to(root / part)
        (world.bin / "pyenv").symlink_to(shadow / "bin/pyenv")
        prefix, link = shadow / "versions" / version / "envs/shop", shadow / "versions/shop"
        pyenv = lambda *words: world.run(shadow / "bin/pyenv", *words, PATH=f"{shadow}/bin:/usr/bin:/bin")  # noqa: E731
        world.write("requirements.txt", "alpha\n")
        world.write(".python-version", "shop\n")
        checks.same(f"{name}: that it is not there is said", world.codes(), ["no-environment"])
        made = world.fix("--code", "no-environment")
        done = made.code == 0 and (prefix / "pyvenv.cfg").exists() and f"pyenv virtualenv {version} shop" in made.err + made.out
        if not checks.that(f"{name}: it makes one", done, made):
            return
        checks.same(f"{name}: pyenv calls it so", os.path.realpath(link), str(prefix))
        checks.same(f"{name}, created: nothing is found", world.codes(), [])
        removed = world.envls("do", "remove-environment", "--yes", "--trusted")
        done = removed.code == 0 and "pyenv virtualenv-delete -f shop" in removed.err + removed.out
        checks.that(f"{name}, remove the environment: it is done", done, removed)
        checks.that(f"{name}, remove the environment: it is gone", not prefix.exists() and not os.path.lexists(link))
        checks.that(f"{name}, remove the environment: by pyenv's word", "shop" not in pyenv("virtualenvs", "--bare").out)
        checks.same(f"{name}, remove the environment: which is said", world.codes(), ["no-environment"])
        made = pyenv("virtualenv", version, "shop")
        checks.that(f"{name}: by hand it is made again", made.code == 0 and prefix.exists(), made)
        chosen = world.explained()["selection"]["environment"]
        checks.same(f"{name}: it is the project's", (os.path.realpath(chosen["prefix"]), chosen["name"]), (str(prefix), "shop"))
        said = tools.ask(prefix / "bin/python", "-I")
        checks.same(f"{name}: its version", chosen["version"], said["version"])
        checks.same(f"{name}: what is missing is said", world.codes(), ["not-installed"])
        synced = world.envls("do", "sync", "--yes", "--trusted")
        checks.that(f"{name}, sync: it is done", synced.code == 0, synced)
        checks.same(f"{name}, synced: nothing is found", world.codes(), [])
        listed = pyenv("virtualenvs", "--bare").out
        checks.that(f"{name}: pyenv says so, too", "shop" in listed, listed)
        again = world.envls("do", "recreate", "--yes", "--trusted")
        checks.that(f"{name}: what pyenv keeps is not made anew behind its back", (prefix / "pyvenv.cfg").exists(), again)
        gone = pyenv("virtualenv-delete", "-f", "shop")
        checks.that(f"{name}: pyenv takes it away", gone.code == 0 and not prefix.exists(), gone)
        checks.same(f"{name}: which is said", world.codes(), ["no-environment"])


def scenarios(kit):
    minor = kit.usual
    if platform.system() == "Linux" and platform.machine() == "x86_64" and "pyenv" in str(kit.pythons[minor]):
        yield "pythons, by uv", by_uv, (kit, minor)
    else:
        yield "pythons, by uv", "an interpreter that can be moved is needed, on Linux with x86-64", None
    root = pyenv()
    if root and str(kit.pythons[minor]).startswith(str(root)):
        yield "pythons, by pyenv", by_pyenv, (kit, root, minor)
    else:
        yield "pythons, by pyenv", "pyenv and pyenv-virtualenv are not here", None
