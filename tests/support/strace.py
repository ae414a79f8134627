"""Look at the system calls of a process, where strace is there or can be installed."""

import os
import shutil
import subprocess

INSTALL_S_MAX = 300


def get_strace() -> str | None:
    """The path of strace; as root on Debian it is installed where it is missing. None when there is no way."""
    if found := shutil.which("strace"):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", "strace"]):
            subprocess.run(
                command,
                env=environment,
                timeout=INSTALL_S_MAX,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
    return shutil.which("strace")
