"""What uv says of a lock on other platforms and with other Pythons, and what is said of the same lock once it names these as its own."""

import re
import subprocess

# What has wheels for some platforms and no source, what has a source, and what is needed on some platforms only.
WANTED = {
    "linux and windows": ["nvidia-nvtx-cu12==12.8.90", "six==1.17.0"],
    "windows alone": ["pywin32==312"],
    "windows alone, by a marker": ["pywin32==312; sys_platform == 'win32'", "colorama==0.4.6"],
    "linux alone, on one machine": ["triton==3.3.1"],
    "built where there is no wheel": ["markupsafe==3.0.3"],
}
PLATFORMS = {
    "x86_64-unknown-linux-gnu": "sys_platform == 'linux' and platform_machine == 'x86_64'",
    "aarch64-unknown-linux-gnu": "sys_platform == 'linux' and platform_machine == 'aarch64'",
    "aarch64-apple-darwin": "sys_platform == 'darwin' and platform_machine == 'arm64'",
    "x86_64-apple-darwin": "sys_platform == 'darwin' and platform_machine == 'x86_64'",
    "x86_64-pc-windows-msvc": "sys_platform == 'win32' and platform_machine == 'AMD64'",
    "aarch64-pc-windows-msvc": "sys_platform == 'win32' and platform_machine == 'ARM64'",
}
# What has no source, and wheels for some Pythons, for any from one on, and for every one.
OF_PYTHONS = ["triton==3.1.0", "pywin32==306", "onnxruntime==1.19.2", "shiboken6==6.9.0", "nvidia-nvtx-cu12==12.8.90"]
PYTHONS = range(10, 14)


def compare(uv, folder, made, run, check, compare):
    for name, wanted in WANTED.items():
        home = folder / name.replace(" ", "-").replace(",", "")
        home.mkdir()
        wanted = ", ".join(f'"{it}"' for it in wanted)
        (home / "pyproject.toml").write_text(
            f'[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = [{wanted}]\n')
        subprocess.run(["python3", "-m", "venv", "--without-pip", home / ".venv"], check=True)
        made([uv, "lock"], home)
        lock = home / "uv.lock"
        text = lock.read_text()
        for platform, marker in PLATFORMS.items():
            lock.write_text(text)
            done = run([uv, "sync", "--frozen", "--dry-run", "--python-platform", platform], home)
            lacks = done.returncode != 0
            explained = "doesn't have a source distribution or wheel" in done.stdout
            lock.write_text(re.sub(r"(?m)^(requires-python = .*)$", rf'\1\nsupported-markers = ["{marker}"]', text, count=1))
            ours = [it for it in check(home)[0] if it["code"] == "unportable-requirement"]
            compare(f"{name} on {platform}", lacks and explained, bool(ours), [it["message"] for it in ours], done.stdout)


def compare_pythons(uv, folder, made, run, check, compare):
    """Each distribution by itself, for each platform and Python: uv has to find a wheel for it."""
    wanted = ", ".join(f'"{it}"' for it in OF_PYTHONS)
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.{PYTHONS[0]},<3.{PYTHONS[-1] + 1}"\ndependencies = [{wanted}]\n')
    made([uv, "lock"], folder)
    lock = folder / "uv.lock"
    text = lock.read_text()
    for platform, marker in PLATFORMS.items():
        lock.write_text(re.sub(r"(?m)^(requires-python = .*)$", rf'\1\nsupported-markers = ["{marker}"]', text, count=1))
        ours = [it["message"] for it in check(folder)[0] if it["code"] == "unportable-requirement"]
        for requirement in OF_PYTHONS:
            name = requirement.split("==")[0]
            said = " ".join(it for it in ours if it.startswith(f"`{name}`")).split(", which")[0]
            for minor in PYTHONS:
                # How new the C library has to be is not judged.
                newest = platform.replace("unknown-linux-gnu", "manylinux_2_39")
                done = run([uv, "pip", "install", "--dry-run", "--no-deps", "--only-binary", ":all:", "--target", folder / "there",
                            "--python-platform", newest, "--python-version", f"3.{minor}", requirement], folder)
                lacks = done.returncode != 0
                explained = "no wheels with a matching" in done.stdout
                assert lacks == explained, done.stdout
                compare(f"{name} on {platform} with 3.{minor}", lacks, bool(said) and ("with" not in said or f"3.{minor}" in said), ours, done.stdout)
