"""Stand-ins for the tools of products that cannot run here. What they list has the form that the product's documentation gives;
what they run really runs, in a container. They prove the way there and back, and nothing about the product."""

SCRIPT = r'''#!/usr/bin/env python3
import json, os, shutil, subprocess, sys
me, words = os.path.basename(sys.argv[0]), sys.argv[1:]
GUEST = json.loads(os.environ["STANDIN_GUEST"])
TROUBLE = os.environ.get("STANDIN_TROUBLE", "")

def guest(argv, **streams):
    return subprocess.run(GUEST + argv, **streams).returncode

def wide(text):
    sys.stdout.buffer.write(text.replace("\n", "\r\n").encode("utf-16-le"))

def after(word):
    return words[words.index(word) + 1]

if TROUBLE == "hang":
    import time
    time.sleep(600)
if me == "powershell.exe":
    # One machine alone is no list.
    sys.stdout.buffer.write(b"\xef\xbb\xbf" + json.dumps({"Name": "pydev", "Id": "0d8a", "State": 2}).encode() + b"\r\n")
    sys.exit(0)

if me == "wsl.exe":
    if words[0] == "--list":
        state = "Stopped" if TROUBLE == "stopped" else "Running"
        wide("  NAME              STATE           VERSION\n* Ubuntu-22.04      %s         2\n  docker-desktop    Running         2\n" % state)
        sys.exit(0)
    if after("--distribution") != "Ubuntu-22.04":
        wide("There is no distribution with the supplied name.\nError code: Wsl/Service/WSL_E_DISTRO_NOT_FOUND\n")
        sys.exit(255)
    sys.exit(guest(words[words.index("--exec") + 1:]))
if me == "prlctl":
    if words[0] == "list":
        print(json.dumps([{"ID": "1d36", "Name": "pydev", "State": "running", "Host Shared Folders": {"enabled": True, "ws": {"enabled": True, "path": os.environ["STANDIN_SHARED"], "mode": "rw"}}}]))
        sys.exit(0)
    if TROUBLE == "gone":
        sys.exit("Failed to get VM config: The virtual machine could not be found. The virtual machine is not registered.")
    if TROUBLE == "tools":
        sys.exit("Unable to open new session in this virtual machine. Make sure the latest version of Parallels Tools is installed.")
    sys.exit(guest(words[2:]))
if me == "VBoxManage":
    if words[:2] == ["list", "vms"]:
        print("WARNING: The character device /dev/vboxdrv does not exist.")
        print('"py dev" {5d753451-2f63-43a3-8218-ad41fe7fe6fe}')
    elif words[0] == "showvminfo":
        share = 'SharedFolderNameMachineMapping1="ws"\nSharedFolderPathMachineMapping1="%s"' % os.environ["STANDIN_SHARED"]
        print('name="py dev"\nVMState="running"\n%s\n rec_screen0' % share)
    elif words[0] == "guestcontrol":
        if TROUBLE == "gone":
            sys.exit('VBoxManage: error: Could not find a registered machine named "%s"\nVBoxManage: error: Details: code VBOX_E_OBJECT_NOT_FOUND (0x80bb0001)' % words[1])
        if TROUBLE == "tools":
            sys.exit("VBoxManage: error: The guest execution service is not ready (yet)")
        if TROUBLE == "credentials":
            sys.exit("VBoxManage: error: The specified user was not able to logon on guest")
        if TROUBLE == "stopped":
            sys.exit('VBoxManage: error: Machine "%s" is not running (currently powered off)!' % words[1])
        # It passes nothing on that its own input has.
        code = guest([after("--exe")] + words[words.index("--") + 1:], stdin=subprocess.DEVNULL)
        sys.exit(code and (code + 32 if code < 94 else 126))
    sys.exit(0)
if me == "vmrun":
    if words == ["list"]:
        print("Total running VMs: 1\n/vm/py/py.vmx")
        sys.exit(0)
    command, rest = words[4], words[6:]
    said = {
        "gone": "Cannot open VM: " + words[5] + ", The virtual machine cannot be found",
        "tools": "The VMware Tools are not running in the virtual machine: " + words[5],
        "credentials": "Invalid user name or password for the guest OS",
    }.get(TROUBLE)
    if said:
        print("Error: " + said)
        sys.exit(255)
    if TROUBLE == "stopped":
        print("Error: The virtual machine is not powered on: " + words[5])
        sys.exit(255)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if command == "CreateTempfileInGuest":
        sys.exit(guest(["mktemp", "/tmp/vmware-XXXXXX"]))
    if command == "CopyFileFromHostToGuest":
        sys.exit(guest(["sh", "-c", 'cat >"$0"', rest[1]], stdin=open(rest[0], "rb")))
    if command == "runScriptInGuest":
        sys.exit(guest([rest[0], "-c", rest[1]], **quiet))
    if command == "CopyFileFromGuestToHost":
        sys.exit(guest(["cat", rest[0]], stdout=open(rest[1], "wb")))
    if command == "deleteFileInGuest":
        sys.exit(guest(["rm", "-f", rest[0]], **quiet))
sys.exit(2)
'''

# The kind, the stand-in's name, what the user would name the machine by, and what its tool calls it.
KINDS = [
    ("wsl", "wsl.exe", "Ubuntu-22.04", "Ubuntu-22.04"),
    ("parallels", "prlctl", "pydev", "pydev"),
    ("virtualbox", "VBoxManage", "py%20dev", "py dev"),
    ("vmware", "vmrun", "/vm/py/py.vmx", "py"),
]

# What is said where one cannot be looked into.
TROUBLES = [
    ("wsl", "stopped", "it does not run"),
    ("parallels", "tools", "nothing can be run in it"),
    ("parallels", "gone", "there is none of that name"),
    ("virtualbox", "stopped", "it does not run"),
    ("virtualbox", "tools", "nothing can be run in it"),
    ("virtualbox", "credentials", "it lets nobody in"),
    ("virtualbox", "gone", "there is none of that name"),
    ("vmware", "stopped", "it does not run"),
    ("vmware", "tools", "nothing can be run in it"),
    ("vmware", "credentials", "it lets nobody in"),
    ("vmware", "gone", "there is none of that name"),
    ("wsl", "hang", "it did not answer in time"),
]


def put(folder, name):
    path = folder / name
    path.write_text(SCRIPT, encoding="utf-8")
    path.chmod(0o755)
