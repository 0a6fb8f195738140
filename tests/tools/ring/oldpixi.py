"""pixi itself, as far as it can be had: 0.15.2 from the registry of crates, the last that is there, built here; the long tests build
it, the others use it where it was built before.

It knows neither `pixi update` nor `pixi lock`, and takes what is on the package index from the public one only, so that `pixi add
--pypi` cannot be played here. And of a dozen times that it installs it stands still once, for good, before it has looked for anything:
all its threads wait for each other, with no child and no connection, as a debugger shows. So it is asked again after a while.
"""

import hashlib
import json
import os
import shutil
import subprocess

from . import oldconda, tools
from .deaths import is_whole
from .oldconda import ours
from .world import World

VERSION = "0.15.2"
# That version's own lock has a `time` that new compilers refuse.
TIME = "0.3.36"


FOLDER = tools.CACHE / f"tools-ring-pixi-{VERSION}"


def built():
    """The program, where it was built before."""
    program = FOLDER / "bin/pixi"
    return program if program.exists() else None


def installed():
    """The program; `None` where it is neither there nor to be built."""
    if built():
        return built()
    folder = FOLDER
    program = folder / "bin/pixi"
    work = folder / "build"
    shutil.rmtree(folder, ignore_errors=True)
    (work / "probe/src").mkdir(parents=True)
    (work / "probe/src/lib.rs").touch()
    manifest = f'[package]\nname = "probe"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\npixi = "={VERSION}"\n[workspace]\n'
    (work / "probe/Cargo.toml").write_text(manifest, encoding="utf-8")

    def cargo(*words, cwd):
        environment = {**os.environ, "CARGO_TARGET_DIR": str(work / "target"), "CARGO_PROFILE_DEV_DEBUG": "0"}
        return subprocess.run(["cargo", *words], cwd=cwd, env=environment, capture_output=True, text=True, check=True).stdout

    try:
        described = json.loads(cargo("metadata", "--format-version", "1", cwd=work / "probe"))
        [source] = [it["manifest_path"] for it in described["packages"] if it["name"] == "pixi"]
        shutil.copytree(os.path.dirname(source), work / "source")
        for name in ("rust-toolchain", "rust-toolchain.toml"):
            (work / "source" / name).unlink(missing_ok=True)
        cargo("update", "-p", "time", "--precise", TIME, cwd=work / "source")
        cargo("build", "--bin", "pixi", "--no-default-features", "--features", "rustls-tls", cwd=work / "source")
        program.parent.mkdir()
        shutil.copy(work / "target/debug/pixi", program)
    except (OSError, ValueError, subprocess.CalledProcessError) as trouble:
        print(f"pixi could not be built: {str(getattr(trouble, 'stderr', trouble))[-600:]}", flush=True)
        return None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return program


def describe(world, channel, *packages):
    lines = "".join(f'{it.split("=")[0]} = "{it.split("=", 1)[1] if "=" in it else "*"}"\n' for it in packages)
    world.write(
        "pixi.toml",
        f'[project]\nname = "shop"\nversion = "0.1.0"\nchannels = ["{channel.folder.as_uri()}"]\nplatforms = ["{channel.platform}"]\n\n[dependencies]\n{lines}',
    )


def listed(world, program):
    said = json.loads(world.must(program, "list", "--json").out)
    return sorted(f"{it['name']}-{it['version']}" for it in said)


# What is begun again may have changed the manifest already, and then only installing is left to do.
AGAIN = """#!/bin/sh
stood=
for _ in 1 2 3 4 5; do
    timeout -k 1 20 {program} "$@"
    code=$?
    if [ $code -ne 124 ] && [ $code -ne 0 ] && [ -n "$stood" ]; then set -- install; continue; fi
    [ $code -eq 124 ] || exit $code
    stood=1
done
exit 124
"""


