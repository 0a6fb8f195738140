"""In a workspace that is not trusted nothing is started and nothing is written, whatever lies in wait there: by strace."""

import json
import os
import shutil
import subprocess

from .world import World

PLANTED = (
    "python", "python3", "uv", "conda", "mamba", "micromamba", "pixi", "poetry", "pdm", "hatch", "pipenv", "rye",
    "docker", "git", "virtualenv", "pip", "pyenv", "asdf", "mise", "brew",
)
OPENS = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND")
CHANGES = ("unlink", "rename", "mkdir", "rmdir", "symlink", "link", "chmod", "chown", "truncate", "utime", "mknod", "creat", "setxattr")
COMMANDS = (
    ["check"],
    ["check", "--output-format", "json", "--facts"],
    ["envs"],
    ["explain"],
    ["which"],
    ["env", "--shell", "json"],
    ["select", ".", ".venv/bin/python"],
    ["explain", "app.py"],
    ["select", ".", "--clear"],
    ["envs", "--output-format", "json"],
    ["fix", "--all", "--dry-run"],
)


def plant(world, kit):
    """A project whose every program leaves a trace when it is run, in the folder, in its environment and first on PATH."""
    world.write("pyproject.toml", '[project]\nname = "trap"\nversion = "1"\ndependencies = ["alpha"]\n[tool.uv]\n')
    world.write("requirements.txt", "beta\n")
    world.write("uv.lock", "version = 1\n")
    for name in ("poetry", "pdm", "pixi", "hatch", "conda", "rye"):
        manifest = f'[project]\nname = "{name}"\nversion = "1"\n[tool.{name}]\nname = "{name}"\n'
        world.write(f"of/{name}/pyproject.toml", manifest)
        world.write(f"of/{name}/{name}.lock", "version = 1\n")
    world.write("of/conda/environment.yml", "name: trap\ndependencies: [python]\n")
    world.write("Pipfile", "[packages]\n")
    world.write("scripts/report.py", "# /// script\n# dependencies = ['alpha']\n# ///\n")
    world.write("app.py", "import alpha\n")
    world.must(kit.pythons[kit.usual], "-m", "venv", "--without-pip", ".venv")
    ran = world.root / "ran"
    code = f"open({str(ran)!r}, 'w').close()\n"
    (world.site_packages() / "trap.pth").write_text(f"import os; {code}", encoding="utf-8")
    (world.site_packages() / "sitecustomize.py").write_text(code, encoding="utf-8")
    places = [world.work / ".venv/bin/python", world.work / ".venv/bin/python3"]
    places += [folder / it for it in PLANTED for folder in (world.work, world.work / "tools")]
    (world.work / "tools").mkdir()
    for place in places:
        if place.is_symlink() or place.exists():
            place.unlink()
        place.write_text(f"#!/bin/sh\ntouch {ran}\n", encoding="utf-8")
        place.chmod(0o755)
    world.variables["PATH"] = f"{world.work}:{world.work / 'tools'}:{world.variables['PATH']}"
    return ran


def traced(world, *arguments):
    record = world.root / "trace.txt"
    calls = "trace=execve,execveat,%file,ftruncate,fchmod,fchown"
    return record, ["/usr/bin/env", "strace", "-f", "-qq", "-s", "4096", "-e", calls, "-o", record, world.kit.binary, *arguments]


def judge(checks, world, name, record, ran):
    lines = record.read_text(encoding="utf-8", errors="replace").splitlines()
    started = [it for it in lines if "execve" in it]
    checks.that(f"{name}: only itself is started", len(started) == 1, "\n".join(started))
    written = [it for it in lines if f"{world.work}" in it and writes(it)]
    checks.that(f"{name}: nothing is written in the workspace", not written, "\n".join(written))
    seen = sum(f"{world.work}" in it for it in lines)
    checks.that(f"{name}: it was looked at", seen > 0, "no call names the workspace")
    checks.that(f"{name}: nothing planted ran", not ran.exists())


