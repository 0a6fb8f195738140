"""Environments that real tools made, all over a home and a workspace: each is found, once, as what it is."""

import json
import shutil
from pathlib import Path

from . import tools
from .index import Index
from .world import World

PROGRAMS = ["uv", "virtualenv", "poetry", "pdm", "pipenv", "hatch", "tox", "nox"]


class Place:
    """Where a tool made an environment, and what must be said of it."""

    def __init__(self, prefix, kind, manager, project, name=None, offered=True):
        self.prefix, self.kind, self.manager = str(prefix), kind, manager
        self.project, self.name, self.offered = project and str(project), name, offered


class Maker:
    """Makes the environments, one project after the other."""

    def __init__(self, world, index, minors):
        self.world, self.index = world, index
        self.first, self.second = (str(world.kit.pythons[it]) for it in minors)
        self.places = []
        # By project, the prefix that its own tool says it works in.
        self.chosen = {}

    def project(self, name, text=None, manifest="pyproject.toml"):
        root = self.world.work / name
        root.mkdir(parents=True)
        default = f'[project]\nname = "{name}"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = []\n'
        (root / manifest).write_text(default + (text or "") if manifest == "pyproject.toml" else text)
        return root

    def run(self, root, *command, **variables):
        program = self.world.kit.programs.get(command[0], command[0])
        quiet = {"PDM_CHECK_UPDATE": "0", "PIPENV_NOSPIN": "1", "PIPENV_YES": "1", "PDM_PYPI_URL": self.index.address}
        return self.world.must(program, *command[1:], cwd=root, **quiet, **variables).out.strip()

    def add(self, *given, **told):
        self.places.append(Place(*given, **told))

    def plain(self):
        root = self.project("by-venv")
        self.run(root, self.first, "-m", "venv", "--without-pip", ".venv")
        self.add(root / ".venv", "venv", None, root)
        root = self.project("by-virtualenv")
        self.run(root, "virtualenv", "--no-seed", "--python", self.second, "venv")
        self.add(root / "venv", "virtualenv", None, root)
        root = self.project("by-uv", "\n[tool.uv]\npackage = false\n")
        self.run(root, "uv", "sync", "--python", self.first)
        self.add(root / ".venv", "venv", "uv", root, name="by-uv")
        self.chosen[root] = root / ".venv"
        elsewhere = self.world.root / "home/elsewhere/env"
        root = self.project("by-redirect")
        self.run(root, "uv", "venv", "-q", "--python", self.first, elsewhere)
        (root / ".venv").write_text("../../home/elsewhere/env\n")
        self.add(elsewhere, "venv", "uv", None)
        self.chosen[root] = elsewhere

    def poetry(self):
        table = f'\n[tool.poetry]\npackage-mode = false\n\n[[tool.poetry.source]]\nname = "here"\nurl = "{self.index.address}"\n'
        root = self.project("by-poetry", table)
        for python in (self.first, self.second):
            self.run(root, "poetry", "env", "use", python)
        listed = self.run(root, "poetry", "env", "list", "--full-path").replace(" (Activated)", "").splitlines()
        for prefix in listed:
            self.add(prefix, "virtualenv", "poetry", root)
        self.chosen[root] = self.run(root, "poetry", "env", "info", "--path")
        root = self.project("by-poetry-inside", table)
        (root / "poetry.toml").write_text("[virtualenvs]\nin-project = true\n")
        self.run(root, "poetry", "env", "use", self.second)
        self.add(root / ".venv", "virtualenv", "poetry", root)
        self.chosen[root] = self.run(root, "poetry", "env", "info", "--path")
        # Its project is deleted, and what is installed in it still leads there.
        root = self.project("gone", table.replace("package-mode = false\n", ""))
        (root / "gone.py").write_text("")
        self.run(root, "poetry", "env", "use", self.first)
        self.run(root, "poetry", "install", "--only-root")
        self.orphan = self.run(root, "poetry", "env", "info", "--path")
        self.add(self.orphan, "virtualenv", "poetry", root)
        shutil.rmtree(root)

    def pdm(self):
        root = self.project("by-pdm", "\n[tool.pdm]\ndistribution = false\n")
        self.run(root, "pdm", "venv", "create", self.first)
        self.run(root, "pdm", "venv", "create", "--name", "other", self.second)
        self.run(root, "pdm", "use", "--venv", "other")
        central = self.run(root, "pdm", "venv", "--path", "other")
        self.add(root / ".venv", "virtualenv", None, root)
        self.add(central, "virtualenv", "pdm", root)
        self.chosen[root] = Path(self.run(root, "pdm", "info", "--python")).parent.parent

    def pipenv(self):
        text = f'[[source]]\nname = "here"\nurl = "{self.index.address}"\nverify_ssl = false\n\n[packages]\n'
        root = self.project("by-pipenv", text, "Pipfile")
        self.run(root, "pipenv", "install", "--python", self.first)
        self.add(self.run(root, "pipenv", "--venv"), "virtualenv", "pipenv", root)
        self.chosen[root] = self.run(root, "pipenv", "--venv")
        root = self.project("by-pipenv-inside", text, "Pipfile")
        self.run(root, "pipenv", "install", "--python", self.second, PIPENV_VENV_IN_PROJECT="1")
        self.add(root / ".venv", "virtualenv", "pipenv", root)
        self.chosen[root] = self.run(root, "pipenv", "--venv")

    def hatch(self):
        table = "\n[tool.hatch.envs.default]\nskip-install = true\n\n[tool.hatch.envs.docs]\nskip-install = true\n"
        root = self.project("By.Hatch", table)
        for name, python in (("default", self.first), ("docs", self.second)):
            self.run(root, "hatch", "env", "create", name, HATCH_PYTHON=python)
            self.add(self.run(root, "hatch", "env", "find", name), "virtualenv", "hatch", root, name=name)
        self.chosen[root] = self.run(root, "hatch", "env", "find")

    def for_tests(self):
        root = self.project("by-tox", '\n[tool.tox]\nenv_list = ["lint"]\n\n[tool.tox.env.lint]\nskip_install = true\ncommands = []\n')
        self.run(root, "tox", "run", "--notest", "-e", "lint")
        self.add(root / ".tox/lint", "virtualenv", "tox", root, name="lint", offered=False)
        root = self.project("by-nox")
        (root / "noxfile.py").write_text("import nox\n\n@nox.session\ndef tests(session):\n    pass\n")
        self.run(root, "nox", "--session", "tests")
        self.add(root / ".nox/tests", "virtualenv", "nox", root, name="tests", offered=False)

    def virtualenvwrapper(self):
        script = self.world.kit.programs["virtualenvwrapper.sh"]
        tool = script.parent / "python"
        root = self.project("by-wrapper")
        lines = (
            f"export VIRTUALENVWRAPPER_PYTHON={tool} VIRTUALENVWRAPPER_VIRTUALENV={script.parent / 'virtualenv'}\n"
            f"source {script} && mkvirtualenv --no-seed -a {root} -p {self.first} web && deactivate"
            f" && mkvirtualenv --no-seed -p {self.second} django-frontend"
        )
        home = self.world.root / "home/.virtualenvs"
        self.world.must("bash", "-c", lines, WORKON_HOME=str(home))
        self.add(home / "web", "virtualenv", "virtualenvwrapper", root, name="web")
        self.add(home / "django-frontend", "virtualenv", "virtualenvwrapper", None, name="django-frontend")
        self.chosen[root] = home / "web"


