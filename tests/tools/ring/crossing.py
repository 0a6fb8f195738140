"""What crosses between this machine and a container: environments on the wrong side, hidden ones, copied ones, and the wrong Python."""

from pathlib import Path

from . import engines
from .declared import findings, of

SERVICE = "services:\n  app:\n    image: {image}\n    volumes:\n      - .:/app\n"
BUILT = "services:\n  app:\n    build: .\n    volumes:\n      - .:/app\n"
# Where this machine has none, as with the images of the language.
PYTHON = "/opt/image/bin/python3"
NOTHING = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}


def at(finding):
    """The file and the line of a finding, counted from 0."""
    return Path(finding["path"]).name, finding["range"]["start"]["line"]


def about(world, *codes):
    return [it for it in findings(world) if it["code"] in codes]


def placed(engine, world, shop, name, volumes=()):
    """A container that sees the project, with a Python at a place of its own."""
    variables = [f"{key}={value}" for key, value in NOTHING.items()]
    place = engine.container(name, [(shop, "/app"), (world.wheels, "/wheels")], variables=variables, volumes=volumes)
    engine.must("exec", place, "sh", "-c", f"mkdir -p /opt/image/bin && ln -s /usr/bin/python3 {PYTHON}")
    return place


def build(engine, shop, tag):
    """Builds the project's image with the engine's own builder. What Podman builds in a container of its own wants more leave than
    a machine may give."""
    how = "--isolation=chroot" if engine.kind == "podman" else "--network=none"
    engine.must("build", how, "-q", "-t", tag, shop)


def starts(engine, place, python):
    return engine.run("exec", place, python, "-c", "import alpha").returncode == 0


def made_inside(checks, kit, engine, name, world, shop):
    """An environment that a container made in the folder that both see; its repair leaves both sides with one that is whole."""
    place = placed(engine, world, shop, "crossing")
    world.write("shop/compose.yaml", SERVICE.format(image=engines.NAME))
    world.must(kit.binary, "trust", "shop")
    engine.must("exec", place, PYTHON, "-m", "venv", "/app/.venv")
    engine.must("exec", place, "/app/.venv/bin/pip", "install", "-q", "alpha", "beta", "gamma")
    python = shop / ".venv/bin/python"
    runs = lambda: python.exists() and world.run(python, "-c", "import alpha, beta, gamma").code == 0
    checks.that(f"{name}: it works inside, and is a link to nothing here", starts(engine, place, "/app/.venv/bin/python") and not python.exists())
    told = about(world, "environment-in-layer", "broken-environment")
    checks.same(f"{name}: it is not called broken, at the project's name", [(it["code"], at(it)) for it in told], [("environment-in-layer", ("pyproject.toml", 1))])
    said = told[0]["message"] if told else ""
    wanted = ("service `app`", "`/app/.venv`", f"its Python `{PYTHON}` is not on this machine")
    checks.that(f"{name}: it is said by whom, as which path, and what is not here", all(it in said for it in wanted), said)
    checks.same(f"{name}: with the mount that is the reason", [at(it) for it in told[0]["related"]] if told else [], [("compose.yaml", 4)])
    done = world.fix("--code", "environment-in-layer", path="shop")
    compose = (shop / "compose.yaml").read_text()
    checks.that(f"{name}: its repair gives the service one of its own", done.code == 0 and "- /app/.venv\n" in compose, (done, compose))
    (world.bin / f"python{kit.usual}").symlink_to(kit.pythons[kit.usual])
    done = world.fix("--code", "broken-environment", path="shop")
    checks.that(f"{name}: then it is made anew here", done.code == 0 and runs(), done)
    # The service is made anew as it is declared now: with a volume over the environment.
    place = placed(engine, world, shop, "crossed", volumes=["/app/.venv"])
    engine.must("exec", place, PYTHON, "-m", "venv", "/app/.venv")
    engine.must("exec", place, "/app/.venv/bin/pip", "install", "-q", "alpha", "beta", "gamma")
    checks.that(f"{name}: and both sides have one that is whole", runs() and starts(engine, place, "/app/.venv/bin/python"))
    checks.same(f"{name}: nothing is said of the environment here", [it["code"] for it in findings(world) if "environment" in it["code"]], [])
    world.must(kit.binary, "select", "shop", f"{engine.kind}:{place}:/app/.venv/bin/python")
    checks.same(f"{name}: nor of the one inside", [it["code"] for it in findings(world) if "environment" in it["code"]], [])


def made_here(checks, kit, engine, name, world, shop):
    """An environment of this machine's, looked at from inside."""
    place = placed(engine, world, shop, "looking")
    world.must(kit.binary, "trust", "shop")
    base = world.root / "base/bin"
    base.mkdir(parents=True)
    (base / "python3").symlink_to(kit.pythons[kit.usual])
    world.must(base / "python3", "-m", "venv", "shop/.venv")
    world.must(kit.binary, "select", "shop", f"{engine.kind}:{place}:/app/.venv/bin/python")
    checks.that(f"{name}: it does not start inside", not starts(engine, place, "/app/.venv/bin/python"))
    told = [it for it in findings(world) if "environment" in it["code"]]
    checks.same(f"{name}: one finding says so, at the project's name", [(it["code"], at(it)) for it in told], [("broken-environment", ("pyproject.toml", 1))])
    said = told[0]["message"] if told else ""
    checks.that(f"{name}: by the path inside, and by what is not there", f"{engine.kind}:{place}:/app/.venv" in said and "which is not there" in said, told)
    world.must(kit.binary, "select", "shop", "--clear")
    checks.same(f"{name}: here nothing is wrong with it", [it["code"] for it in findings(world) if "environment" in it["code"]], [])


