"""Container engines of a scenario's own: their store, their daemon and the one image, made of Debian's own packages."""

import fcntl
import os
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from . import tools

PACKAGES = ["podman", "runc", "crun", "netavark", "aardvark-dns", "docker.io", "containerd", "mmdebstrap"]
PROGRAMS = ["podman", "runc", "dockerd", "docker", "containerd", "mmdebstrap"]
IMAGE = tools.CACHE / "layers/rootfs-python.tar"
NAME = "envls-test:python"
DEADLINE = 120


def installed():
    """Whether all that is needed is there. Only root can have engines of its own."""
    return tools.debian(PROGRAMS, PACKAGES)


def image():
    """A root file system with Python and nothing else, made once."""
    if IMAGE.exists():
        return IMAGE
    IMAGE.parent.mkdir(parents=True, exist_ok=True)
    part = IMAGE.with_suffix(".part.tar")
    made = ["mmdebstrap", "--variant=minbase", "--include=python3,python3-venv,ca-certificates", "bookworm", part]
    for _ in range(3):
        part.unlink(missing_ok=True)
        done = subprocess.run(made, capture_output=True, text=True)
        if done.returncode == 0:
            part.rename(IMAGE)
            return IMAGE
    raise RuntimeError(f"no root file system: {done.stderr[-2000:]}")


def wait(what, holds):
    until = time.monotonic() + DEADLINE
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(0.1)


def unmount(folder):
    """Everything that is mounted in a folder."""
    for mounted in reversed(Path("/proc/self/mountinfo").read_text().splitlines()):
        point = mounted.split()[4]
        if point.startswith(str(folder)):
            subprocess.run(["umount", "-l", point], capture_output=True)


def store():
    """What Podman looks up images in besides its own store (containers-storage.conf(5), `additionalimagestores`): a store with
    the one image in it, made once."""
    folder = IMAGE.with_name("podman-images")
    with open(IMAGE.with_name("podman-images.lock"), "w") as lock:
        # Several rings may begin at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            # The path of this one may have 50 bytes.
            with tempfile.TemporaryDirectory(prefix="envls-") as run:
                command = ["podman", "--root", part, "--runroot", run, "--storage-driver", "overlay", "import", image(), NAME]
                done = subprocess.run(command, capture_output=True, text=True)
                unmount(part)
            if done.returncode:
                raise RuntimeError(f"no image for Podman: {done.stdout}{done.stderr}")
            part.rename(folder)
    return folder


class Engine:
    """One engine with a store of its own, gone after the scenario."""

    def __init__(self, kind):
        self.kind = kind
        # Below the cache, since a store may not lie on the file system of another container.
        self.home = tools.CACHE / f"layers/{kind}-{os.getpid()}"
        self.home.mkdir(parents=True)
        self.variables, self.daemon, self.made = {}, None, []

    def __enter__(self):
        try:
            getattr(self, f"begin_{self.kind}")()
            if self.kind != "podman":
                self.must("import", image(), NAME)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in self.made:
            subprocess.run([self.program, "rm", "-f", name], env=self.environment(), capture_output=True)
        if self.daemon:
            self.stop()
        unmount(self.home)
        shutil.rmtree(self.home, ignore_errors=True)

    def environment(self):
        return {**os.environ, **self.variables}

    def begin_podman(self):
        self.program = shutil.which("podman")
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        (self.home / "containers.conf").write_text(
            f'[containers]\ndefault_ulimits = ["nofile={files}:{files}", "nproc=4096:4096"]\n'
            f'[engine]\nstatic_dir = "{self.home}/static"\ntmp_dir = "{self.home}/tmp"\n'
            'runtime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        )
        (self.home / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{self.home}/root"\nrunroot = "{self.home}/run"\n'
            f'[storage.options]\nadditionalimagestores = ["{store()}"]\n'
        )
        self.variables = {
            "CONTAINERS_CONF": str(self.home / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.home / "storage.conf"),
        }

    def begin_docker(self):
        self.program = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else shutil.which("docker")
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        # A path of a socket has at most 107 bytes.
        self.socket = f"/tmp/envls-docker-{os.getpid()}.sock"
        self.variables = {"DOCKER_HOST": f"unix://{self.socket}"}
        self.command = [
            "dockerd", "-H", f"unix://{self.socket}", "--data-root", self.home / "data", "--exec-root", self.home / "exec",
            "--pidfile", self.home / "pid", "--iptables=false", "--ip6tables=false", "--bridge=none",
            "--exec-opt", "native.cgroupdriver=cgroupfs", "--default-ulimit", f"nofile={files}:{files}",
        ]
        self.start()

    def start(self):
        with open(self.home / "log", "ab") as log:
            self.daemon = subprocess.Popen(self.command, stdout=log, stderr=log, start_new_session=True)

        def answers():
            if self.daemon.poll() is not None:
                raise RuntimeError(f"dockerd ended: {(self.home / 'log').read_text()[-2000:]}")
            return self.run("version").returncode == 0

        wait("dockerd does not answer", answers)

    def stop(self):
        self.daemon.terminate()
        try:
            self.daemon.wait(30)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
        self.daemon = None

    def run(self, *words):
        command = [self.program, *map(str, words)]
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=300)

    def must(self, *words):
        done = self.run(*words)
        if done.returncode:
            raise RuntimeError(f"{self.kind} {words}: {done.stdout}{done.stderr}")
        return done.stdout

    def container(self, name, shared, labels=(), variables=(), volumes=(), command=("sleep", "infinity")):
        """Runs one that shares folders, pairs of outside and inside, and has volumes of its own. The engine is ours alone, and so are
        its names."""
        options = [f"--volume={outside}:{inside}" for outside, inside in shared] + [f"--volume={it}" for it in volumes]
        options += [f"--label={it}" for it in labels] + [f"--env={it}" for it in variables]
        self.made.append(name)
        self.must("run", "-d", "--name", name, "--network=none", *options, NAME, *command)
        return name
