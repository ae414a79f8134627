"""A real object store that speaks S3 (SeaweedFS, from its Python package): one process on loopback, thrown away."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.loopback import HOST, free_port

KEY, SECRET, BUCKET = "diaban", "a secret for tests / only+", "photos"
START_S_MAX = 60
TRIES_MAX = 3
# on this bucket alone, as a deployment's key should be
ACTIONS = [f"{action}:{BUCKET}" for action in ("Read", "Write", "List")]


class SeaweedFailed(Exception):
    """The object store did not start; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Seaweed:
    """A running object store with one empty bucket."""

    port: int
    filer_port: int

    def url(self, bucket: str = BUCKET, secret: str = SECRET, **options: str) -> str:
        """As DIABAN_PHOTO_STORE_URL says it."""
        query = "&".join(f"{name}={value}" for name, value in {"tls": "no", **options}.items())
        return f"s3://{KEY}:{urllib.parse.quote(secret, safe='')}@{HOST}:{self.port}/{bucket}?{query}"

    def make_bucket(self, name: str) -> None:
        """A bucket is a folder of the store's own file server."""
        address = f"http://{HOST}:{self.filer_port}/buckets/{name}/"
        with urllib.request.urlopen(urllib.request.Request(address, method="POST"), timeout=30):
            return


@contextmanager
def running_seaweed(folder: Path) -> Iterator[Seaweed]:
    """Start it with its data below `folder`, wait until a bucket can be made, end it."""
    for tried in range(TRIES_MAX):
        home = folder / f"seaweed-{tried}"
        process, seaweed = _start(home)
        try:
            if _is_ready(process, seaweed):
                yield seaweed
                return
        finally:
            # its data are thrown away, so it is not asked
            process.kill()
            process.wait(30)
    raise SeaweedFailed((home / "log").read_text("utf-8", errors="replace")[-2000:])


def _start(home: Path) -> tuple[subprocess.Popen[bytes], Seaweed]:
    (home / "data").mkdir(parents=True)
    credentials = [{"accessKey": KEY, "secretKey": SECRET}]
    identities = [{"name": "diaban", "credentials": credentials, "actions": ACTIONS}]
    (home / "s3.json").write_text(json.dumps({"identities": identities}), encoding="utf-8")
    ports = {
        f"-{part}.port{kind}": free_port() for part in ("master", "volume", "filer", "s3") for kind in ("", ".grpc")
    }
    command = [
        str(Path(sys.executable).with_name("weed")), "server", f"-dir={home / 'data'}", f"-ip={HOST}", f"-ip.bind={HOST}",
        "-filer", "-s3", f"-s3.config={home / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0",
        "-volume.max=32", "-master.volumeSizeLimitMB=64", *(f"{name}={port}" for name, port in ports.items()),
    ]  # fmt: skip
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    return process, Seaweed(ports["-s3.port"], ports["-filer.port"])


def _is_ready(process: subprocess.Popen[bytes], seaweed: Seaweed) -> bool:
    deadline = time.monotonic() + START_S_MAX
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{seaweed.port}/healthz", timeout=5):
                seaweed.make_bucket(BUCKET)
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False