def asked_again(world, program):
    """The program, which is ended where it stands still, and begun again."""
    script = world.bin / "pixi"
    script.write_text(AGAIN.format(program=program), encoding="utf-8")
    script.chmod(0o755)


def life(checks, kit, program, channel, minors):
    older, newer = minors
    name = "life with pixi"
    with World(kit) as world:
        asked_again(world, program)
        prefix = world.work / ".pixi/envs/default"
        python = {it: tools.ask(kit.pythons[it])["version"] for it in minors}

        def codes():
            return [it for it in world.codes() if it != "python-eol"]

        def agrees(what, *wanted):
            checks.same(f"{name}, {what}: nothing is found", codes(), [])
            checks.same(f"{name}, {what}: by pixi's word", listed(world, "pixi"), sorted(wanted))
            said = tools.ask(prefix / "bin/python")
            checks.same(f"{name}, {what}: the version", world.explained()["selection"]["environment"]["version"], said["version"])

        describe(world, channel, f"python=>={older}", "alpha=1.0.*")
        checks.same(f"{name}: no environment is said", codes(), ["no-environment"])
        made = ours(world, "create")
        checks.that(f"{name}, create: it is done", made.code == 0, made)
        agrees("created", "alpha-1.0", f"python-{python[newer]}")
        describe(world, channel, f"python=>={older}", "alpha=1.0.*", "beta=*")
        before = codes()
        checks.that(f"{name}: what is missing is said", {"lock-outdated", "not-installed"} & set(before), before)
        synced = ours(world, "sync")
        checks.that(f"{name}, sync: it is done", synced.code == 0, synced)
        agrees("synced", "alpha-1.0", "beta-1.0", f"python-{python[newer]}")
        # Its own word says which version it is, and it has no command for that yet.
        refused = ours(world, "upgrade", "alpha")
        checks.that(f"{name}, upgrade: why it cannot is said", refused.code == 2 and f"`pixi` is {VERSION}" in refused.err, refused)
        removed = ours(world, "remove", "beta")
        checks.that(f"{name}, remove: it is done", removed.code == 0, removed)
        agrees("removed", "alpha-1.0", f"python-{python[newer]}")
        again = ours(world, "recreate")
        checks.that(f"{name}, recreate: it is done", again.code == 0, again)
        agrees("recreated", "alpha-1.0", f"python-{python[newer]}")
        pinned = ours(world, "pin", older)
        checks.that(f"{name}, another Python: it is done", pinned.code == 0, pinned)
        agrees("with another Python", "alpha-1.0", f"python-{python[older]}")
        gone = ours(world, "remove-environment")
        checks.that(f"{name}, remove the environment: it is gone", gone.code == 0 and not prefix.exists(), gone)
        checks.same(f"{name}: no environment is said again", codes(), ["no-environment"])


def copies(checks, kit, program, conda, channel, minors):
    """An environment of pixi's is conda's kind of prefix, and conda makes it again; pixi's word says what was in it."""
    name = "copies of what pixi made"
    kit.programs["conda"] = conda
    with World(kit, ["conda"]) as world:
        asked_again(world, program)
        oldconda.configure(world, channel)
        prefix, copy, kept = world.work / ".pixi/envs/default", world.root / "copy", world.root / "kept.json"
        describe(world, channel, f"python=>={minors[0]}", "alpha=1.0.*", "beta=*")
        made = ours(world, "create")
        checks.that(f"{name}, create: it is done", made.code == 0, made)
        within = listed(world, "pixi")
        checks.that(f"{name}: there is something to copy", len(within) == 3, within)
        before = digest(prefix)
        written = world.envls("snapshot", "-o", kept)
        checks.that(f"{name}, snapshot: it is written", written.code == 0, written)
        cloned = world.envls("clone", prefix, copy)
        checks.that(f"{name}, clone: it is done", cloned.code == 0, cloned)
        checks.same(f"{name}, clone: the same, by conda's word", oldconda.listed(world, copy), within)
        checks.same(f"{name}, clone: it runs", tools.ask(copy / "bin/python")["prefix"], str(copy))
        checks.same(f"{name}: the original is untouched", digest(prefix), before)
        gone = ours(world, "remove-environment")
        checks.that(f"{name}, remove the environment: it is gone", gone.code == 0 and not prefix.exists(), gone)
        again = world.root / "again"
        restored = world.envls("restore", kept, again)
        checks.that(f"{name}, restore: it is done", restored.code == 0, restored)
        checks.same(f"{name}, restored: as it was written down, by conda's word", oldconda.listed(world, again), within)
        oldconda.without_beta(checks, name, world, channel, kept)


