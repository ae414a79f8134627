"""The tree of areas over HTTP: reading, searching, and who may write what."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select, update

from backend.database import writing
from backend.models import Area, AreaCode, FormerName
from backend.services.area_units import load_units
from backend.services.areas import subtree_tag
from tests.support.world import AREAS, CAI_KHE, CITY, GROUP, PHONG_DIEN, QUARTER, USERS, build_world, id_of, sign_in

# part of `make test` only: `make check` is to stay under a minute
pytestmark = pytest.mark.slow

AREAS_PATH = "/api/v1/areas"
SHAPE = {
    "id", "code", "kind", "type_word", "name", "full_name", "parent", "lat_e6", "lon_e6", "valid_from", "valid_to",
    "former_names",
}  # fmt: skip
ABSENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def world(app: Flask) -> Flask:
    build_world(app)
    former = [
        ("Phường An Hòa", "phuong an hoa", "Quận Ninh Kiều", None),
        ("Phường Bùi Hữu Nghĩa", "phuong bui huu nghia", "Quận Bình Thủy", "một phần"),
    ]
    rows = [
        {"id": id_of(name), "area": CAI_KHE, "name": name, "folded": folded, "district": district,
         "province": "Thành phố Cần Thơ", "note": note}
        for name, folded, district, note in former
    ]  # fmt: skip
    codes = [{"code": a[1], "area": a[0], "valid_from": "2025-07-01"} for a in AREAS if a[1]]
    with app.app_context(), writing() as connection:
        connection.execute(insert(FormerName), rows)
        connection.execute(insert(AreaCode), codes)
    return app


class Caller:
    """A signed-in user at the tree of areas."""

    def __init__(self, app: Flask, user: str) -> None:
        self.client: FlaskClient = app.test_client()
        self.headers = sign_in(app, user, (user * 16)[:16]).headers

    def get(self, **query: str) -> Any:
        return self.client.get(AREAS_PATH, query_string=query, headers=self.headers)

    def names(self, **query: str) -> list[str]:
        response = self.get(**query)
        assert response.status_code == 200, response.get_data(as_text=True)
        return [area["full_name"] for area in response.json["items"]]

    def post(self, **body: Any) -> Any:
        return self.client.post(AREAS_PATH, json=body, headers=self.headers)

    def patch(self, area: str, **body: Any) -> Any:
        return self.client.patch(f"{AREAS_PATH}/{area}", json=body, headers=self.headers)


def code_of(response: Any) -> str:
    return str(response.json["type"]).removeprefix("/problems/")


@pytest.fixture
def admin(world: Flask) -> Caller:
    return Caller(world, "quan")


def test_an_area_is_found_by_its_code(admin: Caller) -> None:
    answer = admin.get(code="31120").json
    assert answer["next"] is None
    assert set(answer["items"][0]) == SHAPE
    assert answer["items"][0]["former_names"] == [
        "Phường An Hòa, Quận Ninh Kiều, Thành phố Cần Thơ",
        "Phường Bùi Hữu Nghĩa, Quận Bình Thủy, Thành phố Cần Thơ (một phần)",
    ]
    assert admin.names(code="99999") == []


@pytest.mark.parametrize("user", USERS)
def test_everyone_signed_in_reads_areas(world: Flask, user: str) -> None:
    caller = Caller(world, user)
    assert caller.names(parent=CITY) == ["Phường Cái Khế", "Xã Phong Điền"]
    assert caller.names(parent=ABSENT) == []


def test_a_subtree_comes_whole_and_unchanged_answers_304(admin: Caller) -> None:
    response = admin.get(under=CAI_KHE)
    assert [area["id"] for area in response.json["items"]] == [CAI_KHE, QUARTER, GROUP]
    tag = response.headers["ETag"]
    same = admin.client.get(f"{AREAS_PATH}?under={CAI_KHE}", headers={**admin.headers, "If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    admin.post(kind="quarter", name="2", parent=CAI_KHE)
    changed = admin.client.get(f"{AREAS_PATH}?under={CAI_KHE}", headers={**admin.headers, "If-None-Match": tag})
    assert (changed.status_code, len(changed.json["items"])) == (200, 4)
    assert code_of(admin.get(under=ABSENT)) == "not-found"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cái khế", ["Phường Cái Khế"]),
        ("CAI KHE", ["Phường Cái Khế"]),
        ("khe cai", ["Phường Cái Khế"]),
        ("an hoà", ["Phường Cái Khế"]),
        ("bui huu nghia", ["Phường Cái Khế"]),
        ("dien", ["Xã Phong Điền"]),
        ("%", []),
        ("_", []),
        ("'; drop table area; --", []),
    ],
)
def test_names_are_found_without_tones_and_by_former_names(admin: Caller, text: str, found: list[str]) -> None:
    assert [area["full_name"] for area in admin.get(q=text).json["items"]] == found


def test_the_right_tones_come_first(admin: Caller) -> None:
    for name in ("Tân An", "Tấn An", "Tân Ân"):
        assert admin.post(kind="hamlet", name=name, parent=PHONG_DIEN).status_code == 201
    assert admin.names(q="Tấn An", under=PHONG_DIEN)[0] == "Ấp Tấn An"
    assert admin.names(q="tân ân", under=PHONG_DIEN)[0] == "Ấp Tân Ân"
    assert len(admin.names(q="tan an")) == 3


@pytest.mark.parametrize("query", [{}, {"q": "to"}, {"parent": CAI_KHE}])
def test_pages_hold_everything_once(admin: Caller, query: dict[str, str]) -> None:
    for number in range(2, 8):
        admin.post(kind="quarter", name=f"Tổ hợp {number}", parent=CAI_KHE)
    whole = admin.get(**query, limit="200").json["items"]
    seen, after = [], None
    for _ in range(20):
        page = admin.get(**query, limit="2", **({"after": after} if after else {})).json
        seen += page["items"]
        after = page["next"]
        if after is None:
            break
    assert [area["id"] for area in seen] == [area["id"] for area in whole]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": "0"}, "parameter-invalid"),
        ({"limit": "201"}, "parameter-invalid"),
        ({"limit": "x"}, "parameter-invalid"),
        ({"under": "x"}, "parameter-invalid"),
        ({"after": "x"}, "parameter-invalid"),
        ({"after": "WyJcdTAwMDAiLCAiYSJd"}, "parameter-invalid"),
        ({"q": ""}, "parameter-invalid"),
        ({"q": "a\0"}, "parameter-invalid"),
        ({"colour": "red"}, "parameter-unknown"),
    ],
)
def test_parameters_are_checked(admin: Caller, query: dict[str, str], code: str) -> None:
    response = admin.get(**query)
    assert (response.status_code, code_of(response)) == (400, code)


def test_an_area_is_added_below_the_commune(admin: Caller) -> None:
    response = admin.post(kind="hamlet", name="  Nhơn   Lộc ", parent=PHONG_DIEN)
    assert response.status_code == 201
    assert {**response.json, "id": ""} == {
        "id": "", "code": None, "kind": "hamlet", "type_word": "Ấp", "name": "Nhơn Lộc", "full_name": "Ấp Nhơn Lộc",
        "parent": PHONG_DIEN, "lat_e6": None, "lon_e6": None, "valid_from": None, "valid_to": None,
        "former_names": [],
    }  # fmt: skip
    group = admin.post(kind="group", name="Tổ 1", parent=response.json["id"])
    assert (group.status_code, group.json["full_name"]) == (201, "Tổ 1")
    khom = admin.post(kind="quarter", name="3", parent=CAI_KHE, type_word="Khóm")
    assert khom.json["full_name"] == "Khóm 3"


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "group", "name": "2", "parent": CAI_KHE},
        {"kind": "quarter", "name": "2", "parent": QUARTER},
        {"kind": "hamlet", "name": "2", "parent": CITY},
        {"kind": "ward", "name": "2", "parent": CITY},
        {"kind": "hamlet", "name": "", "parent": PHONG_DIEN},
        {"kind": "hamlet", "parent": PHONG_DIEN},
        {"kind": "hamlet", "name": "x" * 181, "parent": PHONG_DIEN},
        {"kind": "hamlet", "name": "x\0", "parent": PHONG_DIEN},
        {"kind": "hamlet", "name": "x", "parent": "31299"},
        {"kind": "hamlet", "name": "x", "parent": PHONG_DIEN, "id": ABSENT},
        {"kind": "hamlet", "name": "x", "parent": PHONG_DIEN, "path": "/"},
    ],
)
def test_an_area_out_of_form_is_refused(admin: Caller, body: dict[str, Any]) -> None:
    response = admin.post(**body)
    assert (response.status_code, code_of(response)) == (422, "request-invalid")
    assert len(admin.names(under=CITY)) == len(AREAS)


def test_the_same_name_under_the_same_parent_is_taken(admin: Caller) -> None:
    assert code_of(admin.post(kind="quarter", name="1", parent=CAI_KHE)) == "id-taken"
    assert code_of(admin.post(kind="quarter", name="khu vực 1", parent=CAI_KHE)) == "id-taken"
    assert admin.post(kind="hamlet", name="Hòa", parent=PHONG_DIEN).status_code == 201
    assert admin.post(kind="hamlet", name="Hóa", parent=PHONG_DIEN).status_code == 201


def test_an_area_is_renamed_and_closed(admin: Caller) -> None:
    response = admin.patch(QUARTER, name="1A", valid_to="2026-12-31", lat_e6=10_051_700, lon_e6=105_781_000)
    assert response.status_code == 200
    assert (response.json["full_name"], response.json["valid_to"]) == ("Khu vực 1A", "2026-12-31")
    assert response.json["lat_e6"] == 10_051_700
    assert admin.names(q="khu vuc 1a") == ["Khu vực 1A"]
    assert admin.patch(QUARTER, kind="hamlet").json["full_name"] == "Ấp 1A"
    assert admin.patch(QUARTER).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "group"},
        {"kind": "city"},
        {"parent": CITY},
        {"partition": CITY},
        {"lat_e6": 1.5},
        {"lat_e6": 2**70},
        {"lat_e6": True},
        {"valid_to": "2026-13-01"},
        {"valid_from": "2026-02-01", "valid_to": "2026-01-01"},
        {"name": "\0"},
    ],
)
def test_a_change_out_of_form_is_refused(admin: Caller, body: dict[str, Any]) -> None:
    assert code_of(admin.patch(QUARTER, **body)) == "request-invalid"


WRITING = [
    # user, change the own quarter, change the commune, add in the own commune, add in the foreign commune
    ("quan", 200, 200, 201, 201),
    ("chi", 200, 403, 201, 404),
    ("an", 403, 403, 403, 403),
    ("tam", 403, 403, 403, 403),
    ("giang", 403, 403, 403, 403),
    ("lan", 403, 403, 403, 403),
]


@pytest.mark.parametrize(("user", "quarter", "commune", "own", "foreign"), WRITING)
def test_who_may_write(world: Flask, user: str, quarter: int, commune: int, own: int, foreign: int) -> None:
    caller = Caller(world, user)
    assert caller.patch(QUARTER, name="9").status_code == quarter
    assert caller.patch(CAI_KHE, valid_from="2025-07-01").status_code == commune
    assert caller.post(kind="quarter", name="7", parent=CAI_KHE).status_code == own
    assert caller.post(kind="hamlet", name="7", parent=PHONG_DIEN).status_code == foreign


def test_a_foreign_and_an_absent_area_are_the_same(world: Flask) -> None:
    commander = Caller(world, "chi")
    answers = [commander.patch(area, name="x").json | {"instance": ""} for area in (PHONG_DIEN, CITY, ABSENT)]
    answers += [
        commander.post(kind="hamlet", name="x", parent=area).json | {"instance": ""} for area in (PHONG_DIEN, ABSENT)
    ]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["status"] == 404


def tag_of(admin: Caller, under: str) -> str:
    return str(admin.get(under=under).headers["ETag"])


def set_newest(app: Flask, area: str, changed_ms: int) -> None:
    with app.app_context(), writing() as connection:
        connection.execute(update(Area).where(Area.id == area).values(changed_ms=changed_ms))


def test_a_change_anywhere_below_makes_another_tag(world: Flask, admin: Caller) -> None:
    """A newer sibling, another unit or a clock that was set back hide no change."""
    far_ms = 4_000_000_000_000
    for area in (CITY, GROUP, PHONG_DIEN):
        set_newest(world, area, far_ms)
    seen = {(under, tag_of(admin, under)) for under in (CITY, CAI_KHE, QUARTER)}
    for number in range(3):
        assert admin.patch(QUARTER, lat_e6=number).status_code == 200
        now = {(under, tag_of(admin, under)) for under in (CITY, CAI_KHE, QUARTER)}
        assert not seen & now
        seen |= now
    before = tag_of(admin, GROUP)
    admin.patch(QUARTER, lat_e6=9)
    assert tag_of(admin, GROUP) == before


def test_former_names_that_are_loaded_later_make_another_tag(app: Flask) -> None:
    with app.app_context(), writing() as connection:
        for _ in load_units(connection, 5):
            pass
        ninh_kieu = connection.execute(select(FormerName.area).limit(1)).scalar_one()
        path = connection.execute(select(Area.path).where(Area.id == ninh_kieu)).scalar_one()
        whole = subtree_tag(connection, path)
        connection.execute(delete(FormerName))
        for _ in load_units(connection, 4):
            pass
        assert subtree_tag(connection, path) != whole
        loaded = subtree_tag(connection, path)
        for _ in load_units(connection, 9):
            pass
        assert subtree_tag(connection, path) == loaded


UNSEEN = ["   ", "\u00a0", "\u200b", "\u202eabc", "\u0001", "a\tb", "a\nb", "\u3164", "\u2800", "\u0301", "a\ufe0f",
          "\ufeffa", "\u00ada", "\ue000", "한" * 100]  # fmt: skip


@pytest.mark.parametrize("name", UNSEEN)
def test_a_name_that_cannot_be_seen_is_refused(admin: Caller, name: str) -> None:
    answers = [
        admin.post(kind="quarter", name=name, parent=CAI_KHE),
        admin.post(kind="quarter", name="2", type_word=name, parent=CAI_KHE),
        admin.patch(QUARTER, name=name),
        admin.patch(QUARTER, type_word=name),
    ]
    assert [(a.status_code, code_of(a)) for a in answers] == [(422, "request-invalid")] * 4
    pointers = [answer.json["errors"][0]["pointer"] for answer in answers]
    assert pointers == ["/name", "/type_word", "/name", "/type_word"]


def test_a_name_is_kept_composed_and_with_plain_spaces(admin: Caller) -> None:
    answer = admin.post(kind="quarter", name=" Ho\u0300a\u00a0 \u2003An\n", parent=CAI_KHE)
    assert (answer.status_code, answer.json["name"]) == (201, "H\u00f2a An")


@pytest.mark.parametrize("day", ["2026-02-30", "2026-02-29", "2026-04-31", "0000-01-01"])
def test_a_day_that_no_calendar_has_is_refused(admin: Caller, day: str) -> None:
    for name in ("valid_from", "valid_to"):
        answer = admin.patch(QUARTER, **{name: day})
        assert (answer.status_code, len(answer.json["errors"])) == (422, 1)
    assert admin.patch(QUARTER, valid_to="2028-02-29").status_code == 200


def test_a_renamed_area_is_found_by_its_old_name(admin: Caller) -> None:
    assert admin.patch(PHONG_DIEN, name="Nhơn Ái").json["former_names"] == ["Xã Phong Điền"]
    assert admin.names(q="phong dien") == ["Xã Nhơn Ái"]
    assert admin.patch(PHONG_DIEN, kind="ward", type_word="Phường").json["former_names"] == [
        "Xã Nhơn Ái", "Xã Phong Điền"
    ]  # fmt: skip
    back = admin.patch(PHONG_DIEN, name="Phong Điền", kind="commune", type_word="Xã").json
    assert (back["full_name"], back["former_names"]) == ("Xã Phong Điền", ["Phường Nhơn Ái", "Xã Nhơn Ái"])
    assert admin.names(q="nhon ai") == ["Xã Phong Điền"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("P. Cái Khế", "Phường Cái Khế"),
        ("P.Cái Khế", "Phường Cái Khế"),
        ("p cai khe", "Phường Cái Khế"),
        ("cái khế, p.", "Phường Cái Khế"),
        ("TP Cần Thơ", "Thành phố Cần Thơ"),
        ("TP. Cần Thơ", "Thành phố Cần Thơ"),
        ("kv 1", "Khu vực 1"),
        ("KV1", "Khu vực 1"),
        ("x. Phong Điền", "Xã Phong Điền"),
        ("X.Phong Điền", "Xã Phong Điền"),
        ("p", "Phường Cái Khế"),
    ],
)
def test_what_people_shorten_is_found(admin: Caller, text: str, first: str) -> None:
    assert first in admin.names(q=text)
    assert len(text) == 1 or admin.names(q=text)[0] == first


def test_names_that_look_shortened_are_found_as_they_are(admin: Caller) -> None:
    for name in ("A Lưới", "Nhơn Nghĩa A", "Bến X 2"):
        assert admin.post(kind="hamlet", name=name, parent=PHONG_DIEN).status_code == 201
    assert admin.names(q="a lưới") == ["Ấp A Lưới"]
    assert admin.names(q="a. a lưới") == ["Ấp A Lưới"]
    assert admin.names(q="nhơn nghĩa a.") == ["Ấp Nhơn Nghĩa A"]
    assert admin.names(q="bến x 2") == ["Ấp Bến X 2"]
    assert admin.names(q=" ") == admin.names(q="., .") == []


def test_renames_at_once_wait_for_each_other(world: Flask, admin: Caller) -> None:
    names = [f"{number}B" for number in range(12)]
    with ThreadPoolExecutor(6) as threads:
        patched = threads.map(lambda name: Caller.patch(admin, QUARTER, name=name).status_code, names)
    assert set(patched) == {200}
    area = admin.get(under=QUARTER).json["items"][0]
    assert {area["full_name"], *area["former_names"]} == {"Khu vực 1", *(f"Khu vực {name}" for name in names)}
