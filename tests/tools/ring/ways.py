"""Each way to an environment, from nothing to one that has all that is declared, with the tool's own word beside ours."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from . import tools
from .world import World

# uv has dropped what is older; beside virtualenv, which has too, there is always the standard library.
OLDEST = {"uv project": 8, "pip with uv": 8, "pip with virtualenv": 8, "pip with venv": 6}
PROGRAMS = {"uv project": ["uv"], "pip with uv": ["uv"], "pip with virtualenv": ["virtualenv"], "pip with venv": []}
REQUIREMENTS = ["alpha>=2", "beta==1.5", "gamma", "delta==1; sys_platform == 'win32'"]
# Environments of the standard library tell git by themselves to leave them alone from this version on.
IGNORES_ITSELF = 13


def lay(world, way, minor):
    """A project that asks for just this Python."""
    tools.wheel(world.wheels, "delta", "1")
    if way == "uv project":
        listed = ", ".join(json.dumps(it) for it in REQUIREMENTS)
        world.write(
            "pyproject.toml",
            f'[project]\nname = "shop"\nversion = "1"\nrequires-python = "=={minor}.*"\n'
            f"dependencies = [{listed}]\n\n[tool.uv]\npackage = false\n",
        )
    else:
        world.write("requirements.txt", "\n".join(REQUIREMENTS) + "\n")
        world.write(".python-version", f"{minor}\n")


def complete(world, way):
    """Whether the tool itself finds nothing to do; `None` where it cannot be asked."""
    if way == "uv project":
        return world.run("uv", "sync", "--check").code == 0
    if way == "pip with uv":
        dry = world.must("uv", "pip", "install", "--dry-run", "--python", world.python(), "-r", "requirements.txt")
        return "Would install" not in dry.err + dry.out
    help_page = world.run(world.python(), "-m", "pip", "install", "--help")
    if "--dry-run" not in help_page.out:
        return None
    dry = world.must(world.python(), "-m", "pip", "install", "--dry-run", "-r", "requirements.txt")
    return "Would install" not in dry.out


def agree(checks, world, way, name, codes):
    """Our findings are these, and the tool says the same."""
    checks.same(f"{name}: findings", world.codes(), sorted(codes))
    word = complete(world, way)
    if word is not None:
        checks.same(f"{name}: the tool agrees", word, not codes)


def healthy(checks, world, name, prefix=".venv", path="."):
    """The environment runs, and what we say of it is what its interpreter says of itself."""
    python = world.python(prefix)
    bare, whole = tools.ask(python), tools.ask(python, "-I")
    checks.same(f"{name}: it runs as an environment", whole["prefix"], str(world.work / prefix))
    selection = world.explained(path)["selection"]
    said = selection["environment"] if selection else {}
    checks.same(f"{name}: version", said.get("version"), bare["version"])
    checks.same(f"{name}: implementation", said.get("implementation"), bare["implementation"])
    checks.same(f"{name}: prefix", said.get("prefix"), whole["prefix"])
    if python.is_symlink():
        checks.same(f"{name}: base", said.get("base"), bare["executable"])
    checks.same(f"{name}: which", world.envls("which", path).out, f"{python}\n")
    listed = json.loads(world.envls("envs", path, "--output-format", "json").out)["environments"]
    checks.that(f"{name}: envs lists the same", said in listed, f"{said}\nis not in\n{listed}")


def from_nothing(checks, kit, way, minor):
    name = f"{way}, Python {minor}"
    with World(kit, PROGRAMS[way], [minor]) as world:
        lay(world, way, minor)
        checks.same(f"{name}: no environment", world.codes(), ["no-environment"])
        said = world.fix()
        checks.that(f"{name}: the fix creates it", said.code == 0, said)
        agree(checks, world, way, f"{name}, created", [])
        healthy(checks, world, name)
        checks.same(f"{name}: nothing else was left", stray(world), [])
        if minor != kit.usual:
            return
        drift(checks, world, way, name)
        ignored(checks, world, way, name)


def drift(checks, world, way, name):
    """What is installed drifts from what is declared, and comes back."""
    world.lose("beta")
    agree(checks, world, way, f"{name}, a distribution is gone", ["not-installed"])
    said = world.fix("--code", "not-installed")
    checks.that(f"{name}: it is installed again", said.code == 0, said)
    agree(checks, world, way, f"{name}, installed again", [])
    older(world, way)
    agree(checks, world, way, f"{name}, an older version", ["version-mismatch"])
    said = world.fix("--code", "version-mismatch")
    checks.that(f"{name}: it is brought up", said.code == 0, said)
    agree(checks, world, way, f"{name}, brought up", [])
    checks.same(f"{name}: in the declared version", world.installed().get("alpha"), "2.0")
    older(world, way)
    edited(checks, world, name)
    if way == "uv project":
        world.must("uv", "lock", "--upgrade-package", "alpha==1.0")
    agree(checks, world, way, f"{name}, the specifier was changed instead", [])


def older(world, way):
    """Installs an older version behind the project's back."""
    if "uv" in way:
        world.must("uv", "pip", "install", "--python", world.python(), "alpha==1.0")
    else:
        world.must(world.python(), "-m", "pip", "install", "alpha==1.0")


