"""Two editors and a terminal at one environment, an envls that is killed while a tool runs, and one that is stopped: nobody gets in
another's way, nothing is left running, and what is left is put right."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from . import tools
from .deaths import is_whole, thick
from .untouched import receive, send
from .world import World


class Slow:
    """An index that gives away names at once, and of files nothing until it is told to."""

    def __init__(self, wheels):
        self.asked, self.go = threading.Event(), threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                name = self.path.strip("/").split("/")[-1]
                if name.endswith(".whl"):
                    outer.asked.set()
                    outer.go.wait(60)
                    body = (wheels / name).read_bytes()
                else:
                    found = sorted(wheels.glob(f"{name}-*.whl"))
                    body = "".join(f'<a href="/{it.name}">{it.name}</a>' for it in found).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/octet-stream" if name.endswith(".whl") else "text/html")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass

            def do_HEAD(self):  # noqa: N802
                self.send_response(405)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}/"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.go.set()
        self.server.shutdown()
        self.server.server_close()


def slow_project(world, kit, slow):
    (world.root / "home/.config/uv/uv.toml").write_text("", encoding="utf-8")
    del world.variables["UV_FIND_LINKS"]
    world.variables.update(UV_DEFAULT_INDEX=slow.address, UV_HTTP_TIMEOUT="120")
    world.write(
        "pyproject.toml",
        f'[project]\nname = "shop"\nversion = "1"\nrequires-python = "=={kit.usual}.*"\ndependencies = ["alpha"]\n[tool.uv]\npackage = false\n',
    )


def running(world, name="uv"):
    """The processes of this world that run a tool."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            place = os.readlink(folder / "cwd")
        except OSError:
            continue
        if place.startswith(str(world.work)) and Path(os.fsdecode(words[0])).name == name:
            found.append(int(folder.name))
    return found


