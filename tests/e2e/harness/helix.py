"""Helix as its user has it: a terminal, our languages.toml, and keys. All that is known of it is on its screen."""
import re

from harness.terminal import Terminal, indented
from harness.world import CACHE, REPOSITORY, Trouble, until

CONFIG = """\
theme = "e2e"
[editor]
true-color = true
end-of-line-diagnostics = "hint"
[editor.inline-diagnostics]
cursor-line = "hint"
[editor.lsp]
display-progress-messages = true
[editor.statusline]
left = ["mode", "spinner", "file-name", "file-modification-indicator"]
right = ["diagnostics", "workspace-diagnostics", "position"]
"""

# Menus get a background that nothing else has, so that their text can be told from the text below them.
THEME = """\
inherits = "base16_default_dark"
"ui.menu" = { fg = "#d8d8d8", bg = "#303132" }
"ui.menu.selected" = { fg = "#181818", bg = "#b0b1b2" }
"""
MENU = ("48;2;48;49;50", "48;2;176;177;178")


def fragment(servers):
    """Our fragment; for other servers as its comments say: the `#` taken out of theirs, and their names in the list."""
    text = (REPOSITORY / "editors/helix/languages.toml").read_text()
    for name in servers:
        part = re.search(rf"^# \[language-server\.{name}\]\n(?:# \S.*\n)+", text, re.MULTILINE)[0]
        text = text.replace(part, re.sub(r"^# ", "", part, flags=re.MULTILINE))
        text = text.replace('language-servers = ["envls", ', f'language-servers = ["envls", "{name}", ')
    return text


