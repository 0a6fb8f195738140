"""The verbs of scenarios.json. What differs between editors is asked of the driver."""
import os
import re
import shutil
import signal
import subprocess
import time

from harness.world import REPOSITORY, Trouble, until

# What each server calls an import that it does not find.
UNRESOLVED = {"basedpyright": "reportMissingImports", "ty": "import-not-found"}
MODULES = ("parcels", "stamps")
PICTURES = REPOSITORY / "docs/pictures"


class Play:
    def __init__(self, editor, world, driver, scenario, trusted):
        self.editor, self.world, self.driver, self.scenario, self.trusted = editor, world, driver, scenario, trusted
        self.killed, self.spoken = [], False

    def step(self, step):
        (verb, argument), *rest = step.items()
        getattr(self, verb)(argument, **dict(rest))

    def open(self, file):
        self.driver.open(file)

    def counts(self, code):
        found = {}
        for finding in self.driver.findings():
            if finding["code"] == code:
                found[finding["path"]] = found.get(finding["path"], 0) + 1
        return found

    def one(self, argument):
        wanted = {file: 1 for file in argument["in"]}
        seen = {}

        def asked():
            seen.clear()
            seen.update(self.counts(argument["code"]))
            return seen == wanted

        try:
            until(f"one `{argument['code']}` in each of {', '.join(argument['in'])}", asked)
        except Trouble as trouble:
            raise Trouble(f"{trouble}; there were {seen or 'none'}") from None

    def none(self, argument):
        try:
            until(f"no `{argument['code']}`", lambda: not self.counts(argument["code"]))
        except Trouble as trouble:
            raise Trouble(f"{trouble}; there were {self.counts(argument['code'])}") from None

    def quiet(self, codes):
        # That there is nothing to say is only known once the server has looked.
        until("the server to run", self.world.servers)
        self.driver.settled()
        self.none_of(codes)

    def none_of(self, codes):
        for code in codes:
            self.none({"code": code})

    def act(self, argument, capture=None):
        self.world.close_gate()
        title = re.compile(argument["title"], re.IGNORECASE)
        name = argument.get("capture")
        show = (lambda: self.capture(name)) if name else (lambda: None)
        taken = self.driver.act(argument["in"], argument["code"], title, show)
        if self.trusted:
            if taken.lower().startswith("trust"):
                raise Trouble(f"the folder is trusted and the action still asks: {taken}")
        elif self.driver.can_ask:
            self.driver.answer(re.compile("trust", re.IGNORECASE))
        elif not taken.lower().startswith("trust this folder and "):
            raise Trouble(f"the folder is not trusted and the action does not ask: {taken}")

    def command(self, name):
        self.world.close_gate()
        self.driver.command_of_ours(name)

    def health(self, _):
        self.driver.health()

    def progress(self, title, capture=None, gate="open"):
        self.driver.progress(re.compile(title, re.IGNORECASE))
        if capture:
            self.capture(capture)
        if gate == "open":
            self.world.open_gate()

    def calm(self, _):
        """Nothing is under way any more; the tool that was ended left nothing running."""
        self.driver.no_progress()
        until("the tool to be gone", lambda: not any("sync" in words for words in self.world.processes().values()))

    def stalls(self, title):
        """The tool waits for a file, and its progress stands."""
        until("the index to be asked for a file", self.world.index.asked.is_set)
        self.driver.progress(re.compile(title, re.IGNORECASE))
        if not self.world.tools():
            raise Trouble("the tool does not run, though it waits for a file")

    def cancel(self, _):
        """The tool is gone long before it would have given up by itself, with all that it started."""
        self.driver.command_of_ours("envls.cancel")
        began = time.monotonic()
        until("the tool to be gone", lambda: not self.world.tools(), patience=20)
        print(f"       {self.editor:7} the tool was gone {time.monotonic() - began:.1f} s after the word", flush=True)
        self.driver.no_progress()

    def flows(self, _):
        self.world.index.go.set()

    def shut(self, _):
        """From now on the index keeps its files to itself, and nobody has them already."""
        self.world.close_index()

    def exists(self, path):
        until(f"`{path}`", (self.world.project / path).exists)

    def lacks(self, wanted):
        """Which modules each of the other servers does not find, by file: theirs to say, in their own words."""
        seen = {}

        def asked():
            seen.clear()
            for server in self.scenario["servers"]:
                for file in wanted:
                    said = [it for it in self.driver.findings() if it["code"] == UNRESOLVED[server] and it["path"] == file]
                    seen[f"{server}, {file}"] = [name for name in MODULES if any(name in it["message"].split("\n")[0] for it in said)]
            return all(seen[f"{server}, {file}"] == names for server in self.scenario["servers"] for file, names in wanted.items())

        # A server that has not spoken yet lacks nothing; it has to say at least once what it does not find.
        if not any(wanted.values()) and not self.spoken:
            raise Trouble("the scenario has to expect something missing first")
        self.spoken = True
        try:
            until(f"what is missing to be {wanted}", asked)
        except Trouble as trouble:
            raise Trouble(f"{trouble}; it was {seen}") from None

    def pick(self, name, capture=None):
        self.driver.pick(re.compile(rf"\b{name}\b"), lambda: self.capture(capture) if capture else None)

    def terminal(self, name):
        """What is started from the editor's own terminal has the environment in force."""
        self.driver.terminal_has(str(self.world.environment_of(name)))

    def install(self, distribution, into):
        prefix = self.world.environment_of(into)
        self.driver.watching(prefix)
        self.world.install(prefix, distribution)

    def holds(self, texts):
        for file, text in texts.items():
            until(f"`{text}` in `{file}`", lambda: text in (self.world.project / file).read_text())

    def runs(self, path):
        def answers():
            try:
                return subprocess.run([self.world.project / path, "-c", "pass"], capture_output=True, timeout=30).returncode == 0
            except OSError:
                return False

        until(f"`{path}` to run", answers)

    def installed(self, distribution):
        until(f"`{distribution}` to be installed", lambda: self.world.metadata(distribution))

    def dangle(self, path):
        # Replaced in one step: a moment without the file would be another fault.
        link = self.world.project / path
        other = link.with_name(".dangling")
        other.symlink_to("/nowhere/bin/python3")
        os.replace(other, link)

    def contained(self, module):
        until(f"`{module}` in the container", lambda: self.world.container.has(module))

    def inside(self, program):
        until(f"`{program}` to run in the container", lambda: self.world.container.runs(program))

    def completes(self, name, after, capture=None, **file):
        """What another server offers behind some text at the end of a file, which is as before then."""
        show = (lambda: self.capture(capture)) if capture else (lambda: None)
        self.driver.completes(file["in"], after, name, show)

    def uninstall(self, distribution):
        for folder in self.world.metadata(distribution):
            shutil.rmtree(folder)

    def sync(self, _):
        self.world.sync()

    def kill(self, _):
        self.killed = self.world.servers()
        if len(self.killed) != 1:
            raise Trouble(f"there should be one server and there are {len(self.killed)}")
        os.kill(self.killed[0], signal.SIGKILL)
        until("the server to be gone", lambda: self.killed[0] not in self.world.servers())

    def back(self, _):
        self.driver.revive()
        until("another server", lambda: set(self.world.servers()) - set(self.killed))

    def status(self, _):
        self.driver.status(re.compile(r"\d+\.\d+"))

    def capture(self, name):
        if os.environ.get("UPDATE") == "1" and (self.trusted or len(self.scenario["trust"]) == 1):
            PICTURES.mkdir(parents=True, exist_ok=True)
            self.driver.capture(PICTURES / f"{self.editor}-{name}")
