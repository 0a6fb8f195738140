"""Ten kinds of planted code, each by itself, on each interpreter, under every command: before trust none of it runs, no process is
started, and nothing is written in the workspace. By strace."""

import os
import shutil
import subprocess

from .untouched import COMMANDS, judge, receive, send, traced
from .world import World

MORE = (
    ["check", "--output-format", "github"],
    ["doctor"],
    ["env"],
    ["do", "recreate", "--dry-run"],
    ["do", "sync", "--dry-run"],
    ["do", "remove-environment", "--dry-run"],
    ["trust", "--list"],
)


def kinds(world, ran):
    """What is planted, by name; each leaves a trace when it is run."""
    code = f"open({str(ran)!r}, 'w').close()\n"
    script = f"#!/bin/sh\ntouch {ran}\n"

    def executable(path):
        path = world.work / path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink() or path.exists():
            path.unlink()
        path.write_text(script)
        path.chmod(0o755)

    def path_file():
        (world.site_packages() / "trap.pth").write_text(f"import os; {code}")

    def customize():
        for name in ("sitecustomize.py", "usercustomize.py"):
            (world.site_packages() / name).write_text(code)

    def library():
        for name in ("json.py", "os.py", "sys.py", "venv.py", "encodings.py", "ensurepip.py"):
            world.write(name, code)

    def variables():
        world.write("lib/sitecustomize.py", code)
        world.variables.update(PYTHONPATH=str(world.work / "lib"), PYTHONSTARTUP=str(world.work / "lib/sitecustomize.py"))

    def home():
        """A base of its own beside, with a standard library that is a trap."""
        fake = world.work / "base"
        for minor in world.kit.pythons:
            world.write(f"base/lib/python{minor}/encodings/__init__.py", code)
            world.write(f"base/lib/python{minor}/os.py", code)
            executable(f"base/bin/python{minor}")
        executable("base/bin/python3")
        configuration = world.work / ".venv/pyvenv.cfg"
        configuration.write_text(f"home = {fake}/bin\nversion = 3.12.1\nexecutable = {fake}/bin/python3\ninclude-system-site-packages = true\n")

    def interpreter():
        for name in ("python", "python3"):
            executable(f".venv/bin/{name}")

    def tools():
        for name in ("uv", "poetry", "pdm", "hatch", "pipenv", "conda", "mamba", "pixi", "pip", "virtualenv", "pyenv", "docker", "git", "envls"):
            executable(name)
            executable(f"node_modules/.bin/{name}")
            executable(f".venv/bin/{name}")
        world.variables["PATH"] = f".:{world.work}:{world.work}/node_modules/.bin:{world.work}/.venv/bin:{world.variables['PATH']}"

    def build():
        world.write("setup.py", code)
        world.write("backend.py", code)
        world.write("pyproject.toml", '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "trap"\ndynamic = ["version", "dependencies"]\n')

    def activation():
        for name in ("activate", "activate.fish", "activate.csh", "activate_this.py"):
            executable(f".venv/bin/{name}")
        world.write(".envrc", f"touch {ran}\n")
        world.write(".env", f"PYTHONSTARTUP={world.work}/lib/x.py\nPATH=.\n")
        world.write("conftest.py", code)
        world.write("noxfile.py", code)

    def settings():
        world.write(
            "pyproject.toml",
            '[project]\nname = "trap"\nversion = "1"\ndependencies = ["alpha"]\n[tool.uv]\n[tool.envls]\n'
            f'trusted = true\npath = "./evil"\npython = "{world.work}/evil"\n[tool.poetry]\n[tool.hatch.env]\nrequires = ["evil"]\n',
        )
        executable("evil")
        world.write(".vscode/settings.json", f'{{"envls.path": "{world.work}/evil", "python.defaultInterpreterPath": "{world.work}/evil"}}\n')
        world.write("uv.toml", f'python-downloads-json-url = "file://{world.work}/evil"\n')
        world.write(".python-version", "../../../evil\n")

    return (path_file, customize, library, variables, home, interpreter, tools, build, activation, settings)


NAMES = ("path_file", "customize", "library", "variables", "home", "interpreter", "tools", "build", "activation", "settings")


