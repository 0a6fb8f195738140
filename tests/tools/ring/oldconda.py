"""conda itself, as far as it can be had: 4.3.16 from the package index, the last that pip installs and that works by itself.

It wants Python 3.6, reads only `.tar.bz2`, and takes `3.11` for `3.1`. What is newer comes in installers only, as do mamba and
micromamba; for those there is a stand-in, which writes down what it was told and has py-rattler do it.
"""

import json
import shutil

from . import tools
from .world import World

PACKAGES = ("conda==4.3.16", "ruamel.yaml==0.16.13")
HOST = "3.6"
# `conda` of the package refuses to run outside of an installation of conda; the module does not.
MAIN = "#!{python}\nimport re, sys\nfrom {module} import main\nsys.exit(main())\n"


def installed(kit):
    """The program; `None` on a machine without the Python that it wants."""
    if HOST not in kit.pythons:
        return None
    name = f"tools-ring-{PACKAGES[0].replace('==', '-')}"
    folder = tools.furnished(name, *PACKAGES, python=kit.pythons[HOST], furnish=with_programs)
    return folder and folder / "bin/conda"


def with_programs(folder):
    for name, module in (("conda", "conda.cli.main"), ("conda-env", "conda_env.cli.main")):
        (folder / "bin" / name).write_text(MAIN.format(python=folder / "bin/python", module=module), encoding="utf-8")
        (folder / "bin" / name).chmod(0o755)
    return True


def configure(world, channel):
    """The settings of a user whose only channel is one of this machine."""
    home = world.root / "home"
    lines = [
        "default_channels: []", f"channels: [{channel.folder.as_uri()}]", "offline: true", f"envs_dirs: [{home}/envs]",
        f"pkgs_dirs: [{home}/pkgs]", "auto_update_conda: false", "add_pip_as_python_dependency: false",
    ]
    (home / ".condarc").write_text("\n".join(lines) + "\n", encoding="utf-8")


def listed(world, prefix):
    """What is in an environment, by conda's own word: names and versions."""
    said = world.must("conda", "list", "--json", "--prefix", prefix)
    return sorted(f"{it['name']}-{it['version']}" for it in json.loads(said.out))


def ours(world, *words):
    return world.envls("do", *words, "--yes", "--trusted")


def said_of(world):
    """The findings, but for how old the Python is."""
    return [it for it in world.codes() if it != "python-eol"]


def describe(world, *packages):
    world.write("environment.yml", "name: shop\ndependencies:\n" + "".join(f"  - {it}\n" for it in packages))


def life(checks, kit, program, channel, minors):
    """From nothing through every change, by conda itself: after each step its word and ours agree."""
    older, newer = minors
    kit.programs["conda"] = program
    name = "life with conda"
    with World(kit, ["conda"]) as world:
        configure(world, channel)
        prefix = world.root / "home/envs/shop"
        python = {it: tools.ask(kit.pythons[it])["version"] for it in minors}
        describe(world, f"python>={older}", "alpha=1.0")
        checks.same(f"{name}: no environment is said", said_of(world), ["no-environment"])
        made = ours(world, "create")
        checks.that(f"{name}, create: it is done", made.code == 0, made)

        def agrees(what, *wanted):
            checks.same(f"{name}, {what}: nothing is found", said_of(world), [])
            checks.same(f"{name}, {what}: by conda's word", listed(world, prefix), sorted(wanted))
            chosen = world.explained()["selection"]["environment"]
            checks.same(f"{name}, {what}: the version", chosen["version"], tools.ask(prefix / "bin/python")["version"])

        agrees("created", "alpha-1.0", f"python-{python[newer]}")
        added = ours(world, "add", "beta")
        checks.that(f"{name}, add: it is declared", added.code == 0 and "- beta\n" in (world.work / "environment.yml").read_text(), added)
        checks.same(f"{name}, add: what is missing is said", said_of(world), ["not-installed"])
        synced = ours(world, "sync")
        checks.that(f"{name}, sync: it is done", synced.code == 0, synced)
        agrees("synced", "alpha-1.0", "beta-1.0", f"python-{python[newer]}")

        describe(world, f"python>={older}", "alpha", "beta")
        upgraded = ours(world, "upgrade", "alpha")
        checks.that(f"{name}, upgrade: it is done", upgraded.code == 0, upgraded)
        agrees("upgraded", "alpha-2.0", "beta-1.0", f"python-{python[newer]}")
        world.must("conda", "install", "--yes", "--prefix", prefix, "alpha=1.0")
        describe(world, f"python>={older}", "alpha>=2", "beta")
        checks.same(f"{name}: what went behind is said", said_of(world), ["version-mismatch"])
        synced = ours(world, "sync")
        checks.that(f"{name}, sync again: it is done", synced.code == 0, synced)
        agrees("synced again", "alpha-2.0", "beta-1.0", f"python-{python[newer]}")

        kept, copy = world.root / "kept.json", world.root / "copy"
        written = world.envls("snapshot", "-o", kept)
        checks.that(f"{name}, snapshot: it is written", written.code == 0, written)
        cloned = world.envls("clone", prefix, copy)
        checks.that(f"{name}, clone: by conda's own means", cloned.code == 0 and "--clone" in cloned.err + cloned.out, cloned)
        checks.same(f"{name}, clone: the same, by conda's word", listed(world, copy), listed(world, prefix))
        checks.same(f"{name}, clone: it runs", tools.ask(copy / "bin/python")["prefix"], str(copy))

        removed = ours(world, "remove", "beta")
        checks.that(f"{name}, remove: it is done", removed.code == 0, removed)
        agrees("removed", "alpha-2.0", f"python-{python[newer]}")
        again = ours(world, "recreate", "--python", older)
        checks.that(f"{name}, recreate with another Python: it is done", again.code == 0, again)
        agrees("recreated", "alpha-2.0", f"python-{python[older]}")
        stray = [it.name for it in prefix.parent.glob("*aside*")]
        checks.same(f"{name}, recreated: nothing stays aside", stray, [])

        gone = ours(world, "remove-environment")
        checks.that(f"{name}, remove the environment: it is gone", gone.code == 0 and not (prefix / "bin").exists(), gone)
        checks.same(f"{name}: no environment is said again", said_of(world), ["no-environment"])
        restored = world.envls("restore", kept, prefix)
        checks.that(f"{name}, restore: it is done", restored.code == 0, restored)
        checks.same(f"{name}, restored: as it was written down", listed(world, prefix), listed(world, copy))
        without_beta(checks, name, world, channel, kept)


