"""Each kind of damage to an environment: judged in the right words, and made anew as one that runs."""

import os
import shutil
from pathlib import Path

from . import ways
from .world import World

def made(world, kit, *options, python=None):
    """A project of one requirement with an environment that the standard library made, with pip where there is no uv."""
    world.write("requirements.txt", "alpha>=2\n")
    world.write(".python-version", f"{kit.usual}\n")
    fast = ["--without-pip"] if (world.bin / "uv").exists() else []
    world.must(python or kit.pythons[kit.usual], "-m", "venv", *fast, *options, ".venv")
    if fast:
        world.must("uv", "pip", "install", "--python", world.python(), "-r", "requirements.txt")
    else:
        world.must(world.python(), "-m", "pip", "install", "-r", "requirements.txt")


def judged(checks, world, name, words, prefix=".venv"):
    """There is one finding, and it says this; a broken environment is no answer to `which`."""
    findings = world.check()
    checks.same(f"{name}: one finding", [it["code"] for it in findings], ["broken-environment"])
    message = findings[0]["message"] if findings else ""
    wanted = f"environment `{prefix}` is broken: {words}"
    checks.same(f"{name}: its words", message, wanted)
    checks.same(f"{name}: which says none", world.envls("which").code, 1)
    titles = [it["title"] for it in findings[0]["actions"] if it["preferred"]] if findings else []
    checks.that(f"{name}: it offers to recreate", titles and titles[0].startswith("Recreate"), titles)


def mended(checks, world, name):
    said = world.fix("--code", "broken-environment")
    checks.that(f"{name}: the fix recreates it", said.code == 0, said)
    checks.same(f"{name}: nothing is left", world.codes(), [])
    ways.healthy(checks, world, f"{name}, recreated")
    checks.same(f"{name}: nothing stays aside", ways.stray(world), [])


def dangling(world, kit):
    base = world.root / "gone/bin/python3.12"
    world.python().unlink()
    world.python().symlink_to(base)
    return f"`.venv/bin/python` leads to `{base}`, which is not there"


def deleted(world, kit):
    for python in (world.work / ".venv/bin").glob("python*"):
        python.unlink()
    return "there is no Python in `.venv/bin`"


def no_program(world, kit):
    world.python().unlink()
    world.python().write_text("", encoding="utf-8")
    return "`.venv/bin/python` cannot be executed"


def unconfigured(world, kit):
    (world.work / ".venv/pyvenv.cfg").unlink()
    base = kit.pythons[kit.usual]
    return f"`pyvenv.cfg` is missing, so it acts as `{base}` itself and installs would go there"


def emptied(world, kit):
    (world.work / ".venv/pyvenv.cfg").write_text("", encoding="utf-8")
    return "`pyvenv.cfg` is empty, so packages of the base Python show through"


def homeless(world, kit):
    configuration = world.work / ".venv/pyvenv.cfg"
    lines = configuration.read_text(encoding="utf-8").splitlines()
    configuration.write_text("\n".join(it for it in lines if not it.startswith("home")) + "\n", encoding="utf-8")
    return "`pyvenv.cfg` names no `home`, so Python does not take it for an environment"


def lying(world, kit):
    configuration = world.work / ".venv/pyvenv.cfg"
    text = configuration.read_text(encoding="utf-8")
    version = next(it for it in text.splitlines() if it.startswith("version"))
    configuration.write_text(text.replace(version, "version = 3.5.1"), encoding="utf-8")
    return f"`pyvenv.cfg` says Python 3.5, but it is Python {kit.usual}"


def broken(checks, kit, damage):
    name = f"damage, {damage.__name__}"
    # Once with nothing but Python, the others with uv, which is much faster.
    with World(kit, [] if damage is dangling else ["uv"], [kit.usual]) as world:
        made(world, kit)
        checks.same(f"{name}: sound before", world.codes(), [])
        judged(checks, world, name, damage(world, kit))
        mended(checks, world, name)


