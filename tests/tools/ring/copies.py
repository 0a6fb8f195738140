"""An environment of each manager is written down, made again and copied: what the copy's own tool says is installed equals the
original's, the original is as it was, and what cannot be had again is named."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from . import tools
from .index import Index
from .lives import PipUv, QUICK, WAYS, do
from .world import World


def listed(kit, world, prefix):
    """By uv's word, which needs no pip in it: names, versions, editable ones."""
    python = Path(prefix) / "bin/python"
    said = world.must(kit.programs["uv"], "pip", "list", "--format", "json", "--python", python)
    return sorted((it["name"], it["version"], it.get("editable_project_location")) for it in json.loads(said.out))


def by_pip(prefix):
    """By the interpreter's own word."""
    code = "import importlib.metadata as m, json; print(json.dumps(sorted((d.metadata['Name'], d.version) for d in m.distributions())))"
    said = subprocess.run([Path(prefix) / "bin/python", "-I", "-B", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(said.stdout)


def state(prefix):
    """Every file of an environment with its size and time."""
    prefix = Path(prefix)
    files = (it for it in sorted(prefix.rglob("*")) if "__pycache__" not in it.parts and it.is_file() and not it.is_symlink())
    return [(str(it.relative_to(prefix)), it.stat().st_size, it.stat().st_mtime_ns) for it in files]


def copied(checks, kit, kind):
    name = f"copies with {kind.__name__}"
    own = [kind.name] if kind.name in kit.programs and not getattr(kind, "programs", None) else list(getattr(kind, "programs", ()))
    with World(kit, own, [kit.usual]) as world, Index(world.wheels) as index:
        way = kind(world, index)
        world.variables["PYTHONDONTWRITEBYTECODE"] = "1"
        way.lay(["gamma", "beta==1.0"], f"=={kit.usual}.*")
        world.write(".python-version", f"{kit.usual}\n")
        # The pip that virtualenv puts into an environment is had from the index, as any other.
        for program in own:
            home = Path(os.path.realpath(kit.programs[program])).parent.parent
            for wheel in home.glob("lib/python*/site-packages/virtualenv/seed/wheels/embed/pip-*.whl"):
                shutil.copy(wheel, world.wheels)
        made = do(way, "create")
        checks.that(f"{name}: it is made", made.code == 0, made)
        prefix = way.prefix()
        # Something that nobody declares belongs to the environment, too.
        library = world.root / "library"
        library.mkdir()
        (library / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "local"\nversion = "3"\n')
        (library / "backend.py").write_text(BACKEND)
        world.must(kit.programs["uv"], "pip", "install", "--python", Path(prefix) / "bin/python", "--no-deps", "-e", library)
        before, files = listed(kit, world, prefix), state(prefix)
        said = world.envls("snapshot", "-o", world.root / "kept.json", **way.variables())
        checks.that(f"{name}: it is written down", said.code == 0, said)
        kept = json.loads((world.root / "kept.json").read_text())
        checks.same(f"{name}: by its manager's name", kept["manager"], kind.name)
        checks.same(f"{name}: what is editable is known to be", [it["source"]["editable"] for it in kept["distributions"] if it["name"] == "local"], [True])
        copy = world.root / "copy"
        said = world.envls("clone", prefix, copy, **way.variables())
        checks.that(f"{name}: clone", said.code == 0, said)
        checks.same(f"{name}: the copy has what the original has", listed(kit, world, copy), before)
        checks.same(f"{name}: by its interpreter's word", by_pip(copy), by_pip(prefix))
        checks.same(f"{name}: the original is untouched", state(prefix), files)
        said = world.envls("clone", prefix, copy, **way.variables())
        checks.same(f"{name}: nothing is copied over what is there", said.code, 2)
        again = world.root / "again"
        said = world.envls("restore", world.root / "kept.json", again, **way.variables())
        checks.that(f"{name}: restore", said.code == 0, said)
        checks.same(f"{name}: what is restored has all", listed(kit, world, again), before)
        # A file that the index does not have any more.
        for wheel in world.wheels.glob("beta-1.0-*"):
            wheel.unlink()
        world.variables["UV_NO_CACHE"] = "1"
        world.variables["PIP_NO_CACHE_DIR"] = "1"
        lost = world.root / "lost"
        said = world.envls("restore", world.root / "kept.json", lost, **way.variables())
        checks.same(f"{name}: without a file it is not equal", said.code, 1)
        checks.that(f"{name}: the file that cannot be had is named", "`beta`" in said.err and "`beta` 1.0 is missing" in said.out, said)
        said = world.envls("restore", world.root / "kept.json", again, **way.variables())
        checks.same(f"{name}: over one that is there: not equal", said.code, 1)
        checks.same(f"{name}: so what was there is back", listed(kit, world, again), before)
        checks.same(f"{name}: nothing stays aside", sorted(it.name for it in world.root.glob("*aside*")), [])


def back(checks, kit):
    """What was made anew can be had back as it was."""
    with World(kit, ["uv"], kit.minors) as world:
        world.write("requirements.txt", "alpha>=1\n")
        world.write(".python-version", f"{kit.minors[0]}\n")
        way = PipUv(world, None)
        world.must("uv", "venv", "-q", "--python", kit.pythons[kit.minors[0]], ".venv")
        world.must("uv", "pip", "install", "-q", "--python", world.python(), "alpha==1.0", "beta==1.5")
        before = listed(kit, world, world.work / ".venv")
        said = do(way, "recreate", "--python", kit.minors[1])
        checks.that("back: it is made anew", said.code == 0 and world.installed() == {"alpha": "2.0"}, said)
        [line] = [it for it in said.err.splitlines() if "to have it back:" in it]
        words = line.split("to have it back: envls ")[1].split()
        said = world.envls(*words)
        checks.that("back: the command that was named brings it back", said.code == 0, said)
        checks.same("back: as it was", listed(kit, world, world.work / ".venv"), before)
        version = tools.ask(world.python(), "-I")["version"]
        checks.that("back: with its Python", version.startswith(kit.minors[0] + "."), version)


def pylock(checks, kit):
    """As `pylock.toml`, which uv itself can install from; and what that cannot say is refused."""
    with World(kit, ["uv"], [kit.usual]) as world, Index(world.wheels) as index:
        (world.root / "home/.config/uv/uv.toml").write_text("", encoding="utf-8")
        del world.variables["UV_FIND_LINKS"]
        world.variables["UV_DEFAULT_INDEX"] = index.address
        world.write("pyproject.toml", f'[project]\nname = "shop"\nversion = "1"\nrequires-python = "=={kit.usual}.*"\ndependencies = ["gamma"]\n[tool.uv]\npackage = false\n')
        world.must("uv", "sync", "-q")
        said = world.envls("snapshot", "-o", "pylock.toml")
        checks.that("pylock: it is written", said.code == 0, said)
        world.must("uv", "venv", "-q", "--python", kit.pythons[kit.usual], world.root / "theirs")
        theirs = world.run("uv", "pip", "sync", "--python", world.root / "theirs/bin/python", "pylock.toml", "--preview")
        checks.that("pylock: uv installs from it", theirs.code == 0, theirs)
        checks.same("pylock: the same", listed(kit, world, world.root / "theirs"), listed(kit, world, world.work / ".venv"))
        said = world.envls("restore", "pylock.toml", world.root / "ours")
        checks.that("pylock: we restore from it, too", said.code == 0, said)
        checks.same("pylock: the same again", listed(kit, world, world.root / "ours"), listed(kit, world, world.work / ".venv"))
        world.must("uv", "pip", "install", "-q", "--python", world.python(), "beta")
        said = world.envls("snapshot", "-o", "pylock.more.toml")
        checks.same("pylock: what it cannot say is refused", said.code, 2)
        checks.that("pylock: by its name", "`beta 1.5`" in said.err and not (world.work / "pylock.more.toml").exists(), said)
        # A file with another content than the one that was locked.
        (world.wheels / "gamma-1.0-py3-none-any.whl").unlink()
        tools.wheel(world.wheels, "gamma", "1.0", requires=["alpha>=1", "beta"])
        world.variables["UV_NO_CACHE"] = "1"
        said = world.envls("restore", "pylock.toml", world.root / "swapped")
        checks.same("pylock: another file of that name is not taken", said.code, 1)
        checks.that("pylock: and named", "`gamma` 1.0 is missing" in said.out, said)


BACKEND = '''\
import zipfile, pathlib
STEM = "local-3.dist-info"
def build_editable(folder, *_):
    name = "local-3-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.writestr("local.pth", str(pathlib.Path.cwd()) + "\\n")
        wheel.writestr(STEM + "/METADATA", "Metadata-Version: 2.1\\nName: local\\nVersion: 3\\n")
        wheel.writestr(STEM + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(STEM + "/RECORD", "local.pth,,\\n" + STEM + "/METADATA,,\\n" + STEM + "/WHEEL,,\\n" + STEM + "/RECORD,,\\n")
    return name
build_wheel = build_editable
'''


def scenarios(kit):
    for kind in WAYS if os.environ.get("ENVLS_FULL") else QUICK[:2]:
        yield f"copies with {kind.__name__}", copied, (kit, kind)
    yield "copies, back", back, (kit,)
    yield "copies, pylock", pylock, (kit,)