# The calls at which pixi dies, and the how many-th of them it is, each counted by thread; the first are played each time.
MOMENTS = (
    ("symlink", 20), ("mkdir", 9), ("link", 2), ("symlink", 1), ("symlink", 5), ("symlink", 80), ("symlink", 150), ("mkdir", 1), ("mkdir", 3),
    ("mkdir", 16), ("mkdir", 24), ("link", 1), ("link", 3),
)
CALLS = {it: f"{it},{it}at" for it in ("symlink", "mkdir", "link")}


def killed(checks, kit, program, channel, minors, call, when):
    """Killed with -9 part-way: judged as what it is by its interpreter's word, mended by what is offered, nothing of the user's gone."""
    name = f"pixi, killed at {call} {when}"
    with World(kit) as world:
        asked_again(world, program)
        prefix = world.work / ".pixi/envs/default"
        describe(world, channel, f"python=>={minors[0]}", "alpha=1.0.*", "beta=*")
        mine = world.write("notes/mine.txt", "precious\n")
        inject = ["-e", f"trace={CALLS[call]}", "-e", f"inject={CALLS[call]}:signal=SIGKILL:when={when}"]
        # Where it stands still, that is a moment to be killed at, too.
        stopped = ["timeout", "-s", "KILL", "20", program, "install"]
        world.run("strace", "-f", "-qq", "-o", world.root / "strace.txt", *inject, *stopped)
        died = "SIGKILL" in (world.root / "strace.txt").read_text(errors="replace")

        def judged():
            return sorted(it for it in world.codes() if it != "python-eol"), is_whole(prefix, ["alpha", "beta"])

        found, whole = judged()
        checks.that(f"{name}: it is called healthy if and only if it is", whole == (not found), f"whole: {whole}, found: {found}")
        fixed = world.fix()
        remaining, whole = judged()
        checks.that(f"{name}: the fix mends it", whole and not remaining, f"{remaining}, whole: {whole}\n{fixed}")
        checks.same(f"{name}: what is the user's is there", mine.read_text(), "precious\n")
        print(f"      {name}: {'it died' if died else 'it was done before'}; left {found or 'healthy'}", flush=True)


def digest(folder):
    """Every file below a folder, with what is in it; but for what Python keeps beside sources when it runs."""
    files = (it for it in sorted(folder.rglob("*")) if it.is_file() and "__pycache__" not in it.parts)
    return {str(it.relative_to(folder)): hashlib.sha256(it.read_bytes()).hexdigest() for it in files}


def scenarios(kit, channel, minors):
    # It takes its time where it cannot reach what it would ask beside the channel.
    full = os.environ.get("ENVLS_FULL")
    program = installed() if full else built()
    if program and shutil.which("strace"):
        for call, when in MOMENTS if full else MOMENTS[:3]:
            yield f"pixi, killed at {call} {when}", killed, (kit, program, channel, minors, call, when)
    if program and full:
        yield "pixi, life", life, (kit, program, channel, minors)
        conda = oldconda.installed(kit)
        if conda:
            yield "pixi, copies", copies, (kit, program, conda, channel, minors)
        else:
            yield "pixi, copies", "conda 4.3.16 needs Python 3.6, which is not here", None
    else:
        yield "pixi, life", "it takes minutes to build, and its time to play; the long tests do", None