def shadowed(checks, kit, engine, name, world, shop):
    """An environment that the image has, hidden by the folder that is mounted over it."""
    world.write("shop/compose.yaml", BUILT)
    world.write("shop/Dockerfile", f"FROM {engines.NAME}\nWORKDIR /app\nCOPY pyproject.toml ./\nRUN python3 -m venv /app/.venv\n")
    world.must(kit.binary, "trust", "shop")
    build(engine, shop, "envls-shadowed")
    there = lambda *options: engine.run("run", "--rm", "--network=none", *options, "envls-shadowed", "test", "-e", "/app/.venv/bin/python").returncode == 0
    checks.same(f"{name}: the image has it, and by the mount it is gone", (there(), there(f"--volume={shop}:/app")), (True, False))
    told = about(world, "environment-shadowed")
    checks.same(f"{name}: it is said at the mount", [at(it) for it in told], [("compose.yaml", 4)])
    checks.same(f"{name}: with the line that makes it", [at(it) for it in told[0]["related"]] if told else [], [("Dockerfile", 3)])
    done = world.fix("--code", "environment-shadowed", path="shop")
    compose = (shop / "compose.yaml").read_text()
    checks.that(f"{name}: its repair is a volume over it", done.code == 0 and "- /app/.venv\n" in compose, (done, compose))
    checks.that(f"{name}: with which it is there", there(f"--volume={shop}:/app", "--volume=/app/.venv"))
    checks.same(f"{name}: and nothing is said any more", about(world, "environment-shadowed"), [])


def copied(checks, kit, engine, name, world, shop):
    """An environment of this machine's, copied into an image."""
    world.write("shop/Dockerfile", f"FROM {engines.NAME}\nWORKDIR /app\nCOPY . .\n")
    world.must(kit.binary, "trust", "shop")
    base = world.root / "base/bin"
    base.mkdir(parents=True)
    (base / "python3").symlink_to(kit.pythons[kit.usual])
    world.must(base / "python3", "-m", "venv", "shop/.venv")
    inside = lambda *words: engine.run("run", "--rm", "--network=none", "envls-copied", *words).returncode
    build(engine, shop, "envls-copied")
    taken = (inside("test", "-e", "/app/.venv/pyvenv.cfg"), inside("/app/.venv/bin/python", "-V") != 0)
    checks.same(f"{name}: it is in the image, and does not start there", taken, (0, True))
    told = about(world, "environment-copied")
    checks.same(f"{name}: it is said at what copies it", [at(it) for it in told], [("Dockerfile", 2)])
    done = world.fix("--code", "environment-copied", path="shop")
    checks.same(f"{name}: its repair leaves it out", (done.code, (shop / ".dockerignore").read_text()), (0, ".venv\n"))
    build(engine, shop, "envls-copied")
    left = (inside("test", "-e", "/app/.venv"), inside("test", "-e", "/app/pyproject.toml"))
    checks.same(f"{name}: then it is not in the image, and the project is", left, (1, 0))
    checks.same(f"{name}: and nothing is said any more", about(world, "environment-copied"), [])


def another_python(checks, kit, engine, name, world, shop):
    """An image whose Python the project does not support: said of its name, and of what runs."""
    project = (shop / "pyproject.toml").read_text()
    world.write("shop/pyproject.toml", project.replace('">=3.8"', '">=3.12"'))
    engine.must("tag", engines.NAME, "localhost/python:3.11-slim")
    world.write("shop/compose.yaml", SERVICE.format(image="localhost/python:3.11-slim"))
    world.must(kit.binary, "trust", "shop")
    told = about(world, "image-python-mismatch")
    checks.same(f"{name}: it is said at the image's name", [at(it) for it in told], [("compose.yaml", 2)])
    said = told[0]["message"] if told else ""
    checks.that(f"{name}: with what it has and what is asked for", "Python 3.11" in said and "`>=3.12`" in said, said)
    place = placed(engine, world, shop, "another")
    engine.must("exec", place, PYTHON, "-m", "venv", "/opt/venv")
    version = engine.must("exec", place, PYTHON, "-c", "import platform; print(platform.python_version())").strip()
    world.must(kit.binary, "select", "shop", f"{engine.kind}:{place}:/opt/venv/bin/python")
    told = about(world, "wrong-python")
    checks.that(f"{name}: and so it is, looked into", len(told) == 1 and version in told[0]["message"] and version.startswith("3.11."), (version, findings(world)))


QUICK = [made_inside, copied]
LONG = [made_here, shadowed, another_python]
