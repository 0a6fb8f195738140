"""VS Code (code-server) in a browser: the scenarios through its extension host, one journey through its page."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import urllib.parse
from pathlib import Path

from harness.world import CACHE, PATIENCE, REPOSITORY, SERVERS, Trouble, until

HERE = Path(__file__).resolve().parent
EXTENSION = REPOSITORY / "editors/vscode"

SETTINGS = {
    "security.workspace.trust.startupPrompt": "never",
    "security.workspace.trust.banner": "never",
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "extensions.ignoreRecommendations": True,
    "workbench.enableExperiments": False,
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "workbench.reduceMotion": "on",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "chat.disableAIFeatures": True,
    "git.enabled": False,
    "files.autoSave": "off",
}


class Lines:
    """Questions and answers in JSON, one on each line."""

    def __init__(self, write, read, end):
        self.write, self.read, self.end = write, read, end

    def ask(self, verb, **rest):
        self.write(json.dumps({"verb": verb, **rest}) + "\n")
        line = self.read()
        if not line:
            raise Trouble(f"`{verb}` was not answered: the other side has ended")
        answer = json.loads(line)
        if "trouble" in answer:
            raise Trouble(f"`{verb}` {rest}: {answer['trouble']}")
        return answer["value"]


class Workbench:
    """A code-server in the world, and a browser that shows it."""

    def __init__(self, world, settings, *options):
        self.world = world
        self.data, self.extensions = world.root / "vscode", world.root / "extensions"
        (self.data / "User").mkdir(parents=True)
        (self.data / "User/settings.json").write_text(json.dumps({**SETTINGS, **settings}))
        self.configuration = world.root / "vscode.yaml"
        self.configuration.write_text("")
        self.environment = {
            **world.environment,
            # No gallery of extensions is asked for anything.
            "EXTENSIONS_GALLERY": json.dumps({"serviceUrl": "http://127.0.0.1:9", "itemUrl": "", "resourceUrlTemplate": ""}),
        }
        self.base = [str(CACHE / "vscode/bin/code-server"), "--config", str(self.configuration), "--user-data-dir", str(self.data), "--extensions-dir", str(self.extensions)]
        self.options = options
        self.log = world.root / "code-server.log"
        self.server = self.browser = self.page = None

    def install(self, package):
        done = subprocess.run([*self.base, "--install-extension", str(package), "--force"], env=self.environment, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise Trouble(f"the extension could not be installed: {done.stderr or done.stdout}")

    def start(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        words = [*self.base, "--bind-addr", f"127.0.0.1:{self.port}", "--auth", "none", "--disable-telemetry", "--disable-update-check",
                 "--disable-getting-started-override", "--ignore-last-opened", *self.options]
        # A session of its own, so that it can be ended with everything it starts.
        self.server = subprocess.Popen(words, env=self.environment, stdin=subprocess.DEVNULL, stdout=self.log.open("w"), stderr=subprocess.STDOUT, start_new_session=True)
        until("code-server to be healthy", self.healthy)
        environment = {**self.world.environment, "ENVLS_PLAYWRIGHT": str(CACHE / "playwright"), "ENVLS_PATIENCE": str(PATIENCE)}
        self.browser = subprocess.Popen([str(CACHE / "node/bin/node"), str(HERE / "page.mjs")], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=(self.world.root / "browser.log").open("w"), text=True, bufsize=1, start_new_session=True)
        self.page = Lines(self.browser.stdin.write, self.browser.stdout.readline, self.browser.stdin.close)

    def healthy(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def show(self, **query):
        address = urllib.parse.urlencode({"folder": str(self.world.project), **query}, quote_via=urllib.parse.quote)
        self.page.ask("goto", url=f"http://127.0.0.1:{self.port}/?{address}")

    def screenshot(self, path):
        self.page.ask("screenshot", path=str(path.with_suffix(".png")))

    def end(self):
        if self.browser:
            self.page.end()
            finish(self.browser, 20)
        if self.server:
            self.server.terminate()
            finish(self.server, 20)

    def logs(self):
        # The extension host's own logs hold the channel of our extension.
        return [self.log, self.world.root / "browser.log", *sorted(self.data.glob("logs/**/*envls*.log"))]


def finish(process, patience):
    """Waits for a process to end, then ends all of its own session by its id."""
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def watched_by_editor(world):
    """The inodes, in hexadecimal digits, of the folders that the editor's watching process watches (proc_pid_fdinfo(5))."""
    found = set()
    for pid, words in world.processes().items():
        if "--type=fileWatcher" not in words:
            continue
        try:
            for file in Path(f"/proc/{pid}/fdinfo").iterdir():
                found.update(re.findall(r"^inotify wd:\w+ ino:(\w+)", file.read_text(), re.MULTILINE))
        except OSError:
            continue # It ended meanwhile.
    return found


