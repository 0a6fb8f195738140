"""Emacs with eglot, without a window: `python3 -m harness.emacs` plays what tests/e2e/emacs.el says, with the lines of our page."""
import re
import subprocess
import sys
import time

from harness.world import CACHE, REPOSITORY, Trouble, World, binary

LABELS = "import parcels\nimport stamps\n\nprint(parcels, stamps)\n"
SCENARIOS = {
    "envls": {},
    "wrap": {"servers": ["basedpyright"], "others": {"post": ["stamps"]}, "files": {"labels.py": LABELS}},
}


def play(name):
    world = World("emacs", SCENARIOS[name])
    try:
        page = (REPOSITORY / "docs/editors/emacs.md").read_text()
        init = world.root / "home/init.el"
        # In the batch nothing is done by itself, so the hooks would only come twice.
        init.write_text("\n".join(line for line in re.search(r"```elisp\n(.*?)```", page, re.DOTALL)[1].splitlines() if "add-hook" not in line))
        world.open_gate()
        if name == "wrap":
            world.sync()
            world.trust()
        other = world.root / "home/.virtualenvs/post"
        wheels = world.root / "wheels"
        install = f"{CACHE / 'tools/bin/uv'} pip install --quiet --python {other}/bin/python --no-index --find-links {wheels} parcels"
        if name == "wrap":
            # The wheel is put there; only the terminal installs it.
            world.make_environment(world.root / "spare", ["parcels"])
        variables = {
            **world.environment, "TERM": "dumb", "ENVLS_E2E_INIT": str(init), "ENVLS_E2E_OTHER": str(other / "bin/python"), "ENVLS_E2E_INSTALL": install,
        }
        command = ["emacs", "-Q", "--batch", "-l", str(REPOSITORY / "tests/e2e/emacs.el"), name]
        done = subprocess.run(command, cwd=world.project, env=variables, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise Trouble(f"{done.stdout}{done.stderr}"[-3000:])
        left = world.end()
        if left:
            raise Trouble("left behind: " + "; ".join(left))
    except (Trouble, subprocess.TimeoutExpired) as trouble:
        world.end()
        return str(trouble)
    return None


def main():
    binary()
    failed = 0
    for name in SCENARIOS:
        began = time.monotonic()
        trouble = play(name)
        print(f"{'FAILED' if trouble else 'ok':6} emacs   {name} {time.monotonic() - began:.1f} s{chr(10) + trouble if trouble else ''}", flush=True)
        failed += trouble is not None
    print(f"{len(SCENARIOS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
