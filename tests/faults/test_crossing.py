"""The account of the link: what counts as sent again, and what does not."""

import base64
import gzip
import hashlib
import json

import pytest

from tests.faults.crossing import Crossing, Exchange

CONTENT = bytes(range(250)) * 4
DIGEST = hashlib.sha256(CONTENT).hexdigest()
HALF = 500


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    told = {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    return request("HTTP/1.1", f"{status}", body, **headers).replace(b" HTTP/1.1\r\n", b" Said\r\n", 1)


def create(exchange: Exchange, number: int = 1) -> str:
    named = f"sha256 {base64.b64encode(DIGEST.encode()).decode()},record {base64.b64encode(b'r').decode()}"
    exchange.up.feed(request("POST", "/api/v1/uploads", Upload_Length=str(len(CONTENT)), Upload_Metadata=named))
    exchange.down.feed(answer(201, Location=f"/api/v1/uploads/{number}"))
    return f"/api/v1/uploads/{number}"


def part(path: str, start: int, end: int) -> bytes:
    return request("PATCH", path, CONTENT[start:end], Upload_Offset=str(start))


def push(*numbers: int) -> bytes:
    body = gzip.compress(json.dumps({"operations": [{"n": number} for number in numbers]}).encode())
    return request("POST", "/api/v1/sync", body, Content_Encoding="gzip")


@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_a_photo_in_parts_is_read_whole_however_it_is_cut_into_pieces(piece: int) -> None:
    crossing = Crossing()
    exchange = crossing.open()
    path = create(exchange)
    for start in (0, HALF):
        sent, said = part(path, start, start + HALF), answer(204, Upload_Offset=str(start + HALF))
        for at in range(0, len(sent), piece):
            exchange.up.feed(sent[at : at + piece])
        for at in range(0, len(said), piece):
            exchange.down.feed(said[at : at + piece])
    assert crossing.unlike() == []
    assert crossing.resent == []


def test_a_part_that_nobody_confirmed_may_be_sent_again() -> None:
    crossing = Crossing()
    first = crossing.open()
    path = create(first)
    first.up.feed(part(path, 0, HALF)[:-100])
    first.cut()
    second = crossing.open()
    second.up.feed(request("HEAD", path))
    second.down.feed(answer(200, Upload_Offset="0"))
    second.up.feed(part(path, 0, HALF))
    assert crossing.resent == []
    assert crossing.torn_bytes == HALF - 100


def test_a_part_that_was_answered_too_late_counts_and_not_the_torn_one_after_it() -> None:
    crossing = Crossing()
    first = crossing.open()
    path = create(first)
    first.up.feed(part(path, 0, HALF))
    first.cut()
    second = crossing.open()
    second.up.feed(request("HEAD", path))
    second.down.feed(answer(200, Upload_Offset="0"))
    second.up.feed(part(path, 0, HALF)[:-100])
    second.cut()
    third = crossing.open()
    third.up.feed(request("HEAD", path))
    third.down.feed(answer(200, Upload_Offset=str(HALF)))
    third.up.feed(part(path, HALF, len(CONTENT)))
    third.down.feed(answer(204, Upload_Offset=str(len(CONTENT))))
    assert crossing.unlike() == []
    assert crossing.resent == []


def test_what_a_later_offset_shows_to_be_there_must_not_be_sent_again() -> None:
    crossing = Crossing()
    first = crossing.open()
    path = create(first)
    first.up.feed(part(path, 0, HALF))
    first.cut()
    second = crossing.open()
    second.up.feed(request("HEAD", path))
    second.down.feed(answer(200, Upload_Offset=str(HALF)))
    second.up.feed(part(path, 0, HALF))
    assert len(crossing.resent) == 1


def test_beginning_anew_sends_again_what_the_first_upload_had_brought() -> None:
    crossing = Crossing()
    exchange = crossing.open()
    exchange.up.feed(part(create(exchange, 1), 0, HALF))
    exchange.down.feed(answer(204, Upload_Offset=str(HALF)))
    exchange.up.feed(part(create(exchange, 2), 0, HALF))
    assert len(crossing.resent) == 1


def test_other_bytes_than_the_hash_names_are_noticed() -> None:
    crossing = Crossing()
    exchange = crossing.open()
    path = create(exchange)
    exchange.up.feed(request("PATCH", path, bytes(len(CONTENT)), Upload_Offset="0"))
    exchange.down.feed(answer(204, Upload_Offset=str(len(CONTENT))))
    assert crossing.unlike() == [DIGEST]


def test_a_batch_counts_as_repeated_once_the_server_has_received_it() -> None:
    crossing = Crossing()
    exchange = crossing.open()
    exchange.up.feed(push(1, 2))
    exchange.down.feed(answer(401))
    exchange.up.feed(push(1, 2))
    assert crossing.repeated_batches == 0
    exchange.cut()
    again = crossing.open()
    again.up.feed(push(1, 2, 3))
    again.down.feed(answer(200))
    assert (crossing.batches, crossing.repeated_batches, crossing.repeated_operations) == (3, 1, 2)
