"""A private machine for one scenario: its folders, its project, its tools, and every process started in it."""
import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
CACHE = Path(os.environ["ENVLS_CACHE"])
sys.path.insert(0, str(REPOSITORY / "tests/tools"))

from ring.rivals import Slow  # noqa: E402

# Generous, since builders and continuous integration share their processors; nothing waits longer than it must.
PATIENCE = float(os.environ.get("ENVLS_PATIENCE", "90"))

PYPROJECT = """\
[project]
name = "shop"
version = "0.1.0"
requires-python = ">=3.9"
dependencies = ["parcels>=1.0"]
"""
FOUND = """
[tool.uv]
no-index = true
find-links = ["wheels"]
"""
SERVED = """
[[tool.uv.index]]
url = "{}"
default = true
"""

# What a member of a monorepo imports; each of their environments has one of the two.
MEMBER = """\
import parcels
import stamps

print(parcels, stamps)
"""

# The programs of other language servers, and what follows them on the command line.
SERVERS = {"basedpyright": ["basedpyright-langserver", "--stdio"], "ty": ["ty", "server"]}

APP = """\
import parcels

print(parcels.weight("book"))
"""


class Trouble(Exception):
    """A scenario did not go as the table says."""


def until(what, question, patience=PATIENCE):
    """Asks again until the answer is true, and returns it."""
    end = time.monotonic() + patience
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Trouble(f"waited {patience:.0f} s for {what}")
        time.sleep(0.05)


def binary():
    path = Path(os.environ.get("ENVLS_BINARY") or REPOSITORY / "target/debug/envls").resolve()
    if not os.access(path, os.X_OK):
        raise SystemExit(f"`{path}` is no program; build it with `cargo build -p envls`, or name it in ENVLS_BINARY")
    return path


