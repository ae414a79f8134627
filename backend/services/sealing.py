"""Opening a sealed file (P29); its form is that of docs/sealed-file.md, version 1.

Anybody can seal to a public key, so what comes out counts only once the device's HMAC over it is right.
"""

import base64
import re
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
from backend.services.sealing_keys import CURVE, SealingKey, find_key
from sync import canonical
from sync.canonical import Json

MEDIA_TYPE: Final = "application/vnd.diaban.sealed+json"
VERSION: Final = 1
# of the members in base64url; the content ends with the 16 bytes of AES-GCM's tag
EPHEMERAL_BYTES: Final = 65
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
CIPHER_KEY_BYTES: Final = 32
CONTEXT: Final = b"diaban sealed file 1"
FILE_MEMBERS: Final = {"sealed", "key", "ephemeral", "salt", "nonce", "content"}
MEMBERS: Final = {"device", "operations", "hmac"}
NOT_TEXTS: Final = {"sealed", "operations"}
KEY_ID: Final = re.compile(r"[0-9a-f]{16}")
# editors of text put it in front
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
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
    value = _read(_decrypt(_read(content.removeprefix(BYTE_ORDER_MARK), FILE_MEMBERS), instance_dir), MEMBERS)
    if not isinstance(value["operations"], list):
        raise ProblemError("sealed-unreadable")
    mac = value.pop("hmac")
    try:
        text = canonical.rewrite(value)
    except canonical.NotCanonical:
        raise ProblemError("sealed-unreadable") from None
    if not device_proof.is_authentic(value["device"], text.encode(), mac, server_key):
        raise ProblemError("sealed-not-genuine")
    if not _are_numbered(value["operations"]):
        raise ProblemError("sealed-unreadable")
    return Sealed(**value)


def point_text(key: SealingKey) -> str:
    """The public point as it is given to phones: base64url."""
    return _text(key.point)


def _decrypt(file: dict[str, Any], instance_dir: Path) -> bytes:
    """What was sealed. All members but the content are authenticated with it, as canonical JSON."""
    text = _bytes(file.pop("content"))
    point = _bytes(file["ephemeral"], EPHEMERAL_BYTES)
    salt, nonce = _bytes(file["salt"], SALT_BYTES), _bytes(file["nonce"], NONCE_BYTES)
    # of the forms that a point has, only the uncompressed one begins with 4
    if not canonical.is_integer(file["sealed"]) or file["sealed"] != VERSION or point[0] != 4:
        raise ProblemError("sealed-unreadable")
    key = _key(file["key"], instance_dir)
    try:
        shared = key.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point))
        cipher_key = HKDF(SHA256(), CIPHER_KEY_BYTES, salt, CONTEXT).derive(shared)
        return AESGCM(cipher_key).decrypt(nonce, text, canonical.rewrite(file).encode())
    except (ValueError, InvalidTag):
        raise ProblemError("sealed-unreadable") from None


def _key(key_id: str, instance_dir: Path) -> SealingKey:
    if not KEY_ID.fullmatch(key_id):
        raise ProblemError("sealed-unreadable")
    key = find_key(instance_dir, key_id)
    if key is None:
        raise ProblemError("sealing-key-unknown")
    return key


def _bytes(text: str, length: int | None = None) -> bytes:
    """The bytes of a text in base64url without padding, in its one spelling."""
    try:
        found = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise ProblemError("sealed-unreadable") from None
    if _text(found) != text or (length is not None and len(found) != length):
        raise ProblemError("sealed-unreadable")
    return found


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _read(content: bytes, members: set[str]) -> dict[str, Any]:
    """A JSON object with these members; all are texts but two, which the caller checks."""
    try:
        value = canonical.read(content)
    except canonical.Unreadable:
        raise ProblemError("sealed-unreadable") from None
    if not isinstance(value, dict) or value.keys() != members:
        raise ProblemError("sealed-unreadable")
    if not all(isinstance(value[name], str) for name in members - NOT_TEXTS):
        raise ProblemError("sealed-unreadable")
    return value


def _are_numbered(operations: Sequence[Json]) -> bool:
    """Whether these are operations as a batch has them (P15), and not too many."""
    numbers: list[Any] = [operation.get("n") if isinstance(operation, dict) else None for operation in operations]
    is_each = len(numbers) <= OPERATIONS_MAX and all(map(canonical.is_integer, numbers))
    return is_each and all(earlier < later for earlier, later in zip([0, *numbers], numbers, strict=False))
