"""The life of a small project in the hands of each manager, by `envls do`: created, synced, added to, upgraded, taken from, made
anew with another Python, removed. After each step what we find and what the tool itself says agree."""

import json
import os
from pathlib import Path

from . import tools
from .index import Index
from .kept import Hatch, Pdm, PdmCentral, Pipenv, Poetry, Way, codes, installed
from .world import World


class Uv(Way):
    name = "uv"

    def text(self, listed, python):
        return (
            f'[project]\nname = "shop"\nversion = "1"\nrequires-python = "{python}"\ndependencies = [{listed}]\n\n'
            f"[tool.uv]\npackage = false\n"
        )

    def prefix(self):
        return str(self.world.work / ".venv") if (self.world.work / ".venv").exists() else None

    def is_locked(self):
        return self.tool("lock", "--check").code == 0

    def is_synced(self):
        return self.tool("sync", "--check").code == 0


class Pip(Way):
    """pip's own ways: with `venv`, with virtualenv, with uv's pip interface."""

    name = "pip"
    manifest = "requirements.txt"
    nothing = ("no-environment",)
    has_lock = False
    programs = ()

    def lay(self, requirements, python):
        self.world.write("requirements.txt", "\n".join(requirements) + "\n")

    prefix = Uv.prefix

    def is_locked(self):
        return True

    def is_synced(self):
        python = self.world.python()
        if "uv" in self.programs:
            dry = self.world.must("uv", "pip", "install", "--dry-run", "--python", python, "-r", "requirements.txt")
            return "Would install" not in dry.out + dry.err
        dry = self.world.must(python, "-m", "pip", "install", "--dry-run", "-r", "requirements.txt")
        return "Would install" not in dry.out


class PipVirtualenv(Pip):
    programs = ("virtualenv",)


class PipUv(Pip):
    programs = ("uv",)


class PipenvAny(Pipenv):
    """Without a Python that it insists on."""

    def lay(self, requirements, python):
        super().lay(requirements, python)
        path = self.world.work / "Pipfile"
        path.write_text(path.read_text().split("[requires]")[0])


QUICK = (Uv, PipUv, Pip)
WAYS = (*QUICK, PipVirtualenv, Poetry, Pdm, PdmCentral, PipenvAny, Hatch)


def do(way, *words):
    return way.world.envls("do", *words, "--yes", "--trusted", **way.variables())


def agrees(checks, way, name, wanted):
    """Nothing is found, the tool finds nothing to do, and this is what the interpreter sees."""
    checks.same(f"{name}: nothing is found", codes(way), [])
    checks.that(f"{name}: the tool agrees on the lock", way.is_locked())
    checks.that(f"{name}: the tool finds nothing to do", way.is_synced())
    checks.same(f"{name}: what is installed", installed(way.prefix()), wanted)


def step(checks, way, name, *words):
    said = do(way, *words)
    return checks.that(f"{name}: it is done", said.code == 0, said)


def older(way):
    """Installs an older version behind everybody's back."""
    python = Path(way.prefix()) / "bin/python"
    way.world.must(way.world.kit.programs["uv"], "pip", "install", "--python", python, "alpha==1.0")


def life(checks, kit, kind, minors):
    first, second = minors
    programs = list(kind.programs) if issubclass(kind, Pip) else [kind.name]
    with World(kit, programs, minors) as world, Index(world.wheels) as index:
        way = kind(world, index)
        name = f"life with {kind.__name__}"
        world.variables["PYTHONDONTWRITEBYTECODE"] = "1"
        (world.wheels / "alpha-2.0-py3-none-any.whl").unlink()
        versions = f">={min(first, second, key=lambda it: int(it[2:]))}"
        way.lay(["alpha>=1"], versions)
        world.write(".python-version", f"{first}\n") if kind is not PipenvAny else None
        found = set(codes(way))
        checks.that(f"{name}: no environment is said", "no-environment" in found, found)
        if step(checks, way, f"{name}, create", "create") and way.has_lock and not way.is_locked():
            step(checks, way, f"{name}, lock", "lock")
        agrees(checks, way, f"{name}, created", {"alpha": "1.0"})

        step(checks, way, f"{name}, add", "add", "beta==1.0")
        if "not-installed" in codes(way):
            step(checks, way, f"{name}, sync what was added", "sync")
        agrees(checks, way, f"{name}, added", {"alpha": "1.0", "beta": "1.0"})

        tools.wheel(world.wheels, "alpha", "2.0")
        step(checks, way, f"{name}, upgrade", "upgrade", "alpha")
        agrees(checks, way, f"{name}, upgraded", {"alpha": "2.0", "beta": "1.0"})

        older(way)
        behind = codes(way)
        checks.same(f"{name}: what went behind is said", behind, ["environment-outdated"] if way.has_lock else [])
        if behind:
            step(checks, way, f"{name}, sync", "sync")
            agrees(checks, way, f"{name}, synced", {"alpha": "2.0", "beta": "1.0"})

        step(checks, way, f"{name}, remove", "remove", "beta")
        left = installed(way.prefix())
        checks.that(f"{name}, removed: it is gone", "beta" not in left, left)
        checks.same(f"{name}, removed: nothing is found", codes(way), [])

        again = do(way, "recreate", "--python", second)
        checks.that(f"{name}, recreate with another Python: it is done", again.code == 0, again)
        chosen = way.world.explained(**way.variables())["selection"]
        version = chosen["environment"]["version"] if chosen else ""
        checks.same(f"{name}, recreated: its Python", ".".join(version.split(".")[:2]), second)
        checks.same(f"{name}, recreated: the tool's own", way.prefix(), chosen["environment"]["prefix"] if chosen else None)
        checks.same(f"{name}, recreated: what is installed", set(installed(way.prefix())), {"alpha"})
        left = codes(way)
        checks.same(f"{name}, recreated: nothing is found", left, [])

        step(checks, way, f"{name}, remove the environment", "remove-environment")
        prefix = Path(chosen["environment"]["prefix"])
        checks.that(f"{name}: it is gone", not prefix.exists(), prefix)
        stray = [it.name for it in prefix.parent.glob("*envls*")] if prefix.parent.exists() else []
        checks.same(f"{name}: nothing of ours stays", stray, [])


