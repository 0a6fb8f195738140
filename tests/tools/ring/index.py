"""A package index of the wheels that the ring made, at an address of this machine: nothing here needs the network."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Index:
    """Serves a folder of wheels (*Simple repository API*) for as long as the block lasts."""

    def __init__(self, wheels):
        self.wheels = wheels
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 - the name is the library's.
                outer.answer(self)

            def do_HEAD(self):  # noqa: N802
                outer.answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/simple/"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        parts = request.path.strip("/").split("/")
        body, kind = None, "text/html"
        if parts[:1] == ["simple"] and len(parts) == 2:
            body = self.page(parts[1])
        elif parts[:1] == ["files"] and len(parts) == 2 and (self.wheels / parts[1]).is_file():
            body, kind = (self.wheels / parts[1]).read_bytes(), "application/octet-stream"
        request.send_response(200 if body is not None else 404)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body or b"")))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body or b"")

    def page(self, name):
        found = sorted(self.wheels.glob(f"{name}-*.whl"))
        if not found:
            return None
        links = "".join(
            f'<a href="/files/{it.name}#sha256={hashlib.sha256(it.read_bytes()).hexdigest()}">{it.name}</a>\n'
            for it in found
        )
        return f"<!DOCTYPE html><html><body>\n{links}</body></html>".encode()
