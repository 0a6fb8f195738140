"""Containers that a project's own files declare, made by the tools that make them: the dev container command-line tool, and Compose."""

import json
import shutil
import signal
import subprocess

from . import engines, tools

DEV_CONTAINERS = "@devcontainers/cli@0.89.0"
COMPOSE = "podman-compose==1.6.0"
PYTHON = "/opt/venv/bin/python"


def dev_container_tool():
    """The command-line tool of the Development Containers Specification; `None` where there is no npm."""
    npm = shutil.which("npm")
    folder = tools.CACHE / f"layers/{DEV_CONTAINERS.replace('/', '-')}"
    program = folder / "node_modules/.bin/devcontainer"
    for _ in range(3):
        if program.exists() or not npm:
            break
        subprocess.run([npm, "install", "--silent", "--prefix", folder, DEV_CONTAINERS], capture_output=True)
    return program if program.exists() else None


def compose_tool():
    return tools.install(COMPOSE)


def findings(world, *options):
    said = world.envls("check", "shop", "--output-format", "json", *options)
    return json.loads(said.out)["findings"]


def codes(world):
    return {it["code"] for it in findings(world)}


def of(found, code):
    return [it for it in found if it["code"] == code]


def offered(world, code, verb):
    """The first offer for a finding that begins with a word, once there is one."""
    for it in of(findings(world), code):
        for action in it["actions"]:
            if action["title"].startswith(verb):
                return it, action
    return None, None


def used(checks, world, name, place, started):
    """Who says `--yes` to all that the finding offers has not agreed to have it looked into; who names it has."""
    hint = f"`envls select {world.work}/shop {place}:{PYTHON}`"
    checks.that(f"{name}: that it is not looked into for a `--yes` is said", hint in started.err, started)
    said = json.loads(world.envls("explain", "shop", "--output-format", "json").out)["selection"] or {}
    checks.that(f"{name}: nor is it", "place" not in said.get("environment", {}) or said["environment"]["place"] == "here", said)
    world.must(world.kit.binary, "select", "shop", f"{place}:{PYTHON}")
    said = json.loads(world.envls("explain", "shop", "--output-format", "json").out)["selection"] or {}
    environment = said.get("environment", {})
    checks.same(f"{name}: then its environment is the project's", (environment.get("place"), environment.get("python")), (place, f"{place}:{PYTHON}"))


def synced(checks, world, name, inside):
    """What is missing in there is found at its lines, and one sync inside mends it."""
    lines = sorted(it["range"]["start"]["line"] for it in of(findings(world), "not-installed"))
    checks.same(f"{name}: what is missing in there is found at its lines", lines, [5, 6, 7])
    said = world.fix("--code", "not-installed", path="shop")
    there = inside(PYTHON, "-c", "import alpha, beta, gamma").returncode
    checks.that(f"{name}: the sync is run inside", said.code == 0 and there == 0, said)
    checks.that(f"{name}: and nothing is missing then", not {"not-installed", "version-mismatch"} & codes(world), findings(world))


