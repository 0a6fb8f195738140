"""Requirements that are compiled of others, by pip-tools itself and by uv: compiled, installed, changed, compiled again, brought to
it, upgraded. After each step what we find and what `pip-sync` or `uv pip sync` would do agree."""

from . import tools
from .world import World

PIP_TOOLS = "pip-tools==7.6.2"


def do(world, *words):
    return world.envls("do", *words, "--yes", "--trusted")


def is_synced(world, by):
    if by == "uv":
        # Nor would it take pip away, which we bring where the environment is not uv's.
        said = world.must("uv", "pip", "install", "--dry-run", "--python", world.python(), "-r", "requirements.txt")
        return "Would install" not in said.out + said.err and "Would uninstall" not in said.out + said.err
    # 1 when there is something to do.
    return world.run("pip-sync", "--dry-run", "--python-executable", world.python(), "requirements.txt").code == 0


def life(checks, kit, by):
    name = f"compiled by {by}"
    program = tools.install(PIP_TOOLS, "pip-compile") if by != "uv" else None
    with World(kit, ["uv"] if by == "uv" else [], [kit.usual]) as world:
        for tool in ("pip-compile", "pip-sync") if program else ():
            (world.bin / tool).symlink_to(program.with_name(tool))
        world.variables["UV_PYTHON_PREFERENCE"] = "only-system"
        world.write("requirements.in", "alpha<2\n")
        world.write("mine.txt", "precious\n")

        def codes(**options):
            return sorted(it["code"] for it in world.check(besides={"python-eol", "lock-missing"}, **options))

        def agrees(what, **installed):
            checks.same(f"{name}, {what}: nothing is found", codes(), [])
            checks.that(f"{name}, {what}: the tool finds nothing to do", is_synced(world, by))
            found = {key: it for key, it in world.installed().items() if key in ("alpha", "beta", "gamma")}
            checks.same(f"{name}, {what}: what is installed", found, installed)

        def step(what, said):
            return checks.that(f"{name}, {what}: it is done", said.code == 0, said)

        step("lock", do(world, "lock"))
        text = (world.work / "requirements.txt").read_text()
        checks.that(f"{name}, lock: it is the tool's own", "alpha==1.0" in text and ("by uv" in text) == (by == "uv"), text)
        step("create", do(world, "create"))
        agrees("created", alpha="1.0")
        world.write("requirements.in", "alpha\nbeta\n")
        checks.that(f"{name}: what was declared since is said", "lock-outdated" in codes(), codes())
        step("fix", world.fix("--code", "lock-outdated"))
        checks.same(f"{name}: what is locked since is said, where it is declared and where it is locked", codes(), ["not-installed"] * 2)
        step("sync", do(world, "sync"))
        agrees("synced", alpha="1.0", beta="1.5")
        step("upgrade", do(world, "upgrade", "alpha"))
        agrees("upgraded", alpha="2.0", beta="1.5")
        world.write("requirements.in", "alpha\n")
        step("lock again", do(world, "lock"))
        step("sync again", do(world, "sync"))
        if by != "uv":
            agrees("taken from", alpha="2.0")
        # What is written by hand is nobody's to write over.
        world.write("requirements.txt", "alpha==1.0\n")
        refused = do(world, "lock")
        checks.that(f"{name}, by hand: it is left alone", refused.code == 2 and (world.work / "requirements.txt").read_text() == "alpha==1.0\n", refused)
        checks.same(f"{name}: what is the user's is there", (world.work / "mine.txt").read_text(), "precious\n")


def scenarios(kit):
    yield "compiled by pip-tools", life, (kit, "pip-tools")
    yield "compiled by uv", life, (kit, "uv")
