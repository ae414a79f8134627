"""What people decide: two values of one field, a void record that was edited, an operation that the server holds."""

from pathlib import Path

import pysqlite3
import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browser import DESK, PHONE, Phone
from tests.e2e.conftest import OpenPhone
from tests.e2e.test_accessibility import faults
from tests.support.server import Server

OFFICERS = "Số cán bộ, chiến sĩ"
CONFLICT = "có 2 giá trị khác nhau, đều được giữ"
EDITED = "Phiếu đã hủy nhưng có phần được sửa cùng lúc"
NOT_GRANTED = "Tài khoản chưa được phân quyền ghi loại phiếu này tại địa bàn này"
UNIT = "31120"
# numbers that nothing else on a screen shows
FIRST, SECOND = 311, 322
SENT_MS_MAX = 30_000


@pytest.fixture
def tam(open_phone: OpenPhone) -> Phone:
    return signed_in(open_phone, "canbo.caikhe")


@pytest.fixture
def bao(open_phone: OpenPhone) -> Phone:
    return signed_in(open_phone, "canbo2.caikhe")


def signed_in(open_phone: OpenPhone, account: str, size: tuple[int, int] = PHONE) -> Phone:
    held = open_phone(account, size=size, bypass_csp=True)
    held.sign_in(account)
    return held


def main(held: Phone) -> Locator:
    return held.page.get_by_role("main")


def record_patrol(officer: Phone, officers: int = 2) -> str:
    """A patrol that is on the phone; its address."""
    officer.go("Trang chủ")
    officer.press("Bắt đầu tuần tra")
    officer.press("Kết thúc tuần tra")
    officer.fill(OFFICERS, str(officers))
    officer.press("Lưu")
    expect(officer.page.get_by_role("button", name="Bắt đầu tuần tra")).to_be_visible()
    newest = officer.page.locator("ul.rows > li").filter(has_text=f"{OFFICERS}: {officers}").first
    return str(newest.locator("a").get_attribute("href"))


def exchange(held: Phone) -> None:
    """Send and pull until nothing waits."""
    held.context.set_offline(False)
    held.open("/sync")
    with held.page.expect_response(lambda response: response.url.endswith("/api/v1/sync")):
        held.press("Gửi ngay")
    expect(held.page.locator(".phase")).to_have_text("Không còn phiếu nào chờ", timeout=SENT_MS_MAX)


def correct(officer: Phone, path: str, officers: int) -> None:
    """Without a network: another number of officers."""
    officer.open(path)
    officer.context.set_offline(True)
    officer.press("Đính chính")
    officer.fill(OFFICERS, str(officers))
    officer.press("Lưu")
    expect(main(officer)).to_contain_text("Đã lưu trên máy")


def void(officer: Phone, path: str, reason: str) -> None:
    """Without a network."""
    officer.open(path)
    officer.context.set_offline(True)
    officer.press("Hủy phiếu")
    officer.fill("Lý do hủy phiếu", reason)
    officer.press("Hủy phiếu")
    expect(main(officer)).to_contain_text(f"Đã hủy: {reason}")


def test_two_numbers_for_one_patrol_are_shown_and_decided(open_phone: OpenPhone, tam: Phone, bao: Phone) -> None:
    path = record_patrol(tam)
    exchange(tam)
    exchange(bao)
    correct(tam, path, FIRST)
    correct(bao, path, SECOND)
    exchange(tam)
    exchange(bao)
    exchange(tam)
    for held in (tam, bao):
        held.open(path)
        expect(main(held)).to_contain_text(CONFLICT)
        for officer, number in (("Nguyễn Minh Tâm", FIRST), ("Trần Quốc Bảo", SECOND)):
            value = held.page.locator(".head").filter(has_text=str(number))
            expect(value).to_contain_text(f"{officer} ghi lúc")
            expect(value).to_contain_text("Máy chủ nhận lúc")
        assert faults(held, path) == []
    tam.context.set_offline(True)
    tam.open("/conflicts")
    expect(tam.page.locator(".head")).to_have_count(2)
    assert faults(tam, "/conflicts") == []
    tam.press(f"Dùng giá trị này: {SECOND}")
    expect(main(tam)).to_contain_text("Không có phiếu nào trên máy này cần chọn giá trị")
    exchange(tam)
    exchange(bao)
    for held in (tam, bao):
        held.open(path)
        expect(main(held)).to_contain_text(str(SECOND))
        expect(main(held)).not_to_contain_text(CONFLICT)
        expect(main(held)).not_to_contain_text("Có giá trị khác nhau")
    conflicts = bao.page.evaluate("async () => (await (await fetch('/api/v1/conflicts')).json()).items")
    assert conflicts == []


