"""Opening a sealed file (P29); its bytes are those of docs/sealed-file.md, version 1.

Anybody can seal to a public key, so what comes out counts only once the device's HMAC over it is right.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.errors import ProblemError
from backend.services import device_proof
from backend.services.sealing_keys import CURVE, KEY_ID_BYTES, SealingKey, find_key
from sync import canonical
from sync.canonical import Json

MEDIA_TYPE: Final = "application/vnd.diaban.sealed"
# a name that is no text file's, and the version of the format
MAGIC: Final = b"diaban\0\x01"
POINT_BYTES: Final = 65
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
HEADER_BYTES: Final = len(MAGIC) + KEY_ID_BYTES + POINT_BYTES + SALT_BYTES + NONCE_BYTES
CIPHER_KEY_BYTES: Final = 32
CONTEXT: Final = b"diaban sealed file 1"
MEMBERS: Final = {"device", "operations", "hmac"}
# a hundred batches: more than a phone makes in months
OPERATIONS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a device sealed, and nobody else: objects with integers `n` of at least 1, ascending."""

    device: str
    operations: Sequence[dict[str, Any]]


def open_sealed(content: bytes, instance_dir: Path, server_key: str) -> Sealed:
    """The operations in a sealed file, known to be the device's own.

    Raises ProblemError: `sealed-unreadable`, `sealing-key-unknown`, `sealed-not-genuine`."""
    value = _read(_decrypt(content, instance_dir))
    signed = {"device": value["device"], "operations": value["operations"]}
    try:
        text = canonical.rewrite(signed)
    except canonical.NotCanonical:
        raise ProblemError("sealed-unreadable") from None
    if not device_proof.is_authentic(value["device"], text.encode(), value["hmac"], server_key):
        raise ProblemError("sealed-not-genuine")
    if not _are_numbered(value["operations"]):
        raise ProblemError("sealed-unreadable")
    return Sealed(**signed)


def point_text(key: SealingKey) -> str:
    """The public point as it is given to phones: base64url."""
    return base64.urlsafe_b64encode(key.point).decode().rstrip("=")


def _decrypt(content: bytes, instance_dir: Path) -> bytes:
    header, text = content[:HEADER_BYTES], content[HEADER_BYTES:]
    if not header.startswith(MAGIC) or len(text) < TAG_BYTES:
        raise ProblemError("sealed-unreadable")
    key_id, point, salt, nonce = _cut(header[len(MAGIC) :], KEY_ID_BYTES, POINT_BYTES, SALT_BYTES, NONCE_BYTES)
    key = find_key(instance_dir, key_id)
    if key is None:
        raise ProblemError("sealing-key-unknown")
    try:
        # of the forms that a point has, only the uncompressed one begins so
        if point[0] != 4:
            raise ValueError("not an uncompressed point")
        shared = key.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point))
        cipher_key = HKDF(SHA256(), CIPHER_KEY_BYTES, salt, CONTEXT).derive(shared)
        return AESGCM(cipher_key).decrypt(nonce, text, header)
    except (ValueError, InvalidTag):
        raise ProblemError("sealed-unreadable") from None


def _cut(content: bytes, *lengths: int) -> list[bytes]:
    pieces, start = [], 0
    for length in lengths:
        pieces.append(content[start : start + length])
        start += length
    return pieces


def _read(plain: bytes) -> dict[str, Any]:
    try:
        value = canonical.read(plain)
    except canonical.Unreadable:
        raise ProblemError("sealed-unreadable") from None
    is_sound = isinstance(value, dict) and value.keys() == MEMBERS and isinstance(value["operations"], list)
    if not is_sound or not (isinstance(value["device"], str) and isinstance(value["hmac"], str)):
        raise ProblemError("sealed-unreadable")
    return dict(value)


def _are_numbered(operations: Sequence[Json]) -> bool:
    """Whether these are operations as a batch has them (P15), and not too many."""
    numbers: list[Any] = [operation.get("n") if isinstance(operation, dict) else None for operation in operations]
    is_each = len(numbers) <= OPERATIONS_MAX and all(map(canonical.is_integer, numbers))
    return is_each and all(earlier < later for earlier, later in zip([0, *numbers], numbers, strict=False))