def healthy(checks, kit):
    """Thirty environments that are as they should be, made in every way there is: none of them is called torn."""
    with World(kit, ["uv", "virtualenv"], list(kit.pythons)) as world:
        minors = [it for it in sorted(kit.pythons) if int(it.split(".")[1]) >= 9]
        wanted = [(minor, number) for number in range(12) for minor in minors][:30]
        for at, (minor, number) in enumerate(wanted):
            folder = f"p{at}"
            world.write(f"{folder}/requirements.txt", "alpha\nbeta\ngamma\n" if number % 2 else "gamma\n")
            prefix, python = world.work / folder / ".venv", kit.pythons[minor]
            if at == 29:
                world.must(python, "-m", "venv", prefix)
                world.must(prefix / "bin/python", "-m", "pip", "install", "-q", "-r", world.work / folder / "requirements.txt")
                continue
            maker = [kit.programs["virtualenv"], "-q", "--python", python] if at % 5 == 4 else ["uv", "venv", "-q", "--python", python]
            world.must(*maker, prefix)
            world.must("uv", "pip", "install", "-q", "--python", prefix / "bin/python", "-r", world.work / folder / "requirements.txt")
        found = world.check()
        checks.same("thirty healthy environments: as many projects", len(list(world.work.glob("p*/.venv/pyvenv.cfg"))), 30)
        checks.same("thirty healthy environments: nothing is said", [(it["code"], it["path"]) for it in found], [])


def asks(checks, kit):
    """`envls fix` and `envls do` at a terminal ask, and take only a yes for a yes."""
    with World(kit, ["uv"], [kit.usual]) as world:
        world.write("requirements.txt", "alpha\n")
        for answer, made in (("n", False), ("", False), ("y", True)):
            said = at_terminal(world, [world.kit.binary, "fix", "--all"], answer)
            checks.that(f"fix asks, `{answer}`: the command is shown", b"uv venv" in said, said)
            checks.that(f"fix asks, `{answer}`: it asks", b"[y/N]" in said, said)
            checks.that(f"fix asks, `{answer}`: trust is spoken of", b"not trusted" in said, said)
            checks.same(f"fix asks, `{answer}`: what comes of it", (world.work / ".venv").exists(), made)
        said = at_terminal(world, [world.kit.binary, "do", "remove-environment"], "n")
        checks.that("do asks: it asks", b"[y/N]" in said, said)
        checks.that("do asks: a no is a no", (world.work / ".venv").exists())
        world.lose("alpha")
        world.write("app.py", "import alpha\n")
        one = world.envls("fix", "--code", "no-environment", "--yes", "--trusted")
        checks.that("fix --code: others are left alone", one.code == 0 and not world.installed(), one)
        every = world.envls("fix", "--all", "--yes", "--trusted")
        checks.that("fix --all: all are mended", every.code == 0 and world.installed() == {"alpha": "2.0"}, every)


def at_terminal(world, command, answer):
    """Runs a command at a terminal of its own, and types one line when it asks."""
    import pty
    import select
    import time

    child, terminal = pty.fork()
    if child == 0:
        os.chdir(world.work)
        os.execve(str(command[0]), [str(it) for it in command], world.variables)
    said, typed, until = b"", False, time.monotonic() + 120
    while time.monotonic() < until:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        if not ready:
            continue
        try:
            read = os.read(terminal, 65536)
        except OSError:
            break
        if not read:
            break
        said += read
        if b"[y/N]" in said and not typed:
            os.write(terminal, answer.encode() + b"\n")
            typed = True
    os.close(terminal)
    os.waitpid(child, 0)
    return said


def scenarios(kit):
    for kind in WAYS if os.environ.get("ENVLS_FULL") else QUICK:
        yield f"life with {kind.__name__}", life, (kit, kind, kit.minors)
    yield "healthy environments", healthy, (kit,)
    yield "asks at a terminal", asks, (kit,)
