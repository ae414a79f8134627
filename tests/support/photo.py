"""Pictures made by code, and a caller that sends them by tus."""

import base64
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from tests.support.reading import Desk

TUS = {"Tus-Resumable": "1.0.0"}
OCTETS = "application/offset+octet-stream"
UPLOADS = "/api/v1/uploads"


def picture(width: int = 160, height: int = 120, *, seed: int = 1, mode: str = "RGB") -> Image.Image:
    """Noise that no encoder makes small, the same for the same seed."""
    bands = {"L": 1, "RGB": 3, "CMYK": 4}[mode]
    return Image.frombytes(mode, (width, height), random.Random(seed).randbytes(width * height * bands))


def jpeg(width: int = 160, height: int = 120, *, seed: int = 1, mode: str = "RGB", **options: Any) -> bytes:
    """A JPEG as an encoder writes it."""
    return encoded(picture(width, height, seed=seed, mode=mode), **options)


def encoded(image: Image.Image, file_format: str = "JPEG", **options: Any) -> bytes:
    written = BytesIO()
    image.save(written, file_format, **options)
    return written.getvalue()


def padded(content: bytes, bytes_: int) -> bytes:
    """The same picture with comments before its end, exactly so many bytes long."""
    filled, missing = bytearray(content[:-2]), bytes_ - len(content)
    while missing:
        step = missing if missing <= 60_004 else 60_000
        filled += b"\xff\xfe" + (step - 2).to_bytes(2, "big") + b" " * (step - 4)
        missing -= step
    return bytes(filled) + content[-2:]


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of a JPEG's segments before its first scan."""
    at = 2
    while content[at + 1] != 0xDA:
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        yield content[at + 1], content[at + 4 : at + 2 + length]
        at += 2 + length


def metadata(record: str, sha256: str) -> str:
    pairs = {"sha256": sha256, "record": record}
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


def checksum(content: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def code_of(response: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    assert response.content_type == "application/problem+json", response.get_data(as_text=True)
    return response.status_code, response.get_json()["type"].removeprefix("/problems/")


@dataclass
class Sender:
    """One user's phone as it sends photos."""

    desk: Desk
    user: str

    def photo(self, content: bytes, **values: Any) -> str:
        """A photo record that names these bytes; its id."""
        told = {"sha256": sha256_of(content), "bytes": len(content)} | values
        return self.desk.write(self.user, "photo", told)

    def ask(self, method: str, path: str = "", body: bytes = b"", **headers: str) -> Any:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        own = self.desk.who(self.user).headers | TUS | names
        return self.desk.app.test_client().open(f"{UPLOADS}{path}", method=method, data=body, headers=own)

    def create(self, record: str, content: bytes, *, sha256: str | None = None, length: int | None = None) -> Any:
        named = metadata(record, sha256 or sha256_of(content))
        given = len(content) if length is None else length
        return self.ask("POST", Upload_Length=str(given), Upload_Metadata=named)

    def begin(self, record: str, content: bytes) -> str:
        """The path of a new upload below the uploads."""
        response = self.create(record, content)
        assert response.status_code == 201, response.get_data(as_text=True)
        location: str = response.headers["Location"]
        assert location.startswith(f"{UPLOADS}/")
        return location.removeprefix(UPLOADS)

    def patch(self, path: str, offset: int, body: bytes, **headers: str) -> Any:
        return self.ask("PATCH", path, body, Upload_Offset=str(offset), Content_Type=OCTETS, **headers)

    def offset(self, path: str) -> int:
        response = self.ask("HEAD", path)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        return int(response.headers["Upload-Offset"])

    def send(self, record: str, content: bytes, part_bytes: int = 64 * 1024) -> Any:
        """Everything, part after part; the last answer."""
        path = self.begin(record, content)
        response: Any = None
        for start in range(0, len(content), part_bytes):
            response = self.patch(path, start, content[start : start + part_bytes])
            if response.status_code != 204:
                break
        return response

    def keep(self, content: bytes, **values: Any) -> str:
        """A photo record whose bytes have arrived; its id."""
        record = self.photo(content, **values)
        response = self.send(record, content)
        assert response.status_code == 204, response.get_data(as_text=True)
        return record
