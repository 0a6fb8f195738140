"""A virtual machine of a ring's own: QEMU under a libvirt of its own, with the guest's agent, a share of a folder and an ssh server.

The image is made of Debian's own packages, once, and stays in $ENVLS_CACHE. The daemon has its own configuration, state and socket
in a mount namespace, so that nothing of the machine's own libvirt is touched. There is no acceleration to be counted on: everything
is emulated, and takes its time."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import tools

PACKAGES = [
    "libvirt-daemon", "libvirt-daemon-driver-qemu", "libvirt-clients", "qemu-system-x86", "qemu-utils", "mmdebstrap", "e2fsprogs",
    "cpio", "kmod", "openssh-client", "util-linux",
]
PROGRAMS = ["libvirtd", "virsh", "qemu-system-x86_64", "qemu-img", "mmdebstrap", "mke2fs", "cpio", "ssh", "ssh-keygen", "unshare"]
HOME = tools.CACHE / "guests"
NAME = "envls-guest"
# Of everything that is waited for here: a guest without acceleration, on a machine that others use too.
DEADLINE = 300
INSIDE = "python3,python3-venv,qemu-guest-agent,openssh-server,iproute2,kmod"
# Debian's kernel for clouds has these as modules, each after those that it needs.
MODULES = [
    "virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk", "virtio_console", "failover",
    "net_failover", "virtio_net", "fuse", "virtiofs",
]

FIRST = """#!/bin/sh
export PATH=/bin; B=/bin/busybox
$B mount -t proc proc /proc; $B mount -t sysfs sys /sys; $B mount -t devtmpfs dev /dev
while read m; do $B insmod $m; done < /order
i=0; while [ ! -b /dev/vda ] && [ $i -lt 600 ]; do $B sleep 0.1; i=$((i+1)); done
$B mount -t ext4 -o rw /dev/vda /new
exec $B switch_root /new /sbin/guest-init
"""

# The first process: the agent and the ssh server, without an init system, which would take a minute.
SECOND = """#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/virtio-ports /workspace; mount -t devpts devpts /dev/pts; mount -t tmpfs tmpfs /run; mkdir -p /run/qga /run/sshd
for p in /sys/class/virtio-ports/*; do n=$(cat $p/name 2>/dev/null); [ -n "$n" ] && ln -sf ../$(basename $p) /dev/virtio-ports/$n; done
mount -t virtiofs workspace /workspace
ip link set lo up; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.2.2
useradd -m -s /bin/sh -p '*' dev
/usr/sbin/sshd -o UsePAM=no -o StrictModes=no -o AuthorizedKeysFile=/workspace/keys
echo GUEST-READY
while :; do [ -e /run/no-agent ] || qemu-ga -m virtio-serial -p /dev/virtio-ports/org.qemu.guest_agent.0 -t /run/qga -f /run/qga/qga.pid; sleep 1; done
"""

QEMU = """user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = [ ]
cgroup_controllers = [ ]
stdio_handler = "file"
max_core = 0
"""

DOMAIN = """<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>640</memory>
  <vcpu>1</vcpu>
  <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{image}/vmlinuz</kernel><initrd>{image}/initrd.img</initrd>
    <cmdline>console=ttyS0 panic=-1 quiet mitigations=off net.ifnames=0</cmdline>
  </os>
  <features><acpi/></features>
  <cpu mode='maximum'/>
  <on_reboot>destroy</on_reboot>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='unsafe'/><source file='{home}/disk.qcow2'/><target dev='vda' bus='virtio'/></disk>
    <filesystem type='mount'>
      <driver type='virtiofs'/><binary path='{home}/virtiofsd'><sandbox mode='chroot'/></binary>
      <source dir='{share}'/><target dir='workspace'/>
    </filesystem>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <interface type='user'><model type='virtio'/><rom enabled='no'/></interface>
    <serial type='file'><source path='{home}/serial.log'/></serial>
  </devices>
</domain>
"""


def installed():
    """Whether all that is needed is there. Only root can have a libvirt of its own."""
    # Where newer tools of QEMU's were had from elsewhere, the emulator wants its own.
    return tools.debian(PROGRAMS, PACKAGES, "--allow-downgrades")


def must(*command, **options):
    done = subprocess.run([str(it) for it in command], capture_output=True, text=True, errors="replace", **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def again(make):
    """Registries are slow to answer at times."""
    for attempt in range(3):
        try:
            return make()
        except RuntimeError:
            if attempt == 2:
                raise


def unpacked(package, folder):
    """What a package of Debian's holds; nothing is installed."""
    with tempfile.TemporaryDirectory(dir=HOME) as got:
        os.chmod(got, 0o777)
        again(lambda: must("apt-get", "download", package, cwd=got))
        must("dpkg-deb", "-x", next(Path(got).glob("*.deb")), folder)


def system():
    """The guest's files, with Python, the agent and the ssh server."""
    made, part = HOME / "root.tar", HOME / "root.part.tar"
    if not made.exists():
        part.unlink(missing_ok=True)
        again(lambda: must("mmdebstrap", "--variant=minbase", f"--include={INSIDE}", "bookworm", part))
        part.rename(made)
    return made


def image():
    """The kernel, what it begins with and the disk, made once; made again where what is written above differs."""
    HOME.mkdir(parents=True, exist_ok=True)
    told = f"{FIRST}{SECOND}{MODULES}"
    folder = HOME / "image"
    if (folder / "made-from").exists() and (folder / "made-from").read_text() == told:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with tempfile.TemporaryDirectory(dir=HOME) as scratch:
        scratch = Path(scratch)
        depends = must("apt-cache", "depends", "linux-image-cloud-amd64")
        unpacked(re.search(r"Depends: (linux-image-[0-9]\S+)", depends)[1], scratch / "kernel")
        unpacked("busybox-static", scratch / "busybox")
        shutil.copy(next((scratch / "kernel/boot").glob("vmlinuz-*")), folder / "vmlinuz")
        first = scratch / "first"
        for name in ("bin", "m", "proc", "sys", "dev", "new"):
            (first / name).mkdir(parents=True)
        busybox = next(it for it in (scratch / "busybox").rglob("busybox") if it.is_file() and os.access(it, os.X_OK))
        shutil.copy(busybox, first / "bin/busybox")
        (first / "bin/sh").symlink_to("busybox")
        order = []
        for name in MODULES:
            for found in sorted((scratch / "kernel").rglob(f"{name}.ko*"))[:1]:
                shutil.copy(found, first / "m")
                order.append(f"/m/{found.name}\n")
        (first / "order").write_text("".join(order))
        (first / "init").write_text(FIRST)
        (first / "init").chmod(0o755)
        must("sh", "-c", f"find . | cpio -o -H newc --quiet | gzip -1 >{folder}/initrd.img", cwd=first)
        root = scratch / "root"
        root.mkdir()
        must("tar", "-C", root, "-xpf", system())
        (root / "sbin/guest-init").write_text(SECOND)
        (root / "sbin/guest-init").chmod(0o755)
        # The guest has no network: what is installed in it is on the share.
        (root / "etc/pip.conf").write_text("[global]\nno-index = true\nfind-links = /workspace/wheels\ndisable-pip-version-check = true\n")
        # A Python at a place that nothing here has.
        (root / "opt/guest/bin").mkdir(parents=True)
        (root / "opt/guest/bin/python3").symlink_to("/usr/bin/python3")
        shutil.copy(root / "etc/ssh/ssh_host_ed25519_key.pub", folder / "host-key.pub")
        must("mke2fs", "-q", "-t", "ext4", "-d", root, "-L", "root", folder / "disk.img", "900M")
    (folder / "made-from").write_text(told)
    return folder


def wait(what, holds, patience=DEADLINE):
    until = time.monotonic() + patience
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(0.2)


def sweep():
    """What a ring left that was killed."""
    for left in HOME.glob("run-*"):
        owner = left.name.removeprefix("run-")
        if not Path(f"/proc/{owner}").exists():
            clear(left)


def running_for(home):
    """The other processes whose command names a ring's folder: their numbers, and their commands."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if f"{home}/".encode() in words and int(process.name) != os.getpid():
            yield int(process.name), words


def clear(home):
    """Ends what runs for a ring, by the folder that it names, and removes that."""
    for number, _ in running_for(home):
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            pass
    shutil.rmtree(home, ignore_errors=True)


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


class Guest:
    """The one virtual machine, with `share` seen as `/workspace` in it, and gone after the ring whatever happens."""

    def __init__(self):
        sweep()
        self.image = image()
        self.home = HOME / f"run-{os.getpid()}"
        self.share = self.home / "share"
        self.share.mkdir(parents=True)
        self.daemon = None
        self.port = free_port()
        self.variables = {"LIBVIRT_DEFAULT_URI": f"qemu:///system?socket={self.home}/socket/libvirt-sock"}

    def __enter__(self):
        try:
            self.begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.resume()
        if self.daemon:
            self.virsh("destroy", NAME)
            self.daemon.terminate()
            try:
                self.daemon.wait(60)
            except subprocess.TimeoutExpired:
                self.daemon.kill()
        clear(self.home)

    def begin(self):
        home = self.home
        for name in ("etc", "lib", "log", "cache", "socket"):
            (home / name).mkdir()
        (home / "etc/qemu.conf").write_text(QEMU)
        (home / "libvirtd.conf").write_text(
            f'unix_sock_dir = "{home}/socket"\nlog_outputs = "2:file:{home}/libvirtd.log"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n'
        )
        # Without the leave to raise its limits it would not begin.
        (home / "virtiofsd").write_text('#!/bin/sh\nexec /usr/lib/qemu/virtiofsd --rlimit-nofile=0 "$@"\n')
        (home / "virtiofsd").chmod(0o755)
        must("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / "key")
        shutil.copy(home / "key.pub", self.share / "keys")
        must("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", self.image / "disk.img", home / "disk.qcow2")
        known = (self.image / "host-key.pub").read_text().split()[:2]
        (home / "known").write_text(f"[127.0.0.1]:{self.port} {' '.join(known)}\n")
        self.configure(home / "known")
        for name in ("/etc/libvirt", "/var/lib/libvirt", "/var/log/libvirt", "/var/cache/libvirt"):
            Path(name).mkdir(parents=True, exist_ok=True)
        script = (
            f"mount --bind {home}/etc /etc/libvirt && mount --bind {home}/lib /var/lib/libvirt && mount --bind {home}/log /var/log/libvirt"
            f" && mount --bind {home}/cache /var/cache/libvirt && mount -t tmpfs tmpfs /run"
            f" && exec libvirtd -f {home}/libvirtd.conf -p {home}/libvirtd.pid"
        )
        with open(home / "out", "wb") as out:
            command = ["unshare", "-m", "--propagation", "private", "sh", "-c", script]
            self.daemon = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)

        def answers():
            if self.daemon.poll() is not None:
                raise RuntimeError(f"libvirtd ended: {(home / 'out').read_text()[-2000:]}")
            return self.virsh("version").returncode == 0

        wait("libvirtd does not answer", answers)
        (home / "domain.xml").write_text(self.xml())
        self.must("define", home / "domain.xml")
        self.start()

    def xml(self):
        return DOMAIN.format(name=NAME, image=self.image, home=self.home, share=self.share)

    def configure(self, known):
        """What the user's own configuration of ssh would have."""
        (self.home / "ssh_config").write_text(
            f"Host guest\n  HostName 127.0.0.1\n  Port {self.port}\n  User root\n  IdentityFile {self.home}/key\n  IdentitiesOnly yes\n"
            f"  UserKnownHostsFile {known}\n  GlobalKnownHostsFile /dev/null\n"
        )

    def virsh(self, *words):
        command = ["virsh", "-q", *(str(it) for it in words)]
        return subprocess.run(command, env={**os.environ, **self.variables}, capture_output=True, text=True, errors="replace", timeout=120)

    def must(self, *words):
        done = self.virsh(*words)
        if done.returncode:
            raise RuntimeError(f"virsh {' '.join(map(str, words))}: {done.stderr}")
        return done.stdout

    def start(self):
        self.must("start", NAME)
        self.wait_until_up()

    def wait_until_up(self):
        begin = time.monotonic()
        # The port is there only as long as the machine runs, whoever started it.
        self.virsh("qemu-monitor-command", "--hmp", NAME, f"hostfwd_add hostnet0 tcp:127.0.0.1:{self.port}-:22")
        ping = '{"execute":"guest-ping"}'
        wait("the guest's agent does not answer", lambda: self.virsh("qemu-agent-command", "--timeout", "5", NAME, ping).returncode == 0)
        wait("the guest's ssh server does not answer", lambda: self.ssh("true").returncode == 0)
        print(f"      the guest is up after {time.monotonic() - begin:.1f} s", flush=True)

    def ssh(self, line, text=None):
        """A line of the guest's shell, by a way of the ring's own."""
        options = ["-F", self.home / "ssh_config", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "LogLevel=ERROR"]
        command = ["ssh", *(str(it) for it in options), "guest", line]
        return subprocess.run(command, input=text, capture_output=True, text=True, errors="replace", timeout=DEADLINE)

    def inside(self, line):
        done = self.ssh(line)
        if done.returncode:
            raise RuntimeError(f"in the guest, {line}: {done.stdout}{done.stderr}")
        return done.stdout

    def seen(self, path):
        """How the guest sees a path of the share."""
        return f"/workspace/{Path(path).relative_to(self.share)}"

    def end(self, name):
        """Ends a program of the guest's, which has no tool for that."""
        self.inside(f'for p in /proc/[0-9]*; do [ "$(cat $p/comm 2>/dev/null)" = {name} ] && kill ${{p#/proc/}}; done; true')

    def process(self):
        """The emulator."""
        for number, words in running_for(self.home):
            if words.startswith(b"/usr/bin/qemu-system-x86_64"):
                return number
        raise RuntimeError("no emulator runs")

    def freeze(self):
        os.kill(self.process(), signal.SIGSTOP)

    def resume(self):
        try:
            os.kill(self.process(), signal.SIGCONT)
        except (RuntimeError, ProcessLookupError):
            pass
