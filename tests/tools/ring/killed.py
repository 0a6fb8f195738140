"""A `uv venv` that is killed at several moments is judged as what it left is, and mended."""

import shutil
import subprocess

from . import tools
from .world import World

# System calls that uv makes on the way, and the how many-th of them is its last.
MOMENTS = (("mkdir", 3), ("mkdir", 4), ("mkdir", 6), ("symlink", 1), ("symlink", 2), ("symlink", 3), ("rename", 1))


def killed(checks, kit, call, when):
    name = f"uv venv, killed at {call} {when}"
    with World(kit, ["uv"], [kit.usual]) as world:
        world.write("requirements.txt", "alpha>=2\n")
        world.write(".python-version", f"{kit.usual}\n")
        calls = f"{call},{call}at"
        inject = ["-e", f"trace={calls}", "-e", f"inject={calls}:signal=SIGKILL:when={when}"]
        command = ["strace", "-f", "-qq", "-o", "/dev/null", *inject]
        uv = world.run(*command, "uv", "venv", "--python", kit.pythons[kit.usual], ".venv")
        left = sorted(str(it.relative_to(world.work)) for it in (world.work / ".venv").glob("**/*"))
        # What it left is judged by running it, where there is something to run.
        whole = uv.code == 0
        configured = (world.work / ".venv/pyvenv.cfg").exists() and world.python().exists()
        if whole or configured and runs(world):
            wanted = ["not-installed"]
        elif left:
            wanted = ["broken-environment"]
        else:
            wanted = ["no-environment"]
        checks.that(f"{name}: judged {wanted[0]}", world.codes() == wanted, f"{world.codes()} of {left}")
        said = world.fix()
        checks.that(f"{name}: mended", said.code == 0, said)
        checks.same(f"{name}: nothing is left", world.codes(), [])
        checks.same(f"{name}: it runs", tools.ask(world.python(), "-I")["prefix"], str(world.work / ".venv"))


def runs(world):
    try:
        return tools.ask(world.python(), "-I")["prefix"] == str(world.work / ".venv")
    except (RuntimeError, OSError, subprocess.SubprocessError):
        return False


def scenarios(kit):
    for call, when in MOMENTS:
        if shutil.which("strace"):
            yield f"uv venv, killed at {call} {when}", killed, (kit, call, when)
        else:
            yield f"uv venv, killed at {call} {when}", "strace is not installed", None
