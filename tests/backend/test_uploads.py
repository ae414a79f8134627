"""Uploads of photos (P23, A20): resumed where they stood, never mixed, whole or gone."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from backend.config import Settings
from backend.database import reading, writing
from backend.models import Assignment, Photo, Upload, UploadPart
from backend.services.photos import uploads
from sync.limits import PHOTO_BYTES_MAX
from tests.support.photo import Sender, checksum, code_of, jpeg, metadata, padded, sha256_of
from tests.support.reading import Desk, at, open_desk
from tests.support.world import PHONG_DIEN, id_of, sign_in

CONTENT = jpeg(400, 300)
PARTS = [CONTENT[start : start + 9_000] for start in range(0, len(CONTENT), 9_000)]


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    with open_desk(settings, at("2026-11-23")) as opened:
        yield opened


@pytest.fixture
def an(desk: Desk) -> Sender:
    return Sender(desk, "an")


def files(desk: Desk) -> list[Path]:
    root = desk.app.extensions["diaban_settings"].instance_dir / "photos"
    return sorted(path for path in root.rglob("*") if path.is_file())


def count(desk: Desk, model: Any) -> int:
    with desk.app.app_context(), reading() as connection:
        return connection.execute(select(func.count()).select_from(model)).scalar_one()


def nothing_is_left(desk: Desk) -> bool:
    return not files(desk) and (count(desk, Upload), count(desk, UploadPart), count(desk, Photo)) == (0, 0, 0)


def test_a_photo_in_parts_gets_its_receipt_with_the_last(desk: Desk, an: Sender) -> None:
    patrol = desk.write("an", "patrol", {"officers": 2})
    record = an.photo(CONTENT, parent=patrol)
    expected = {"id": record, "sha256": sha256_of(CONTENT), "received": False}
    path = an.begin(record, CONTENT)
    offset = 0
    for part in PARTS:
        assert an.offset(path) == offset
        assert desk.ask("an", f"/records/{patrol}")["photos"] == [expected]
        response = an.patch(path, offset, part)
        offset += len(part)
        assert (response.status_code, response.headers["Upload-Offset"]) == (204, str(offset))
        assert response.headers["Tus-Resumable"] == "1.0.0"
        assert ("Upload-Expires" in response.headers) is (offset < len(CONTENT))
    assert desk.ask("an", f"/records/{patrol}")["photos"] == [expected | {"received": True}]
    assert desk.ask("an", "/feed")["items"][0]["photos"] == [expected | {"received": True}]
    # the picture and its thumbnail, and nothing of the parts
    assert (len(files(desk)), count(desk, UploadPart)) == (2, 0)
    assert an.offset(path) == len(CONTENT)


def test_options_say_what_is_spoken(desk: Desk, an: Sender) -> None:
    for path in ("", "/whatever"):
        answer = desk.app.test_client().options(f"/api/v1/uploads{path}")
        assert answer.status_code in (200, 204)
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert {"creation", "checksum", "expiration"} <= set(answer.headers["Tus-Extension"].split(","))
        assert {"sha1", "sha256"} <= set(answer.headers["Tus-Checksum-Algorithm"].split(","))
        assert answer.headers["Tus-Max-Size"] == str(2 * 1024 * 1024)


def test_a_new_upload_says_how_long_it_is_kept(an: Sender) -> None:
    record = an.photo(CONTENT)
    response = an.create(record, CONTENT)
    assert response.headers["Upload-Expires"] == "Thu, 26 Nov 2026 01:00:00 GMT"
    told = an.ask("HEAD", response.headers["Location"].removeprefix("/api/v1/uploads")).headers
    assert (told["Upload-Offset"], told["Upload-Length"]) == ("0", str(len(CONTENT)))
    assert told["Upload-Metadata"] == metadata(record, sha256_of(CONTENT))


def test_a_wrong_offset_stores_nothing(desk: Desk, an: Sender) -> None:
    """A20."""
    path = an.begin(an.photo(CONTENT), CONTENT)
    assert an.patch(path, 0, PARTS[0]).status_code == 204
    before = files(desk)
    for offset in (0, 1, len(PARTS[0]) - 1, len(PARTS[0]) + 1, len(CONTENT)):
        assert code_of(an.patch(path, offset, PARTS[1])) == (409, "offset-wrong")
    assert (an.offset(path), files(desk)) == (len(PARTS[0]), before)
    for nonsense in ("", "-1", "x", "1.0", "01", "٣", "99999999999"):
        assert code_of(an.ask("PATCH", path, PARTS[1], Upload_Offset=nonsense))[1] == "parameter-invalid"


def test_a_part_whose_answer_was_lost_is_not_taken_twice(desk: Desk, an: Sender) -> None:
    """A20: a PATCH is replayed."""
    record = an.photo(CONTENT)
    path, offset = an.begin(record, CONTENT), 0
    for part in PARTS:
        assert an.patch(path, offset, part).status_code == 204
        assert code_of(an.patch(path, offset, part)) == (409, "offset-wrong")
        offset += len(part)
        assert an.offset(path) == offset
    assert count(desk, Photo) == 1
    assert desk.get("an", f"/photos/{sha256_of(CONTENT)}").status_code == 200


def race(an: Sender, path: str, offset: int, bodies: list[bytes]) -> list[int]:
    """The statuses of parts that are sent at the same moment."""
    statuses = [0] * len(bodies)
    ready = threading.Barrier(len(bodies))
    an.desk.who(an.user)

    def send(index: int) -> None:
        ready.wait(30)
        statuses[index] = an.patch(path, offset, bodies[index]).status_code

    threads = [threading.Thread(target=send, args=(index,)) for index in range(len(bodies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(statuses)


def test_of_parts_sent_at_once_one_wins_and_none_mixes(desk: Desk, an: Sender) -> None:
    """A20. The others carry other bytes: had they been near the winner's, its hash would not be right."""
    whole = jpeg(200, 150, seed=7)
    path, offset, step = an.begin(an.photo(whole), whole), 0, 5_000
    while offset + step < len(whole):
        part = whole[offset : offset + step]
        assert race(an, path, offset, [part, part, part]) == [204, 409, 409]
        offset += step
        assert (an.offset(path), len(files(desk))) == (offset, offset // step)
    assert race(an, path, offset, [whole[offset:]] * 3) == [204, 409, 409]
    assert (count(desk, Photo), len(files(desk))) == (1, 2)


def test_a_loser_with_other_bytes_leaves_the_winner_whole(desk: Desk, an: Sender) -> None:
    part, junk = CONTENT[:9_000], b"x" * 9_000
    for round_ in range(4):
        content = CONTENT[:-2] + bytes([0xFF, 0xFE, 0, 3, round_]) + CONTENT[-2:]
        path = an.begin(an.photo(content), content)
        assert race(an, path, 0, [part, junk]) == [204, 409]
        last = an.patch(path, 9_000, content[9_000:])
        # whichever won, what is kept is all of one: a photo, or bytes that are not those of the hash
        assert last.status_code in (204, 460)
        kept = [file.read_bytes() for file in files(desk)]
        assert all(each.startswith(b"\xff\xd8\xff") for each in kept)


def test_the_race_is_seen_where_nobody_compares(desk: Desk, an: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control: without the comparison more than one part is taken, or falls over the other."""

    def advance(connection: Any, upload: uploads.Standing, reached: int, now_ms: int) -> None:
        moved = update(Upload).where(Upload.id == upload.id).values(received_bytes=reached, changed_ms=now_ms)
        connection.execute(moved)

    monkeypatch.setattr(uploads, "advance", advance)
    seen = []
    for seed in range(6):
        content = jpeg(120, 100, seed=seed)
        path = an.begin(an.photo(content), content)
        seen.append(race(an, path, 0, [content[:2_000]] * 3))
    assert any(statuses != [204, 409, 409] for statuses in seen)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_part_with_a_wrong_checksum_is_not_kept(desk: Desk, an: Sender, algorithm: str) -> None:
    path = an.begin(an.photo(CONTENT), CONTENT)
    wrong = an.patch(path, 0, PARTS[0], Upload_Checksum=checksum(b"other", algorithm))
    assert code_of(wrong) == (460, "checksum-wrong")
    assert (an.offset(path), files(desk)) == (0, [])
    assert an.patch(path, 0, PARTS[0], Upload_Checksum=checksum(PARTS[0], algorithm)).status_code == 204
    for nonsense in ("md5 AAAA", "sha256", "sha256 ?", ""):
        refused = an.patch(path, len(PARTS[0]), PARTS[1], Upload_Checksum=nonsense)
        assert refused.status_code in (400, 460), nonsense
    assert an.offset(path) == len(PARTS[0])


def test_bytes_that_are_not_those_of_the_hash_are_let_go_of(desk: Desk, an: Sender) -> None:
    record = an.photo(CONTENT)
    path = an.begin(record, CONTENT)
    assert an.patch(path, 0, CONTENT[:9_000]).status_code == 204
    refused = an.patch(path, 9_000, jpeg(400, 300, seed=2)[9_000 : len(CONTENT)].ljust(len(CONTENT) - 9_000, b"\0"))
    assert code_of(refused) == (460, "photo-mismatch")
    assert nothing_is_left(desk)
    assert an.ask("HEAD", path).status_code == 404
    # the phone begins anew
    assert an.send(record, CONTENT).status_code == 204


def test_an_upload_is_nobody_elses(desk: Desk, an: Sender) -> None:
    """Another user of the unit, another phone of the same user, another unit, a reader, an administrator."""
    record = an.photo(CONTENT)
    path = an.begin(record, CONTENT)
    own_other_phone = Desk(desk.app, desk.now_ms)
    own_other_phone.signed_in["an"] = sign_in(desk.app, "an", "z" * 16)
    strangers = [Sender(desk, user) for user in ("binh", "chi", "tam", "dung", "giang", "lan", "quan")]
    for stranger in [*strangers, Sender(own_other_phone, "an")]:
        assert stranger.ask("HEAD", path).status_code == 404
        assert code_of(stranger.patch(path, 0, PARTS[0])) == (404, "not-found")
        assert code_of(stranger.ask("DELETE", path)) == (404, "not-found")
    assert an.offset(path) == 0
    for user in ("dung", "lan", "quan", "giang"):
        assert code_of(Sender(desk, user).create(record, CONTENT)) == (404, "not-found")
    # whoever may write photos in the unit may send the bytes of one
    assert Sender(desk, "tam").create(record, CONTENT).status_code == 201


def test_bytes_are_taken_only_for_a_photo_record_that_names_them(desk: Desk, an: Sender) -> None:
    patrol = desk.write("an", "patrol", {"officers": 1})
    record = an.photo(CONTENT)
    absent = "0193a0e0-0000-7000-8000-000000000000"
    for named, sha256 in ((patrol, None), (absent, None), (record, "0" * 64)):
        assert code_of(an.create(named, CONTENT, sha256=sha256)) == (404, "not-found")
    silent = desk.write("an", "photo", {"caption": "không có mã"})
    assert code_of(an.create(silent, CONTENT)) == (404, "not-found")
    assert count(desk, Upload) == 0


def test_who_lost_the_unit_cannot_go_on(desk: Desk, an: Sender) -> None:
    path = an.begin(an.photo(CONTENT), CONTENT)
    with desk.app.app_context(), writing() as connection:
        moved = update(Assignment).where(Assignment.user == id_of("an")).values(area=PHONG_DIEN)
        connection.execute(moved)
    assert an.ask("HEAD", path).status_code == 404
    assert code_of(an.patch(path, 0, PARTS[0])) == (404, "not-found")


def test_bytes_that_the_unit_has_are_not_sent_again(desk: Desk, an: Sender) -> None:
    an.keep(CONTENT)
    again = Sender(desk, "binh")
    record = again.photo(CONTENT)
    answer = again.create(record, CONTENT)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(len(CONTENT)))
    assert "Upload-Expires" not in answer.headers
    assert again.offset(answer.headers["Location"].removeprefix("/api/v1/uploads")) == len(CONTENT)
    assert (count(desk, Photo), len(files(desk))) == (2, 2)
    # another unit has them only when it has sent them itself, and learns nothing before
    far = Sender(desk, "dung")
    elsewhere = desk.write("dung", "photo", {"sha256": sha256_of(CONTENT)}, PHONG_DIEN)
    assert far.create(elsewhere, CONTENT).headers["Upload-Offset"] == "0"
    assert desk.problem("dung", f"/photos/{sha256_of(CONTENT)}") == (404, "not-found")
    assert far.send(elsewhere, CONTENT).status_code == 204
    assert len(files(desk)) == 4


def test_headers_are_read_strictly(desk: Desk, an: Sender) -> None:
    record = an.photo(CONTENT)
    good = metadata(record, sha256_of(CONTENT))
    for length in ("", "-1", "x", "0", "1e3", "٣"):
        assert code_of(an.ask("POST", Upload_Length=length, Upload_Metadata=good)) == (400, "parameter-invalid")
    bad = ["", "sha256", "sha256 AAAA,record AAAA", good.replace("sha256", "sha1"), f"{good},{good}", "x" * 2_000]
    for text in [*bad, metadata(record, sha256_of(CONTENT).upper()), metadata(record.upper(), sha256_of(CONTENT))]:
        answer = an.ask("POST", Upload_Length="10", Upload_Metadata=text)
        assert code_of(answer) == (400, "parameter-invalid"), text
        assert "Upload-Metadata" in answer.get_json()["title"]
    more = an.ask("POST", Upload_Length="10", Upload_Metadata=f"filename YS5qcGc=,{good},is_confidential")
    assert more.status_code == 201
    for version in ("", "0.2.2", "1.0.1"):
        answer = an.ask("POST", Tus_Resumable=version, Upload_Length="10", Upload_Metadata=good)
        assert (code_of(answer), answer.headers["Tus-Version"]) == ((412, "tus-unsupported"), "1.0.0")
    path = an.begin(record, CONTENT)
    other = an.ask("PATCH", path, PARTS[0], Upload_Offset="0", Content_Type="application/octet-stream")
    assert code_of(other) == (415, "media-type-unsupported")


def test_what_is_too_long_is_refused_before_it_is_sent(desk: Desk, an: Sender) -> None:
    record = an.photo(CONTENT)
    assert code_of(an.create(record, CONTENT, length=PHOTO_BYTES_MAX + 1)) == (413, "photo-too-large")
    assert an.create(record, CONTENT, length=PHOTO_BYTES_MAX).status_code == 201
    path = an.begin(record, CONTENT)
    assert code_of(an.patch(path, 0, CONTENT + b"x")) == (413, "body-too-large")
    assert an.patch(path, 0, PARTS[0]).status_code == 204
    assert code_of(an.patch(path, 9_000, CONTENT[9_000:] + b"x")) == (413, "body-too-large")
    assert an.offset(path) == 9_000
    assert an.patch(path, 9_000, b"").status_code == 204
    assert an.offset(path) == 9_000


def test_a_photo_of_the_greatest_size_is_taken_whole(desk: Desk, an: Sender) -> None:
    """A plain client of tus sends what is left in one part."""
    filled = padded(jpeg(1_150, 1_000), PHOTO_BYTES_MAX)
    record = an.photo(filled)
    assert an.send(record, filled, PHOTO_BYTES_MAX).status_code == 204


def test_a_device_s_oldest_uploads_make_room(desk: Desk, an: Sender) -> None:
    contents = [jpeg(60, 40, seed=seed) for seed in range(uploads.OPEN_UPLOADS_MAX + 2)]
    paths = []
    for content in contents:
        desk.now_ms += 1_000
        path = an.begin(an.photo(content), content)
        assert an.patch(path, 0, content[:100]).status_code == 204
        paths.append(path)
    found = [an.ask("HEAD", path).status_code for path in paths]
    assert found == [404, 404] + [200] * uploads.OPEN_UPLOADS_MAX
    assert (count(desk, UploadPart), len(files(desk))) == (uploads.OPEN_UPLOADS_MAX,) * 2


def test_a_deleted_upload_is_gone_and_its_photo_stays(desk: Desk, an: Sender) -> None:
    path = an.begin(an.photo(CONTENT), CONTENT)
    an.patch(path, 0, PARTS[0])
    assert an.ask("DELETE", path).status_code == 204
    assert nothing_is_left(desk)
    assert code_of(an.patch(path, len(PARTS[0]), PARTS[1])) == (404, "not-found")
    record = an.photo(CONTENT)
    path = an.begin(record, CONTENT)
    an.patch(path, 0, CONTENT)
    assert an.ask("DELETE", path).status_code == 204
    assert (count(desk, Upload), count(desk, Photo), len(files(desk))) == (0, 1, 2)


def test_a_method_may_be_named_by_a_header(an: Sender) -> None:
    path = an.begin(an.photo(CONTENT), CONTENT)
    named = {"X_HTTP_Method_Override": "PATCH", "Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"}
    assert an.ask("POST", path, PARTS[0], **named).status_code == 204
    assert an.offset(path) == len(PARTS[0])
    assert code_of(an.ask("POST", path, X_HTTP_Method_Override="PUT")) == (405, "method-not-allowed")
    assert an.ask("POST", path, X_HTTP_Method_Override="DELETE").status_code == 204
    assert an.ask("HEAD", path).status_code == 404


def test_a_page_shows_its_header_when_a_cookie_speaks(desk: Desk, an: Sender) -> None:
    record = an.photo(CONTENT)
    token = desk.who("an").token
    client = desk.app.test_client()
    client.set_cookie("diaban", token)
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": metadata(record, sha256_of(CONTENT))}
    assert code_of(client.post("/api/v1/uploads", headers=headers)) == (403, "header-missing")
    assert client.post("/api/v1/uploads", headers=headers | {"X-Diaban": "1"}).status_code == 201
