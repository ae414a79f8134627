"""Forms that are not saved, in a real browser that is killed: what was typed is there again, and makes one record."""

from playwright.sync_api import Page, expect

from tests.e2e.browser import Phone
from tests.e2e.conftest import OpenPhone

# what `interface.md` rule 11 allows between a keystroke and its draft
KEPT_WITHIN_MS = 300
SEEN_MS_MAX = 60_000


def note(page: Page) -> str:
    return page.locator("textarea[name=note]").input_value()


def see_records(held: Phone, kind: str, count: int) -> None:
    """The list shows so many records of a kind that wait to be sent."""
    # the link's name has the number of what waits
    held.page.locator("nav.bar a[href='/list']").click()
    expect(held.page.locator("h1")).to_have_text("Danh sách")
    rows = held.page.locator("ul.rows > li")
    expect(rows.first).to_be_visible()
    mine = rows.filter(has_text=kind).filter(has_text="Chờ gửi")
    expect(mine).to_have_count(count)


def write_incident(held: Phone, text: str) -> None:
    held.page.get_by_label("Cháy, nổ").check()
    held.page.locator("summary").last.click()
    held.page.locator("textarea[name=note]").press_sequentially(text, delay=20)


def test_what_was_typed_is_there_again_after_the_browser_was_killed(open_phone: OpenPhone) -> None:
    officer = open_phone("officer")
    officer.sign_in("canbo.caikhe")
    officer.context.set_offline(True)
    officer.open("/record/incident")
    before = officer.page.get_by_label("Số người liên quan")
    before.fill("14")
    officer.page.get_by_text("Lựa chọn khác").click()
    write_incident(officer, "Đã nhắc nhở")
    officer.page.wait_for_timeout(KEPT_WITHIN_MS)
    officer.kill()

    officer = open_phone("officer", offline=True)
    officer.open()
    officer.page.locator("section").filter(has_text="Phiếu chưa lưu xong").get_by_role("link").click()
    expect(officer.page.get_by_text("Tiếp tục bản nháp")).to_be_visible()
    expect(officer.page.get_by_label("Cháy, nổ")).to_be_checked()
    expect(officer.page.get_by_label("Số người liên quan")).to_have_value("14")
    assert note(officer.page) == "Đã nhắc nhở"
    officer.press("Lưu")
    expect(officer.page.get_by_role("button", name="Hoàn tác")).to_be_visible()
    assert officer.page.get_by_text("Phiếu chưa lưu xong").count() == 0
    see_records(officer, "Vụ việc", 1)
    officer.context.set_offline(False)
    expect(officer.page.locator(".sync-bar")).to_contain_text("Đã gửi hết", timeout=SEEN_MS_MAX)


def test_one_draft_in_two_tabs_makes_one_record(open_phone: OpenPhone) -> None:
    officer = open_phone("officer")
    officer.sign_in("canbo.caikhe")
    officer.context.set_offline(True)
    officer.open("/record/outreach")
    officer.fill("Số tờ", "30")
    officer.page.wait_for_timeout(KEPT_WITHIN_MS)
    officer.open("/record/outreach")
    other = officer.context.new_page()
    other.goto(officer.url + "/record/outreach")
    expect(other.get_by_label("Số tờ")).to_have_value("30")
    expect(officer.page.get_by_label("Số tờ")).to_have_value("30")
    officer.press("Lưu")
    expect(officer.page.get_by_role("button", name="Hoàn tác")).to_be_visible()
    other.get_by_role("button", name="Lưu").click()
    expect(other.get_by_role("button", name="Hoàn tác")).to_be_visible()
    see_records(officer, "Tuyên truyền", 1)
    officer.page.locator("ul.rows > li a").first.click()
    expect(officer.page.get_by_text("30 tờ").first).to_be_visible()
    assert officer.page.get_by_role("link").filter(has_text="Phát tờ rơi").count() == 1


def test_a_save_is_taken_back_with_one_tap(open_phone: OpenPhone) -> None:
    officer = open_phone("officer")
    officer.sign_in("canbo.caikhe")
    officer.context.set_offline(True)
    for received in ("6", "5"):
        officer.open("/record/tips")
        officer.fill("Nguồn tin tiếp nhận", received)
        officer.press("Lưu")
        expect(officer.page.get_by_role("button", name="Hoàn tác")).to_be_visible()
    officer.press("Hoàn tác")
    expect(officer.page.get_by_text("Đã hoàn tác")).to_be_visible()
    expect(officer.page.get_by_label("Nguồn tin tiếp nhận")).to_have_value("5")
    see_records(officer, "Nguồn tin", 1)
    officer.context.set_offline(False)
    expect(officer.page.locator(".sync-bar")).to_contain_text("Đã gửi hết", timeout=SEEN_MS_MAX)
