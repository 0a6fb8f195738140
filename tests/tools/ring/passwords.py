"""An index, or a proxy, that wants a password: no tool waits for a keyboard, and what is missing is said within seconds."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .world import World

# A tool tries again a few times, and some take seconds to start on a busy machine.
SECONDS = 60


class Closed:
    """Answers everything with that it wants to know who asks."""

    def __init__(self, status):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 - the name is the library's.
                header = "Proxy-Authenticate" if status == 407 else "WWW-Authenticate"
                self.send_response(status)
                self.send_header(header, 'Basic realm="private"')
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_HEAD = do_CONNECT = do_GET  # noqa: N815

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def manifest(way, minor, index):
    requirement = json.dumps("secret-thing")
    project = f'[project]\nname = "shop"\nversion = "1"\nrequires-python = "=={minor}.*"\n'
    if way == "uv":
        return "pyproject.toml", f"{project}dependencies = [{requirement}]\n[tool.uv]\npackage = false\n"
    if way == "poetry":
        return "pyproject.toml", (
            f"{project}dependencies = [{requirement}]\n[tool.poetry]\npackage-mode = false\n"
            f'[[tool.poetry.source]]\nname = "here"\nurl = "{index}"\n'
        )
    if way == "pdm":
        return "pyproject.toml", f"{project}dependencies = [{requirement}]\n[tool.pdm]\ndistribution = false\n"
    if way == "hatch":
        return "pyproject.toml", (
            f"{project}[tool.hatch.envs.default]\nskip-install = true\ndependencies = [{requirement}]\n"
        )
    if way == "pipenv":
        return "Pipfile", (
            f'[[source]]\nname = "here"\nurl = "{index}"\nverify_ssl = false\n[packages]\nsecret-thing = "*"\n'
            f'[requires]\npython_version = "{minor}"\n'
        )
    return "requirements.txt", "secret-thing\n"


# They say the same of an index that has nothing of the name as of one that does not answer.
SILENT = ("hatch", "pdm", "pipenv")

PROGRAMS = {"uv": ["uv"], "pip": [], "pip with uv": ["uv"], "poetry": ["poetry"], "pdm": ["pdm"], "hatch": ["hatch"], "pipenv": ["pipenv"]}


def asked(checks, kit, way, status):
    what = "proxy" if status == 407 else "index"
    name = f"{what} that wants a password, {way}"
    with World(kit, PROGRAMS[way], [kit.usual]) as world, Closed(status) as closed:
        index = f"{closed.address}/simple/" if status == 401 else "http://index.invalid/simple/"
        for variable in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "UV_FIND_LINKS"):
            del world.variables[variable]
        (world.root / "home/.config/uv/uv.toml").write_text("", encoding="utf-8")
        world.variables.update(PIP_INDEX_URL=index, UV_DEFAULT_INDEX=index, PDM_PYPI_URL=index, PIP_RETRIES="0", PIP_TRUSTED_HOST="index.invalid")
        if status == 407:
            world.variables.update({it: closed.address for it in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")})
        path, text = manifest(way, kit.usual, index)
        world.write(path, text)
        if not path.startswith("pyproject"):
            world.write(".python-version", f"{kit.usual}\n")
        begin = time.monotonic()
        said = world.fix("--code", "no-environment")
        took = time.monotonic() - begin
        checks.same(f"{name}: it is said to have failed", said.code, 1)
        if way in SILENT:
            words = "(or the index wants a password"
        else:
            words = f"the {'proxy' if status == 407 else 'package index'} wants a user name"
        checks.that(f"{name}: what is missing is said", words in said.err, said)
        checks.that(f"{name}: within seconds", took < SECONDS, f"{took:.0f} s")
        print(f"      {name}: {took:.1f} s", flush=True)


def scenarios(kit):
    for way in PROGRAMS:
        yield f"password, {way}", asked, (kit, way, 401)
    for way in ("uv", "pip"):
        yield f"password of a proxy, {way}", asked, (kit, way, 407)
