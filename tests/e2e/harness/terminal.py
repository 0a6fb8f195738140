"""A terminal of its own (tmux on a private socket) for an editor that lives in one."""
import re
import subprocess

from harness.world import Trouble, until


class Terminal:
    COLUMNS, LINES = 160, 32

    def __init__(self, world):
        self.world = world
        self.base = ["tmux", "-S", str(world.root / "runtime/tmux"), "-f", "/dev/null"]

    def tmux(self, *words):
        done = subprocess.run([*self.base, *words], env=self.world.environment, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise Trouble(f"tmux {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def start(self, *command):
        self.tmux("new-session", "-d", "-s", "e", "-x", str(self.COLUMNS), "-y", str(self.LINES), "-c", str(self.world.project), "--", *command)
        # Else Escape and the key after it within half a second are taken for one key with Alt.
        self.tmux("set-option", "-g", "escape-time", "0")

    def screen(self):
        return self.tmux("capture-pane", "-p", "-t", "e")

    def keys(self, *names):
        self.tmux("send-keys", "-t", "e", *names)

    def type(self, text):
        self.tmux("send-keys", "-t", "e", "-l", text)

    def wait(self, what, wanted, patience=None):
        """Waits for a regular expression, or a question about the screen; a failure shows the screen."""
        last = [""]

        def asked():
            last[0] = self.screen()
            return wanted(last[0]) if callable(wanted) else re.search(wanted, last[0], re.MULTILINE)

        try:
            return until(what, asked, **({"patience": patience} if patience else {}))
        except Trouble as trouble:
            raise Trouble(f"{trouble}; the screen was:\n{indented(last[0])}") from None

    def capture(self, path):
        lines = []
        for line in map(str.rstrip, self.screen().rstrip().splitlines()):
            # Of the lines after the end of the file, two are enough.
            if line.strip() not in ("", "~") or lines[-2:] != [line, line]:
                lines.append(line)
        path.with_suffix(".txt").write_text("\n".join(lines).replace(str(self.world.root), "~") + "\n")

    def end(self):
        subprocess.run([*self.base, "kill-server"], env=self.world.environment, capture_output=True, timeout=60)


def indented(screen):
    return "\n".join("    | " + line for line in screen.rstrip().splitlines())
