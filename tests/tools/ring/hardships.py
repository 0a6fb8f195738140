"""Disks that are full, folders that may not be written, tools that are missing, too old, hang, or print too much: a clear message
each, nothing of the user's lost, and the server goes on."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from . import tools
from .awkward import awkward
from .rivals import Editor
from .world import World

PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["alpha"]\n[tool.uv]\npackage = false\n'


def said_well(checks, world, name, said, words):
    """It has failed, and says why in one line that names it."""
    checks.same(f"{name}: it is said to have failed", said.code, 1)
    line = next((it for it in said.err.splitlines() if it.startswith(("error:", "warning:"))), "")
    checks.that(f"{name}: clearly", any(it in line.lower() for it in words), said)
    checks.that(f"{name}: what is the user's is there", (world.work / "mine.txt").read_text() == "precious\n")
    checks.same(f"{name}: nothing of ours stays", [it.name for it in world.work.glob("*envls*")], [])


def laid(world, manifest=PROJECT):
    world.write("pyproject.toml", manifest)
    world.write("mine.txt", "precious\n")


def full_disk(checks, kit):
    """A disk so small that the environment does not fit, with each way to make one."""
    for name, programs in (("uv", ["uv"]), ("venv", [])):
        with World(kit, programs, [kit.usual]) as world:
            size = "200k" if programs else "3m"
            mounted = world.run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", world.work)
            if mounted.code:
                return checks.skipped("disk full", mounted.err.strip())
            try:
                laid(world, PROJECT if programs else PROJECT.replace("[tool.uv]\npackage = false\n", ""))
                if programs:
                    # What is left of it is taken up, but for a little.
                    (world.work / "ballast").write_bytes(b"x" * 150_000)
                said = world.fix("--code", "no-environment")
                said_well(checks, world, f"disk full, {name}", said, ["no space", "disk full", "failed", "space left"])
                checks.same(f"disk full, {name}: judged truthfully", world.codes(), ["no-environment"])
            finally:
                subprocess.run(["umount", "-l", world.work], check=False)


def read_only(checks, kit):
    with World(kit, ["uv"], [kit.usual]) as world:
        laid(world)
        mounted = world.run("mount", "--bind", world.work, world.work)
        if mounted.code or world.run("mount", "-o", "remount,ro,bind", world.work).code:
            return checks.skipped("read-only", mounted.err.strip())
        try:
            said = world.fix("--code", "no-environment")
            said_well(checks, world, "read-only", said, ["read-only"])
            moved = world.envls("do", "pin", kit.usual, "--yes", "--trusted")
            checks.that("read-only: so does what would write a file", moved.code == 1 and "ead-only" in moved.err, moved)
        finally:
            subprocess.run(["umount", "-l", world.work], check=False)


def ordinary_user(checks, kit):
    """A user who may not write here; an environment that belongs to somebody else."""
    if os.getuid() != 0 or not shutil.which("setpriv"):
        return checks.skipped("no permission", "only root can become another")
    with World(kit, [], []) as world:
        os.chmod(world.root, 0o755)
        for name, path in (("envls", kit.binary), ("uv", Path(os.path.realpath(kit.programs["uv"])))):
            shutil.copy(path, world.bin / name)
            os.chmod(world.bin / name, 0o755)
        if not Path("/usr/bin/python3").exists():
            return checks.skipped("no permission", "there is no Python that everybody may run")
        laid(world, PROJECT)
        for name in ("home", "state", "tmp"):
            subprocess.run(["chown", "-R", "65534:65534", world.root / name], check=True)
        world.variables["UV_PYTHON_PREFERENCE"] = "only-system"
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", world.bin / "envls"]
        said = world.run(*user, "fix", "--code", "no-environment", "--yes", "--trusted")
        said_well(checks, world, "no permission", said, ["permission denied"])
        checks.that("no permission: nothing is made", not (world.work / ".venv").exists())
        # An environment of somebody else, which is seen, and can be neither synced nor removed.
        world.must(kit.programs["uv"], "venv", "-q", "--python", "/usr/bin/python3", ".venv")
        for words in (["fix", "--all"], ["do", "remove-environment"], ["do", "recreate"]):
            said = world.run(*user, *words, "--yes", "--trusted")
            said_well(checks, world, f"somebody else's, {words[-1]}", said, ["permission denied"])
            checks.that(f"somebody else's, {words[-1]}: it is still there", (world.work / ".venv/pyvenv.cfg").exists())
        (world.root / "state").chmod(0o500)
        subprocess.run(["chown", "-R", "0:0", world.root / "state"], check=True)
        said = world.run(*user, "check")
        checks.that("no state folder: what can be read is said", said.code == 1 and "not-installed" in said.out, said)


def odd_tools(checks, kit):
    """In the place of uv: nothing, one that hangs, one that prints without end, one that prints no text, one that knows no such word."""
    scripts = {
        "that prints 100 MB": "head -c 100000000 /dev/zero | tr '\\0' 'x'; echo; echo error: it is too much >&2; exit 3",
        "that prints 100 MB of lines": "yes 'a line of progress' | head -c 100000000; echo error: it is too much >&2; exit 3",
        "that prints no text": "cat \"${0%/*}/awkward\"; printf '\\033[31merror: it is too much\\033[0m\\n' >&2; exit 3",
        "that is too old": "echo \"error: unrecognized subcommand '$1', it is too much\" >&2; exit 2",
        "that says nothing": "exit 7",
        "that kills itself": "kill -9 $$",
        "that does nothing and says that all is well": "exit 0",
    }
    for name, script in scripts.items():
        with World(kit, [], [kit.usual]) as world:
            laid(world)
            (world.bin / "awkward").write_bytes(awkward(300_000))
            tool = world.bin / "uv"
            tool.write_text(f"#!/bin/sh\n{script}\n")
            tool.chmod(0o755)
            begin = time.monotonic()
            said = world.fix("--code", "no-environment")
            words = {"that says nothing": ["code 7"], "that kills itself": ["signal 9"]}.get(name, ["it is too much"])
            if "all is well" in name:
                words = ["it did not help"]
            said_well(checks, world, f"a uv {name}", said, words)
            checks.that(f"a uv {name}: what is said is bounded", len(said.err) + len(said.out) < 2_000_000, len(said.err))
            checks.that(f"a uv {name}: in time", time.monotonic() - begin < 60)
            checks.same(f"a uv {name}: judged truthfully", world.codes(), ["no-environment"])
    with World(kit, [], [kit.usual]) as world:
        laid(world)
        said = world.envls("do", "lock", "--yes", "--trusted")
        checks.that("no uv: it is said", said.code == 2 and "`uv` is not on this machine" in said.err, said)
        checks.that("no uv: the environment can be made all the same", world.fix("--code", "no-environment").code == 0)


def hanging(checks, kit):
    """A tool that never ends, in a server that goes on: it is stopped by command, and all that it started with it."""
    with World(kit, [], [kit.usual]) as world:
        laid(world)
        tool = world.bin / "uv"
        tool.write_text(f"#!/bin/sh\ntrap '' TERM\nsleep 1000 &\necho $$ $! > {world.root}/ids\nwait\nsleep 1000\n")
        tool.chmod(0o755)
        world.must(world.kit.binary, "trust", ".")
        editor = Editor(world)
        editor.codes({"no-environment"})
        editor.wants("envls.createEnvironment")
        world.until("the tool has started", (world.root / "ids").exists)
        world.until("it says who it is", lambda: len((world.root / "ids").read_text().split()) == 2)
        ids = [int(it) for it in (world.root / "ids").read_text().split()]
        checks.that("a tool that hangs: the server answers meanwhile", "shop" in str(editor.wants("envls.explain", show=False)))
        editor.wants("envls.cancel")
        world.until("both are gone", lambda: not any(alive(it) for it in ids))
        checks.that("a tool that hangs: stopped, with what it started", True)
        checks.that("a tool that hangs: the server goes on", "shop" in str(editor.wants("envls.explain", show=False)))
        checks.same("a tool that hangs: the server ends well", editor.leave(), 0)


def mute(checks, kit):
    """A tool that does not say its version: what is found does not wait for it, what is offered is said to, and it is ended."""
    with World(kit, [], [kit.usual]) as world:
        laid(world)
        tool = world.bin / "uv"
        tool.write_text(f"#!/bin/sh\necho $$ >> {world.root}/ids\nsleep 1000\n")
        tool.chmod(0o755)
        begin = time.monotonic()
        said = world.envls("check", "--trusted")
        took = time.monotonic() - begin
        checks.that("a uv that is mute: what is wrong is said", said.code == 1 and "no-environment" in said.out, said)
        checks.that("a uv that is mute: it is named", "`uv` did not say its version within a second" in said.err, said)
        # Its own limit is five seconds, and nothing else takes long.
        checks.that("a uv that is mute: nobody waits for it", took < 4.5, took)
        ids = [int(it) for it in (world.root / "ids").read_text().split()]
        checks.that("a uv that is mute: it was asked", bool(ids))
        world.until("it is ended", lambda: not any(alive(it) for it in ids))


def alive(process):
    try:
        return not (Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].strip().startswith("Z"))
    except OSError:
        return False


def scenarios(kit):
    yield "hardship, disk full", full_disk, (kit,)
    yield "hardship, read-only", read_only, (kit,)
    yield "hardship, ordinary user", ordinary_user, (kit,)
    yield "hardship, odd tools", odd_tools, (kit,)
    yield "hardship, hanging", hanging, (kit,)
    yield "hardship, mute", mute, (kit,)