def neighbour(workbench, identity, program):
    """An extension beside ours, where the editor keeps those that are installed."""
    publisher, name = identity.split(".")
    folder = workbench.extensions / f"{identity}-1.0.0"
    folder.mkdir(parents=True)
    shutil.copy(CACHE / "neighbours" / program, folder / "extension.js")
    (folder / "package.json").write_text(json.dumps({
        "name": name, "publisher": publisher, "version": "1.0.0", "engines": {"vscode": "^1.91.0"}, "main": "./extension.js",
        "activationEvents": ["onStartupFinished"], "capabilities": {"untrustedWorkspaces": {"supported": True}},
    }))


class VSCode:
    can_ask = True

    def __init__(self, world, trusted, way):
        self.world, self.trusted, self.way = world, trusted, way
        self.workbench = Workbench(world, {"security.workspace.trust.enabled": not trusted}, "--vscode-option", "enable-smoke-test-driver")
        self.address = world.root / "runtime/host.sock"
        self.workbench.environment["ENVLS_E2E_SOCKET"] = str(self.address)
        # code-server takes one extension under development; a copy has nothing in it but what a package has.
        self.extension = world.root / "extension"
        self.extension.mkdir()
        shutil.copy(EXTENSION / "package.json", self.extension)
        shutil.copytree(EXTENSION / "dist", self.extension / "dist")
        self.connection = None
        servers = {name: SERVERS[name] for name in world.scenario.get("servers", ())}
        if servers:
            self.workbench.environment["ENVLS_E2E_NEIGHBOURS"] = json.dumps({"servers": servers, "way": way})
            neighbour(self.workbench, "tests.servers", "servers.js")
        self.beside = way in ("python-extension", "python-environments")
        if self.beside:
            neighbour(self.workbench, "ms-python.python", "python.js")
        if way == "python-environments":
            neighbour(self.workbench, "ms-python.vscode-python-envs", "environments.js")

    def start(self):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.address))
        listener.listen(1)
        listener.settimeout(PATIENCE)
        self.workbench.start()
        remote = f"vscode-remote://127.0.0.1:{self.workbench.port}"
        payload = [["extensionDevelopmentPath", f"{remote}{self.extension}"], ["extensionTestsPath", f"{remote}{HERE / 'host.js'}"], ["skipWelcome", "true"]]
        self.workbench.show(payload=json.dumps(payload))
        try:
            self.connection, _ = listener.accept()
        except TimeoutError:
            raise Trouble("the extension host did not come to the test") from None
        finally:
            listener.close()
        self.connection.settimeout(PATIENCE)
        file = self.connection.makefile("rw", encoding="utf-8")

        def write(text):
            file.write(text)
            file.flush()

        self.host = Lines(write, file.readline, self.connection.close)
        self.page = self.workbench.page
        trusted = self.host.ask("state")["trusted"]
        if trusted != self.trusted:
            raise Trouble(f"VS Code says that the folder is {'trusted' if trusted else 'not trusted'}")

    def open(self, file):
        self.host.ask("open", file=file)
        until("the extension to be active", lambda: self.host.ask("state")["active"])

    def findings(self):
        return self.host.ask("findings")

    def settled(self):
        until("the server to be settled", lambda: (self.host.ask("state")["status"] or {}).get("quiescent"))

    def act(self, file, code, title, show):
        self.open(file)
        offers = until(f"an offer like `{title.pattern}`", lambda: next((o for o in [self.host.ask("offers", file=file, code=code)] if any(map(title.search, o))), None))
        place = next(place for place, offer in enumerate(offers) if title.search(offer))
        show()
        self.host.ask("take", place=place)
        return offers[place]

    def answer(self, title):
        # VS Code holds notifications back while an extension is under test; its list shows them.
        button = {"selector": ".notification-list-item .monaco-button", "text": title.pattern}

        def shown():
            if self.page.ask("visible", **button):
                return True
            self.host.ask("command", name="notifications.showList")
            return self.page.ask("visible", **button)

        until(f"a button like `{title.pattern}`", shown)
        self.page.ask("click", **button)

    def pick(self, wanted, show):
        self.host.ask("launch", name="envls.selectInterpreter")
        row = {"selector": ".quick-input-list .monaco-list-row", "text": wanted.pattern}
        self.page.ask("wait", **row)
        show()
        self.page.ask("click", **row)
        if self.beside:
            until("the Python extension to have it too", lambda: wanted.search(self.host.ask("python")["path"]))
            calls = self.host.ask("python")["calls"]
            if len(calls) > 2 or calls != sorted(set(calls), key=calls.index):
                raise Trouble(f"the Python extension was told more than what changed: {calls}")
            if (self.world.project / ".vscode").exists():
                raise Trouble("a setting was written into the folder")
            # What nobody chose is not handed to the newer one, which may write it down.
            newer = self.host.ask("python")["newer"]
            if newer is not None and not (len(newer) == 1 and wanted.search(newer[0])):
                raise Trouble(f"the Python Environments extension was told {newer}")

    def watching(self, prefix):
        if not self.beside:
            return # The servers behind `envls wrap` are told by it.
        # The editor begins to watch an environment some time after it was chosen, tells nobody, and never hears of anything again if
        # a file goes while it begins.
        folders = {f"{folder.stat().st_ino:x}" for folder in prefix.glob("lib/python*/site-packages")}
        until(f"the editor to watch `{prefix}`", lambda: folders and folders <= watched_by_editor(self.world))

    def terminal_has(self, prefix):
        if self.beside:
            return # The terminals are the other extension's.
        told = self.world.root / "terminal.txt"

        def asked():
            self.host.ask("terminal", text=f"echo \"$VIRTUAL_ENV|$PATH\" > {told}")
            until("the terminal to have answered", told.exists, patience=20)
            text = told.read_text().strip()
            told.unlink()
            return text.startswith(f"{prefix}|{prefix}/bin:")

        until(f"a new terminal to have `{prefix}`", asked)

    def progress(self, title):
        place = {"selector": ".notification-list-item, .statusbar-item", "text": title.pattern or r"sync|install"}

        def shown():
            if self.page.ask("visible", **place):
                return True
            self.host.ask("command", name="notifications.showList")
            return self.page.ask("visible", **place)

        until(f"progress like `{title.pattern}`", shown)

    def no_progress(self):
        until("the progress to end", lambda: not self.page.ask("visible", selector=".notification-list-item .monaco-button", text="cancel"))

    def command_of_ours(self, name):
        self.host.ask("launch", name=name)

    def health(self):
        status = until("a status of the server", lambda: self.host.ask("state")["status"])
        if status["health"] not in ("ok", "warning"):
            raise Trouble(f"the server is not well: {status}")

    def status(self, wanted):
        until("the environment's version", lambda: wanted.search((self.host.ask("environment", file="app.py") or {}).get("version") or ""))

    def revive(self):
        """Nothing: the extension starts the server again."""

    def capture(self, path):
        # The others are taken on the journey.
        if path.name == "vscode-choices" and self.way == "wrap":
            self.workbench.screenshot(path)

    def end(self):
        if self.connection:
            # The client is stopped in its own way, so that its server can end in its own way too.
            self.connection.close()
        self.workbench.end()

    def logs(self):
        return self.workbench.logs()


