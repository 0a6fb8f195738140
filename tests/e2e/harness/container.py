"""A dev container of the project, run by a Podman of the scenario's own: its environment is in there and nowhere else."""
import json
import sys

from harness.world import REPOSITORY

sys.dont_write_bytecode = True
sys.path.insert(0, str(REPOSITORY / "tests/tools"))

from ring import engines  # noqa: E402

MANIFEST = '[project]\nname = "shop"\nversion = "0.1.0"\nrequires-python = ">=3.9"\ndependencies = ["parcels>=1.0"]\n'
PYTHON = "/opt/venv/bin/python"


def possible():
    return engines.installed()


class Container:
    """The container, and the user's word that it may be looked into; the project's own file says the rest."""

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
                "dev",
                [(world.project, "/workspaces/shop")],
                labels=[f"devcontainer.local_folder={world.project}"],
                variables=["PIP_NO_INDEX=1", "PIP_FIND_LINKS=/workspaces/shop/wheels"],
            )
            self.engine.must("exec", self.name, "python3", "-m", "venv", "/opt/venv")
            world.trust()
            world.run("envls", "select", str(world.project), f"podman:{self.name}:{PYTHON}")
            world.run("envls", "select", str(world.project), "--clear")
        except BaseException:
            self.end()
            raise

    def has(self, module):
        return self.engine.run("exec", self.name, PYTHON, "-c", f"import {module}").returncode == 0

    def end(self):
        self.engine.__exit__()
