"""A phone in a pocket: the dark screen takes no touch but one long pull."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPhone

# of the way that the finger goes
HALF, WHOLE = 0.6, 0.995
STEPS = 8


def pull(page: Page, share: float, *, is_slow: bool = True) -> None:
    """From the left end to that share of the way; at once: a touch where it would end."""
    box = page.locator("dialog.pocket input").bounding_box()
    assert box is not None
    row, end = box["y"] + box["height"] / 2, box["x"] + box["width"] * share
    page.mouse.move(box["x"] + 10 if is_slow else end, row)
    page.mouse.down()
    if is_slow:
        page.mouse.move(end, row, steps=STEPS)
    page.mouse.up()


def test_a_dark_screen_opens_by_one_long_pull_alone(open_phone: OpenPhone) -> None:
    officer = open_phone("officer")
    officer.sign_in("canbo.caikhe")
    # the patrol stays on this phone
    officer.context.set_offline(True)
    officer.press("Bắt đầu tuần tra")
    officer.press("Khóa chạm khi để trong túi")
    dark = officer.page.locator("dialog.pocket")
    expect(dark).to_be_visible()
    expect(dark.get_by_role("timer")).to_contain_text(":")
    officer.page.mouse.click(180, 360)
    pull(officer.page, HALF)
    pull(officer.page, WHOLE, is_slow=False)
    expect(dark).to_be_visible()
    pull(officer.page, WHOLE)
    expect(dark).to_have_count(0)
    expect(officer.page.get_by_role("button", name="Kết thúc tuần tra")).to_be_visible()
    officer.kill()