def dev_container(checks, kit, engine, name, world, shop):
    tool = dev_container_tool()
    if not tool:
        checks.skipped("dev container", "there is no npm")
        return
    (world.bin / "devcontainer").symlink_to(tool)
    world.write("shop/.devcontainer/devcontainer.json", json.dumps({
        "image": engines.NAME,
        "runArgs": ["--network=none"],
        "mounts": [f"source={world.wheels},target=/wheels,type=bind"],
        "containerEnv": {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"},
        "updateRemoteUserUID": False,
        "postCreateCommand": "python3 -m venv /opt/venv",
        "customizations": {"vscode": {"settings": {"python.defaultInterpreterPath": PYTHON}}},
    }, indent=2))
    world.must(world.kit.binary, "trust", "shop")
    _, action = offered(world, "layer-unreachable", "Start the dev container")
    checks.that(f"{name}: a dev container that was never made is offered to be made", action and "devcontainer up" in action["title"], findings(world))
    said = world.fix("--code", "layer-unreachable", path="shop")
    listed = engine.run("ps", "-q", "--filter", f"label=devcontainer.local_folder={shop}").stdout.split()
    engine.made += listed
    if not checks.that(f"{name}: its tool makes it", said.code == 0 and len(listed) == 1, said):
        return
    called = engine.must("inspect", "--format", "{{.Name}}", listed[0]).strip().lstrip("/")
    used(checks, world, name, f"{engine.kind}:{called}", said)
    synced(checks, world, name, lambda *words: engine.run("exec", listed[0], *words))
    declared = json.loads((shop / ".devcontainer/devcontainer.json").read_text())
    declared["mounts"].append(f"source={world.root}/tmp,target=/more,type=bind")
    (shop / ".devcontainer/devcontainer.json").write_text(json.dumps(declared, indent=2))
    outdated = of(findings(world), "layer-outdated")
    checks.that(f"{name}: what was declared since is said to be lacking", len(outdated) == 1 and "`/more`" in outdated[0]["message"], outdated)
    said = world.fix("--code", "layer-outdated", path="shop")
    listed = engine.run("ps", "-q", "--filter", f"label=devcontainer.local_folder={shop}").stdout.split()
    engine.made += listed
    checks.that(f"{name}: made anew it is not", said.code == 0 and not of(findings(world), "layer-outdated"), said)


def newer_image(checks, engine, name, world, container):
    """An image of the same name, built since: what runs is the older one."""
    engine.must("commit", container, OWN)
    outdated = of(findings(world), "layer-outdated")
    checks.that(f"{name}: that its image is a newer one by now is said", len(outdated) == 1 and "older image" in outdated[0]["message"], findings(world))


OWN = "localhost/envls-own:1"
SERVICE = """services:
  app:
    image: {image}
    command: ["sleep", "infinity"]
    network_mode: none
    volumes:
      - .:/app
      - {wheels}:/wheels
      - kept:/app/.venv
    environment:
      PIP_NO_INDEX: "1"
      PIP_FIND_LINKS: /wheels
      VIRTUAL_ENV: /opt/venv
volumes:
  kept:
"""


def compose(checks, kit, engine, name, world, shop):
    (world.bin / "podman-compose").symlink_to(compose_tool())
    engine.must("tag", engines.NAME, OWN)
    world.write("shop/compose.yaml", SERVICE.format(image=OWN, wheels=world.wheels))
    world.must(world.kit.binary, "trust", "shop")
    finding, action = offered(world, "layer-unreachable", "Start service `app`")
    checks.that(f"{name}: a service that does not run is offered to be started", action and "podman-compose" in action["title"], findings(world))
    at = finding and (finding["path"].rsplit("/", 1)[1], finding["range"]["start"]["line"])
    checks.same(f"{name}: at the line of the service", at, ("compose.yaml", 1))
    said = world.fix("--code", "layer-unreachable", path="shop")
    listed = engine.run("ps", "--filter", "label=com.docker.compose.service=app", "--format", "{{.Names}}").stdout.split()
    engine.made += listed
    if not checks.that(f"{name}: its tool starts it", said.code == 0 and len(listed) == 1, said):
        return
    engine.must("exec", listed[0], "python3", "-m", "venv", "/opt/venv")
    used(checks, world, name, f"{engine.kind}:{listed[0]}", said)
    synced(checks, world, name, lambda *words: engine.run("exec", listed[0], *words))
    engine.must("exec", listed[0], "touch", "/app/.venv/inside")
    checks.that(f"{name}: a volume keeps the environments of both apart", not (shop / ".venv/inside").exists())
    world.write("shop/compose.yaml", SERVICE.format(image=OWN, wheels=world.wheels).replace("- kept", f"- {world.root}/tmp:/more\n      - kept"))
    outdated = of(findings(world), "layer-outdated")
    checks.that(f"{name}: what was declared since is said to be lacking", len(outdated) == 1 and "`/more`" in outdated[0]["message"], outdated)
    said = world.fix("--code", "layer-outdated", path="shop")
    checks.that(f"{name}: made anew it is not", said.code == 0 and not of(findings(world), "layer-outdated"), said)
    listed = engine.run("ps", "--filter", "label=com.docker.compose.service=app", "--format", "{{.Names}}").stdout.split()
    newer_image(checks, engine, name, world, listed[0])


def run(checks, kit, engine, name, world, shop):
    """`envls run` runs a command inside, with its status, and ends it with itself."""
    place = engine.container("run", [(shop, "/app")])
    engine.must("exec", place, "python3", "-m", "venv", "/opt/venv")
    world.must(world.kit.binary, "trust", "shop")
    world.must(world.kit.binary, "select", "shop", f"{engine.kind}:{place}:{PYTHON}")
    said = world.envls("run", "--", "python", "-c", "import sys, os; print(sys.prefix, os.getcwd()); sys.exit(7)", cwd=shop)
    checks.same(f"{name}: a command runs inside, in the same folder", said.out.split(), ["/opt/venv", "/app"])
    checks.same(f"{name}: its status is ours", said.code, 7)
    # A reader of what is written is told when it begins.
    child = subprocess.Popen(
        [world.kit.binary, "run", "--", "sh", "-c", "echo begun; exec sleep 600"], cwd=shop, env=world.variables,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )
    world.children.append(child)
    checks.same(f"{name}: it is under way", child.stdout.readline().strip(), "begun")
    child.send_signal(signal.SIGTERM)
    checks.that(f"{name}: a signal ends it", child.wait(60) != 0, child.returncode)
    columns = ["args"] if engine.kind == "podman" else ["-eo", "pid,args"]
    world.until("nothing of it to be left inside", lambda: "sleep 600" not in engine.must("top", place, *columns))
