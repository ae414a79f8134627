"""The address of a bucket (`DIABAN_PHOTO_STORE_URL`): s3://key:secret@host:port/bucket?region=…&tls=no&prefix=…"""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

FORM: Final = "s3://key:secret@host:port/bucket"
OPTIONS: Final = ("prefix", "region", "tls")
# the rule of S3: lower case, so that a name works in an address
BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
PREFIX: Final = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where it is, and the key to it."""

    endpoint: str
    name: str
    region: str
    prefix: str | None
    key: str = field(repr=False)
    secret: str = field(repr=False)


def read_bucket(url: str) -> Bucket:
    """The bucket of an address. Raises ValueError that says what is wrong, and never repeats the secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        # Python's own sentence repeats the address, with the secret in it
        raise ValueError(f"has key or secret that are not percent-encoded; its form is {FORM}") from None
    if parts.scheme != "s3":
        raise ValueError(f"must have the form {FORM}")
    if not (parts.username and parts.password):
        raise ValueError(f"names no key and secret; its form is {FORM}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("has a port that is none") from None
    if not host:
        raise ValueError(f"names no host; its form is {FORM}")
    bucket = parts.path.strip("/")
    if not BUCKET.fullmatch(bucket):
        raise ValueError("names no bucket after the host: 3 to 63 of a-z, 0-9, dot and hyphen")
    options = _options(parts.query)
    scheme = "http" if options.get("tls", "yes") == "no" else "https"
    address = f"[{host}]" if ":" in host else host
    return Bucket(
        endpoint=f"{scheme}://{address}" + (f":{port}" if port else ""),
        name=bucket,
        region=options.get("region", "us-east-1"),
        prefix=options.get("prefix"),
        key=unquote(parts.username),
        secret=unquote(parts.password),
    )


def _options(query: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    if len(options) < len(pairs) or options.keys() - set(OPTIONS):
        raise ValueError(f"has an option twice, or one that is none of: {', '.join(OPTIONS)}")
    if options.get("tls", "yes") not in ("yes", "no"):
        raise ValueError("has an option tls that is neither yes nor no")
    if "region" in options and not re.fullmatch(r"[a-z0-9-]+", options["region"]):
        raise ValueError("has an option region that is none")
    if "prefix" in options and not PREFIX.fullmatch(options["prefix"]):
        raise ValueError("has an option prefix that is no path of letters, digits, hyphens and slashes")
    return options
