"""A channel of small conda packages that are made here, and py-rattler, which links them into real prefixes.

The `python` package has this machine's own interpreter: the executable is copied, the library is linked. The formats are those
of conda's documentation (*Package specification*); the records in `conda-meta` are written by py-rattler.
"""

import bz2
import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

from . import tools

TOOL = "py-rattler==0.28.0"
STAMP = 1700000000
SKIPPED = {"site-packages", "test", "__pycache__", "idlelib", "turtledemo", "lib2to3"}

# Run by the interpreter that has py-rattler. It leaves without an interpreter's usual end, which py-rattler does not always survive.
WORK = """
import asyncio, os, sys
from pathlib import Path
from rattler import Gateway, MatchSpec, PrefixRecord, Subdir, VirtualPackage, install, solve
from rattler.index import index_fs
verb, channel, *words = sys.argv[1:]
channel = Path(channel)
async def link(prefix, specs):
    records = sorted((prefix / "conda-meta").glob("*.json"))
    kept = [PrefixRecord.from_path(it) for it in records]
    names = {MatchSpec(it).name.normalized for it in specs}
    wanted = [it.name.normalized for it in kept if it.name.normalized not in names] + specs
    cache = channel / "cache"
    found = await solve([channel.as_uri()], wanted, gateway=Gateway(cache_dir=cache / "index"),
                        platforms=[Subdir.current(), "noarch"], locked_packages=kept,
                        virtual_packages=VirtualPackage.detect())
    await install(found, target_prefix=prefix, cache_dir=cache / "packages", show_progress=False)
if verb == "index":
    asyncio.run(index_fs(channel, write_zst=False, write_shards=False, force=True))
elif verb == "platform":
    print(Subdir.current())
else:
    asyncio.run(link(Path(words[0]), words[1:]))
sys.stdout.flush()
os._exit(0)
"""


def rattler():
    """The interpreter that has py-rattler, from the package index."""
    folder = tools.furnished(f"tools-ring-{TOOL.replace('==', '-')}", TOOL)
    if folder is None:
        raise SystemExit(f"{TOOL} could not be installed\n0 passed, 1 failed")
    return folder / "bin/python"


class Channel:
    """A folder of packages: one Python a version, a module, and something that needs no Python."""

    def __init__(self, folder, pythons, versions=("2.0",)):
        self.folder, self.tool = folder, rattler()
        self.platform = self.run("platform").strip()
        for python in pythons:
            self.python(python)
        for version in versions:
            self.python_package("alpha", version)
        self.package("data", "0.1", {"share/data.txt": b"data\n"}, noarch="generic")
        (folder / "noarch").mkdir(exist_ok=True)
        self.index()

    def python_package(self, name, version):
        self.package(name, version, module(name, version), noarch="python", depends=["python"])

    def index(self):
        self.run("index")
        # Old conda asks for what is compressed, which py-rattler does not write.
        for plain in self.folder.glob("*/repodata.json"):
            plain.with_suffix(".json.bz2").write_bytes(bz2.compress(plain.read_bytes()))

    def run(self, verb, *words):
        command = [self.tool, "-c", WORK, verb, self.folder, *words]
        done = subprocess.run([str(it) for it in command], capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise RuntimeError(f"{verb} {words}: {done.stdout}{done.stderr}")
        return done.stdout

    def link(self, prefix, *specs):
        self.run("link", prefix, *specs)

    def command(self):
        """The text of a `conda` that understands `install --yes --prefix PREFIX SPEC…` and has py-rattler do it."""
        return f'#!/bin/sh\nshift 3\nexec {self.tool} {self.script()} link {self.folder} "$@"\n'

    def script(self):
        script = self.folder / "work.py"
        script.write_text(WORK, encoding="utf-8")
        return script

    def python(self, interpreter):
        said = tools.ask(interpreter)
        base, version = Path(said["base_prefix"]), said["version"]
        minor = ".".join(version.split(".")[:2])
        library = f"lib/python{minor}"
        files = {
            f"bin/python{minor}": (base / f"bin/python{minor}").resolve(),
            "bin/python3": f"python{minor}",
            "bin/python": f"python{minor}",
            f"{library}/site-packages/README.txt": b"packages go here\n",
        }
        # Each file by itself: old conda cannot link a folder.
        for top, folders, names in os.walk(base / library):
            folders[:] = [it for it in folders if it not in SKIPPED and not it.startswith("config-")]
            at = Path(library) / Path(top).relative_to(base / library)
            files.update((str(at / name), str(Path(top) / name)) for name in names)
        self.package("python", version, files)

    def package(self, name, version, files, noarch=None, depends=()):
        """Writes a `.tar.bz2` package. A text among the files is where a link leads, a path a program to copy."""
        stem, subdir = f"{name}-{version}-h0_0", "noarch" if noarch else self.platform
        index = {
            "name": name, "version": version, "build": "h0_0", "build_number": 0, "depends": list(depends),
            "subdir": subdir, "arch": None, "platform": None, "license": "MIT", "timestamp": STAMP * 1000,
        }
        index.update({"noarch": noarch} if noarch else {})
        paths, tree = [], {}
        for path, what in sorted(files.items()):
            data = what.read_bytes() if isinstance(what, Path) else what
            kind = "softlink" if isinstance(data, str) else "hardlink"
            content = b"" if isinstance(data, str) else data
            paths.append({
                "_path": path, "path_type": kind, "size_in_bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            })
            tree[path] = (data, 0o755 if isinstance(what, Path) else 0o644)
        info = {"info/index.json": index, "info/paths.json": {"paths": paths, "paths_version": 1}}
        if noarch == "python":
            info["info/link.json"] = {"noarch": {"type": "python", "entry_points": []}, "package_metadata_version": 1}
        for path, value in info.items():
            tree[path] = (json.dumps(value).encode(), 0o644)
        tree["info/files"] = ("".join(f"{it}\n" for it in sorted(files)).encode(), 0o644)
        folder = self.folder / subdir
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(folder / f"{stem}.tar.bz2", "w:bz2") as archive:
            for path, (data, mode) in sorted(tree.items()):
                add(archive, path, data, mode)


def add(archive, path, data, mode):
    entry = tarfile.TarInfo(path)
    entry.mtime, entry.mode = STAMP, mode
    if isinstance(data, str):
        entry.type, entry.linkname = tarfile.SYMTYPE, data
        archive.addfile(entry)
    else:
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))


def module(name, version):
    folder = f"site-packages/{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    return {
        f"site-packages/{name}.py": f"VERSION = {version!r}\n".encode(),
        f"{folder}/METADATA": metadata.encode(),
        f"{folder}/INSTALLER": b"conda\n",
        f"{folder}/RECORD": f"{name}.py,,\n{name}-{version}.dist-info/METADATA,,\n".encode(),
    }
