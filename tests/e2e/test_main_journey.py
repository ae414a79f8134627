"""The main job: recorded without a network, through the death of the browser, to the commander's figures."""

from playwright.sync_api import Page, expect

from tests.e2e.browser import Phone
from tests.e2e.conftest import OpenPhone

# Numbers that nothing else on a screen shows.
LEAFLETS = "1374"
INVITED = "437"
PRESENT = "391"
SEEN_MS_MAX = 15_000


def record_patrol(officer: Phone) -> None:
    officer.go("Trang chủ")
    officer.press("Bắt đầu tuần tra")
    officer.press("Kết thúc tuần tra")
    officer.press("Lưu")
    expect(officer.page.get_by_role("button", name="Bắt đầu tuần tra")).to_be_visible()


def record_outreach(officer: Phone) -> None:
    officer.press("Ghi tuyên truyền")
    officer.page.get_by_label("Mẫu tờ rơi").select_option(index=1)
    officer.fill("Số tờ", LEAFLETS)
    officer.press("Lưu")
    expect(officer.page.get_by_role("button", name="Ghi họp tổ")).to_be_visible()


def record_meeting(officer: Phone) -> None:
    officer.press("Ghi họp tổ")
    officer.fill("Số hộ mời", INVITED)
    officer.fill("Số hộ dự", PRESENT)
    officer.press("Lưu")
    expect(officer.page.get_by_role("button", name="Bắt đầu tuần tra")).to_be_visible()


def expect_every_record(page: Page, state: str, count_min: int = 3) -> None:
    """All rows of today's records stand in this state."""
    rows = page.locator("ul.rows > li")
    expect(rows.nth(count_min - 1)).to_be_visible()
    expect(rows.filter(has_text=state)).to_have_count(rows.count())


def test_what_was_recorded_offline_survives_and_is_counted(open_phone: OpenPhone) -> None:
    officer = open_phone("officer")
    officer.sign_in("canbo.caikhe")
    officer.context.set_offline(True)
    record_patrol(officer)
    record_outreach(officer)
    record_meeting(officer)
    expect_every_record(officer.page, "Chờ gửi")
    officer.kill()

    officer = open_phone("officer", offline=True)
    officer.open()
    expect_every_record(officer.page, "Chờ gửi")

    commander = open_phone("commander", size=(1280, 800))
    commander.sign_in("chihuy.caikhe")
    stranger = open_phone("stranger")
    stranger.sign_in("canbo.phongdien")

    officer.context.set_offline(False)
    expect_every_record(officer.page, "Đã gửi")
    the_commander_sees_them(commander)
    nobody_elsewhere_does(stranger)
    # the killed browser had not yet written its cookies: one refusal, after which the phone proves itself
    complaints = [text for text in officer.complaints if "401" not in text]
    assert (complaints, commander.complaints, stranger.complaints) == ([], [], [])
    assert [each.foreign for each in (officer, commander, stranger)] == [[], [], []]


def the_commander_sees_them(commander: Phone) -> None:
    main = commander.page.get_by_role("main")
    commander.go("Bảng tin")
    for number in (INVITED, PRESENT):
        expect(main).to_contain_text(number, timeout=SEEN_MS_MAX)
    commander.go("Số liệu")
    expect(main).to_contain_text("Cái Khế")
    expect(main).to_contain_text(grouped(LEAFLETS), timeout=SEEN_MS_MAX)


def nobody_elsewhere_does(stranger: Phone) -> None:
    stranger.go("Bảng tin")
    stranger.page.wait_for_load_state("networkidle")
    expect(stranger.page.get_by_role("main")).not_to_contain_text(INVITED)
    feed = stranger.page.evaluate("async () => (await (await fetch('/api/v1/feed')).json())")
    assert feed["items"] == []


def grouped(digits: str) -> str:
    """Thousands as Vietnamese writes them."""
    return f"{int(digits):,}".replace(",", ".")
