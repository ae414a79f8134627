"""Training in a real browser: what is practised reaches no server, no list and no later visit."""

import gzip
from pathlib import Path

from playwright.sync_api import FilePayload, Locator, Request, expect

from tests.e2e.browser import Phone
from tests.e2e.conftest import OpenPhone
from tests.e2e.test_accessibility import faults
from tests.support.photo import jpeg
from tests.support.server import Server

PRACTISED, REAL = "tuyến của buổi tập", "tuyến của ca thật"
PRACTISED_LEAFLETS, REAL_LEAFLETS = "7351", "8642"
GZIP = b"\x1f\x8b"
UPLOAD = "bytes of a photo"
SEEN_MS_MAX = 60_000


def begin(officer: Phone) -> None:
    officer.go("Chế độ tập huấn")
    officer.press("Bắt đầu tập huấn")
    expect(banner(officer)).to_contain_text("Không gửi, không tính số liệu")


def banner(officer: Phone) -> Locator:
    return officer.page.locator("section.training")


def record_patrol(officer: Phone, route: str) -> None:
    officer.go("Trang chủ")
    officer.press("Bắt đầu tuần tra")
    officer.press("Kết thúc tuần tra")
    officer.fill("Tuyến", route)
    officer.press("Lưu")
    expect(officer.page.get_by_role("button", name="Bắt đầu tuần tra")).to_be_visible()


def record_handout(officer: Phone, leaflets: str) -> None:
    officer.go("Ghi nhận")
    officer.press("Ghi phát tờ rơi")
    photo = FilePayload(name="photo.jpg", mimeType="image/jpeg", buffer=jpeg())
    officer.page.locator("input[type=file][multiple]").set_input_files(photo)
    expect(officer.page.locator("img[src^='blob:']").first).to_be_visible()
    officer.fill("Số tờ", leaflets)
    officer.press("Lưu")
    expect(officer.page.get_by_role("button", name="Bắt đầu tuần tra")).to_be_visible()


def open_list(officer: Phone) -> None:
    # the link's name has the number of what waits
    officer.page.locator("nav.bar a[href='/list']").click()
    expect(officer.page.locator("h1")).to_have_text("Danh sách")


def sync_bodies(officer: Phone) -> list[str]:
    bodies: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/v1/sync"):
            bodies.append(text_of(request.post_data_buffer or b""))
        elif "/uploads" in request.url:
            bodies.append(UPLOAD)

    officer.context.on("request", note)
    return bodies


def text_of(body: bytes) -> str:
    """Long ones go compressed."""
    return (gzip.decompress(body) if body.startswith(GZIP) else body).decode()


def kept_on(server: Server, text: str) -> bool:
    """Whether any file of the server has it: the database, its log of changes, a report."""
    files = [path for path in Path(server.environment["DIABAN_INSTANCE_DIR"]).rglob("*") if path.is_file()]
    return any(text.encode() in path.read_bytes() for path in files)


def test_what_was_practised_is_on_no_server_and_in_no_list(open_phone: OpenPhone, server: Server) -> None:
    officer = open_phone("officer")
    officer.sign_in("canbo.caikhe")
    bodies = sync_bodies(officer)
    begin(officer)
    record_patrol(officer, PRACTISED)
    record_handout(officer, PRACTISED_LEAFLETS)
    open_list(officer)
    rows = officer.page.locator("ul.rows > li")
    expect(rows.filter(has_text="Chờ gửi")).to_have_count(2)
    officer.page.get_by_role("link", name="Phát tờ rơi").click()
    expect(officer.page.get_by_role("main")).to_contain_text("7.351")
    expect(banner(officer)).to_be_visible()
    officer.press("Thoát tập huấn")
    expect(banner(officer)).to_have_count(0)
    assert UPLOAD not in bodies
    expect(officer.page.get_by_text("Nội dung đã tập đã xóa")).to_be_visible()

    # the control: what is real goes the whole way, and is found by the same eyes
    record_patrol(officer, REAL)
    record_handout(officer, REAL_LEAFLETS)
    expect(officer.page.locator(".sync-bar")).to_contain_text("Đã gửi hết", timeout=SEEN_MS_MAX)
    officer.go("Đồng bộ")
    officer.press("Gửi ngay")
    expect(officer.page.locator(".sync-bar")).to_contain_text("Đã gửi hết", timeout=SEEN_MS_MAX)
    open_list(officer)
    expect(rows).to_have_count(2)
    sent = "".join(bodies)
    assert (REAL in sent, REAL_LEAFLETS in sent, kept_on(server, REAL), UPLOAD in bodies) == (True, True, True, True)
    assert (PRACTISED in sent, PRACTISED_LEAFLETS in sent, kept_on(server, PRACTISED)) == (False, False, False)
    feed = officer.page.evaluate("async () => JSON.stringify(await (await fetch('/api/v1/feed')).json())")
    assert (REAL_LEAFLETS in feed, PRACTISED_LEAFLETS in feed) == (True, False)
    databases = officer.page.evaluate("async () => (await indexedDB.databases()).map(each => each.name)")
    assert [name for name in databases if "training" in name] == []
    assert (officer.complaints, officer.foreign) == ([], [])


def test_a_browser_that_was_killed_in_training_is_real_again_and_says_so(open_phone: OpenPhone) -> None:
    officer = open_phone("killed")
    officer.sign_in("canbo.caikhe")
    officer.context.set_offline(True)
    officer.press("Bắt đầu tuần tra")
    begin(officer)
    expect(banner(officer)).to_contain_text("Ca tuần tra thật từ")
    record_handout(officer, PRACTISED_LEAFLETS)
    officer.page.evaluate("new Promise(done => setTimeout(done, 500))")
    officer.kill()

    officer = open_phone("killed", offline=True, bypass_csp=True)
    officer.open()
    expect(officer.page.get_by_text("Từ đây phiếu ghi là phiếu thật")).to_be_visible()
    assert faults(officer, "cut off") == []
    expect(banner(officer)).to_have_count(0)
    # the real patrol went on
    expect(officer.page.get_by_role("button", name="Kết thúc tuần tra")).to_be_visible()
    officer.page.reload()
    officer.press("Đã hiểu, ghi thật")
    open_list(officer)
    # the patrol alone
    expect(officer.page.locator("ul.rows > li").filter(has_text="Chờ gửi")).to_have_count(1)
    officer.page.reload()
    expect(officer.page.locator("h1")).to_be_visible()
    officer.page.wait_for_timeout(500)
    assert officer.page.get_by_text("Từ đây phiếu ghi là phiếu thật").count() == 0


def test_training_can_be_used_by_everybody_and_its_word_lies_above_every_window(open_phone: OpenPhone) -> None:
    officer = open_phone("everybody", bypass_csp=True)
    officer.sign_in("canbo.caikhe")
    begin(officer)
    found = faults(officer, "/ in training")
    officer.press("Bắt đầu tuần tra")
    officer.press("Khóa chạm khi để trong túi")
    dark = officer.page.locator("dialog.pocket")
    expect(dark).to_be_visible()
    word = dark.evaluate("each => getComputedStyle(each, '::before').content")
    officer.page.keyboard.press("Escape")
    officer.go("Thêm")
    found += faults(officer, "a screen that is not for training")
    assert (found, word) == ([], '"Đang tập huấn"')
