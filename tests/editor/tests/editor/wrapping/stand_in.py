"""A language server that does nothing but tell what reached it."""

import json
import os
import sys

documents, configured, events, folders, notebooks = {}, [], [], [], {}
asked = 0


def read():
    length = 0
    while line := sys.stdin.buffer.readline():
        if not line.strip():
            return json.loads(sys.stdin.buffer.read(length))
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return None


def send(**message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    sys.stdout.buffer.flush()


def ask_settings():
    global asked
    asked += 1
    send(id=asked, method="workspace/configuration", params={"items": [{"section": "python"}, {"section": "other"}]})


def main():
    introduced = None
    while (message := read()) is not None:
        method, params = message.get("method"), message.get("params")
        if method == "initialize":
            introduced = params
            send(id=message["id"], result={"capabilities": {"positionEncoding": "utf-8", "diagnosticProvider": {}}})
            folders.extend(it["name"] for it in params["workspaceFolders"])
        elif method == "initialized":
            registration = {"id": "same", "method": "workspace/didChangeConfiguration"}
            send(id="registration", method="client/registerCapability", params={"registrations": [registration]})
            ask_settings()
        elif method == "workspace/didChangeConfiguration":
            ask_settings()
        elif method == "workspace/didChangeWatchedFiles":
            events.extend(it["uri"].rsplit("/", 1)[1] for it in params["changes"])
        elif method == "workspace/didChangeWorkspaceFolders":
            folders.extend(it["name"] for it in params["event"]["added"])
        elif method == "notebookDocument/didOpen":
            notebooks[params["notebookDocument"]["uri"]] = [it["text"] for it in params["cellTextDocuments"]]
        elif method == "textDocument/didOpen":
            documents[params["textDocument"]["uri"]] = params["textDocument"]
            send(method="textDocument/publishDiagnostics", params={"uri": params["textDocument"]["uri"], "diagnostics": []})
        elif method == "test/state":
            send(id=message["id"], result={
                "process": os.getpid(), "parent": introduced["processId"], "options": introduced.get("initializationOptions"),
                "variable": os.environ.get("VIRTUAL_ENV"), "documents": documents, "configured": configured, "events": events,
                "folders": folders, "notebooks": notebooks,
                "fetched": "diagnostic" in introduced["capabilities"].get("textDocument", {}),
            })
        elif method == "test/end":
            os._exit(3)
        elif method == "shutdown":
            send(id=message["id"], result=None)
        elif method == "exit":
            sys.exit(7)
        elif not method and message["id"] == asked:
            configured.append(message.get("result"))


main()
