"""What uv says of a lock on other platforms, and what is said of the same lock once it names these platforms as its own."""

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
