"""The tools that the ring drives, each installed once into a private environment below the cache."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

UV = "uv==0.13.9"
VIRTUALENV = "virtualenv==21.15.8"
ROOT = Path(__file__).resolve().parents[3]
CACHE = Path(os.environ.get("ENVLS_CACHE") or Path.home() / ".cache/envls-tests")

FACTS = (
    "import json, os, platform, sys; print(json.dumps({"
    "'version': platform.python_version(), 'implementation': sys.implementation.name,"
    "'executable': os.path.realpath(sys.executable), 'prefix': sys.prefix,"
    "'base_prefix': getattr(sys, 'base_prefix', sys.prefix)}))"
)


def install(requirement, called=None):
    """The program of a pinned requirement, from the package index; three tries, since indexes are slow at times."""
    name = requirement.split("==")[0]
    folder = CACHE / f"tools-ring-{requirement.replace('==', '-')}"
    program = folder / "bin" / (called or name)
    if program.exists():
        return program
    CACHE.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, 4):
        shutil.rmtree(folder, ignore_errors=True)
        # An environment cannot be moved, so it is made where it stays; a half-made one lacks the program.
        made = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, text=True)
        command = [folder / "bin/python", "-m", "pip", "install", "-q", "--no-input", requirement]
        done = made if made.returncode else subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0 and program.exists():
            return program
        print(f"try {attempt} of installing {requirement} failed: {done.stderr.strip()[-400:]}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(f"{requirement} could not be installed\n0 passed, 1 failed")


def furnished(name, *requirements, python=sys.executable, furnish=lambda folder: True):
    """An environment below the cache with these in it, and with what `furnish` adds, which says whether it could; `None` where it
    could not be had in three tries. What it ends with is a mark, without which it is half made."""
    folder = CACHE / name
    if (folder / "finished").exists():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, 4):
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", folder], capture_output=True, check=True)
        command = [folder / "bin/python", "-m", "pip", "install", "-q", "--no-input", *requirements]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0 and furnish(folder):
            (folder / "finished").touch()
            return folder
        # Standard output is the answer of some who ask.
        print(f"try {attempt} of installing {name} failed: {done.stderr.strip()[-400:]}", file=sys.stderr, flush=True)
    return None


def debian(programs, packages, *options):
    """Whether these programs are there, installed from Debian's packages where they are not; only root can. Three tries, since
    registries are slow to answer at times."""
    if os.geteuid() != 0:
        return False
    if all(shutil.which(it) for it in programs):
        return True
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for _ in range(3):
        subprocess.run(["apt-get", "update", "-qq"], env=quiet)
        command = ["apt-get", "install", "-qqy", "--no-install-recommends", *options, *packages]
        if subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL).returncode == 0:
            break
    return all(shutil.which(it) for it in programs)


def binary():
    """The binary that is tested, built where it is not given and not there."""
    given = os.environ.get("ENVLS_BINARY")
    if given:
        return Path(given).resolve()
    built = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "debug/envls"
    if not built.exists():
        subprocess.run(["cargo", "build", "--locked", "--bin", "envls"], cwd=ROOT, check=True)
    return built


def ask(python, *flags):
    """What an interpreter says of itself, outside of the code that is tested."""
    environment = {"PATH": "/usr/bin:/bin"}
    command = [str(python), *(flags or ("-I", "-S")), "-c", FACTS]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/", env=environment)
    if said.returncode:
        raise RuntimeError(f"{python} does not run: {said.stderr.strip()}")
    return json.loads(said.stdout)


def pythons():
    """The real interpreters of this machine that can make environments, by minor version."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = sorted(root.glob("*/bin/python3.*")) + sorted(Path("/usr/bin").glob("python3.*"))
    candidates += sorted(Path("/usr/local/bin").glob("python3.*"))
    candidates.append(Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable))))
    found = {}
    for candidate in candidates:
        minor = candidate.name.replace("python3.", "")
        if not minor.isdigit() or f"3.{minor}" in found:
            continue
        probe = [str(candidate), "-I", "-c", "import ensurepip, venv"]
        if subprocess.run(probe, capture_output=True, timeout=60).returncode == 0:
            found[f"3.{minor}"] = Path(os.path.realpath(candidate))
    return found


def wheel(folder, name, version, requires=()):
    """A distribution of one empty module, so that installing needs no network and takes no time."""
    stem = f"{name}-{version}"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {it}\n" for it in requires)
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{stem}.dist-info/METADATA": metadata,
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: ring\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={encoded(text)},{len(text.encode())}\n" for path, text in files.items()
    )
    files[f"{stem}.dist-info/RECORD"] = record + f"{stem}.dist-info/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)


def encoded(text):
    import base64

    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