def planted(checks, kit, minor):
    for at, kind in enumerate(NAMES):
        with World(kit, [], [minor]) as world:
            name = f"planted, {kind}, Python {minor}"
            world.write("pyproject.toml", '[project]\nname = "trap"\nversion = "1"\ndependencies = ["alpha"]\n[tool.uv]\n')
            world.write("app.py", "import alpha\n")
            world.must(kit.pythons[minor], "-m", "venv", "--without-pip", ".venv")
            ran = world.root / "ran"
            kinds(world, ran)[at]()
            # Where time is short each kind meets every third command, and every command three kinds or more.
            every = (*COMMANDS, *MORE)
            for command in every if os.environ.get("ENVLS_FULL") else every[at % 3 :: 3]:
                record = world.root / "trace.txt"
                calls = "trace=execve,execveat,%file,ftruncate,fchmod,fchown"
                strace = [shutil.which("strace"), "-f", "-qq", "-s", "4096", "-e", calls, "-o", record]
                said = world.run(*strace, world.kit.binary, *command)
                if said.code not in (0, 1, 2) or "panicked" in said.err:
                    checks.that(f"{name}, {' '.join(command)}: it answers", False, said)
                quiet(checks, world, f"{name}, {' '.join(command)}", record, ran, command)
            if os.environ.get("ENVLS_FULL") or at % 3 == 0:
                record = lived(world, serve, "server")
                quiet(checks, world, f"{name}, server", record, ran, ["server"])
                record = lived(world, watch, "watch")
                quiet(checks, world, f"{name}, watch", record, ran, ["watch"])


def lived(world, live, command):
    record, line = traced(world, command)
    record.unlink(missing_ok=True)
    live(world, line)
    return record


def serve(world, line):
    """An editor opens both files, the server settles, a file changes under its eyes, and it ends."""
    child = world.start(*line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    root = world.work.as_uri()
    capabilities = {"experimental": {"envls": {"status": True}}}
    send(child, id=1, method="initialize", params={
        "processId": os.getpid(), "rootUri": root, "capabilities": capabilities, "workspaceFolders": [{"uri": root, "name": "trap"}],
    })
    receive(child, lambda it: it.get("id") == 1)
    send(child, method="initialized", params={})
    for name, language in (("pyproject.toml", "toml"), ("app.py", "python")):
        item = {"uri": (world.work / name).as_uri(), "languageId": language, "version": 1, "text": (world.work / name).read_text()}
        send(child, method="textDocument/didOpen", params={"textDocument": item})
    receive(child, lambda it: it.get("method") == "envls/status" and it["params"]["quiescent"])
    published = (world.work / "requirements.txt").as_uri()
    (world.work / "requirements.txt").write_text("gamma = 1\n")
    receive(child, lambda it: it.get("method") == "textDocument/publishDiagnostics" and it["params"]["uri"] == published)
    for at, command in enumerate(("envls.explain", "envls.refresh"), 2):
        send(child, id=at, method="workspace/executeCommand", params={"command": command, "arguments": [{"uri": (world.work / "app.py").as_uri()}]})
        receive(child, lambda it, at=at: it.get("id") == at)
    send(child, id=9, method="shutdown")
    receive(child, lambda it: it.get("id") == 9)
    send(child, method="exit")
    child.wait(timeout=60)


def watch(world, line):
    """The same in a terminal."""
    output = world.root / "watch.txt"
    with open(output, "wb") as file:
        child = world.start(*line, stdin=subprocess.PIPE, stdout=file, stderr=subprocess.STDOUT)
    (world.work / "requirements.txt").write_text("delta = 1\n")
    world.until("watch shows the change", lambda: b"delta = 1" in output.read_bytes())
    child.stdin.close()
    child.wait(timeout=60)


def quiet(checks, world, name, record, ran, command):
    """One check in place of four, since there are a thousand of them."""

    class Kept:
        def __init__(self):
            self.bad = []

        def that(self, what, holds, detail=""):
            if not holds and not ("looked at" in what and command[0] == "trust"):
                self.bad.append(f"{what}\n{detail}")

    kept = Kept()
    judge(kept, world, name, record, ran)
    checks.that(name, not kept.bad, "\n".join(kept.bad))


def scenarios(kit):
    if not shutil.which("strace"):
        yield "planted", "strace is not installed", None
        return
    served = sorted(kit.pythons, key=lambda it: int(it.split(".")[1]))[-5:]
    for minor in served if os.environ.get("ENVLS_FULL") else [kit.usual]:
        yield f"planted, Python {minor}", planted, (kit, minor)
