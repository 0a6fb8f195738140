"""Environments of Hatch with templates, matrices and overrides, made by chance, and what Hatch itself makes of them."""

import json
import os
import random
import subprocess
from pathlib import Path

MATRICES = 60
PYTHONS = ["3.10", "3.11", "3.12", "pypy3.10"]
WANTED = ["pytest", "coverage[toml]>=7", "rich", "attrs==23.1"]


SETS = {"features": ["fast", "deep"], "dependency-groups": ["lint", "types"]}
# What the conditions of overrides ask for, as they are set when both look at it.
VARIABLES = {"SHOP_SET": "yes", "SHOP_OTHER": "no"}


def lists(chance):
    lines = []
    for key in ("dependencies", "extra-dependencies"):
        if chance.random() < 0.5:
            lines.append(f"{key} = {json.dumps(chance.sample(WANTED, chance.randrange(1, 3)))}")
    for key, names in SETS.items():
        if chance.random() < 0.2:
            lines.append(f"{key} = {json.dumps(chance.sample(names, 1))}")
    return lines


def conditions(chance, values):
    """What an entry of an override is bound to."""
    every = ["", f"if = {json.dumps(chance.sample(values, 1))}", 'platform = ["windows"]', 'platform = ["linux", "macos"]',
             'env = ["SHOP_SET"]', 'env = ["SHOP_SET=yes", "SHOP_OTHER"]', 'env = ["SHOP_SET=no"]', 'env = ["SHOP_SET", "SHOP_UNSET"]']
    chosen = [it for it in chance.sample(every, 2) if it]
    kinds = {it.split(" ")[0]: it for it in chosen}
    return "".join(f", {it}" for it in kinds.values())


def override(chance, values):
    """One option of an override, for a variable that has these values."""
    key = chance.choice(["dependencies", "extra-dependencies", *SETS])
    plain, chosen = SETS.get(key, ["plain", "chosen~=1.0"])
    key = chance.choice(["", "set-"]) + key
    return f'{key} = ["{plain}", {{ value = "{chosen}"{conditions(chance, values)} }}]'


def project(chance):
    """A `pyproject.toml`."""
    text = ['[project]', 'name = "shop"', 'version = "1"', "", "[project.optional-dependencies]", "fast = []", "deep = []",
            "", "[dependency-groups]", "lint = []", "types = []", "", "[tool.hatch.envs.default]", *lists(chance)]
    if chance.random() < 0.3:
        text.append('python = "3.11"')
    for name in ("docs", "test"):
        text += ["", f"[tool.hatch.envs.{name}]", *lists(chance)]
        if chance.random() < 0.3:
            text.append("detached = true")
        elif name == "test" and chance.random() < 0.4:
            text.append('template = "docs"')
        if chance.random() < 0.3:
            text.append('python = "3.12"')
    if chance.random() < 0.5:
        text.append('matrix-name-format = "{variable}_{value}"')
    django = chance.sample(["4.2", "5.0", "5.1"], chance.randrange(1, 4))
    for _ in range(chance.randrange(1, 3)):
        text += ["", "[[tool.hatch.envs.test.matrix]]"]
        variables = [f"django = {json.dumps(django)}", f"a-feature = {json.dumps(['on', 'off'])}", f"{chance.choice(['python', 'py'])} = {json.dumps(chance.sample(PYTHONS, 2))}"]
        chance.shuffle(variables)
        text += variables[: chance.randrange(1, 4)]
    if chance.random() < 0.8:
        text += ["", "[tool.hatch.envs.test.overrides]", "matrix.django." + override(chance, django)]
        if chance.random() < 0.5:
            text.append('matrix.a-feature.python = { value = "3.13", if = ["on"] }')
        if chance.random() < 0.3:
            text.append('matrix.a-feature.python = [{ value = "3.9", env = ["SHOP_SET=no"] }, { value = "3.14", if = ["off"] }, "3.8"]'
                        if not any("a-feature.python" in it for it in text) else "")
        if chance.random() < 0.5:
            text.append(chance.choice(['name."4\\\\.2$".', 'name."^py3.1".', 'name."off".']) .replace("\\\\.", ".") + override(chance, ["none"]))
        # What is appended for a platform or a variable Hatch 1.18 also appends to the list of the template, if it comes from there.
        if chance.random() < 0.5:
            text.append('platform.linux.set-dependencies = ["plain", { value = "chosen~=1.0", platform = ["linux"] }]')
        for name, values in (("SHOP_SET", ["yes", "no"]), ("SHOP_UNSET", ["yes"])):
            if chance.random() < 0.5:
                text.append(f"env.{name}.set-{override(chance, values).removeprefix('set-')}")
        if chance.random() < 0.3:
            text.append('env.SHOP_OTHER.python = { value = "3.9", if = ["no"] }')
    return "\n".join(text) + "\n"


def read(hatch, folder, text):
    """Name, Python, dependencies, and extras with groups, of each environment but those of Hatch itself; `None` where Hatch finds an error."""
    (folder / "pyproject.toml").write_text(text)
    done = subprocess.run([hatch, "env", "show", "--json"], cwd=folder, text=True, capture_output=True, env={**os.environ, **VARIABLES})
    if done.returncode:
        return None
    every = lambda it: it.get("dependencies", []) + it.get("extra-dependencies", [])
    sets = lambda it: sorted(set(it.get("dependency-groups", []))) + sorted(set(it.get("features", [])))
    return {name: [it.get("python"), every(it), sets(it)] for name, it in json.loads(done.stdout).items() if not name.startswith("hatch-")}


def compare(root, hatch, folder, compare):
    """Each project by Hatch and by the example `standards` of the core."""
    subprocess.run(["cargo", "build", "--quiet", "-p", "envls-core", "--example", "standards"], cwd=root, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR") or root / "target")
    chance = random.Random(1)
    texts = [project(chance) for _ in range(MATRICES)]
    questions = "".join(json.dumps({"ask": "hatch", "text": it, "variables": VARIABLES}) + "\n" for it in texts)
    answered = subprocess.run([target / "debug/examples/standards"], input=questions, text=True, capture_output=True, check=True)
    for number, (text, line) in enumerate(zip(texts, answered.stdout.splitlines(), strict=True)):
        theirs = read(hatch, folder, text)
        assert theirs is not None, f"Hatch cannot read\n{text}"
        compare(f"environments {number}", theirs, json.loads(line), text)
