"""Find a Chromium for the browser tests; as a command, also get one where there is none.

`python tests/support/chromium.py` tries, in turn: PATH, what playwright has installed, as root the
system's packages (they bring their libraries along), and `playwright install chromium`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
DOWNLOAD_S_MAX = 300
APT_S_MAX = 900
MISSING = (
    "no Chromium: none of chromium, chromium-browser, google-chrome is on PATH and none could be "
    "installed; the browser tests cannot run"
)


def find_chromium() -> str | None:
    """The path of a browser that is there, or None."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    return next((str(path) for path in sorted(cache.glob("chromium-*/chrome-linux*/chrome"))), None)


def get_chromium() -> str | None:
    """A browser, installed if need be; None when there is no way."""
    if found := find_chromium():
        return found
    print("· no Chromium here: installing one (a few minutes)", flush=True)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _install_packages()
    if found := find_chromium():
        return found
    succeeds([sys.executable, "-m", "playwright", "install", "chromium"], DOWNLOAD_S_MAX)
    return find_chromium()


def _install_packages() -> None:
    # Without fonts-noto-core, letters with two marks fall back to boxes in screenshots.
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
    succeeds([*apt, "update"], APT_S_MAX)
    succeeds([*apt, "install", "-y", "--no-install-recommends", "chromium", "fonts-noto-core"], APT_S_MAX)


def succeeds(command: list[str], seconds_max: int) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, env=environment, timeout=seconds_max, stdin=subprocess.DEVNULL, capture_output=True
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


if __name__ == "__main__":
    if get_chromium() is None:
        sys.exit(MISSING)
