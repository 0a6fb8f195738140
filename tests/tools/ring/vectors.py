"""The inputs of `packaging`'s own tests: its sdist's tests are run, and everything is written down that they give to its readers."""

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

TESTS = ["test_version.py", "test_specifiers.py", "test_markers.py", "test_requirements.py"]

# A plugin of pytest. What is recorded is what was given; what is right about it is asked of `packaging` again afterwards.
RECORDER = '''
import json
import packaging.markers as markers
import packaging.requirements as requirements
import packaging.specifiers as specifiers
import packaging.version as versions

seen = {"versions": {}, "admitted": {}, "markers": {}, "requirements": {}}


def spy(kind, owner, name, told):
    before = getattr(owner, name)

    def instead(self, *given, **named):
        try:
            seen[kind][json.dumps(told(self, *given, **named))] = None
        except (TypeError, ValueError, AttributeError, IndexError):
            pass  # It is given what is no text: nothing of ours reads that.
        return before(self, *given, **named)

    setattr(owner, name, instead)


def text(it):
    if not isinstance(it, str):
        raise TypeError(it)
    return it


spy("versions", versions.Version, "__init__", lambda self, version, *_, **__: text(version))
spy("admitted", specifiers.Specifier, "contains", lambda self, item, *_, **__: [str(self), str(item)])
spy("admitted", specifiers.SpecifierSet, "contains", lambda self, item, *_, **__: [str(self), str(item)])
spy("markers", markers.Marker, "__init__", lambda self, marker, *_, **__: text(marker))
spy("requirements", requirements.Requirement, "__init__", lambda self, line, *_, **__: text(line))


def pytest_sessionfinish(session):
    path = session.config.rootpath / "recorded.json"
    path.write_text(json.dumps({kind: [json.loads(it) for it in given] for kind, given in seen.items()}))
'''


def recorded(home, packaging):
    """What the tests of this `packaging` (`packaging==26.0`) give to its readers, by kind; made once, below `home`."""
    path = home / "vectors" / "recorded.json"
    if not path.exists():
        folder = path.parent
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        arguments = ["--no-deps", "--no-binary", "packaging", "--dest", str(folder), packaging]
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--retries", "8", *arguments]
        if not any(subprocess.run(fetch).returncode == 0 for _ in range(4)):
            raise OSError(f"the source of {packaging} could not be had")
        with tarfile.open(next(folder.glob("packaging-*.tar.gz"))) as archive:
            archive.extractall(folder, filter="data")
        tests = next(folder.glob("packaging-*/tests"))
        (folder / "recorder.py").write_text(RECORDER)
        run = [sys.executable, "-m", "pytest", "-q", "-p", "recorder", "--rootdir", str(folder), "-c", "/dev/null"]
        done = subprocess.run([*run, *(str(tests / it) for it in TESTS)], cwd=folder, capture_output=True, text=True)
        if not path.exists():
            raise OSError(f"the tests of packaging did not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return json.loads(Path(path).read_text())