class Journey:
    """What a new user does: install the package, open the folder, and mend what is found, with mouse and keys only."""

    def __init__(self, world):
        self.world = world
        self.workbench = Workbench(world, {"security.workspace.trust.enabled": True, "security.workspace.trust.startupPrompt": "always"})

    def start(self):
        package = self.world.root / "envls.vsix"
        done = subprocess.run(
            [str(CACHE / "node/bin/npm"), "run", "--silent", "package"], cwd=EXTENSION, capture_output=True, text=True, timeout=600,
            env={**os.environ, "PATH": f"{CACHE / 'node/bin'}:{os.environ['PATH']}", "ENVLS_BINARY": str((self.world.programs / "envls").resolve())},
        )
        if done.returncode:
            raise Trouble(f"the package could not be built: {done.stdout}{done.stderr}")
        shutil.copy(EXTENSION / "envls-linux-x64.vsix", package)
        # The one in the package is to be used, so there is none on PATH.
        (self.world.programs / "envls").unlink()
        self.workbench.install(package)
        self.workbench.start()
        self.ask = self.workbench.page.ask

    def picture(self, name):
        if os.environ.get("UPDATE") == "1":
            folder = REPOSITORY / "docs/pictures"
            folder.mkdir(parents=True, exist_ok=True)
            self.workbench.screenshot(folder / f"vscode-{name}")

    def gone(self, selector):
        until(f"no `{selector}`", lambda: self.ask("count", selector=selector) == 0)

    def play(self):
        try:
            self.walk()
        except Trouble:
            if os.environ.get("KEEP") == "1":
                self.workbench.screenshot(self.world.root / "failed")
            raise

    def walk(self):
        ask = self.ask
        self.workbench.show()
        ask("wait", selector=".monaco-workbench .explorer-folders-view")
        # In Restricted Mode everything that needs no program is shown.
        ask("click", selector=".monaco-dialog-box .monaco-button", text="^No, I don't trust")
        ask("click", selector=".explorer-folders-view [role=treeitem]", text="app.py", count=2)
        ask("wait", selector=".editor-instance .squiggly-warning")
        self.picture("no-environment")
        ask("press", key="Control+Shift+KeyM")
        ask("wait", selector=".markers-panel .monaco-list-row", text="no-environment")
        self.picture("problems")
        self.command("envls: Trust This Folder")
        ask("click", selector=".workspace-trust-editor .monaco-button", text="^Trust")
        ask("wait", selector=".workspace-trust-editor .workspace-trust-title", text="You trust this folder")
        ask("click", selector="[class*=modal-editor] .codicon-close")
        self.gone(".workspace-trust-editor")
        self.to("1:1")
        self.mend("create `\\.venv`", "actions")
        ask("wait", selector=".notification-toast, .notification-list-item", text="create")
        self.picture("progress")
        self.world.open_gate()
        until("`.venv`", (self.world.project / ".venv/bin/python").exists)
        self.gone(".editor-instance .squiggly-warning")
        ask("wait", selector=".explorer-folders-view [role=treeitem]", text="\\.venv")
        ask("wait", selector=".notification-toast", text="done")
        until("the progress to go", lambda: not ask("visible", selector=".notification-toast .monaco-button", text="cancel"))
        self.picture("created")
        self.command("Notifications: Clear All Notifications")
        self.gone(".notification-toast")
        ask("click", selector="[id^='status.languageStatus']")
        ask("wait", selector=".hover-language-status", text=r"Python \d")
        self.picture("status")

    def command(self, title):
        self.ask("press", key="F1")
        self.ask("wait", selector=".quick-input-widget input")
        self.ask("type", text=title)
        self.ask("wait", selector=".quick-input-list .monaco-list-row", text=re.escape(title))
        self.ask("press", key="Enter")

    def to(self, position):
        line, column = position.split(":")
        self.ask("click", selector=".editor-instance .view-lines", position={"x": 200, "y": 60})
        self.ask("press", key="Control+KeyG")
        self.ask("wait", selector=".quick-input-widget input")
        self.ask("type", text=position)
        self.ask("press", key="Enter")
        self.ask("wait", selector="#status\\.editor\\.selection", text=f"Ln {line}, Col {column}")

    def mend(self, title, picture):
        self.ask("press", key="Control+Period")
        row = {"selector": ".action-widget .monaco-list-row.action", "text": title}
        self.ask("wait", **row)
        self.picture(picture)
        self.ask("click", **row)

    def end(self):
        self.workbench.end()

    def logs(self):
        return self.workbench.logs()
