"""Environment files of conda with anchors, aliases and merge keys, made by chance, and what conda's reader of YAML has of them."""

PACKAGES = ["numpy>=1.26", "scipy", "conda-forge::rich=13", "click <9", "attrs", "six==1.16"]
REQUIREMENTS = ["httpx>=0.27", "uvicorn[standard]", "flask==3"]


def environment(chance):
    """A text whose keys that begin with `x` hold what is used further down. Each word stands in it once at most."""
    packages, requirements = PACKAGES[:], REQUIREMENTS[:]
    chance.shuffle(packages)
    chance.shuffle(requirements)
    quote = lambda it: chance.choice(["{}", "{}", "'{}'", '"{}"']).format(it)
    lines = ["name: shop"]
    one, several = packages.pop(), requirements.pop()
    lines += ["x-one: &one " + quote(one), "x-pip:", "  - &word " + quote(several), f"x-list: &requirements  # a comment", f"  - {quote(requirements.pop())}", "  - *word"]
    pip = chance.choice([["  - pip: *requirements"], ["  - pip:", "    - *word", f"    - {requirements.pop()}"], ["  - <<: {pip: *requirements}"], [], ["  - &twice", "    pip: *requirements", "  - *twice"]])
    body = ["dependencies:", f"  - {quote(packages.pop())}", f"  - &again {quote(packages.pop())}"]
    body += chance.sample(["  - *one", "  - *again", "  - *one", "  - pip"], chance.randrange(4))
    body += pip
    where = chance.randrange(4)
    if where == 0:
        lines += body
    elif where == 1:
        lines += ["x-base: &base"] + ["  " + it for it in body] + ["<<: *base"]
    elif where == 2:
        lines += ["x-base: &base"] + ["  " + it for it in body] + ["x-more: &more", "  <<: [{name: other}, *base]", "<<: *more"]
    else:
        lines += ["x-base: &base", "  dependencies: [never]"] + body + ["<<: *base"]
    return "\n".join(lines) + "\n"


def read(text):
    """What conda and pip install by it, as `YAML(typ="safe")` of ruamel reads it (`conda.common.serialize`)."""
    from ruamel.yaml import YAML

    wanted = []
    for it in YAML(typ="safe", pure=True).load(text).get("dependencies", []):
        if isinstance(it, dict):
            wanted += [("pip", line) for line in it.get("pip", [])]
        elif it != "pip":
            wanted.append(("conda", it))
    return wanted