class World:
    def __init__(self, name, scenario=None):
        self.scenario = scenario or {}
        self.container = self.index = None
        self.root = Path(tempfile.mkdtemp(prefix=f"envls-{name}-")).resolve()
        self.project = self.root / "shop"
        self.programs = self.root / "bin"
        self.gate = self.root / "uv-may-go"
        for folder in ("bin", "home", "config", "data", "state", "cache", "runtime", "shop/wheels"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "runtime").chmod(0o700)
        (self.programs / "envls").symlink_to(binary())
        python = Path(sys.executable).resolve()
        (self.programs / "python3").symlink_to(python)
        self.write_uv()
        kept = {key: value for key, value in os.environ.items() if key in ("LANG", "TERM", "USER", "LOGNAME", "TZ", "STANDIN_DELAY")}
        self.environment = {
            **kept,
            "PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.root / "home"),
            "SHELL": "/bin/sh",
            "LC_ALL": "C.UTF-8",
            "XDG_CONFIG_HOME": str(self.root / "config"),
            "XDG_DATA_HOME": str(self.root / "data"),
            "XDG_STATE_HOME": str(self.root / "state"),
            "XDG_CACHE_HOME": str(self.root / "cache"),
            "XDG_RUNTIME_DIR": str(self.root / "runtime"),
            "TMPDIR": str(self.root / "runtime"),
            "ENVLS_STATE_DIR": str(self.root / "state/envls"),
            # Where virtualenvwrapper, and so a user, keeps environments that belong to no folder.
            "WORKON_HOME": str(self.root / "home/.virtualenvs"),
            "UV_OFFLINE": "1",
            "UV_PYTHON_DOWNLOADS": "never",
        }
        # VS Code takes PATH from a login shell, whatever it was started with.
        (self.root / "home/.profile").write_text(f'PATH="{self.environment["PATH"]}"\nexport PATH\n')
        for server in self.scenario.get("servers", ()):
            program = SERVERS[server][0]
            (self.programs / program).symlink_to(CACHE / "servers" / server / "bin" / program)
        if "members" in self.scenario:
            self.write_members()
        else:
            self.write_project()
        for path, text in self.scenario.get("files", {}).items():
            (self.project / path).write_text(text)
        for name, distributions in self.scenario.get("others", {}).items():
            self.make_environment(self.root / "home/.virtualenvs" / name, distributions)

    def write_uv(self):
        # The real uv, but held at the gate while it is told to sync: so the progress stands long enough to be seen.
        uv = CACHE / "tools/bin/uv"
        script = self.programs / "uv"
        if "index" in self.scenario:
            # An index holds it, so it need not be held here.
            script.symlink_to(uv)
            return
        script.write_text(
            f'#!/bin/sh\nfor word in "$@"; do\n  if [ "$word" = sync ] || [ "$word" = add ]; then\n    until [ -e "{self.gate}" ]; do sleep 0.05; done\n  fi\ndone\nexec "{uv}" "$@"\n'
        )
        script.chmod(0o755)

    def write_project(self):
        (self.project / "app.py").write_text(APP)
        write_wheel(self.project / "wheels", "parcels", "1.2.0")
        write_wheel(self.project / "wheels", "pyyaml", "6.0.2", module="yaml")
        (self.project / "pyproject.toml").write_text(PYPROJECT + FOUND)
        if "index" in self.scenario:
            self.index = Slow(self.project / "wheels").__enter__()
            (self.project / "pyproject.toml").write_text(PYPROJECT + SERVED.format(self.index.address))
            del self.environment["UV_OFFLINE"]
            self.index.go.set()
        self.run(str(CACHE / "tools/bin/uv"), "lock", "--quiet")
        if self.index:
            self.close_index()

    def close_index(self):
        shutil.rmtree(self.root / "cache/uv", ignore_errors=True)
        self.index.go.clear()
        self.index.asked.clear()

    def write_members(self):
        # A repository, by which editors know where the workspace begins.
        (self.project / ".git").mkdir()
        for name, distributions in self.scenario["members"].items():
            member = self.project / name
            member.mkdir()
            (member / "pyproject.toml").write_text(f'[project]\nname = "{name}"\nversion = "0.1.0"\ndependencies = ["{distributions[0]}"]\n')
            (member / "main.py").write_text(MEMBER)
            self.make_environment(member / ".venv", distributions)

    def make_environment(self, prefix, distributions):
        self.run(str(self.programs / "python3"), "-m", "venv", "--without-pip", str(prefix))
        for distribution in distributions:
            self.install(prefix, distribution)

    def install(self, prefix, distribution):
        """As from a terminal: no editor is told."""
        wheels = self.root / "wheels"
        wheels.mkdir(exist_ok=True)
        write_wheel(wheels, distribution, "1.2.0")
        self.run(str(CACHE / "tools/bin/uv"), "pip", "install", "--quiet", "--python", str(prefix / "bin/python"), "--no-index", "--find-links", str(wheels), distribution)

    def environment_of(self, name):
        """The folder of an environment that the scenario names."""
        member = self.project / name / ".venv"
        return member if member.exists() else self.root / "home/.virtualenvs" / name

    def run(self, *command):
        done = subprocess.run(command, cwd=self.project, env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
        if done.returncode:
            raise Trouble(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
        return done.stdout

    def sync(self):
        self.run(str(CACHE / "tools/bin/uv"), "sync", "--quiet")

    def trust(self):
        self.run("envls", "trust", str(self.project))

    def open_gate(self):
        self.gate.touch()

    def close_gate(self):
        self.gate.unlink(missing_ok=True)

    def metadata(self, distribution):
        return sorted(self.project.glob(f".venv/lib/python3*/site-packages/{distribution}-*.dist-info"))

    def processes(self):
        """Every process that was started in this world, by id: they all carry its state folder in their environment."""
        mark = f"ENVLS_STATE_DIR={self.environment['ENVLS_STATE_DIR']}".encode()
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    # One that has ended and is not reaped yet has no command line any more.
                    words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
                    if words:
                        found[int(entry.name)] = words
            except OSError:
                continue  # It ended, or is somebody else's.
        return found

    def servers(self):
        # A server written in a scripting language has its interpreter before it.
        return [
            pid
            for pid, words in self.processes().items()
            if any(os.path.basename(word) == "envls" and "server" in words[place + 1 : place + 2] for place, word in enumerate(words))
        ]

    def tools(self):
        """The processes of this world that run uv itself."""
        return [pid for pid, words in self.processes().items() if os.path.basename(words[0]) == "uv"]

    def end(self, keep=False):
        """Ends what still runs, by its id, and says what should have ended by itself."""
        if self.index:
            self.index.__exit__()
        if self.container:
            self.container.end()
        left = []
        try:
            until("the processes to end", lambda: not self.processes(), patience=20)
        except Trouble:
            left = [" ".join(words)[:100] for words in self.processes().values()]
            for pid in self.processes():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        if not keep:
            shutil.rmtree(self.root, ignore_errors=True)
        return left


def write_wheel(folder, name, version, module=None):
    """The smallest distribution that every installer takes, so that no test asks a network."""
    files = {
        f"{module or name}/__init__.py": "def weight(thing):\n    return len(thing)\n",
        f"{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{name}-{version}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: envls-tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{name}-{version}.dist-info/RECORD"
    lines = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(text.encode())}\n")
    files[record] = "".join(lines) + f"{record},,\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
