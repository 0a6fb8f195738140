"""A small project in the hands of each manager, from nothing through every change, with the tool's own check beside ours."""

import json
import subprocess
from pathlib import Path

from .index import Index
from .world import World

LISTED = (
    "import importlib.metadata as m, json; "
    "print(json.dumps({d.metadata['Name']: d.version for d in m.distributions()}))"
)
# What comes with an environment.
SEEDS = {"pip", "setuptools", "wheel"}


class Way:
    """One manager and the project that it has. What differs from manager to manager is said by those that follow."""

    manifest = "pyproject.toml"
    # The findings of a project without an environment; the last step asks for another Python.
    nothing = ("lock-missing", "no-environment")
    has_lock = True

    def __init__(self, world, index):
        self.world, self.index = world, index

    def tool(self, *words):
        return self.world.run(self.world.kit.programs[self.name], *words, **self.variables())

    def must(self, *words):
        return self.world.must(self.world.kit.programs[self.name], *words, **self.variables())

    def variables(self):
        return {}

    def lay(self, requirements, python):
        listed = ", ".join(json.dumps(it) for it in requirements)
        self.world.write(self.manifest, self.text(listed, python))


class Poetry(Way):
    name = "poetry"

    def text(self, listed, python):
        return (
            f'[project]\nname = "shop"\nversion = "1"\nrequires-python = "{python}"\ndependencies = [{listed}]\n\n'
            f'[tool.poetry]\npackage-mode = false\n\n[[tool.poetry.source]]\nname = "here"\nurl = "{self.index.address}"\n'
        )

    def prefix(self):
        said = self.tool("env", "info", "--path")
        return said.out.strip() if said.code == 0 else None

    def is_locked(self):
        return self.tool("check", "--lock").code == 0

    def is_synced(self):
        return "0 installs, 0 updates, 0 removals" in self.must("sync", "--dry-run").out


class Pdm(Way):
    name = "pdm"

    def variables(self):
        return {"PDM_CHECK_UPDATE": "0", "PDM_PYPI_URL": self.index.address}

    def text(self, listed, python):
        return (
            f'[project]\nname = "shop"\nversion = "1"\nrequires-python = "{python}"\ndependencies = [{listed}]\n\n'
            f"[tool.pdm]\ndistribution = false\n"
        )

    def prefix(self):
        saved = self.world.work / ".pdm-python"
        return str(Path(saved.read_text()).parent.parent) if saved.exists() else None

    def is_locked(self):
        return self.tool("lock", "--check").code == 0

    def is_synced(self):
        said = self.must("sync", "--clean", "--dry-run")
        return "nothing to do" in said.out + said.err


class PdmCentral(Pdm):
    def variables(self):
        return {**super().variables(), "PDM_VENV_IN_PROJECT": "0"}


class Pipenv(Way):
    name = "pipenv"
    manifest = "Pipfile"

    def variables(self):
        return {"PIPENV_NOSPIN": "1", "PIPENV_YES": "1", "PIPENV_IGNORE_VIRTUALENVS": "1"}

    def lay(self, requirements, python):
        lines = []
        for it in requirements:
            at = next((n for n, c in enumerate(it) if c in "<>=!~"), len(it))
            lines.append(f'{it[:at]} = "{it[at:] or "*"}"')
        minor = python.removeprefix("==").removesuffix(".*")
        self.world.write(
            "Pipfile",
            f'[[source]]\nname = "here"\nurl = "{self.index.address}"\nverify_ssl = false\n\n[packages]\n'
            + "\n".join(lines)
            + f'\n\n[requires]\npython_version = "{minor}"\n',
        )

    def prefix(self):
        said = self.tool("--venv")
        return said.out.strip() if said.code == 0 else None

    def is_locked(self):
        return self.tool("verify").code == 0

    def is_synced(self):
        """It has no command that says so: what is locked is compared with what the interpreter says is there."""
        locked = json.loads((self.world.work / "Pipfile.lock").read_text())["default"]
        wanted = {name: entry["version"].removeprefix("==") for name, entry in locked.items()}
        return wanted == installed(self.prefix())


class Hatch(Way):
    name = "hatch"
    nothing = ("no-environment",)
    has_lock = False

    def variables(self):
        return {}

    def text(self, listed, python):
        return (
            f'[project]\nname = "shop"\nversion = "1"\nrequires-python = "{python}"\n\n'
            f"[tool.hatch.envs.default]\nskip-install = true\ndependencies = [{listed}]\n"
        )

    def prefix(self):
        return self.must("env", "find").out.strip()

    def is_locked(self):
        return True

    def is_synced(self):
        """Whether pip, in the environment, would install anything of what Hatch says it needs."""
        shown = self.must("dep", "show", "requirements", "--all").out.split()
        python = Path(self.prefix()) / "bin/python"
        dry = self.world.must(python, "-m", "pip", "install", "--dry-run", *shown)
        return "Would install" not in dry.out


def installed(prefix):
    """What an interpreter says is installed beside it."""
    python = Path(prefix) / "bin/python"
    said = subprocess.run([python, "-I", "-c", LISTED], capture_output=True, text=True, timeout=60, check=True)
    return {name: version for name, version in json.loads(said.stdout).items() if name not in SEEDS}