def stopped(checks, kit):
    """Ctrl-C in the middle of a real `uv sync`."""
    with World(kit, ["uv"], [kit.usual]) as world, Slow(world.wheels) as slow:
        slow_project(world, kit, slow)
        child = world.start(world.kit.binary, "fix", "--code", "no-environment", "--yes", "--trusted", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        checks.that("stopped: uv waits for a file", slow.asked.wait(60))
        checks.that("stopped: it runs", running(world))
        begin = time.monotonic()
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
        took = time.monotonic() - begin
        checks.same("stopped: nothing runs any more", running(world), [])
        checks.that("stopped: within seconds", took < 10, f"{took:.1f} s")
        checks.that("stopped: it does not call it done", child.returncode == 1, said)
        checks.same("stopped: nothing half made is left", (world.work / ".venv").exists(), False)
        checks.same("stopped: judged truthfully", world.codes(), ["no-environment"])
        slow.go.set()
        fixed = world.fix()
        checks.that("stopped: it can be done afterwards", fixed.code == 0 and is_whole(world.work / ".venv", ["alpha"]), fixed)


def killed(checks, kit, was_there):
    """kill -9 of envls itself while `uv sync` runs; the tool outlives it."""
    name = "envls is killed" + (", an environment set aside" if was_there else "")
    with World(kit, ["uv"], [kit.usual]) as world, Slow(world.wheels) as slow:
        slow_project(world, kit, slow)
        if was_there:
            slow.go.set()
            world.must("uv", "sync", "-q")
            (world.work / ".venv/mine.txt").write_text("precious\n")
            shutil.rmtree(world.root / "home/.cache", ignore_errors=True)
            slow.go.clear()
            slow.asked.clear()
        command = ["do", "recreate"] if was_there else ["fix", "--code", "no-environment"]
        child = world.start(world.kit.binary, *command, "--yes", "--trusted", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        checks.that(f"{name}: uv waits for a file", slow.asked.wait(60))
        child.kill()
        child.wait()
        checks.that(f"{name}: the tool outlives it", running(world))
        codes = world.codes()
        whole = is_whole(world.work / ".venv", ["alpha"])
        checks.that(f"{name}: what is there is called healthy if and only if it is", whole == (not codes), codes)
        again = world.envls("do", "pin", kit.usual, "--yes", "--trusted")
        checks.that(f"{name}: the next one tidies up", "killed" in again.err, again)
        checks.same(f"{name}: nothing runs any more", running(world), [])
        checks.same(f"{name}: nothing stays aside", [it.name for it in world.work.glob("*aside*")], [])
        if was_there:
            checks.that(f"{name}: what was there is back", (world.work / ".venv/mine.txt").exists() and is_whole(world.work / ".venv", ["alpha"]))
        slow.go.set()
        fixed = world.fix()
        checks.that(f"{name}: all is well afterwards", not world.codes() and is_whole(world.work / ".venv", ["alpha"]), fixed)
        left = [it.name for it in (world.root / "state/operations").iterdir()]
        checks.same(f"{name}: nothing is under way", left, [])


class Editor:
    """An editor with a server of its own, which can say that its user wants the environment made."""

    def __init__(self, world):
        self.child = world.start(world.kit.binary, "server", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.uri = (world.work / "pyproject.toml").as_uri()
        self.asked = 1
        root = world.work.as_uri()
        capabilities = {"window": {"workDoneProgress": True}, "experimental": {"envls": {"status": True}}}
        send(self.child, id=1, method="initialize", params={
            "processId": os.getpid(), "rootUri": root, "capabilities": capabilities, "workspaceFolders": [{"uri": root, "name": "shop"}],
        })
        receive(self.child, lambda it: it.get("id") == 1)
        send(self.child, method="initialized", params={})
        text = (world.work / "pyproject.toml").read_text()
        item = {"uri": self.uri, "languageId": "toml", "version": 1, "text": text}
        send(self.child, method="textDocument/didOpen", params={"textDocument": item})

    def wants(self, command, **arguments):
        self.asked += 1
        params = {"command": command, "arguments": [{"uri": self.uri, **arguments}]}
        send(self.child, id=self.asked, method="workspace/executeCommand", params=params)
        return receive(self.child, lambda it: it.get("id") == self.asked)

    def codes(self, wanted):
        """Waits until the findings of the file are those."""
        def shows(message):
            params = message.get("params") or {}
            if message.get("method") != "textDocument/publishDiagnostics" or params.get("uri") != self.uri:
                return False
            return {it.get("code") for it in params["diagnostics"]} - {"lock-missing"} == wanted
        return receive(self.child, shows)

    def is_over(self):
        """Waits for what is said at the end of an operation, or in the place of one."""
        def tells(message):
            params = message.get("params") or {}
            told = message.get("method") == "window/showMessage"
            return told and (params["type"] <= 2 or params["message"].startswith("done:"))
        return receive(self.child, tells)["params"]["message"]

    def leave(self):
        send(self.child, id=100000, method="shutdown")
        receive(self.child, lambda it: it.get("id") == 100000)
        send(self.child, method="exit")
        return self.child.wait(timeout=60)


def races(checks, kit, rounds):
    """Two editors and a terminal want the same environment made anew at the same moment."""
    with World(kit, ["uv"], [kit.usual]) as world:
        thick(world.wheels, "thick", "1.0", 40)
        world.write("pyproject.toml", f'[project]\nname = "shop"\nversion = "1"\nrequires-python = "=={kit.usual}.*"\ndependencies = ["alpha", "thick"]\n[tool.uv]\npackage = false\n')
        world.must("uv", "sync", "-q")
        world.must(world.kit.binary, "trust", ".")
        editors = [Editor(world), Editor(world)]
        bad = []
        for round_ in range(rounds):
            kind = ("recreate", "sync", "upgrade")[round_ % 3]
            terminal = world.start(world.kit.binary, "do", "recreate", "--yes", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            for editor in editors:
                editor.wants("envls.do", what=kind, **({"name": "alpha"} if kind == "upgrade" else {}))
            _, said = terminal.communicate(timeout=120)
            # Until each has ended, or was refused because of what the others were just about.
            ends = [editor.is_over() for editor in editors]
            world.until("the operations are over", lambda: not list((world.root / "state/operations").glob("*.life")))
            if terminal.returncode or not is_whole(world.work / ".venv", ["alpha", "thick"]) or list(world.work.glob("*aside*")):
                bad.append((round_, kind, terminal.returncode, said[-400:], ends, [it.name for it in world.work.iterdir()]))
        checks.same(f"{rounds} races of two editors and a terminal: all end with a sound environment", bad, [])
        checks.same("races: nothing is found", world.codes(), [])
        checks.same("races: the servers end well", [it.leave() for it in editors], [0, 0])
        checks.same("races: nothing runs any more", running(world), [])


def scenarios(kit):
    yield "rivals, stopped", stopped, (kit,)
    yield "rivals, killed", killed, (kit, False)
    yield "rivals, killed with something aside", killed, (kit, True)
    yield "rivals, races", races, (kit, 50 if os.environ.get("ENVLS_FULL") else 6)