@pytest.mark.parametrize("first", ["void", "edit"])
def test_an_edit_beside_a_voiding_is_kept_and_the_record_restored(first: str, tam: Phone, bao: Phone) -> None:
    path = record_patrol(tam)
    exchange(tam)
    exchange(bao)
    void(tam, path, "ghi trùng")
    correct(bao, path, FIRST)
    for held in (tam, bao) if first == "void" else (bao, tam):
        exchange(held)
    exchange(tam)
    exchange(bao)
    for held in (tam, bao):
        held.open("/conflicts")
        expect(main(held)).to_contain_text("Đã hủy: ghi trùng")
        expect(main(held)).to_contain_text(EDITED)
    assert faults(bao, "/conflicts") == []
    bao.press("Khôi phục phiếu")
    expect(main(bao)).not_to_contain_text(EDITED)
    exchange(bao)
    exchange(tam)
    for held in (tam, bao):
        held.open(path)
        expect(main(held)).to_contain_text(str(FIRST))
        expect(main(held)).not_to_contain_text("Đã hủy")
        expect(held.page.get_by_role("button", name="Hủy phiếu")).to_be_visible()


def take_access_away(server: Server, account: str) -> None:
    """There is no command for it: an assignment ends by its last day."""
    database = pysqlite3.connect(Path(server.environment["DIABAN_INSTANCE_DIR"]) / "diaban.db", timeout=30)
    ended = 'update assignment set to_on = ? where "user" = (select id from user_account where username = ?)'
    with database:
        assert database.execute(ended, ("2020-01-01", account)).rowcount > 0
    database.close()


def record_held(officer: Phone, server: Server, account: str, *numbers: int) -> list[str]:
    """Patrols that the server holds, since their author's access was taken away meanwhile; their addresses."""
    officer.context.set_offline(True)
    paths = [record_patrol(officer, number) for number in numbers]
    take_access_away(server, account)
    exchange(officer)
    rows = main(officer).locator("li.row").filter(has_text=NOT_GRANTED)
    expect(rows).to_have_count(len(numbers))
    return paths


def test_a_held_operation_is_released_by_itself_when_access_is_given_back(
    open_phone: OpenPhone, server: Server
) -> None:
    officer = signed_in(open_phone, "canbo.anninh")
    (path,) = record_held(officer, server, "canbo.anninh", FIRST)
    assert faults(officer, "/sync") == []
    officer.open(path)
    expect(main(officer)).to_contain_text("Đã gửi, cần xem lại")
    expect(main(officer)).to_contain_text(NOT_GRANTED)
    assert faults(officer, path) == []
    server.flask("users", "assign", "canbo.anninh", "officer", "31594")
    exchange(officer)
    expect(main(officer)).to_contain_text("Không có gì cần xem lại")
    officer.open(path)
    expect(main(officer)).not_to_contain_text("cần xem lại")
    expect(officer.page.locator(".mark-received")).to_contain_text("Đã gửi")


def test_the_commander_releases_one_and_closes_another_with_a_reason(
    open_phone: OpenPhone, server: Server, bao: Phone
) -> None:
    released, closed = record_held(bao, server, "canbo2.caikhe", FIRST, SECOND)
    commander = signed_in(open_phone, "chihuy.caikhe", DESK)
    commander.go("Phiếu đang giữ")
    items = commander.page.locator(".cards > li")
    # each patrol is two operations, begun and ended, and one thing to decide
    expect(items).to_have_count(2)
    expect(items.first).to_contain_text("Trần Quốc Bảo")
    assert faults(commander, "/held") == []
    decide(commander, str(SECOND), "Đóng, không tính", "ghi thử")
    expect(main(commander)).to_contain_text("Đã đóng 1 phiếu")
    expect(items).to_have_count(1)
    decide(commander, str(FIRST), "Đưa vào số liệu", "có phân công bằng văn bản")
    expect(main(commander)).to_contain_text("Đã đưa vào số liệu 1 phiếu")
    expect(main(commander)).to_contain_text("Không có lần ghi nào đang được giữ")
    commander.press("Xem các lần ghi đã đóng")
    expect(items).to_contain_text("Đã đóng, không tính: ghi thử (Lê Hoàng Nam ghi lúc")
    server.flask("users", "assign", "canbo2.caikhe", "officer", UNIT)
    exchange(bao)
    expect(main(bao)).to_contain_text("Đã đóng, không tính: ghi thử (Lê Hoàng Nam ghi lúc")
    expect(main(bao)).not_to_contain_text(NOT_GRANTED)
    bao.open(released)
    expect(main(bao)).to_contain_text(str(FIRST))
    expect(main(bao)).not_to_contain_text("cần xem lại")
    bao.press("Lịch sử thay đổi")
    expect(main(bao)).to_contain_text("Đã đưa vào số liệu: có phân công bằng văn bản (Lê Hoàng Nam ghi lúc")
    bao.open(closed)
    expect(main(bao)).to_contain_text("Không tìm thấy nội dung này")


def decide(commander: Phone, number: str, act: str, reason: str) -> None:
    item = commander.page.locator(".cards > li").filter(has_text=number)
    item.get_by_role("button", name=act).click()
    item.get_by_label("Lý do").fill(reason)
    item.get_by_role("button", name=act).click()
