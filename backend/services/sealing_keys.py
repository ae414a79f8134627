"""The server's key pairs for sealed files (P29): made at first need, kept in the instance folder, never replaced.

Each stands in a file of its own, named by when it was made and by its id. A restore adds the keys of the backup to
those that are there, so that no phone ever holds what nobody can open; the newest is the one that is given out.
"""

import fcntl
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

FOLDER: Final = "sealing"
CURVE: Final = ec.SECP256R1()
KEY_ID_CHARACTERS: Final = 16
# when it was made, in ms, and its id
FILE_NAME: Final = re.compile(r"([0-9]+)-[0-9a-f]{16}\.pem")
# both are left out of backups
LOCK_NAME: Final = "making.lock"
PART_NAME: Final = "made.part"


@dataclass(frozen=True, slots=True)
class SealingKey:
    """One key pair; `point` is the public key, uncompressed."""

    id: str
    point: bytes
    private: ec.EllipticCurvePrivateKey


def current_key(instance_dir: Path, now_ms: int) -> SealingKey:
    """The key that phones seal to. Where there is none, one is made: of several processes at once, by one."""
    folder = instance_dir / FOLDER
    return _read(_newest(folder) or _make(folder, now_ms))


def find_key(instance_dir: Path, key_id: str) -> SealingKey | None:
    """A key by its id, an older one too."""
    found = next((instance_dir / FOLDER).glob(f"*-{key_id}.pem"), None)
    return _read(found) if found else None


def key_of(private: ec.EllipticCurvePrivateKey) -> SealingKey:
    """The pair of a private key; its id is the front of the public point's SHA-256."""
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return SealingKey(hashlib.sha256(point).hexdigest()[:KEY_ID_CHARACTERS], point, private)


def _newest(folder: Path) -> Path | None:
    named = [(found, path) for path in folder.glob("*.pem") if (found := FILE_NAME.fullmatch(path.name))]
    return max(named, key=lambda pair: (int(pair[0][1]), pair[0][0]))[1] if named else None


def _make(folder: Path, now_ms: int) -> Path:
    """A new key, unless another process has just made one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _newest(folder) or _write(folder, key_of(ec.generate_private_key(CURVE)), now_ms)
    finally:
        os.close(lock)


def _write(folder: Path, key: SealingKey, now_ms: int) -> Path:
    """Whole and on disk before it has its name: a phone may seal to it from then on."""
    path, part = folder / f"{now_ms}-{key.id}.pem", folder / PART_NAME
    with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    for place in (folder, folder.parent):
        _sync_names(place)
    return path


def _sync_names(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> SealingKey:
    private = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path.name} is not a key of this program")
    return key_of(private)