def edited(checks, world, name):
    """Makes the edit that the finding offers, as an editor would."""
    [finding] = world.check()
    [edit] = [it for action in finding["actions"] if action["title"].startswith("Change") for it in action["edits"]]
    with open(edit["path"], encoding="utf-8") as file:
        lines = file.read().split("\n")
    start, end = edit["range"]["start"], edit["range"]["end"]
    line = lines[start["line"]]
    lines[start["line"]] = line[: start["character"]] + edit["text"] + line[end["character"] :]
    with open(edit["path"], "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    checks.that(f"{name}: the edit names what is installed", "alpha>=1.0" in lines[start["line"]], lines)


def ignored(checks, world, way, name):
    """Git is told to leave the environment alone, and a file that says so otherwise is left alone by us."""
    if not shutil.which("git"):
        checks.skipped(f"{name}: ignored by git", "git is not installed")
        return
    world.must("git", "init", "-q", ".")
    shown = world.must("git", "status", "--porcelain", "--untracked-files=all").out
    checks.that(f"{name}: git does not see it", ".venv" not in shown, shown)


def stray(world):
    """What lies beside the project's own files and its environment."""
    known = {"pyproject.toml", "requirements.txt", ".python-version", ".venv", "uv.lock", ".git"}
    return sorted(it.name for it in world.work.iterdir() if it.name not in known)


def keeps_ignore_file(checks, kit):
    """A `.gitignore` that is there already, in the project or where the environment comes, stays as it is."""
    with World(kit, [], [kit.usual]) as world:
        lay(world, "pip with venv", kit.usual)
        world.write(".gitignore", "*.pyc\n")
        world.write(".venv/.gitignore", "# mine\n")
        said = world.fix()
        checks.that("an ignore file of the user's own: the environment is made", said.code == 0, said)
        checks.same("an ignore file of the user's own stays", (world.work / ".venv/.gitignore").read_text(), "# mine\n")
        checks.same("the project's ignore file stays", (world.work / ".gitignore").read_text(), "*.pyc\n")


def without_pip(checks, kit):
    """An environment without pip on a machine without uv gets the pip that its Python brings along."""
    with World(kit, [], [kit.usual]) as world:
        lay(world, "pip with venv", kit.usual)
        world.must(kit.pythons[kit.usual], "-m", "venv", "--without-pip", ".venv")
        checks.same("without pip: findings", world.codes(), ["not-installed"] * 3)
        said = world.fix()
        checks.that("without pip: the fix brings it", said.code == 0, said)
        agree(checks, world, "pip with venv", "without pip, mended", [])


def included(checks, kit):
    """Requirements files that include each other, and those that are called otherwise."""
    layouts = {
        "one includes the other": {"base.txt": "alpha\n", "requirements.txt": "-r base.txt\nbeta\n"},
        "only requirements.in": {"requirements.in": "alpha\nbeta\n"},
        "only requirements/base.txt": {"requirements/base.txt": "alpha\nbeta\n"},
        "all is included": {"requirements.txt": "-r requirements/prod.txt\n", "requirements/prod.txt": "alpha\nbeta\n"},
    }
    for name, files in layouts.items():
        with World(kit, ["uv"], [kit.usual]) as world:
            for path, text in files.items():
                world.write(path, text)
            checks.same(f"{name}: findings", world.codes(), ["no-environment"])
            said = world.fix()
            checks.that(f"{name}: the fix creates it", said.code == 0, said)
            checks.same(f"{name}: nothing is left", world.codes(), [])
            checks.same(f"{name}: all is installed", sorted(world.installed()), ["alpha", "beta"])


def itself(checks, kit):
    """A project that can be built is installed itself, editable."""
    for programs in (["uv"], []):
        name = f"a project that is built, with {programs or 'pip'}"
        with World(kit, programs, [kit.usual]) as world:
            world.write(
                "pyproject.toml",
                '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n\n'
                '[project]\nname = "shop"\nversion = "1"\ndependencies = ["alpha>=2"]\n'
                '[project.optional-dependencies]\nfast = ["beta"]\n',
            )
            world.write("backend.py", BACKEND)
            world.write("shop.py", "import alpha\n")
            checks.same(f"{name}: findings", world.codes(), ["no-environment"])
            said = world.fix()
            checks.that(f"{name}: the fix creates it", said.code == 0, said)
            checks.same(f"{name}: nothing is left", world.codes(), [])
            imported = subprocess.run([world.python(), "-I", "-c", "import shop"], capture_output=True, timeout=60)
            checks.same(f"{name}: it can be imported", imported.returncode, 0)


BACKEND = '''\
import zipfile, pathlib
STEM = "shop-1.dist-info"
METADATA = "Metadata-Version: 2.1\\nName: shop\\nVersion: 1\\nRequires-Dist: alpha>=2\\n" \\
    "Provides-Extra: fast\\nRequires-Dist: beta; extra == 'fast'\\n"
def build_editable(folder, *_):
    name = "shop-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.writestr("shop.pth", str(pathlib.Path.cwd()) + "\\n")
        wheel.writestr(STEM + "/METADATA", METADATA)
        wheel.writestr(STEM + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(STEM + "/RECORD", "shop.pth,,\\n" + STEM + "/METADATA,,\\n" + STEM + "/WHEEL,,\\n" + STEM + "/RECORD,,\\n")
    return name
build_wheel = build_editable
'''


def scenarios(kit):
    every = ("3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
    for way in PROGRAMS:
        served = [it for it in every if int(it.split(".")[1]) >= OLDEST[way] and it in kit.pythons]
        # pip takes half a minute for what uv does at once, so it goes through all of them only when there is time.
        few = {served[0], kit.usual, served[-1]} if served and "uv" not in way else set(every)
        for minor in every:
            if minor in kit.pythons and minor not in few and not os.environ.get("ENVLS_FULL"):
                continue
            if int(minor.split(".")[1]) < OLDEST[way]:
                continue
            if minor not in kit.pythons:
                yield f"{way}, Python {minor}", f"Python {minor} is not on this machine", None
            else:
                yield f"{way}, Python {minor}", from_nothing, (kit, way, minor)
    for scenario in (keeps_ignore_file, without_pip, included, itself):
        yield scenario.__name__, scenario, (kit,)
