"""Lists of hamlets and groups from CSV and XLSX: an error per row, nothing twice, no bombs."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import func, select

from backend.database import reading
from backend.models import Area
from backend.services.area_file import FileUnreadable, TooManyRows, read_rows
from tests.support.world import CAI_KHE, CITY, PHONG_DIEN, QUARTER, build_world, sign_in

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
LIST = "loai,ten,cha\nẤp,Nhơn Lộc,\nẤp,Thị Tứ,\nTổ,1,Ấp Nhơn Lộc\nTổ,1,thi tu\nTổ,2,nhơn lộc\n"


@pytest.fixture
def world(app: Flask) -> Flask:
    build_world(app)
    return app


@pytest.fixture
def headers(world: Flask) -> dict[str, str]:
    return sign_in(world, "quan", "q" * 16).headers


def send(client: FlaskClient, headers: dict[str, str], raw: bytes, kind: str = CSV, **query: str) -> Any:
    query = {"parent": PHONG_DIEN, **query}
    return client.post("/api/v1/areas/import", query_string=query, data=raw, headers={**headers, "Content-Type": kind})


def counts(response: Any) -> tuple[int, int, int]:
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.json["added"], response.json["exists"], response.json["errors"]


def workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def areas_in(app: Flask) -> int:
    with app.app_context(), reading() as connection:
        return int(connection.execute(select(func.count()).select_from(Area)).scalar_one())


def test_a_second_import_changes_nothing(world: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
    before = areas_in(world)
    assert counts(send(client, headers, LIST.encode())) == (5, 0, 0)
    assert areas_in(world) == before + 5
    assert counts(send(client, headers, LIST.encode())) == (0, 5, 0)
    assert areas_in(world) == before + 5


def test_a_dry_run_says_the_same_and_writes_nothing(world: Flask, client: FlaskClient, headers: dict[str, str]) -> None:
    before = areas_in(world)
    dry = send(client, headers, LIST.encode(), dry_run="true")
    assert counts(dry) == (5, 0, 0)
    assert dry.json["dry_run"] is True
    assert areas_in(world) == before
    assert send(client, headers, LIST.encode(), dry_run="false").json == dry.json | {"dry_run": False}


def test_rows_with_faults_are_listed_and_the_others_added(client: FlaskClient, headers: dict[str, str]) -> None:
    rows = "Kind;Name;Parent\nhamlet;A;\n\nxã;B;\nhamlet;;\ngroup;1;Nowhere\ngroup;1;A\nhamlet;a;\nhamlet;" + "x" * 181
    response = send(client, headers, f"\ufeff{rows}".encode())
    assert counts(response) == (2, 1, 4)
    told = {row["row"]: (row["outcome"], row["code"]) for row in response.json["rows"]}
    assert told == {
        2: ("added", None),
        4: ("error", "row-kind-unknown"),
        5: ("error", "row-name-missing"),
        6: ("error", "row-parent-unknown"),
        7: ("added", None),
        8: ("exists", "row-name-taken"),
        9: ("error", "row-value-invalid"),
    }
    assert all(row["detail"] for row in response.json["rows"] if row["code"])


@pytest.mark.parametrize("kind", ["Khu vực", "khu vuc", "KV", "quarter", "Khóm"])
def test_words_of_a_kind(client: FlaskClient, headers: dict[str, str], kind: str) -> None:
    response = send(client, headers, f"Loại,Tên\n{kind},11\n".encode(), parent=CAI_KHE)
    assert response.json["rows"][0]["kind"] == "quarter"


def test_a_workbook_is_read_like_a_text_file(client: FlaskClient, headers: dict[str, str]) -> None:
    rows = [["Loại", "Tên", "Cha"], ["Ấp", "Nhơn Lộc", None], ["Tổ", 1, "Ấp Nhơn Lộc"], ["Tổ", 2.0, "Ấp Nhơn Lộc"]]
    response = send(client, headers, workbook(rows), XLSX)
    assert counts(response) == (3, 0, 0)
    assert [row["name"] for row in response.json["rows"]] == ["Nhơn Lộc", "1", "2"]
    assert [row["row"] for row in response.json["rows"]] == [2, 3, 4]


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff\xfe", b"\x00", b"a,b\n1,2\n", b'loai,ten\n"open', b"PK\x03\x04", b"PK\x03\x04" + b"x" * 500],
)
def test_what_cannot_be_read_is_told(client: FlaskClient, headers: dict[str, str], raw: bytes) -> None:
    response = send(client, headers, raw)
    assert (response.status_code, response.json["errors"][0]["code"]) == (422, "file-unreadable")


def test_limits(client: FlaskClient, headers: dict[str, str]) -> None:
    assert send(client, headers, b"x" * (2 * 1024 * 1024 + 1)).status_code == 413
    assert send(client, headers, b"loai,ten\n" + b"to,1\n" * 5001).status_code == 413
    assert send(client, headers, LIST.encode(), "application/json").status_code == 415
    assert send(client, headers, LIST.encode(), parent=CITY).status_code == 422
    assert send(client, headers, LIST.encode(), parent=QUARTER).status_code == 422
    assert send(client, headers, LIST.encode(), dry_run="maybe").status_code == 400
    response = client.post("/api/v1/areas/import", data=LIST.encode(), headers={**headers, "Content-Type": CSV})
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("user", "own", "foreign"), [("chi", 200, 404), ("an", 403, 403), ("giang", 403, 403), ("lan", 403, 403)]
)
def test_who_may_import(world: Flask, client: FlaskClient, user: str, own: int, foreign: int) -> None:
    headers = sign_in(world, user, "w" * 16).headers
    raw = b"loai,ten\nkhu vuc,11\n"
    assert send(client, headers, raw, parent=CAI_KHE).status_code == own
    assert send(client, headers, raw, parent=PHONG_DIEN).status_code == foreign


def zipped(sheet: bytes, members: int = 0) -> bytes:
    """A minimal workbook around one sheet, its size hidden by compression."""
    whole = io.BytesIO(workbook([["loai", "ten"], ["to", 1]]))
    packed = io.BytesIO()
    with zipfile.ZipFile(whole) as given, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        for member in given.infolist():
            content = sheet if member.filename == "xl/worksheets/sheet1.xml" else given.read(member)
            bomb.writestr(member.filename, content)
        for number in range(members):
            bomb.writestr(f"xl/{number}", b"")
    return packed.getvalue()


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zipped(b" " * (33 * 1024 * 1024))
    assert len(bomb) < 100_000
    with pytest.raises(FileUnreadable):
        read_rows(bomb)
    with pytest.raises(FileUnreadable):
        read_rows(zipped(b"", members=300))


def test_one_cell_far_away_does_not_lay_out_a_million_rows() -> None:
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    far = head + b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData></worksheet>'
    wide = head + b'<row r="1"><c r="XFD1"><v>1</v></c></row></sheetData></worksheet>'
    with pytest.raises(TooManyRows):
        read_rows(zipped(far))
    with pytest.raises(FileUnreadable):
        read_rows(zipped(wide))


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("Nhơn\u00a0 Lộc ", "Nhơn Lộc"), ("Ho\u0300a An", "H\u00f2a An"), ("\u200b", None), ("a\tb", None),
        ("\u202eabc", None), ("\u3164", None), ("\u0301", None), ("한" * 100, None),
    ],
)  # fmt: skip
def test_a_name_is_judged_as_one_by_hand(
    client: FlaskClient, headers: dict[str, str], name: str, stored: str | None
) -> None:
    row = send(client, headers, f'loai,ten\nap,"{name}"\n'.encode()).json["rows"][0]
    body = {"kind": "hamlet", "name": name, "parent": PHONG_DIEN}
    alone = client.post("/api/v1/areas", json=body, headers=headers)
    if stored is None:
        assert (row["code"], alone.status_code) == ("row-value-invalid", 422)
    else:
        assert (row["outcome"], alone.status_code) == ("added", 409)
        found = client.get("/api/v1/areas", query_string={"parent": PHONG_DIEN}, headers=headers).json["items"]
        assert [area["name"] for area in found] == [stored]
