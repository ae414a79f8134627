"""What the app is before anybody signs in: installable, small, closed to the rest of the world."""

import gzip

from playwright.sync_api import Response, expect

from tests.e2e.conftest import OpenPhone

# 60 kB
FIRST_LOAD_JS_BYTES_MAX = 60 * 1024


def test_the_app_can_be_installed(open_phone: OpenPhone) -> None:
    held = open_phone("phone")
    held.open()
    held.page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    session = held.context.new_cdp_session(held.page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


def test_the_first_load_is_small(open_phone: OpenPhone) -> None:
    held = open_phone("phone")
    scripts: list[Response] = []
    held.page.on("response", lambda response: scripts.append(response) if is_script(response) else None)
    held.open()
    held.page.wait_for_load_state("networkidle")
    sizes = {response.url: len(gzip.compress(response.body(), mtime=0)) for response in scripts}
    assert sizes
    assert sum(sizes.values()) <= FIRST_LOAD_JS_BYTES_MAX, sizes


def is_script(response: Response) -> bool:
    return response.request.resource_type == "script"


def test_the_app_says_nothing_to_anybody_else(open_phone: OpenPhone) -> None:
    held = open_phone("phone")
    held.sign_in("chihuy.caikhe")
    for name in ("Bảng tin", "Số liệu", "Đồng bộ", "Trang chủ"):
        held.go(name)
        expect(held.page.locator("h1")).to_be_visible()
        held.page.wait_for_load_state("networkidle")
    assert (held.complaints, held.foreign) == ([], [])


def test_the_start_page_opens_without_a_network(open_phone: OpenPhone) -> None:
    held = open_phone("phone")
    held.open()
    held.page.evaluate("() => navigator.serviceWorker.ready.then(() => undefined)")
    held.kill()
    held = open_phone("phone", offline=True)
    held.open()
    expect(held.page.get_by_label("Tên đăng nhập")).to_be_visible()
