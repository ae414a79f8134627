"""A browser that erases what a site has stored, but not its cookies: officer and commander are told."""

import re

from playwright.sync_api import expect

from tests.e2e.browser import LOAD_MS_MAX, PASSWORD
from tests.e2e.conftest import OpenPhone
from tests.faults.office import Office
from tests.support.server import Server

SENT_S_MAX = 30
ERASED = "indexeddb,cache_storage,file_systems,service_workers,local_storage"


def test_officer_and_commander_are_told_of_an_erased_store(open_phone: OpenPhone, server: Server) -> None:
    officer = open_phone("officer")
    officer.sign_in("canbo.caikhe")
    officer.press("Bắt đầu tuần tra")
    expect(officer.page.get_by_role("button", name="Kết thúc tuần tra")).to_be_visible()
    office = Office(server.url)
    for _ in range(SENT_S_MAX):
        if office.read():
            break
        officer.page.wait_for_timeout(1_000)
    assert office.records
    officer.page.goto("about:blank")
    session = officer.context.new_cdp_session(officer.page)
    session.send("Storage.clearDataForOrigin", {"origin": officer.url, "storageTypes": ERASED})
    officer.open()
    officer.fill("Tên đăng nhập", "canbo.caikhe")
    officer.fill("Mật khẩu", PASSWORD)
    officer.press("Đăng nhập")
    told = officer.page.get_by_role("alert").filter(has_text="đã bị trình duyệt xóa")
    expect(told).to_contain_text("1 phiếu đã gửi vẫn còn trên máy chủ", timeout=LOAD_MS_MAX)
    officer.press("Đã báo chỉ huy")
    expect(told).to_have_count(0)
    # the patrol has come back from the server
    expect(officer.page.get_by_role("button", name="Kết thúc tuần tra")).to_be_visible(timeout=LOAD_MS_MAX)

    commander = open_phone("commander")
    commander.sign_in("chihuy.caikhe")
    commander.open("/held")
    rows = commander.page.locator("section").filter(has_text=re.compile("Máy bị trình duyệt xóa dữ liệu"))
    expect(rows).to_contain_text("Nguyễn Minh Tâm")
