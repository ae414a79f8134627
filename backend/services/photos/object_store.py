"""Photos as objects in a bucket that speaks S3. A put is durable when the bucket's server has said so."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from obstore.exceptions import BaseError
from obstore.store import S3Store

from backend.bucket import read_bucket
from backend.services.photos.store import PART_FOLDER, NotStored, StoreFailed, StoreFull

# short: a caller waits, and comes again by itself
CONNECT_S_MAX: Final = 3
REQUEST_S_MAX: Final = 15
RETRIES_MAX: Final = 2
RETRYING_S_MAX: Final = 10
# how servers of S3 say that there is no room, in the status line or in the code of their answer
NO_ROOM: Final = ("507 Insufficient Storage", "StorageFull", "InsufficientCapacity", "QuotaExceeded")
NO_BUCKET: Final = "NoSuchBucket"


class ObjectStore:
    """Names are keys in one bucket, below its prefix."""

    def __init__(self, url: str) -> None:
        bucket = read_bucket(url)
        self._address = f"s3://{bucket.endpoint.partition('//')[2]}/{bucket.name}/{bucket.prefix or ''}"
        self._objects = S3Store(
            bucket.name,
            prefix=bucket.prefix,
            endpoint=bucket.endpoint,
            region=bucket.region,
            access_key_id=bucket.key,
            secret_access_key=bucket.secret,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": bucket.endpoint.startswith("http:"),
                "connect_timeout": timedelta(seconds=CONNECT_S_MAX),
                "timeout": timedelta(seconds=REQUEST_S_MAX),
            },
            retry_config={"max_retries": RETRIES_MAX, "retry_timeout": timedelta(seconds=RETRYING_S_MAX)},
        )

    def put(self, name: str, content: bytes) -> None:
        with _failures():
            self._objects.put(name, content, use_multipart=False)

    def get(self, name: str) -> bytes:
        with _failures():
            try:
                return bytes(self._objects.get(name).bytes())
            except FileNotFoundError as error:
                if NO_BUCKET in str(error):
                    raise
                raise NotStored(name) from None

    def has(self, name: str) -> bool:
        with _failures():
            try:
                self._objects.head(name)
            except FileNotFoundError:
                # also where there is no bucket at all, for HEAD is answered without words: then the put will tell
                return False
            return True

    def delete(self, names: Iterable[str]) -> None:
        with _failures():
            for name in names:
                try:
                    self._objects.delete(name)
                except FileNotFoundError as error:
                    if NO_BUCKET in str(error):
                        raise

    def parts_before(self, moment_ms: int) -> Iterator[str]:
        with _failures():
            for page in self._objects.list(f"{PART_FOLDER}/"):
                for found in page:
                    if found["last_modified"].timestamp() * 1000 < moment_ms:
                        yield found["path"]

    def refuse_when_low(self) -> None:
        """A bucket says so itself, by refusing."""

    def describe(self) -> str | None:
        return self._address


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        text = str(error)
        # its first line says what was asked and answered; the rest repeats it for programmers
        raise (StoreFull if any(word in text for word in NO_ROOM) else StoreFailed)(text.partition("\n")[0]) from None