def codes(way):
    said = way.world.envls("check", "--output-format", "json", **way.variables())
    if said.code not in (0, 1):
        raise RuntimeError(str(said))
    return sorted({it["code"] for it in json.loads(said.out)["findings"]})


def mended(checks, way, name, before, after):
    """These are the findings; the tool says the same; the fix mends them, and the tool says so too."""
    found = codes(way)
    checks.same(f"{name}: findings", found, sorted(before))
    about_lock = {"lock-outdated", "lock-missing"}
    if way.prefix() and way.has_lock:
        checks.same(f"{name}: the tool says the same of the lock", way.is_locked(), not about_lock & set(found))
    said = way.world.fix(**way.variables())
    checks.that(f"{name}: the fix runs", said.code == 0, said)
    left = codes(way)
    checks.same(f"{name}: nothing is left", left, [])
    if left:
        print(said)
    checks.that(f"{name}: the tool says that the lock is fresh", way.is_locked())
    checks.that(f"{name}: the tool finds nothing to do", way.is_synced())
    checks.same(f"{name}: what is installed", installed(way.prefix()), after)


def added(checks, way, name, module):
    """Runs the command of the action that declares a module that is imported, as an editor would have it run."""
    said = way.world.envls("check", "--output-format", "json", **way.variables())
    offered = [
        action
        for finding in json.loads(said.out)["findings"]
        for action in finding["actions"]
        if action["title"].startswith(f"Add `{module}")
    ]
    checks.same(f"{name}: adding `{module}` is offered once", len(offered), 1)
    [action] = offered
    way.world.must(*action["command"], cwd=action["cwd"], **way.variables())


def lost(prefix, name):
    """Removes what says that a distribution is installed, and the distribution."""
    [folder] = Path(prefix).glob(f"lib/python*/site-packages/{name}-*.dist-info")
    for path in [*folder.iterdir(), folder.parent / f"{name}.py"]:
        if path.is_file():
            path.unlink()
    folder.rmdir()


def through_every_change(checks, kit, kind, minors):
    first, second = minors
    with World(kit, ["poetry", "pdm", "pipenv", "hatch"], minors) as world, Index(world.wheels) as index:
        way = kind(world, index)
        name = kind.__name__
        world.variables["PYTHONDONTWRITEBYTECODE"] = "1"
        world.variables["PIPENV_NOSPIN"] = "1"
        way.lay(["alpha>=1"], f"=={first}.*")
        mended(checks, way, f"{name}, from nothing", way.nothing, {"alpha": "2.0"})
        word = way.prefix()
        chosen = way.world.explained(**way.variables())["selection"]["environment"]
        checks.same(f"{name}: the one that is chosen is the tool's", chosen["prefix"], word)
        checks.same(f"{name}: its manager", chosen["manager"], kind.name)
        checks.same(f"{name}: its version", ".".join(chosen["version"].split(".")[:2]), first)

        way.lay(["alpha>=1", "beta==1.0"], f"=={first}.*")
        edited = ["lock-outdated", "not-installed"] if way.has_lock else ["not-installed"]
        mended(checks, way, f"{name}, one was added by hand", edited, {"alpha": "2.0", "beta": "1.0"})

        # What only came along with another is imported: the command of the offered action declares it.
        if way.has_lock:
            every = {"alpha": "2.0", "beta": "1.0", "gamma": "1.0"}
            way.lay(["gamma", "beta==1.0"], f"=={first}.*")
            mended(checks, way, f"{name}, one needs another", edited, every)
            world.write("shop.py", "import alpha\nimport beta\nimport gamma\n")
            checks.same(f"{name}, one is imported undeclared: findings", codes(way), ["transitive-import"])
            added(checks, way, name, "alpha")
            (world.work / "shop.py").unlink()
            mended(checks, way, f"{name}, one was added by the tool", [], every)
            way.lay(["alpha>=1", "beta==1.0"], f"=={first}.*")
            mended(checks, way, f"{name}, one was removed from the middle", ["lock-outdated"], {"alpha": "2.0", "beta": "1.0"})

        lost(way.prefix(), "alpha")
        gone = ["environment-outdated", "not-installed"] if way.has_lock else ["not-installed"]
        mended(checks, way, f"{name}, one was lost", gone, {"alpha": "2.0", "beta": "1.0"})

        if way.has_lock:
            way.lay(["beta==1.0"], f"=={first}.*")
            mended(checks, way, f"{name}, one was removed by hand", ["lock-outdated"], {"beta": "1.0"})

        way.lay(["beta==1.0"], f"=={second}.*")
        before = codes(way)
        checks.that(f"{name}, another Python: it is said", "wrong-python" in before, before)
        said = way.world.fix(**way.variables())
        checks.that(f"{name}, another Python: the fix runs", said.code == 0, said)
        checks.same(f"{name}, another Python: nothing is left", codes(way), [])
        chosen = way.world.explained(**way.variables())["selection"]["environment"]
        checks.same(f"{name}, another Python: its version", ".".join(chosen["version"].split(".")[:2]), second)
        checks.same(f"{name}, another Python: the tool's", chosen["prefix"], way.prefix())
        checks.that(f"{name}, another Python: beta is there", "beta" in installed(way.prefix()))


def scenarios(kit, minors):
    for kind in (Poetry, Pdm, PdmCentral, Pipenv, Hatch):
        yield f"kept by {kind.__name__}", through_every_change, (kit, kind, minors)
