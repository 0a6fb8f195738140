"""Neovim as its user has it: a terminal, the folder on the runtimepath, `vim.lsp.enable('envls')`, and keys."""
import json
import os
import re
import subprocess
from pathlib import Path

from harness.terminal import Terminal
from harness.world import CACHE, REPOSITORY, SERVERS, Trouble, until

INIT = """\
vim.opt.runtimepath:prepend('%s')
vim.lsp.enable('envls')
vim.o.statusline = "%%f %%m%%= %%{v:lua.require'envls'.status()} "
vim.diagnostic.config({ virtual_text = true })
"""

# Another server, as its user writes it: one line more hands it the interpreter, or the plugin does.
SERVER = """\
vim.lsp.config('%s', { cmd = { %s }, filetypes = { 'python' }, root_markers = { 'pyproject.toml' } })
vim.lsp.enable('%s')
"""


class Neovim:
    can_ask = True

    def __init__(self, world, trusted, way):
        self.world = world
        self.program = CACHE / "neovim/bin/nvim"
        self.socket = world.root / "runtime/nvim.sock"
        self.terminal = Terminal(world)
        self.offers = []
        config = world.root / "config/nvim"
        config.mkdir()
        init = INIT % (REPOSITORY / "editors/neovim")
        for name in world.scenario.get("servers", ()):
            words = (["envls", "wrap", "--"] if way == "wrap" else []) + SERVERS[name]
            init += SERVER % (name, ", ".join(f"'{word}'" for word in words), name)
        (config / "init.lua").write_text(init)

    def start(self):
        probe = Path(__file__).with_name("neovim.lua")
        # Only the test's own listening is added to what a user starts.
        self.terminal.start(str(self.program), "--listen", str(self.socket), "--cmd", "let g:loaded_python3_provider = 0", "-S", str(probe))
        until("Neovim to listen", self.socket.exists)
        until("Neovim to answer", lambda: self.ask("Probe ~= nil") is True)

    def ask(self, expression):
        """A Lua expression's value, or None while Neovim is busy with a question of its own."""
        text = expression.replace("'", "''")
        command = [str(self.program), "--headless", "--server", str(self.socket), "--remote-expr", f"luaeval('vim.json.encode({text})')"]
        asked = subprocess.Popen(command, env=self.world.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        # A message that comes just now may make Neovim wait for a key, and us for it.
        for _ in range(100):
            try:
                told, _ = asked.communicate(timeout=0.2)
                return json.loads(told) if asked.returncode == 0 and told.strip() else None
            except subprocess.TimeoutExpired:
                self.calm()
        asked.kill()
        asked.wait()
        return None

    def calm(self):
        """Leaves a prompt that a long message made."""
        def asked():
            screen = self.terminal.screen()
            if "Press ENTER" in screen or "-- More --" in screen:
                self.terminal.keys("Enter")
                return False
            return True
        until("Neovim's prompt to go", asked)

    def open(self, file):
        self.calm()
        self.terminal.type(f":edit {file}")
        self.terminal.keys("Enter")
        until(f"`{file}` to be shown", lambda: self.ask("Probe.file()") == str(self.world.project / file))
        until("the server to be attached", lambda: self.ask("Probe.attached()") is True)

    def findings(self):
        found = until("Neovim to answer", lambda: self.ask("{ all = Probe.findings() }"))["all"]
        return [{**f, "path": os.path.relpath(f["path"], self.world.project)} for f in found]

    def settled(self):
        until("the server to be settled", lambda: self.ask("Probe.settled()") is True)

    def act(self, file, code, title, show):
        self.open(file)
        line = until(f"`{code}` in `{file}`", lambda: self.ask(f"Probe.line('{code}')"))
        self.terminal.type(f":{line}")
        self.terminal.keys("Enter")
        self.terminal.type("gra")
        number, taken = self.choice(title)
        show()
        self.terminal.type(number)
        self.terminal.keys("Enter")
        return taken

    def completes(self, file, after, name, show):
        self.open(file)
        self.terminal.type("Go" + after)
        until(f"`{after}` to be typed", lambda: after in (self.ask("Probe.lines()") or [""])[-1])
        # A server that has just heard of a package may not have read it yet.
        def offered():
            self.terminal.keys("C-e", "C-x", "C-o")
            try:
                return until("Neovim's menu", lambda: name in (self.ask("Probe.offered()") or []), patience=5)
            except Trouble:
                return False

        until(f"`{name}` to be offered", offered)
        show()
        self.terminal.keys("C-e", "Escape")
        self.terminal.type("u")

    def choice(self, title, after=()):
        """The number and text of a line of Neovim's last list. The list that was chosen from before may still be shown, and
        may have such a line too: what is typed then answers the next question."""
        def asked(screen):
            # Long lines of the list are wrapped by the terminal; what decides stands at their beginning.
            offers = re.findall(r"^\s*(\d+): (.+)$", screen, re.MULTILINE)
            first = max((at for at, (number, _) in enumerate(offers) if number == "1"), default=0)
            offers = offers[first:]
            if offers == list(after) or "Type number" not in screen:
                return None
            self.offers = offers
            return next((offer for offer in offers if title.search(offer[1])), None)
        return self.terminal.wait(f"an offer like `{title.pattern}`", asked)

    def answer(self, title):
        number, _ = self.choice(title, after=self.offers)
        self.terminal.type(number)
        self.terminal.keys("Enter")

    def progress(self, title):
        until(f"progress like `{title.pattern}`", lambda: any(title.search(text) for text in self.ask("Probe.progress") or []))

    def no_progress(self):
        until("the progress to end", lambda: self.ask("Probe.ended()") is True)
        self.ask("Probe.forget()")

    WORDS = {"envls.createEnvironment": "create", "envls.cancel": "cancel"}

    def command_of_ours(self, name):
        self.calm()
        self.terminal.type(f":Envls {self.WORDS[name]}")
        self.terminal.keys("Enter")

    def pick(self, wanted, show):
        self.calm()
        self.terminal.type(":Envls select")
        self.terminal.keys("Enter")
        number, _ = self.choice(wanted)
        show()
        self.terminal.type(number)
        self.terminal.keys("Enter")

    def health(self):
        """All that `:checkhealth envls` says is good, and the files that only our plugin knows have their types."""
        self.calm()
        self.terminal.type(":checkhealth envls")
        self.terminal.keys("Enter")
        lines = until("the health report", lambda: next((l for l in [self.ask("Probe.lines()")] if l and any("server is running" in x for x in l)), None))
        bad = [line for line in lines if "ERROR" in line or "WARNING" in line]
        if bad:
            raise Trouble("`:checkhealth envls` says: " + "; ".join(bad))
        self.terminal.type(":bdelete")
        self.terminal.keys("Enter")
        types = self.ask("Probe.types()")
        if any(found != wanted for found, wanted in types.values()):
            raise Trouble(f"files have other types than they should: {types}")
        words = self.ask("vim.fn.getcompletion(\"Envls \", \"cmdline\")")
        if not {"create", "sync", "trust", "explain", "refresh", "cancel", "log"} <= set(words):
            raise Trouble(f"`:Envls` completes only {words}")

    def status(self, wanted):
        until("the version in the status line", lambda: wanted.search(self.ask("require('envls').status()") or ""))

    def watching(self, prefix):
        """The servers are told by envls here, whenever that is."""

    def terminal_has(self, prefix):
        until(f"a command to have `{prefix}`", lambda: self.ask("vim.fn.system(\"echo $VIRTUAL_ENV:$PATH\")").startswith(f"{prefix}:{prefix}/bin:"))
        others = self.ask("Probe.others()")
        if others != {"debugger": f"{prefix}/bin/python", "kept": "/mine", "runner": f"{prefix}/bin/python"}:
            raise Trouble(f"the debugger and the test runner get something else than `{prefix}`: {others}")

    def revive(self):
        """Nothing: the plugin starts the server again."""

    def capture(self, path):
        self.terminal.capture(path)

    def end(self):
        self.terminal.end()

    def logs(self):
        return [self.world.root / "state/nvim/lsp.log"]