def without_beta(checks, name, world, channel, kept):
    """A package that the channel does not have any more is named by a restore that wants it."""
    shutil.rmtree(world.root / "home/pkgs", ignore_errors=True)
    [lost] = channel.folder.glob("noarch/beta-*")
    moved = lost.rename(world.root / lost.name)
    try:
        said = world.envls("restore", kept, world.root / "lost")
    finally:
        moved.rename(lost)
    checks.that(f"{name}: what cannot be had is named", said.code in (1, 2) and "beta" in said.err + said.out, said)


STAND_IN = """\
#!{python}
import json, os, re, subprocess, sys
from pathlib import Path
words = sys.argv[1:]
with open({record!r}, "a") as file:
    file.write(json.dumps(words) + "\\n")
prefix = Path(words[words.index("--prefix") + 1]).absolute()
if words[0] == "remove" and "--all" in words:
    import shutil
    shutil.rmtree(prefix)
    sys.exit(0)
if "--file" in words:
    text = Path(words[words.index("--file") + 1]).read_text()
    specs = [it.strip() for it in re.findall(r"^ +- (.+)$", text, re.MULTILINE)]
else:
    specs = words[words.index("--prefix") + 2:]
sys.exit(subprocess.run([{tool!r}, {script!r}, "link", {channel!r}, str(prefix), *specs]).returncode)
"""


def stood_in(checks, kit, channel, minors):
    """micromamba, which is in no package registry: a stand-in writes down what it is told, and py-rattler does it."""
    older, newer = minors
    name = "life with a stand-in for micromamba"
    with World(kit) as world:
        script, record = channel.script(), world.root / "told.txt"
        program = world.bin / "micromamba"
        text = STAND_IN.format(python=channel.tool, record=str(record), tool=str(channel.tool), script=str(script), channel=str(channel.folder))
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
        prefix = world.root / "home/envs/shop"
        (world.root / "home/.condarc").write_text(f"envs_dirs: [{world.root}/home/envs]\n", encoding="utf-8")
        describe(world, f"python={newer}", "alpha=1.0")
        steps = (
            ("create", ["create"], ["create", "--yes", "--file", "environment.yml", "--prefix", str(prefix)]),
            ("upgrade", ["upgrade", "alpha"], ["update", "--yes", "--prefix", str(prefix), "alpha"]),
            ("sync", ["sync"], ["install", "--yes", "--file", "environment.yml", "--prefix", str(prefix)]),
            ("remove the environment", ["remove-environment"], ["remove", "--yes", "--all", "--prefix", str(prefix)]),
        )
        for what, words, told in steps:
            done = ours(world, *words)
            checks.that(f"{name}, {what}: it is done", done.code == 0, done)
            checks.same(f"{name}, {what}: what it is told", json.loads(record.read_text().splitlines()[-1]), told)
            if what == "create":
                checks.same(f"{name}, {what}: nothing is found", said_of(world), [])
        checks.same(f"{name}: no environment in the end", said_of(world), ["no-environment"])


def scenarios(kit, channel, minors):
    program = installed(kit)
    if program:
        yield "conda, life", life, (kit, program, channel, minors)
    else:
        yield "conda, life", "conda 4.3.16 needs Python 3.6, which is not here", None
    yield "conda, stood in", stood_in, (kit, channel, minors)
