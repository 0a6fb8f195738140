"""uv's own: workspaces, and environments that are kept elsewhere."""

from . import ways
from .world import World


def workspace(checks, kit):
    """The members of a workspace share the environment of its root."""
    name = "uv workspace"
    with World(kit, ["uv"], [kit.usual]) as world:
        project = '[project]\nname = "{}"\nversion = "1"\nrequires-python = "==' + kit.usual + '.*"\n'
        project += "dependencies = [{}]\n[tool.uv]\npackage = false\n"
        members = '[tool.uv.workspace]\nmembers = ["packages/*"]\n'
        world.write("pyproject.toml", project.format("root", '"alpha>=2"') + members)
        world.write("packages/one/pyproject.toml", project.format("one", '"beta==1.5"'))
        world.write("packages/two/pyproject.toml", project.format("two", '"gamma"'))
        checks.same(f"{name}: each has no environment", world.codes(), ["no-environment"] * 3)
        said = world.fix()
        checks.that(f"{name}: one fix mends all", said.code == 0, said)
        checks.same(f"{name}: nothing is left", world.codes(), [])
        checks.same(f"{name}: all is installed", sorted(world.installed()), ["alpha", "beta", "gamma"])
        checks.that(f"{name}: members have none of their own", not list(world.work.glob("packages/*/.venv")))
        for member in ("packages/one", "packages/two"):
            ways.healthy(checks, world, f"{name}, {member}", path=member)
        world.lose("beta")
        found = world.check()
        where = [(it["code"], it["path"]) for it in found]
        checks.same(
            f"{name}: what a member lacks is its finding",
            where,
            [("not-installed", str(world.work / "packages/one/pyproject.toml"))],
        )
        checks.that(f"{name}: uv agrees", world.run("uv", "sync", "--check", "--all-packages").code != 0)
        said = world.fix(path="packages/one")
        checks.that(f"{name}: the fix of a member mends it", said.code == 0, said)
        checks.same(f"{name}: and takes nothing from the others", world.codes(), [])
        checks.that(f"{name}: uv agrees then", world.run("uv", "sync", "--check", "--all-packages").code == 0)


def kept_elsewhere(checks, kit):
    """`UV_PROJECT_ENVIRONMENT` names the environment."""
    for shown, value in (("venvs/own", "venvs/own"), (None, "outside")):
        name = f"UV_PROJECT_ENVIRONMENT={value}"
        with World(kit, ["uv"], [kit.usual]) as world:
            ways.lay(world, "uv project", kit.usual)
            prefix = world.work / value if shown else world.root / value
            world.variables["UV_PROJECT_ENVIRONMENT"] = value if shown else str(prefix)
            checks.same(f"{name}: findings", world.codes(), ["no-environment"])
            message = world.check()[0]["message"]
            checks.that(f"{name}: it says where it looked", f"`{shown or prefix}`" in message, message)
            said = world.fix()
            checks.that(f"{name}: the fix creates it", said.code == 0, said)
            ways.agree(checks, world, "uv project", name, [])
            ways.healthy(checks, world, name, prefix=prefix)
            checks.that(f"{name}: and no other", not (world.work / ".venv").exists())


def scenarios(kit):
    yield "uv workspace", workspace, (kit,)
    yield "UV_PROJECT_ENVIRONMENT", kept_elsewhere, (kit,)
