"""Find a Firefox and a WebKit for the browser tests; as a command, also get those that are not there.

`python -m tests.support.other_browsers` installs the system's packages where it may (as root, by apt-get). Unlike a
Chromium they are not demanded: where one is missing its tests are skipped and say what to install.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.support.chromium import APT_S_MAX, succeeds

FIREFOX_NAMES = ("firefox-esr", "firefox")
MINI_BROWSERS = ("webkit2gtk-4.1", "webkit2gtk-4.0", "webkitgtk-6.0")
FIREFOX_PACKAGES = ("firefox-esr",)
WEBKIT_PACKAGES = ("webkit2gtk-driver", "xvfb")
APT = ("apt-get", "-o", "DPkg::Lock::Timeout=300")
INSTALL = "apt-get install --no-install-recommends"
NO_FIREFOX = f"no Firefox here: {INSTALL} {' '.join(FIREFOX_PACKAGES)}"
NO_WEBKIT = f"no WebKitWebDriver, MiniBrowser or Xvfb here: {INSTALL} {' '.join(WEBKIT_PACKAGES)}"


@dataclass(frozen=True, slots=True)
class WebKitParts:
    """What a WebKit without a screen is made of."""

    driver: str
    browser: str
    screen: str


def find_firefox() -> str | None:
    return next((found for name in FIREFOX_NAMES if (found := shutil.which(name))), None)


def find_webkit() -> WebKitParts | None:
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    folders = (f"{library}/{name}" for name in MINI_BROWSERS for library in ("/usr/lib/*", "/usr/libexec"))
    browser = next((str(path) for each in folders for path in Path("/").glob(f"{each[1:]}/MiniBrowser")), None)
    return WebKitParts(driver, browser, screen) if driver and browser and screen else None


def get_missing() -> list[str]:
    """Install what is missing; returns what is still to be said."""
    wanted = [
        *(() if find_firefox() else FIREFOX_PACKAGES),
        *(() if find_webkit() else WEBKIT_PACKAGES),
    ]
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"· installing {', '.join(wanted)} (a minute)", flush=True)
        succeeds([*APT, "update"], APT_S_MAX)
        succeeds([*APT, "install", "-y", "--no-install-recommends", *wanted], APT_S_MAX)
    return [text for text, found in ((NO_FIREFOX, find_firefox()), (NO_WEBKIT, find_webkit())) if not found]


if __name__ == "__main__":
    for missing in get_missing():
        print(f"· {missing}; its tests are skipped", flush=True)
