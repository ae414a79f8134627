"""The tour and the help in a real browser: without a network, and never between an officer and the start button."""

from playwright.sync_api import expect

from tests.e2e.conftest import OpenPhone

SEEN_MS = 500
CARD = "Ghi được khi không có mạng"


def test_the_tour_comes_once_and_a_patrol_starts_beside_it_with_one_tap(open_phone: OpenPhone) -> None:
    officer = open_phone("officer")
    officer.sign_in("canbo.caikhe")
    officer.context.set_offline(True)
    # not read yet: it comes again
    expect(officer.page.get_by_role("heading", name=CARD)).to_be_visible()
    officer.page.reload()
    expect(officer.page.get_by_role("heading", name=CARD)).to_be_visible()
    assert officer.page.evaluate("document.activeElement.tagName") == "BODY"
    officer.press("Tiếp")
    expect(officer.page.get_by_role("heading", name="Phiếu tự gửi đi")).to_be_focused()
    officer.press("Bắt đầu tuần tra")
    expect(officer.page.get_by_role("button", name="Kết thúc tuần tra")).to_be_visible()
    expect(officer.page.get_by_role("heading", name="Phiếu tự gửi đi")).to_have_count(0)
    officer.press("Kết thúc tuần tra")
    officer.press("Lưu")
    officer.press("Bỏ qua")
    expect(officer.page.get_by_role("heading", name=CARD)).to_have_count(0)
    # that it was seen is written beside what is shown
    officer.page.wait_for_timeout(SEEN_MS)
    officer.kill()

    officer = open_phone("officer", offline=True)
    officer.open()
    expect(officer.page.get_by_role("button", name="Bắt đầu tuần tra")).to_be_visible()
    officer.page.wait_for_timeout(500)
    assert officer.page.get_by_role("heading", name=CARD).count() == 0
    # again, from "Thêm"
    officer.go("Giới thiệu nhanh")
    expect(officer.page.get_by_role("heading", name=CARD)).to_be_visible()


def test_help_opens_in_place_without_a_network_and_leaves_what_was_typed(open_phone: OpenPhone) -> None:
    officer = open_phone("helped")
    officer.sign_in("canbo.caikhe")
    officer.context.set_offline(True)
    officer.open("/record/handout")
    officer.fill("Số tờ", "30")
    officer.press("Hướng dẫn")
    expect(officer.page.get_by_text("Chọn tờ rơi, nhập số tờ đã phát và số hộ nhận.")).to_be_visible()
    expect(officer.page.get_by_label("Số tờ").first).to_have_value("30")
    officer.page.get_by_role("link", name="Tất cả hướng dẫn").click()
    officer.page.get_by_role("link", name="Đồng bộ dữ liệu").click()
    expect(officer.page.get_by_text("Có mạng thì phiếu tự gửi.")).to_be_visible()
    assert officer.complaints == []
