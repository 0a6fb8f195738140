"""A workspace with a home of its own, and the binary and the tools that are let loose on it."""

import json
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path

from . import tools

DEADLINE = 60
# A command of a tool, which may wait for a disk that others use too.
PATIENCE = 300


# What locks say has a ring of its own; how old a Python is depends on the day, and on which Pythons this machine has.
ELSEWHERE = {"environment-outdated", "lock-missing", "lock-outdated", "python-eol"}


class Said:
    """What a command said and how it ended."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __str__(self):
        return f"code {self.code}\n{self.out}\n{self.err}"


class World:
    """Made for one scenario, and gone after it whatever happens."""

    patience = PATIENCE

    def __init__(self, kit, programs=(), pythons=()):
        self.kit = kit
        # The folder for temporary files may be a link; environments record real paths.
        self.root = Path(os.path.realpath(tempfile.mkdtemp(prefix="envls-ring-")))
        self.children = []
        for name in ("home", "state", "bin", "work", "tmp", "wheels"):
            (self.root / name).mkdir()
        self.work, self.bin, self.wheels = self.root / "work", self.root / "bin", self.root / "wheels"
        for program in programs:
            (self.bin / program).symlink_to(kit.programs[program])
        for minor in pythons:
            (self.bin / f"python{minor}").symlink_to(kit.pythons[minor])
        for name, version in (("alpha", "1.0"), ("alpha", "2.0"), ("beta", "1.0"), ("beta", "1.5")):
            tools.wheel(self.wheels, name, version)
        tools.wheel(self.wheels, "gamma", "1.0", requires=["alpha>=1"])
        self.variables = {
            "HOME": str(self.root / "home"),
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "TMPDIR": str(self.root / "tmp"),
            "XDG_CACHE_HOME": str(self.root / "home/.cache"),
            "XDG_CONFIG_HOME": str(self.root / "home/.config"),
            "XDG_DATA_HOME": str(self.root / "home/.local/share"),
            "XDG_STATE_HOME": str(self.root / "home/.local/state"),
            "ENVLS_STATE_DIR": str(self.root / "state"),
            "PYENV_ROOT": str(self.root / "home/.pyenv"),
            "LANG": "C.UTF-8",
            # Everything that is installed was made here.
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "UV_FIND_LINKS": str(self.wheels),
            "UV_PYTHON_DOWNLOADS": "never",
            "VIRTUALENV_NO_PERIODIC_UPDATE": "1",
        }

        configuration = self.root / "home/.config/uv/uv.toml"
        configuration.parent.mkdir(parents=True)
        configuration.write_text("no-index = true\n", encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for child in self.children:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        # What was made read-only on purpose is made removable again.
        for folder, _, _ in os.walk(self.root):
            if not os.access(folder, os.W_OK | os.X_OK):
                os.chmod(folder, stat.S_IRWXU)
        shutil.rmtree(self.root, ignore_errors=True)

    def write(self, path, text):
        path = self.work / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def run(self, *command, cwd=None, **variables):
        done = subprocess.run(
            [str(it) for it in command],
            cwd=cwd or self.work,
            env={**self.variables, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=self.patience,
        )
        return Said(done)

    def must(self, *command, cwd=None, **variables):
        said = self.run(*command, cwd=cwd, **variables)
        if said.code:
            raise RuntimeError(f"{' '.join(map(str, command))}: {said}")
        return said

    def start(self, *command, **options):
        child = subprocess.Popen(
            [str(it) for it in command], cwd=self.work, env=self.variables, start_new_session=True, **options
        )
        self.children.append(child)
        return child

    def envls(self, *arguments, cwd=None, **variables):
        return self.run(self.kit.binary, *arguments, cwd=cwd, **variables)

    def check(self, path=".", besides=ELSEWHERE, **variables):
        """The findings of `envls check`, as the contract has them, without those that are judged elsewhere."""
        said = self.envls("check", str(path), "--output-format", "json", **variables)
        if said.code not in (0, 1):
            raise RuntimeError(str(said))
        return [it for it in json.loads(said.out)["findings"] if it["code"] not in besides]

    def codes(self, path=".", **variables):
        return sorted(it["code"] for it in self.check(path, **variables))

    def fix(self, *what, path=".", **variables):
        return self.envls("fix", *(what or ("--all",)), "--yes", "--trusted", str(path), **variables)

    def explained(self, path=".", **variables):
        return json.loads(self.envls("explain", str(path), "--output-format", "json", **variables).out)

    def python(self, prefix=".venv"):
        return self.work / prefix / "bin/python"

    def site_packages(self, prefix=".venv"):
        return next((self.work / prefix / "lib").glob("python*/site-packages"))

    def installed(self, prefix=".venv"):
        folder = self.site_packages(prefix)
        found = (it.name[: -len(".dist-info")] for it in folder.glob("*.dist-info"))
        return dict(it.split("-", 1) for it in found)

    def lose(self, name, prefix=".venv"):
        """Removes what says that a distribution is installed."""
        for folder in self.site_packages(prefix).glob(f"{name}-*.dist-info"):
            shutil.rmtree(folder)

    def until(self, what, holds):
        """Polls until something holds."""
        until = time.monotonic() + DEADLINE
        while not holds():
            if time.monotonic() > until:
                raise TimeoutError(f"it never came about: {what}")
            time.sleep(0.02)


class Kit:
    """What the machine has: the binary, the tools and the interpreters."""

    def __init__(self):
        self.binary = tools.binary()
        self.programs = {"uv": tools.install(tools.UV), "virtualenv": tools.install(tools.VIRTUALENV)}
        self.pythons = tools.pythons()
        if not self.pythons:
            raise SystemExit("no Python here can make environments\n0 passed, 1 failed")
        # What most scenarios run with: a version that every tool still serves.
        known = [it for it in ("3.12", "3.13", "3.11", "3.14", "3.10") if it in self.pythons]
        self.usual = known[0] if known else sorted(self.pythons)[-1]
