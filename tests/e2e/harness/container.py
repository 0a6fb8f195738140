"""A dev container of the project, run by a Podman of the scenario's own: its environment is in there and nowhere else, and so is
a basedpyright."""
import json
import sys

from harness.world import REPOSITORY

sys.dont_write_bytecode = True
sys.path.insert(0, str(REPOSITORY / "tests/tools"))

from ring import engines, lsp  # noqa: E402

MANIFEST = '[project]\nname = "shop"\nversion = "0.1.0"\nrequires-python = ">=3.9"\ndependencies = ["parcels>=1.0"]\n'
PYTHON = "/opt/venv/bin/python"


def possible():
    return engines.installed()


class Container:
    """The container, and a project whose own file says the rest; the user is asked in the editor."""

    def __init__(self, world):
        self.world = world
        (world.project / "pyproject.toml").write_text(MANIFEST)
        (world.project / "uv.lock").unlink(missing_ok=True)
        folder = world.project / ".devcontainer"
        folder.mkdir()
        stated = {"customizations": {"vscode": {"settings": {"python.defaultInterpreterPath": PYTHON}}}}
        (folder / "devcontainer.json").write_text(json.dumps({"image": "envls-test:python", **stated}, indent=2) + "\n")
        engines.image()
        self.engine = engines.Engine("podman").__enter__()
        try:
            world.environment.update(self.engine.variables)
            self.name = self.engine.container(
                "shop-dev",
                [(world.project, "/workspaces/shop"), (lsp.basedpyright(), "/server")],
                labels=[f"devcontainer.local_folder={world.project}"],
                variables=["PIP_NO_INDEX=1", "PIP_FIND_LINKS=/workspaces/shop/wheels", "PATH=/server/inside:/usr/bin:/bin"],
            )
            self.engine.must("exec", self.name, "python3", "-m", "venv", "/opt/venv")
        except BaseException:
            self.end()
            raise

    def has(self, module):
        return self.engine.run("exec", self.name, PYTHON, "-c", f"import {module}").returncode == 0

    def runs(self, program):
        """Whether a process in there has this in its command line."""
        return program in self.engine.run("top", self.name, "args").stdout

    def end(self):
        self.engine.__exit__()
