"""What the server holds after the phone's weeks without a network, against what the phone recorded: all, once, the same."""

import json
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageStat

from sync import canonical
from tests.faults.crossing import Crossing
from tests.faults.field_month import Month
from tests.faults.office import Office
from tests.faults.photo_roll import HEIGHT, WIDTH
from tests.faults.stored import Rows

Wire = dict[str, Any]
SMALL = (80, 60)
# mean difference of a pixel, of 255, after the server's own encoding; two pictures of the roll differ by 20 and more
UNLIKE = 4.0


def before(month: Month, held: Wire) -> Iterator[str]:
    """What the phone does not hold although it said that it did; `held`: its contents before it was connected."""
    if len(held["outbox"]) != month.operations:
        yield f"{len(held['outbox'])} operations in the outbox, {month.operations} were made"
    wanted = {record: told["fields"]["sha256"] for record, told in month.expected.items() if told["kind"] == "photo"}
    if dict(held["hashes"]) != wanted:
        yield "the photos on the phone are not those that were taken"


def on_phone(month: Month, left: Wire, office: Office) -> Iterator[str]:
    """What the phone says at the end."""
    if left["outbox"]:
        yield f"{len(left['outbox'])} operations are still in the outbox"
    states = Counter(state for _, state, _ in left["photos"])
    photos = sum(told["kind"] == "photo" for told in month.expected.values())
    if states != Counter({"received": photos} if photos else {}):
        yield f"photos on the phone: {dict(states)}"
    copies = {record["id"]: record for record in left["records"]}
    unlike = [record for record in month.expected if copies.get(record) != office.records.get(record)]
    if unlike:
        yield f"{len(unlike)} copies on the phone are not the server's records, the first {unlike[0]}"


def in_log(rows: Rows, device: str, held: Wire) -> Iterator[str]:
    """Every operation that waited is in the log exactly once, as it was made."""
    log = rows.read(f"SELECT n, fork, status, code, hash FROM operation WHERE device = '{device}'")
    counts = Counter((row.n, row.hash) for row in log)
    wanted = {(operation["n"], canonical.digest(canonical.write(operation))) for operation in held["outbox"]}
    for key in wanted:
        if counts[key] != 1:
            yield f"operation {key[0]} is in the log {counts[key]} times"
    if extra := counts.keys() - wanted:
        yield f"{len(extra)} operations in the log were never made"
    if odd := [row for row in log if row.fork or row.status != "accepted"]:
        yield f"{len(odd)} operations are not simply accepted, the first {odd[0].n}: {odd[0].code}"


def in_records(month: Month, device: str, office: Office) -> Iterator[str]:
    """Every record with the values that were set last, none beside them."""
    made = {record for record, wire in office.records.items() if wire["created"]["device"] == device}
    if extra := made - month.expected.keys():
        yield f"{len(extra)} records were never made"
    for record, told in month.expected.items():
        wire = office.records.get(record)
        if wire is None:
            yield f"{told['kind']} {record} is not on the server"
        elif wire["kind"] != told["kind"] or {name: head[0] for name, head in wire["fields"].items()} != told["fields"]:
            yield f"{told['kind']} {record} is not what was recorded"
        elif wire["siblings"]:
            yield f"{told['kind']} {record} has a conflict, and one phone alone wrote it"


def in_pictures(month: Month, paths: dict[str, Path], rows: Rows, office: Office, crossing: Crossing) -> Iterator[str]:
    """Every photo once, of the very bytes that the phone holds, and served as the same picture."""
    wanted = {record: told["fields"]["sha256"] for record, told in month.expected.items() if told["kind"] == "photo"}
    kept = Counter((row.record, row.sha256) for row in rows.read("SELECT record, sha256 FROM photo"))
    if kept != Counter(wanted.items()):
        yield f"{len(wanted)} photos were taken, {kept.total()} have their receipt"
    if crossing.photos.keys() != set(wanted.values()):
        yield f"{len(crossing.photos)} photos crossed the link, {len(wanted)} were taken"
    for digest in crossing.unlike():
        yield f"the bytes of {digest[:12]} that the server took are not the phone's"
    for digest in wanted.values():
        if not is_same_picture(office.picture(digest), paths[digest].read_bytes()):
            yield f"{digest[:12]} is served as another picture"


def is_same_picture(served: bytes, taken: bytes) -> bool:
    """Of the right size, and alike when both are made small."""
    pictures = [Image.open(BytesIO(content)) for content in (served, taken)]
    if any(picture.size != (WIDTH, HEIGHT) for picture in pictures):
        return False
    small = [picture.convert("L").resize(SMALL, Image.Resampling.BOX) for picture in pictures]
    return ImageStat.Stat(ImageChops.difference(*small)).mean[0] < UNLIKE


def canonical_bytes(held: Wire) -> int:
    """What the waiting operations come to as JSON."""
    return sum(
        len(json.dumps(operation, ensure_ascii=False, separators=(",", ":")).encode()) for operation in held["outbox"]
    )