class Helix:
    # window/showMessageRequest came after 25.07, so the title of the action is the question.
    can_ask = False

    def __init__(self, world, trusted, way):
        self.world = world
        self.terminal = Terminal(world)
        config = world.root / "config/helix"
        config.mkdir()
        (config / "config.toml").write_text(CONFIG)
        (config / "themes").mkdir()
        (config / "themes/e2e.toml").write_text(THEME)
        (config / "languages.toml").write_text(fragment(world.scenario.get("servers", ())))

    def start(self):
        self.terminal.start(str(CACHE / "helix/bin/hx"), "-v")
        self.terminal.wait("Helix", r"\[scratch\]")

    def command(self, text):
        self.terminal.type(f":{text}")
        self.terminal.wait(f"`:{text}` in the command line", re.escape(f":{text}"))
        self.terminal.keys("Enter")

    def open(self, file):
        self.command(f"open {file}")
        self.terminal.wait(f"`{file}` to be shown", rf"^ NOR .*{re.escape(file)}")

    LIST = re.compile(r"\b(\d+)/\d+ *│")
    # Severity, code, path and message stand in columns, behind the border and, on one row, the mark of the selection;
    # behind another border is the file.
    ROW = re.compile(r"^[^A-Z]*(ERROR|WARN|INFO|HINT)\s+([A-Za-z][A-Za-z-]+)\s+(\S+)\s+([^│]*)")

    def rows(self, key):
        """What the list of findings shows; it stays open. `d`: of the file, `D`: of the workspace."""
        # Without the file beside them, the messages have room.
        self.terminal.keys("Space", key, "C-t")
        rows = []

        def drawn(screen):
            # The number of rows stands above them, and may be there first.
            count = self.LIST.search(screen)
            rows[:] = [row.groups() for row in map(self.ROW.match, screen.splitlines()) if row]
            return count and "││" not in screen and len(rows) >= min(int(count[1]), Terminal.LINES // 2)

        self.terminal.wait("the list of findings", drawn)
        return rows

    def findings(self):
        # Folders are shown by their first letters.
        whole = {"/".join([*(part[0] for part in file.parts[:-1]), file.name]): str(file) for file in self.files()}
        rows = self.rows("D")
        self.terminal.keys("Escape")
        self.terminal.wait("the list of findings to go", lambda s: not self.LIST.search(s))
        return [{"code": code, "path": whole.get(path, path), "message": message} for _, code, path, message in rows]

    def files(self):
        return (file.relative_to(self.world.project) for pattern in ("*", "*/*") for file in self.world.project.glob(pattern))

    def settled(self):
        """Helix shows no state of a server; that a command of it is answered says that it is there."""

    def act(self, file, code, title, show):
        self.open(file)
        codes = [row[1] for row in self.rows("d")]
        if code not in codes:
            raise Trouble(f"no `{code}` in the list of `{file}`:\n{indented(self.terminal.screen())}")
        place = codes.index(code)
        self.terminal.keys(*["Down"] * place, "Enter")
        self.terminal.wait("the list of findings to go", lambda s: not self.LIST.search(s))
        self.terminal.keys("Space", "a")
        offers = self.terminal.wait(f"an offer like `{title.pattern}`", lambda _: next((o for o in [self.offers()] if any(map(title.search, o))), None))
        show()
        place = next(place for place, offer in enumerate(offers) if title.search(offer))
        # The first is selected already.
        self.terminal.keys(*["Down"] * place, "Enter")
        return offers[place]

    def completes(self, file, after, name, show):
        self.open(file)
        self.terminal.keys("g", "e", "o")
        self.terminal.wait("the line to be typed in", r"^ INS ")
        # The menu has room for a few; the first letters leave those that begin with them.
        self.terminal.type(after + name[:2])

        def offered(_):
            offers = self.offers()
            if any(re.match(rf"{name}\b", it) for it in offers):
                return True
            # A server that has just heard of a package may not have read it yet; typed again it is asked again.
            if not offers:
                self.terminal.keys("BSpace", "BSpace", "BSpace")
                self.terminal.type(after[-1] + name[:2])
            return False

        self.terminal.wait(f"`{name}` to be offered", offered)
        show()
        self.terminal.keys("Escape")
        self.terminal.wait("the menu to go", lambda _: not self.offers())
        self.terminal.keys("Escape", "u")

    def pick(self, wanted, show):
        self.open("pyproject.toml")
        # The name of the project, in the second line.
        self.terminal.type("2gg")
        self.terminal.keys("g", "l", "h")
        self.terminal.wait("the cursor to be there", r" 2:12\s*$")
        offers = []

        def offered(_):
            # The machine's environments are looked for only once a manifest is open.
            self.terminal.keys("Space", "a")
            self.terminal.wait("a menu, or none", lambda screen: self.offers() or "No code actions" in screen)
            offers[:] = self.offers()
            if not any(map(wanted.search, offers)):
                self.terminal.keys("Escape")
                self.terminal.wait("the menu to go", lambda _: not self.offers())
                return False
            return True

        self.terminal.wait(f"an offer like `{wanted.pattern}`", offered)
        show()
        place = next(place for place, offer in enumerate(offers) if wanted.search(offer))
        self.terminal.keys(*["Down"] * place, "Enter")

    def offers(self):
        """The rows of the open menu, known by its background."""
        rows = []
        for line in self.terminal.tmux("capture-pane", "-ep", "-t", "e").splitlines():
            background, text = "", ""
            for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
                if piece.startswith("\x1b["):
                    if "48;2;" in piece:
                        background = re.search(r"48;2;\d+;\d+;\d+", piece)[0]
                    elif re.search(r"\b(0|49)\b", piece):
                        background = ""
                elif background in MENU:
                    text += piece
            if text.strip():
                rows.append(text.strip())
        return rows

    def answer(self, title):
        raise Trouble("Helix was asked a question, which it cannot show")

    def progress(self, title):
        self.terminal.wait(f"progress like `{title.pattern}`", lambda s: next((l for l in s.splitlines() if re.search(r"envls/[a-z]+-\d+", l) and title.search(l)), None))

    def no_progress(self):
        # What was said last stands until a key is pressed, be it that it was cancelled.
        self.terminal.wait("the progress to end", lambda s: not re.search(r"envls/[a-z]+-\d+\b(?!\] cancelled: )", s))

    def command_of_ours(self, name):
        self.command(f"lsp-workspace-command {name}")

    def health(self):
        """`hx --health` finds the server, for each language of our fragment."""
        for language in ("python", "toml", "pip-requirements", "python-version", "devcontainer", "docker-compose"):
            told = re.sub(r"\x1b\[[0-9;]*m", "", self.world.run(str(CACHE / "helix/bin/hx"), "--health", language))
            if not re.search(r"✓ .*envls", told):
                raise Trouble(f"`hx --health {language}` does not find `envls`:\n{told}")

    def status(self, wanted):
        """Helix shows none."""

    def watching(self, prefix):
        """The servers are told by envls here, whenever that is."""

    def terminal_has(self, prefix):
        """Helix has no terminal of its own."""

    def revive(self):
        # A restart before Helix has noticed would have its new server taken away with the old one.
        self.terminal.wait("Helix to notice", r"Language server exited")
        self.command("lsp-restart")
        screen = self.terminal.wait("Helix to have tried", lambda s: None if ":lsp-restart" in s else s)
        # Helix 25.01 gives up at the first server of the language that is not installed, and opens no file in ours then.
        if "not found" in screen:
            self.command("set-language python")

    def capture(self, path):
        self.terminal.capture(path)

    def end(self):
        self.terminal.end()

    def logs(self):
        return [self.world.root / "cache/helix/helix.log"]