def writes(line):
    call = line.split("(")[0].split()[-1]
    if "open" in call:
        return any(it in line for it in OPENS)
    return call != "readlink" and call != "readlinkat" and any(it in call for it in CHANGES)


def commands(checks, kit):
    with World(kit, [], [kit.usual]) as world:
        ran = plant(world, kit)
        for command in COMMANDS:
            name = f"untrusted, {' '.join(command)}"
            record, line = traced(world, *command)
            said = world.run(*line)
            checks.that(f"{name}: it answers", said.code in (0, 1) and said.out + said.err, said)
            judge(checks, world, name, record, ran)


def watch(checks, kit):
    with World(kit, [], [kit.usual]) as world:
        ran = plant(world, kit)
        record, line = traced(world, "watch")
        output = world.root / "watch.txt"
        with open(output, "wb") as file:
            child = world.start(*line, stdin=subprocess.PIPE, stdout=file, stderr=subprocess.STDOUT)
        world.until("watch shows a finding", lambda: b"[" in output.read_bytes())
        # A change under its eyes is looked at, too.
        world.write("requirements.txt", "beta\ngamma = 1\n")
        world.until("watch shows the change", lambda: b"invalid-requirement" in output.read_bytes())
        child.stdin.close()
        child.wait(timeout=60)
        before = {"requirements.txt"}
        checks.that("untrusted, watch: it answers", child.returncode in (0, 1), output.read_text(errors="replace"))
        checks.that("untrusted, watch: what it shows is there", before <= set(os.listdir(world.work)))
        judge(checks, world, "untrusted, watch", record, ran)


def server(checks, kit):
    with World(kit, [], [kit.usual]) as world:
        ran = plant(world, kit)
        record, line = traced(world, "server")
        child = world.start(*line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        root = world.work.as_uri()
        document = (world.work / "pyproject.toml").as_uri()
        text = (world.work / "pyproject.toml").read_text(encoding="utf-8")
        send(child, id=1, method="initialize", params={
            "processId": os.getpid(), "rootUri": root, "capabilities": {},
            "workspaceFolders": [{"uri": root, "name": "trap"}],
        })
        receive(child, lambda it: it.get("id") == 1)
        send(child, method="initialized", params={})
        item = {"uri": document, "languageId": "toml", "version": 1, "text": text}
        send(child, method="textDocument/didOpen", params={"textDocument": item})
        published = receive(child, lambda it: has_findings(it, document))
        codes = [it.get("code") for it in published["params"]["diagnostics"]]
        checks.that("untrusted, server: it answers", codes, codes)
        send(child, id=2, method="shutdown")
        receive(child, lambda it: it.get("id") == 2)
        send(child, method="exit")
        checks.same("untrusted, server: it ends", child.wait(timeout=60), 0)
        judge(checks, world, "untrusted, server", record, ran)


def has_findings(message, document):
    params = message.get("params") or {}
    published = message.get("method") == "textDocument/publishDiagnostics"
    return published and params.get("uri") == document and params.get("diagnostics")


def send(child, **message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    child.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    child.stdin.flush()


def receive(child, wanted):
    """The next message of this kind; what the server asks in between is answered with nothing."""
    while True:
        length = 0
        while True:
            header = child.stdout.readline()
            if not header:
                raise RuntimeError("the server has ended")
            if header in (b"\r\n", b"\n"):
                break
            if header.lower().startswith(b"content-length:"):
                length = int(header.split(b":")[1])
        message = json.loads(child.stdout.read(length))
        if wanted(message):
            return message
        if "id" in message and "method" in message:
            send(child, id=message["id"], result=None)


def scenarios(kit):
    for scenario in (commands, watch, server):
        name = f"untrusted, {scenario.__name__}"
        if shutil.which("strace"):
            yield name, scenario, (kit,)
        else:
            yield name, "strace is not installed", None
