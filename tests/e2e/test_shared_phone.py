"""Two officers with one phone: each opens their own records alone, and what waits is sent under its author."""

from playwright.sync_api import expect

from tests.e2e.browser import LOAD_MS_MAX, PASSWORD, Phone
from tests.e2e.conftest import OpenPhone
from tests.faults.office import Office
from tests.support.server import Server

FIRST, SECOND = "canbo.caikhe", "canbo2.caikhe"
FIRST_NAME, SECOND_NAME = "Nguyễn Minh Tâm", "Trần Quốc Bảo"
FIRST_PIN, SECOND_PIN = "481516", "927364"
BY_FIRST, BY_SECOND = "họp của người thứ nhất", "họp của người thứ hai"
LOCKED, SAVED = "Ứng dụng đang khóa", "Đã lưu trên máy"
HANDED_IN_S_MAX = 30


def set_pin(one: Phone, pin: str) -> None:
    one.open("/lock")
    one.page.get_by_label("Mã PIN").check()
    one.page.locator("#secret").fill(pin)
    one.page.locator("#again").fill(pin)
    one.press("Đặt mã PIN")
    expect(one.page.get_by_text("Đã đặt khóa")).to_be_visible(timeout=LOAD_MS_MAX)


def record_locked(one: Phone, agenda: str) -> None:
    """A meeting, saved while the app is locked: it waits."""
    one.open("/record/meeting")
    one.page.locator("[name=agenda]").fill(agenda)
    one.press("Lưu")
    expect(one.page.get_by_text(SAVED)).to_be_visible()


def unlock(one: Phone, pin: str) -> None:
    expect(one.page.get_by_role("heading", name=LOCKED)).to_be_visible()
    one.page.locator("#secret").fill(pin)
    one.press("Mở khóa")


def authors(server: Server) -> dict[str, str]:
    """Who made which meeting, as the unit's commander reads it."""
    records = Office(server.url).read().values()
    told = {str(each["fields"]["agenda"][0]): each["created"] for each in records if "agenda" in each["fields"]}
    return {agenda: str(created["by"]["name"]) for agenda, created in told.items()}


def expect_authors(one: Phone, server: Server, wanted: dict[str, str]) -> None:
    for _ in range(HANDED_IN_S_MAX):
        if authors(server) == wanted:
            return
        one.page.wait_for_timeout(1_000)
    assert authors(server) == wanted


def test_each_opens_their_own_and_what_waits_goes_under_its_author(open_phone: OpenPhone, server: Server) -> None:
    one = open_phone("shared")
    rows = one.page.locator("ul.rows > li")
    one.sign_in(FIRST)
    set_pin(one, FIRST_PIN)
    record_locked(one, BY_FIRST)
    one.open("/users")
    one.press("Người khác đăng nhập")
    one.fill("Tên đăng nhập", SECOND)
    one.fill("Mật khẩu", PASSWORD)
    one.press("Đăng nhập")
    # whoever has a connection hands in what the other could not send
    expect(one.page.locator(".sync-bar")).to_contain_text("Đã gửi hết", timeout=LOAD_MS_MAX)
    expect_authors(one, server, {BY_FIRST: FIRST_NAME})

    one.context.set_offline(True)
    set_pin(one, SECOND_PIN)
    record_locked(one, BY_SECOND)
    one.open("/users")
    one.page.get_by_role("button", name=FIRST_NAME).click()
    unlock(one, SECOND_PIN)
    expect(one.page.get_by_role("alert")).to_contain_text("còn 9 lần thử")
    unlock(one, FIRST_PIN)
    expect(one.page.get_by_role("heading", name="Trang chủ")).to_be_visible()
    one.page.locator("nav.bar a[href='/list']").click()
    expect(rows).to_have_count(1)
    rows.first.locator("a").first.click()
    expect(one.page.locator("dl.facts")).to_contain_text(BY_FIRST)

    one.context.set_offline(False)
    expect(one.page.locator(".sync-bar")).to_contain_text("Đã gửi hết", timeout=LOAD_MS_MAX)
    expect_authors(one, server, {BY_FIRST: FIRST_NAME, BY_SECOND: SECOND_NAME})
    one.kill()
