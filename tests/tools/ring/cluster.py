"""As much of the interface of a Kubernetes cluster as `kubectl` needs to list pods and to run commands in them, on the loopback
interface. The containers behind it are real ones; the programs of a cluster's own are in no package that can be had."""

import base64
import hashlib
import json
import struct
import subprocess
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROTOCOL = "v5.channel.k8s.io"
# RFC 6455, 1.3.
ACCEPTED = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def pod(name):
    container = {"name": "app", "image": "envls-test:python", "workingDir": "/"}
    status = {"name": "app", "ready": True, "restartCount": 0, "image": container["image"], "state": {"running": {}}}
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}", "labels": {"app": name}},
        "spec": {"containers": [container]},
        "status": {"phase": "Running", "containerStatuses": [status]},
    }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, document, code=200):
        body = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.do_GET()

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        self.server.asked.append(address.path)
        parts = address.path.strip("/").split("/")
        pods = self.server.pods
        if address.path == "/version":
            return self.answer({"major": "1", "minor": "32", "gitVersion": "v1.32.0", "platform": "linux/amd64"})
        if address.path == "/api":
            return self.answer({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
        if address.path == "/apis":
            return self.answer({"kind": "APIGroupList", "apiVersion": "v1", "groups": []})
        if address.path == "/api/v1":
            verbs = {"pods": ["get", "list"], "pods/exec": ["create", "get"]}
            kinds = {"pods": "Pod", "pods/exec": "PodExecOptions"}
            listed = [{"name": it, "singularName": "", "namespaced": True, "kind": kinds[it], "verbs": verbs[it]} for it in verbs]
            return self.answer({"kind": "APIResourceList", "groupVersion": "v1", "resources": listed})
        if address.path == "/api/v1/namespaces/default/pods":
            return self.answer({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [pod(it) for it in pods]})
        if parts[:5] == ["api", "v1", "namespaces", "default", "pods"] and len(parts) > 5 and parts[5] in pods:
            if len(parts) == 6:
                return self.answer(pod(parts[5]))
            if parts[6] == "exec":
                return self.execute(pods[parts[5]], urllib.parse.parse_qs(address.query))
        name = parts[-1]
        self.answer({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
                     "message": f'pods "{name}" not found', "details": {"name": name, "kind": "pods"}}, 404)

    def execute(self, prefix, query):
        key = self.headers.get("Sec-WebSocket-Key", "")
        accepted = base64.b64encode(hashlib.sha1((key + ACCEPTED).encode()).digest()).decode()
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accepted), ("Sec-WebSocket-Protocol", PROTOCOL)):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        lock = threading.Lock()

        def send(kind, data):
            size = len(data)
            head = bytes([0x80 | kind])
            head += bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size) if size < 65536 else b"\x7f" + struct.pack(">Q", size)
            with lock:
                self.wfile.write(head + data)
                self.wfile.flush()

        child = subprocess.Popen([*prefix, *query.get("command", [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

        def pump(stream, channel):
            while data := stream.read1(32768):
                send(2, bytes([channel]) + data)

        pumps = [threading.Thread(target=pump, args=it) for it in ((child.stdout, 1), (child.stderr, 2))]
        for it in pumps:
            it.start()
        if "stdin" in query:
            threading.Thread(target=self.receive, args=(child.stdin, send), daemon=True).start()
        else:
            child.stdin.close()
        code = child.wait()
        for it in pumps:
            it.join()
        ended = {"metadata": {}, "status": "Success"}
        if code:
            causes = [{"reason": "ExitCode", "message": str(code)}]
            ended = {"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode", "message": f"exit status {code}", "details": {"causes": causes}}
        send(2, b"\x03" + json.dumps(ended).encode())
        send(8, struct.pack(">H", 1000))
        self.close_connection = True

    def receive(self, stdin, send):
        """The frames of the client: the first byte is the channel, and 255 closes one."""
        try:
            while len(head := self.rfile.read(2)) == 2:
                kind, size = head[0] & 15, head[1] & 127
                if size > 125:
                    size = struct.unpack(*((">H", self.rfile.read(2)) if size == 126 else (">Q", self.rfile.read(8))))[0]
                mask = self.rfile.read(4) if head[1] & 128 else bytes(4)
                data = bytes(byte ^ mask[at & 3] for at, byte in enumerate(self.rfile.read(size)))
                if kind == 8:
                    return
                if kind == 9:
                    send(10, data)
                elif data[:1] == b"\x00" and len(data) > 1:
                    stdin.write(data[1:])
                    stdin.flush()
                elif data[:2] == b"\xff\x00":
                    stdin.close()
        except (OSError, ValueError):
            return


class Cluster:
    """Answers for pods: the name of each, and the command that runs something in its container."""

    def __init__(self, pods):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.pods, self.server.asked = pods, []

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def configuration(self, context):
        address = "http://127.0.0.1:%d" % self.server.server_address[1]
        return json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": context,
            "clusters": [{"name": "c", "cluster": {"server": address}}], "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": context, "context": {"cluster": "c", "user": "u", "namespace": "default"}}],
        })
