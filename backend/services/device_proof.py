"""A device proves itself by an HMAC under its secret from registration.

Browsers write cookies to disk late (Chromium up to 30 s): a phone whose process is killed wakes up without its
session, or with a token that is already spent, while its store is whole. Its non-extractable key is in that store,
so it can ask for new tokens without a person.
"""

import base64
import hashlib
import hmac
from typing import Final

# bounds a replay, not a clock: the phone sends its corrected time
WINDOW_MS: Final = 86_400_000


def secret_of(device: str, server_key: str) -> str:
    """The device's secret (base64url, 256 bits), derived and therefore stored nowhere on the server."""
    return _text(hmac.digest(server_key.encode(), f"device {device}".encode(), hashlib.sha256))


def is_proof(device: str, at_ms: int, mac: str, server_key: str, now_ms: int) -> bool:
    """Whether `mac` is the device's own over this request's time."""
    return is_authentic(device, message(device, at_ms), mac, server_key) and abs(now_ms - at_ms) <= WINDOW_MS


def is_authentic(device: str, content: bytes, mac: str, server_key: str) -> bool:
    """Whether `mac` (base64url) is the device's own HMAC over these bytes."""
    secret = base64.urlsafe_b64decode(secret_of(device, server_key) + "=")
    expected = _text(hmac.digest(secret, content, hashlib.sha256))
    return hmac.compare_digest(expected.encode(), mac.encode("utf-8", "replace"))


def message(device: str, at_ms: int) -> bytes:
    """What is authenticated."""
    return f"diaban refresh {device} {at_ms}".encode()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