def copy_of_base(world, kit):
    """A base of the world's own, so that it can be taken away."""
    base = kit.pythons[kit.usual]
    own = world.root / "base"
    heavy = shutil.ignore_patterns("test", "tests", "__pycache__", "idlelib", "site-packages", "config-*", "*.a")
    shutil.copytree(base.parent.parent, own, symlinks=True, ignore=heavy)
    (own / f"lib/python{kit.usual}/site-packages").mkdir()
    return own / "bin" / base.name


def base_removed(checks, kit, option):
    name = f"base removed, {option}"
    if kit.pythons[kit.usual].parent.parent in (Path("/usr"), Path("/usr/local")):
        checks.skipped(name, "the only Python here is the system's, which is not to be copied")
        return
    with World(kit, ["uv"], [kit.usual]) as world:
        own = copy_of_base(world, kit)
        made(world, kit, option, python=own)
        checks.same(f"{name}: sound before", world.codes(), [])
        ways.healthy(checks, world, f"{name}, before")
        shutil.rmtree(own.parent.parent)
        if option == "--copies":
            words = f"the Python it was made from is gone from `{own.parent}`"
        else:
            words = f"`.venv/bin/python` leads to `{own}`, which is not there"
        judged(checks, world, name, words)
        mended(checks, world, name)


def unreadable(checks, kit):
    """A folder that cannot be looked into, as another user than the one who may everything."""
    name = "damage, unreadable"
    with World(kit, [], [kit.usual]) as world:
        if os.geteuid() == 0 and not shutil.which("setpriv"):
            checks.skipped(name, "setpriv is not installed, and root may look into everything")
            return
        world.write("requirements.txt", "alpha>=2\n")
        (world.work / ".venv/bin").mkdir(parents=True)
        binary = shutil.copy(kit.binary, world.root / "envls")
        drop = []
        if os.geteuid() == 0:
            drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            world.must("chown", "-R", "65534:65534", world.root)
        (world.work / ".venv").chmod(0)
        try:
            said = world.run(*drop, binary, "check", "--output-format", "github")
        finally:
            (world.work / ".venv").chmod(0o755)
        checks.that(f"{name}: its words", "`.venv` cannot be looked into" in said.out, said)


def read_only(checks, kit):
    """Nothing can be installed: that is said, and nothing is changed or left behind."""
    name = "damage, read-only"
    with World(kit, [], [kit.usual]) as world:
        if os.geteuid() == 0 and not shutil.which("setpriv"):
            checks.skipped(name, "setpriv is not installed, and root may write everywhere")
            return
        own = copy_of_base(world, kit)
        (world.bin / f"python{kit.usual}").unlink()
        (world.bin / f"python{kit.usual}").symlink_to(own)
        world.variables["LD_LIBRARY_PATH"] = str(own.parent.parent / "lib")
        made(world, kit, python=own)
        world.lose("alpha")
        binary = shutil.copy(kit.binary, world.root / "envls")
        drop = []
        if os.geteuid() == 0:
            drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            world.must("chown", "-R", "65534:65534", world.root)
        world.must("chmod", "-R", "a-w", world.work)
        said = world.run(*drop, binary, "check", "--output-format", "github")
        checks.that(f"{name}: what it has is judged", "not-installed" in said.out, said)
        said = world.run(*drop, binary, "fix", "--all", "--yes", "--trusted")
        checks.same(f"{name}: who owns it makes it writable, and installs", said.code, 0)
        checks.that(f"{name}: nothing is wrong any more", "No problems" in said.out, said)
        if not drop:
            checks.skipped(f"{name}, another's", "only root can give a folder away")
            return
        world.lose("alpha")
        world.must("chown", "-R", "0:0", world.work / ".venv")
        world.must("chmod", "-R", "a-w", world.work)
        before = listing(world)
        said = world.run(*drop, binary, "fix", "--all", "--yes", "--trusted")
        checks.same(f"{name}, another's: the fix fails", said.code, 1)
        reasons = ("denied", "Permission", "not permitted")
        checks.that(f"{name}, another's: and says why", any(it in said.err for it in reasons), said)
        (world.work / ".venv/pyvenv.cfg").write_text("", encoding="utf-8")
        said = world.run(*drop, binary, "fix", "--all", "--yes", "--trusted")
        checks.same(f"{name}, another's: broken, it cannot be recreated", said.code, 1)
        checks.that(f"{name}, another's: and that is said", any(it in said.err for it in reasons), said)
        checks.same(f"{name}, another's: nothing was changed", listing(world), before)


