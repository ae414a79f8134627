"""The phone's side of a sealed file (P29), after docs/sealed-file.md and nothing else."""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sync import canonical

CURVE = ec.SECP256R1()


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(slots=True)
class Fresh:
    """What is never used twice."""

    ephemeral: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    salt: bytes = field(default_factory=lambda: os.urandom(16))
    nonce: bytes = field(default_factory=lambda: os.urandom(12))


def seal(key: dict[str, str], device: str, secret: str, operations: Sequence[Any]) -> bytes:
    """A file of `operations`; `key` is what `GET /api/v1/sealing-key` answered."""
    signed = {"device": device, "operations": list(operations)}
    mac = hmac.digest(bytes_of(secret), canonical.write(signed).encode(), hashlib.sha256)
    return seal_text(key, json.dumps({**signed, "hmac": text_of(mac)}).encode())


def seal_text(server: dict[str, str], plain: bytes, fresh: Fresh | None = None, **members: Any) -> bytes:
    """A file around any bytes; `members` stand in the header instead of the right ones."""
    fresh = fresh or Fresh()
    point = fresh.ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    header = {
        "sealed": 1, "key": server["id"], "ephemeral": text_of(point), "salt": text_of(fresh.salt),
        "nonce": text_of(fresh.nonce),
    } | members  # fmt: skip
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, bytes_of(server["key"]))
    shared = fresh.ephemeral.exchange(ec.ECDH(), theirs)
    cipher_key = HKDF(SHA256(), 32, fresh.salt, b"diaban sealed file 1").derive(shared)
    content = AESGCM(cipher_key).encrypt(fresh.nonce, plain, canonical.write(header).encode())
    return json.dumps({**header, "content": text_of(content)}).encode()