def everything(checks, kit, minors):
    with World(kit, PROGRAMS, minors) as world, Index(world.wheels) as index:
        maker = Maker(world, index, minors)
        for make in (Maker.plain, Maker.poetry, Maker.pdm, Maker.pipenv, Maker.hatch, Maker.for_tests, Maker.virtualenvwrapper):
            make(maker)
        said = world.envls("envs", ".", "--output-format", "json")
        found = json.loads(said.out)["environments"]
        wanted = {it.prefix for it in maker.places}
        inside = [it for it in found if it["prefix"].startswith(str(world.root))]
        checks.same("found: each one, once", sorted(it["prefix"] for it in inside), sorted(wanted))
        for place in maker.places:
            of = [it for it in inside if it["prefix"] == place.prefix]
            if len(of) == 1:
                judged(checks, world, maker, place, of[0])
        for root, prefix in sorted(maker.chosen.items()):
            selection = world.explained(root)["selection"]
            ours = selection and selection["environment"]["prefix"]
            checks.same(f"found: {root.name} gets what its tool says", ours, str(prefix))


def judged(checks, world, maker, place, said):
    name = "found: " + place.prefix.removeprefix(f"{world.root}/")
    for field in ("kind", "manager", "project", "offered"):
        checks.same(f"{name}: {field}", said[field], getattr(place, field))
    if place.name:
        checks.same(f"{name}: name", said["name"], place.name)
    python = Path(place.prefix) / "bin/python"
    bare, whole = tools.ask(python), tools.ask(python, "-I")
    checks.same(f"{name}: version", said["version"], bare["version"])
    checks.same(f"{name}: implementation", said["implementation"], bare["implementation"])
    checks.same(f"{name}: it runs as an environment", whole["prefix"], place.prefix)
    checks.same(f"{name}: base", said["base"], bare["executable"])
    checks.same(f"{name}: health", said["health"], "orphan" if place.prefix == maker.orphan else "ok")


def scenarios(kit, minors):
    yield "found everywhere", everything, (kit, minors)