def listing(world):
    return sorted(str(it) for it in world.work.rglob("*"))


def wrong_python(checks, kit, way):
    name = f"wrong-python, {way}"
    others = [it for it in ("3.10", "3.11", "3.13", "3.9") if it in kit.pythons and it != kit.usual]
    if not others:
        checks.skipped(name, "there is but one Python here")
        return
    with World(kit, ways.PROGRAMS[way], [kit.usual, others[0]]) as world:
        world.write(
            "pyproject.toml",
            f'[project]\nname = "shop"\nversion = "1"\nrequires-python = "=={kit.usual}.*"\n'
            'dependencies = ["alpha>=2"]\n' + ("[tool.uv]\npackage = false\n" if way == "uv project" else ""),
        )
        if "uv" in way:
            world.must(kit.pythons[others[0]], "-m", "venv", "--without-pip", ".venv")
            world.must("uv", "pip", "install", "--python", world.python(), "alpha")
        else:
            world.must(kit.pythons[others[0]], "-m", "venv", ".venv")
            world.must(world.python(), "-m", "pip", "install", "alpha")
        checks.same(f"{name}: findings", world.codes(), ["wrong-python"])
        mine = world.work / ".venv/mine"
        mine.write_text("", encoding="utf-8")
        said = world.fix("--code", "wrong-python", UV_FIND_LINKS="/nowhere", PIP_FIND_LINKS="/nowhere")
        checks.same(f"{name}: without its packages it cannot be recreated", said.code, 1)
        checks.that(f"{name}: the old one is back", mine.exists(), ways.stray(world))
        checks.same(f"{name}: and judged as before", world.codes(), ["wrong-python"])
        checks.same(f"{name}: nothing stays aside", ways.stray(world), [])
        said = world.fix("--code", "wrong-python")
        checks.that(f"{name}: the fix recreates it", said.code == 0, said)
        checks.same(f"{name}: nothing is left", world.codes(), [])
        ways.healthy(checks, world, f"{name}, recreated")
        checks.that(f"{name}: it is another one", not mine.exists())


def first_creation_fails(checks, kit):
    """What a creation that failed leaves half made is removed; what was there before is not."""
    name = "a first creation that fails"
    with World(kit, [], [kit.usual]) as world:
        world.write("requirements.txt", "alpha>=2\n")
        # Stands for a Python that ends half-way through.
        own = copy_of_base(world, kit)
        (world.bin / f"python{kit.usual}").unlink()
        (world.bin / f"python{kit.usual}").symlink_to(own)
        bundled = own.parent.parent / f"lib/python{kit.usual}/ensurepip/_bundled"
        shutil.rmtree(bundled)
        said = world.fix()
        checks.same(f"{name}: it is said", said.code, 1)
        checks.that(f"{name}: nothing is left", not (world.work / ".venv").exists(), ways.stray(world))
        checks.same(f"{name}: findings", world.codes(), ["no-environment"])
        shutil.copytree(kit.pythons[kit.usual].parent.parent / f"lib/python{kit.usual}/ensurepip/_bundled", bundled)
        said = world.fix()
        checks.that(f"{name}: the next does well", said.code == 0, said)
        checks.same(f"{name}: nothing is left then", world.codes(), [])


def scenarios(kit):
    for damage in (dangling, deleted, no_program, unconfigured, emptied, homeless, lying):
        yield f"damage, {damage.__name__}", broken, (kit, damage)
    for option in ("--symlinks", "--copies"):
        yield f"base removed, {option}", base_removed, (kit, option)
    yield "damage, unreadable", unreadable, (kit,)
    yield "damage, read-only", read_only, (kit,)
    for way in ways.PROGRAMS:
        yield f"wrong-python, {way}", wrong_python, (kit, way)
    yield "a first creation that fails", first_creation_fails, (kit,)
