"""What pip and uv were asked for by name is offered to be declared, and not what came along with it."""

from . import lsp, tools
from .world import World

MANIFEST = '[project]\nname = "shop"\nversion = "1"\ndependencies = [\n    "beta",\n]\n'


class Editor(lsp.Session):
    """One that can show an action that belongs to no finding."""

    abilities = {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": [""]}}}}


def offered(world):
    """What the action would write into the manifest, once the environment is known."""
    lines = []
    with Editor([world.kit.binary, "server"], world.work, world.variables) as editor:
        document = {"uri": editor.uri("pyproject.toml")}
        item = {**document, "languageId": "toml", "version": 1, "text": MANIFEST}
        editor.send(method="textDocument/didOpen", params={"textDocument": item})
        # Its finding comes once all that is installed is known.
        editor.until("it is settled", lambda: any("gone" in str(it) for it in editor.findings.values()))
        start = {"line": 0, "character": 0}
        actions = editor.request("textDocument/codeAction", {
            "textDocument": document, "range": {"start": start, "end": start},
            "context": {"diagnostics": [], "only": ["source.envls"]},
        })
        for action in actions or []:
            if action["title"].startswith("Declare what is installed"):
                texts = [edit["newText"] for edits in action["edit"]["changes"].values() for edit in edits]
                lines += [line.strip(' ",') for text in texts for line in text.splitlines() if line.strip()]
    return sorted(lines)


def lay(world):
    """An environment with pip in it, and something to wait for."""
    tools.wheel(world.wheels, "delta", "3.0", requires=["gamma"])
    world.write("pyproject.toml", MANIFEST)
    world.write("app.py", "import gone\n")
    world.must(f"python{world.kit.usual}", "-m", "venv", ".venv")


def by_pip(checks, kit):
    name = "asked of pip"
    with World(kit, (), [kit.usual]) as world:
        lay(world)
        pip = [world.python(), "-m", "pip", "install"]
        world.must(*pip, "beta", "delta")
        marked = sorted(it.parent.name.split("-")[0] for it in world.site_packages().glob("*.dist-info/REQUESTED"))
        checks.that(f"{name}: pip marks it", {"beta", "delta"} <= set(marked) and "gamma" not in marked, marked)
        checks.same(f"{name}: what came along is not offered", offered(world), ["delta>=3.0"])
        world.must(*pip, "--force-reinstall", "--no-deps", "alpha")
        checks.same(f"{name}: though delta needs it, alpha was asked for", offered(world), ["alpha>=2.0", "delta>=3.0"])
        world.must(world.python(), "-m", "pip", "uninstall", "--yes", "delta")
        checks.same(f"{name}: what is left behind was never asked for", offered(world), ["alpha>=2.0"])


def by_uv(checks, kit):
    name = "asked of uv"
    with World(kit, ["uv"], [kit.usual]) as world:
        lay(world)
        world.must("uv", "pip", "install", "--python", world.python(), "beta", "delta")
        marked = sorted(it.parent.name.split("-")[0] for it in world.site_packages().glob("*.dist-info/REQUESTED"))
        checks.that(f"{name}: uv marks everything", {"alpha", "beta", "delta", "gamma"} <= set(marked), marked)
        checks.same(f"{name}: what came along is not offered", offered(world), ["delta>=3.0"])


def scenarios(kit):
    yield "asked of pip", by_pip, (kit,)
    yield "asked of uv", by_uv, (kit,)
