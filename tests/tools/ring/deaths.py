"""Every tool is killed with -9 at many moments while it makes an environment, by fault injection: what is left is judged as what it
is by its own interpreter's word, never healthy when it is not; the fix that is offered mends it; nothing of the user's is gone."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from . import tools
from .index import Index
from .kept import Hatch, Pdm, Pipenv, Poetry, installed
from .lives import Pip, PipUv, PipVirtualenv, Uv
from .world import ELSEWHERE, World

# The calls at which a process of the tool dies, and the how many-th of them it is. Of each tool the first three are quick to play.
MOMENTS = {
    "Uv": (("symlink", 2), ("rename", 1), ("link", 3), ("mkdir", 2), ("mkdir", 4), ("mkdir", 6), ("symlink", 1), ("link", 9), ("link", 40)),
    "PipUv": (("symlink", 2), ("mkdir", 4), ("link", 7), ("mkdir", 2), ("symlink", 1), ("symlink", 3), ("rename", 1), ("link", 30)),
    "Pip": (("symlink", 1), ("mkdir", 3), ("rename", 4), ("mkdir", 1), ("mkdir", 9), ("symlink", 2), ("rename", 1), ("mkdir", 40), ("rename", 20)),
    "PipVirtualenv": (("symlink", 1), ("mkdir", 3), ("rename", 1), ("mkdir", 6), ("mkdir", 12), ("symlink", 2), ("rename", 5), ("mkdir", 40)),
    "Poetry": (("symlink", 1), ("mkdir", 6), ("rename", 2), ("mkdir", 2), ("mkdir", 12), ("symlink", 2), ("rename", 1), ("mkdir", 20)),
    "Pdm": (("symlink", 1), ("mkdir", 6), ("rename", 2), ("mkdir", 2), ("mkdir", 12), ("symlink", 2), ("rename", 1), ("mkdir", 20)),
    "Hatch": (("symlink", 1), ("mkdir", 6), ("rename", 2), ("mkdir", 2), ("mkdir", 12), ("symlink", 2), ("rename", 1), ("mkdir", 20)),
    "PipenvAny": (("symlink", 1), ("mkdir", 6), ("rename", 2), ("mkdir", 2), ("mkdir", 12), ("symlink", 2), ("rename", 1), ("mkdir", 20)),
}
KINDS = {it.__name__: it for it in (Uv, PipUv, Pip, PipVirtualenv, Poetry, Pdm, Hatch)}
RECORD = tools.ROOT / "target/mend-record.txt"


def thick(folder, name, version, files):
    """A distribution of many modules, so that there is something to tear."""
    import zipfile

    stem = f"{name}-{version}"
    content = {f"{name}/m{at}.py": f"N = {at}\n" for at in range(files)}
    content[f"{name}/__init__.py"] = f"from . import {', '.join(f'm{at}' for at in range(files))}\n"
    content[f"{stem}.dist-info/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    content[f"{stem}.dist-info/WHEEL"] = "Wheel-Version: 1.0\nGenerator: ring\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{path},sha256={tools.encoded(text)},{len(text.encode())}\n" for path, text in content.items())
    content[f"{stem}.dist-info/RECORD"] = record + f"{stem}.dist-info/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        for path, text in content.items():
            archive.writestr(zipfile.ZipInfo(path), text)


def is_whole(prefix, wanted):
    """By the word of its interpreter: it is this environment, and all that is wanted can be imported."""
    python = Path(prefix or "/nowhere") / "bin/python"
    try:
        if tools.ask(python, "-I")["prefix"] != str(prefix):
            return False
    except (RuntimeError, OSError, subprocess.SubprocessError, json.JSONDecodeError):
        return False
    code = "import importlib.metadata as m\n"
    code += "".join(f"import {it}; assert m.version({it!r}); assert m.metadata({it!r})['Name']\n" for it in wanted)
    # `files` keeps to itself what is missing, so the list is read as it is written.
    code += "import csv\n"
    code += "".join(
        f"d = m.distribution({it!r}); assert all(d.locate_file(r[0]).exists() for r in csv.reader(d.read_text('RECORD').splitlines()))\n"
        for it in wanted
    )
    return subprocess.run([python, "-I", "-B", "-c", code], capture_output=True, timeout=60).returncode == 0


def commands(way, kit, python):
    """What a person would type, or what we run, to get from nothing to everything."""
    world = way.world
    if isinstance(way, Uv):
        return [["uv", "sync", "--python", python]]
    if isinstance(way, PipUv):
        return [["uv", "venv", "--python", python, ".venv"], ["uv", "pip", "install", "--python", ".venv/bin/python", "-r", "requirements.txt"]]
    if isinstance(way, Pip):
        make = [kit.programs["virtualenv"], "--python", python, ".venv"] if isinstance(way, PipVirtualenv) else [python, "-m", "venv", ".venv"]
        return [make, [world.python(), "-m", "pip", "install", "-r", "requirements.txt"]]
    program = kit.programs[way.name]
    if isinstance(way, Poetry):
        return [[program, "env", "use", python], [program, "install"]]
    if isinstance(way, Pdm):
        return [[program, "venv", "create", python], [program, "install"]]
    if isinstance(way, Pipenv):
        return [[program, "install", "--python", python]]
    return [[program, "env", "create"]]


def killed(checks, kit, kind, call, when, record):
    name = f"{kind.__name__}, killed at {call} {when}"
    programs = list(kind.programs) if issubclass(kind, Pip) else [kind.name]
    with World(kit, programs, [kit.usual]) as world, Index(world.wheels) as index:
        way = kind(world, index)
        thick(world.wheels, "thick", "1.0", 60)
        way.lay(["alpha>=2", "thick"], f"=={kit.usual}.*")
        world.write(".python-version", f"{kit.usual}\n")
        mine = world.write("notes/mine.txt", "precious\n")
        calls = f"{call},{call}at" if call != "link" else "link,linkat,copy_file_range,ioctl"
        inject = ["-e", f"trace={calls}", "-e", f"inject={calls}:signal=SIGKILL:when={when}"]
        if call == "link":
            # uv takes the first of these that the disk can do.
            inject = ["-e", "trace=linkat", "-e", f"inject=linkat:signal=SIGKILL:when={when}"]
            world.variables["UV_LINK_MODE"] = "hardlink"
        died = False
        for command in commands(way, kit, kit.pythons[kit.usual]):
            strace = ["strace", "-f", "-qq", "-o", world.root / "strace.txt", *inject]
            said = world.run(*strace, *command, HATCH_PYTHON=str(kit.pythons[kit.usual]), **way.variables())
            died = died or "SIGKILL" in (world.root / "strace.txt").read_text(errors="replace")
            if said.code:
                break
        left = world.envls("check", "--output-format", "json", **way.variables())
        found = sorted(it["code"] for it in json.loads(left.out)["findings"] if it["code"] not in ELSEWHERE)
        chosen = world.explained(**way.variables())["selection"]
        prefix = chosen["environment"]["prefix"] if chosen else None
        whole = bool(prefix) and is_whole(prefix, ["alpha", "thick"])
        checks.that(f"{name}: it is called healthy if and only if it is", whole == (not found), f"whole: {whole}, found: {found}, at {prefix}")
        # More than one round where a tool leaves its own half-made lock behind.
        fixed = world.fix(**way.variables())
        after = world.envls("check", "--output-format", "json", **way.variables())
        remaining = sorted(it["code"] for it in json.loads(after.out)["findings"] if it["code"] not in ELSEWHERE)
        chosen = world.explained(**way.variables())["selection"]
        prefix = chosen["environment"]["prefix"] if chosen else None
        mended = not remaining and is_whole(prefix, ["alpha", "thick"])
        checks.that(f"{name}: the fix mends it", mended, f"{remaining}\n{fixed}")
        checks.same(f"{name}: what is the user's is there", mine.read_text(), "precious\n")
        record(f"{name}: {'it died' if died else 'it was done before'}; left {found or 'healthy'}; {'mended' if mended else 'NOT MENDED'}")


def torn(checks, kit):
    """A `uv sync` that is killed part-way: what is torn is named, and mended."""
    for when in (5, 25, 50):
        name = f"uv sync, killed at link {when}"
        with World(kit, ["uv"], [kit.usual]) as world:
            thick(world.wheels, "thick", "1.0", 60)
            world.write("pyproject.toml", f'[project]\nname = "shop"\nversion = "1"\nrequires-python = "=={kit.usual}.*"\ndependencies = ["thick"]\n[tool.uv]\npackage = false\n')
            world.variables["UV_LINK_MODE"] = "hardlink"
            world.must("uv", "lock")
            inject = ["-e", "trace=linkat", "-e", f"inject=linkat:signal=SIGKILL:when={when}"]
            # The distribution is there already, and is linked again over what is there.
            world.run("strace", "-f", "-qq", "-o", "/dev/null", *inject, "uv", "sync")
            again = world.run("uv", "sync")
            whole = is_whole(world.work / ".venv", ["thick"])
            found = world.check()
            checks.that(f"{name}: said if and only if it is", bool(found) != whole, f"{found}\n{again}")
            for finding in found:
                if finding["code"] == "torn-install":
                    checks.that(f"{name}: what is missing is named", "thick" in finding["message"], finding["message"])
            fixed = world.fix()
            checks.that(f"{name}: mended", is_whole(world.work / ".venv", ["thick"]) and not world.check(), fixed)


def scenarios(kit):
    if not shutil.which("strace"):
        yield "killed at many moments", "strace is not installed", None
        return
    full = os.environ.get("ENVLS_FULL")
    lines = []

    def record(line):
        lines.append(line)
        if full:
            RECORD.parent.mkdir(exist_ok=True)
            RECORD.write_text(f"{len(lines)} moments\n" + "\n".join(sorted(lines)) + "\n", encoding="utf-8")

    from .lives import PipenvAny

    kinds = {**KINDS, "PipenvAny": PipenvAny}
    for kind, moments in MOMENTS.items():
        slow = kind in ("Poetry", "Hatch", "PipenvAny", "PipVirtualenv")
        for call, when in moments if full else moments[: 1 if slow else 2]:
            yield f"killed, {kind} at {call} {when}", killed, (kit, kinds[kind], call, when, record)
    yield "killed, torn by uv sync", torn, (kit,)
