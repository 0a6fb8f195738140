"""python3 -m harness EDITOR... [--only SCENARIO]: plays the table and prints a line for each scenario."""
import json
import os
import sys
import time
import traceback
from pathlib import Path

from harness.helix import Helix
from harness.neovim import Neovim
from harness.play import Play
from harness.vscode import Journey, VSCode
from harness.world import Trouble, World, binary

DRIVERS = {"neovim": Neovim, "helix": Helix, "vscode": VSCode}
TABLE = Path(__file__).resolve().parents[1] / "scenarios.json"


def main(words):
    only = words[words.index("--only") + 1] if "--only" in words else None
    editors = [word for word in words if word in DRIVERS]
    binary()
    scenarios = [scenario for scenario in json.loads(TABLE.read_text())["scenarios"] if only in (None, scenario["name"])]
    passed = failed = 0
    for editor in editors:
        cases = [
            (scenario["name"], f"{trust}, {way}" if way else trust, lambda s=scenario, t=trust, w=way: play(editor, s, t, w))
            for scenario in scenarios
            for trust in scenario["trust"]
            for way in scenario.get("ways", {}).get(editor, [None])
        ]
        if editor == "vscode" and only in (None, "journey"):
            cases.append(("journey", "through the page", journey))
        for name, trust, case in cases:
            began = time.monotonic()
            trouble = case()
            if trouble:
                # An editor on a busy machine may swallow a key; what is wrong fails twice. Both are said.
                print(f"again  {editor:7} {name} ({trust}): {trouble}", flush=True)
                trouble = case()
            took = time.monotonic() - began
            print(f"{'FAILED' if trouble else 'ok':6} {editor:7} {name} ({trust}) {took:.1f} s", flush=True)
            if trouble:
                failed += 1
                print("\n".join("       " + line for line in trouble.splitlines()), flush=True)
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


def play(editor, scenario, trust, way):
    def act(world, driver):
        game = Play(editor, world, driver, scenario, trust == "trusted")
        for place, step in enumerate(scenario["steps"], 1):
            try:
                game.step(step)
            except Trouble as trouble:
                raise Trouble(f"step {place}, {json.dumps(step)}: {trouble}") from None

    def prepare(world):
        if scenario["environment"] == "synced":
            world.sync()
        if trust == "trusted":
            world.trust()

    return inside(editor, lambda world: DRIVERS[editor](world, trust == "trusted", way), prepare, act, scenario)


def journey():
    return inside("journey", Journey, lambda world: None, lambda world, driver: driver.play())


def inside(name, make, prepare, act, scenario=None):
    """Plays in a world of its own and puts everything away; says what went wrong, or None."""
    try:
        world = World(name, scenario)
    except Exception:
        return traceback.format_exc()
    driver = trouble = None
    try:
        prepare(world)
        driver = make(world)
        driver.start()
        act(world, driver)
    except Trouble as told:
        trouble = str(told)
    except Exception:
        trouble = traceback.format_exc()
    if trouble and driver:
        trouble += "".join(tail(log) for log in driver.logs())
    try:
        if driver:
            driver.end()
    except Exception:
        trouble = (trouble or "") + traceback.format_exc()
    keep = bool(trouble) and os.environ.get("KEEP") == "1"
    left = world.end(keep)
    if left:
        trouble = (f"{trouble}\n" if trouble else "") + "left behind: " + "; ".join(left)
    return f"{trouble}\nkept: {world.root}" if keep else trouble


def tail(log):
    try:
        text = log.read_text(errors="replace")[-2000:]
    except OSError:
        return ""
    return f"\n--- {log.name}\n{text}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
