"""Photos on the phone (P23): taken without a network, small and bare, through the death of the page, to the commander."""

import base64
import hashlib
import json
import os
import random
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Request, Route, expect

from tests.e2e.browser import SMALL_PHONE, Phone
from tests.e2e.conftest import OpenPhone
from tests.e2e.test_accessibility import faults
from tests.support.server import Server
from tests.support.sources import ROOT

SIDE_PX_MAX = 1_600
SHRUNK_BYTES_MAX = 400_000
GALLERY = "input[type=file][multiple]"
SEEN_MS_MAX = 30_000
GPS_IFD, ORIENTATION = 0x8825, 0x0112
TURNED = 6  # a phone held upright
FULL_BYTES = 1_000
VITEST_S_MAX = 180
REASON = "Chụp nhầm, lộ biển số xe"
# What a phone keeps of one photo: its row, and the bytes in base64, opened by the key of a phone without a lock.
READ_PHOTOS = """async device => {
  const open = name => new Promise(done => {
    const asked = indexedDB.open(name)
    asked.onsuccess = () => done(asked.result)
  })
  const shared = await open('diaban')
  const asked = shared.transaction('shared').objectStore('shared').get(`keyring ${device}`)
  const keyring = await new Promise(done => { asked.onsuccess = () => done(asked.result) })
  shared.close()
  const raw = atob(keyring.open.replaceAll('-', '+').replaceAll('_', '/'))
  const secret = Uint8Array.from(raw, character => character.charCodeAt(0))
  const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['decrypt'])
  const opened = async (id, sealed) => {
    // how, the key's generation, the nonce, the content
    const additionalData = new TextEncoder().encode(`${device} photo_files ${JSON.stringify([id, 'full'])}`)
    const how = {name: 'AES-GCM', iv: new Uint8Array(sealed, 2, 12), additionalData}
    return await crypto.subtle.decrypt(how, key, new Uint8Array(sealed, 14))
  }
  const db = await open(`diaban-${device}`)
  const transaction = db.transaction(['photos', 'photo_files'])
  const result = request => new Promise(done => { request.onsuccess = () => done(request.result) })
  const rows = await result(transaction.objectStore('photos').getAll())
  const photos = []
  const files = transaction.objectStore('photo_files')
  const sealed = await Promise.all(rows.map(({id}) => result(files.get([id, 'full']))))
  for (const [at, row] of rows.entries()) {
    const bytes = new Uint8Array(sealed[at] ? await opened(row.id, sealed[at]) : [])
    let text = ''
    for (const byte of bytes) text += String.fromCharCode(byte)
    photos.push({...row, full: btoa(text)})
  }
  db.close()
  return photos
}"""


def camera_picture(seed: int = 1, size: tuple[int, int] = (4000, 3000)) -> bytes:
    """Twelve megapixels as a camera gives them, turned, with the place where they were taken."""
    noise = random.Random(seed).randbytes(500 * 375 * 3)
    picture = Image.frombytes("RGB", (500, 375), noise).resize(size, Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (10.0, 2.0, 3.0), 3: "E", 4: (105.0, 46.0, 12.0)})
    written = BytesIO()
    picture.save(written, "JPEG", quality=90, exif=exif, comment=b"nha cua nguoi to giac")
    return written.getvalue()


def file(content: bytes, name: str = "IMG_0001.jpg") -> Any:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def thumbs(held: Phone) -> Locator:
    return held.page.locator("ul.photos img")


def photos_of(held: Phone) -> list[dict[str, Any]]:
    """What the phone keeps, its bytes read out of the browser's own store."""
    name = held.page.evaluate(
        "async () => (await indexedDB.databases()).map(each => each.name).find(name => name.startsWith('diaban-'))"
    )
    found: list[dict[str, Any]] = held.page.evaluate(READ_PHOTOS, name.removeprefix("diaban-"))
    return [{**photo, "full": base64.b64decode(photo["full"])} for photo in found]


def record_meeting_with(officer: Phone, *pictures: bytes) -> None:
    officer.go("Trang chủ")
    officer.press("Ghi họp tổ")
    officer.page.locator(GALLERY).set_input_files([file(picture) for picture in pictures])
    expect(thumbs(officer)).to_have_count(len(pictures))
    officer.press("Lưu")
    expect(officer.page.get_by_role("button", name="Bắt đầu tuần tra")).to_be_visible()


def open_first_record(held: Phone) -> None:
    held.page.locator("ul.rows > li a").first.click()
    expect(held.page.locator("h1")).to_be_visible()


def is_bare(content: bytes) -> bool:
    """No marker from APP1 to APP15 and no comment before the first scan."""
    at = 2
    while content[at + 1] != 0xDA:
        if content[at + 1] == 0xFE or 0xE1 <= content[at + 1] <= 0xEF:
            return False
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return True


def test_a_photo_taken_offline_survives_and_is_seen_by_the_commander(open_phone: OpenPhone) -> None:
    taken = camera_picture()
    assert not is_bare(taken)
    officer = open_phone("officer")
    officer.sign_in("canbo.caikhe")
    officer.context.set_offline(True)
    record_meeting_with(officer, taken)
    row = officer.page.locator("ul.rows > li").first
    expect(row).to_contain_text("Ảnh 0/1")
    officer.kill()

    officer = open_phone("officer", offline=True)
    officer.open()
    row = officer.page.locator("ul.rows > li").first
    expect(row).to_contain_text("Ảnh 0/1")
    [kept] = photos_of(officer)
    assert is_bare(kept["full"])
    shown = Image.open(BytesIO(kept["full"]))
    assert (shown.format, shown.size, not shown.getexif()) == ("JPEG", (1200, 1600), True)
    assert len(kept["full"]) <= SHRUNK_BYTES_MAX
    assert hashlib.sha256(kept["full"]).hexdigest() == kept["sha256"]

    officer.context.set_offline(False)
    expect(row).to_contain_text("Đã gửi", timeout=SEEN_MS_MAX)
    expect(row).not_to_contain_text("Ảnh", timeout=SEEN_MS_MAX)
    the_commander_sees_it(open_phone, kept["sha256"])
    complaints = [text for text in officer.complaints if "401" not in text]
    assert (complaints, officer.foreign) == ([], [])


def the_commander_sees_it(open_phone: OpenPhone, sha256: str) -> None:
    commander = open_phone("commander", size=(1280, 800))
    commander.sign_in("chihuy.caikhe")
    commander.go("Bảng tin")
    open_first_record(commander)
    expect(thumbs(commander)).to_be_visible()
    assert thumbs(commander).evaluate("image => image.naturalWidth > 0")
    thumbs(commander).click()
    large = commander.page.locator("dialog img")
    expect(large).to_be_visible()
    commander.page.wait_for_function("() => document.querySelector('dialog img').naturalHeight === 1600")
    assert (commander.complaints, commander.foreign) == ([], [])
    stranger = open_phone("stranger")
    stranger.sign_in("canbo.phongdien")
    status = stranger.page.evaluate("async path => (await fetch(path)).status", f"/api/v1/photos/{sha256}")
    assert status == 404


def test_a_form_keeps_its_text_and_photos_when_the_camera_kills_the_page(open_phone: OpenPhone) -> None:
    officer = open_phone("officer")
    officer.sign_in("canbo2.caikhe")
    officer.context.set_offline(True)
    officer.press("Ghi tuyên truyền")
    officer.fill("Số tờ", "217")
    officer.page.get_by_label("Mẫu tờ rơi").select_option(index=1)
    design = officer.page.get_by_label("Mẫu tờ rơi").input_value()
    with officer.page.expect_file_chooser() as chosen:
        officer.press("Chọn ảnh có sẵn")
    chosen.value.set_files([file(camera_picture(2))])
    expect(thumbs(officer)).to_have_count(1)
    officer.kill()

    officer = open_phone("officer", offline=True)
    officer.open()
    officer.press("Ghi tuyên truyền")
    expect(thumbs(officer)).to_have_count(1)
    expect(officer.page.get_by_label("Số tờ")).to_have_value("217")
    expect(officer.page.get_by_label("Mẫu tờ rơi")).to_have_value(design)
    officer.press("Lưu")
    row = officer.page.locator("ul.rows > li").first
    expect(row).to_contain_text("Ảnh 0/1")
    # saved, nothing of it comes back
    officer.press("Ghi tuyên truyền")
    expect(officer.page.get_by_label("Số tờ")).to_have_value("")
    expect(officer.page.get_by_role("button", name="Chụp ảnh")).to_be_visible()
    expect(thumbs(officer)).to_have_count(0)
    officer.context.set_offline(False)
    expect(officer.page.locator(".sync-bar")).to_contain_text("Đã gửi hết", timeout=SEEN_MS_MAX)


def test_a_photo_goes_on_where_it_was_cut(open_phone: OpenPhone) -> None:
    officer = open_phone("officer")
    officer.sign_in("canbo.anninh")
    officer.context.set_offline(True)
    record_meeting_with(officer, camera_picture(3))
    [kept] = photos_of(officer)
    first = asked(officer)
    officer.context.set_offline(False)
    # the line carries one part, then breaks
    officer.page.route("**/api/v1/uploads/*", lambda route: carry_one(route, first))
    expect(officer.page.locator(".sync-bar")).to_contain_text("Ảnh chờ gửi: 1", timeout=SEEN_MS_MAX)
    officer.page.wait_for_function("() => true")
    wait_for(officer, lambda: sum(method == "PATCH" for method, _ in first) >= 2)
    officer.kill()

    officer = open_phone("officer")
    second = asked(officer)
    officer.open()
    expect(officer.page.locator(".sync-bar")).to_contain_text("Đã gửi hết", timeout=SEEN_MS_MAX)
    methods = [method for method, _ in second]
    assert methods[0] == "HEAD"
    assert "POST" not in methods
    offsets = [offset for method, offset in second if method == "PATCH"]
    assert offsets == sorted(set(offsets))
    assert offsets[0] == 64 * 1024
    assert offsets[-1] < len(kept["full"])


def asked(held: Phone) -> list[tuple[str, int]]:
    """Requests of uploads as they are made: method and offset."""
    found: list[tuple[str, int]] = []

    def note(request: Request) -> None:
        if "/api/v1/uploads" in request.url:
            found.append((request.method, int(request.headers.get("upload-offset", 0))))

    held.page.on("request", note)
    return found


def carry_one(route: Route, made: list[tuple[str, int]]) -> None:
    parts = sum(method == "PATCH" for method, _ in made)
    if route.request.method == "PATCH" and parts > 1:
        route.abort("connectionreset")
    else:
        route.continue_()


def wait_for(held: Phone, is_done: Any) -> None:
    for _ in range(300):
        if is_done():
            return
        held.page.wait_for_timeout(100)
    raise AssertionError("it did not happen")


def test_the_phones_own_upload_keeps_the_protocol_over_a_line_that_cuts(server: Server, tmp_path: Path) -> None:
    for seed in range(3):
        (tmp_path / f"{seed}.jpg").write_bytes(camera_picture(seed, (1600, 1200)))
    node = Path(sys.executable).with_name("node")
    done = subprocess.run(
        [node, "node_modules/vitest/vitest.mjs", "run", "tests/upload-http.test.ts"],
        cwd=ROOT / "frontend",
        env=os.environ | {"DIABAN_URL": server.url, "DIABAN_PHOTOS": str(tmp_path), "DIABAN_USER": "canbo.anninh"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=VITEST_S_MAX,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "1 passed" in done.stdout


def test_what_is_no_picture_is_refused_in_words_and_the_others_stay(open_phone: OpenPhone) -> None:
    officer = open_phone("officer")
    officer.sign_in("totruong.caikhe")
    officer.press("Ghi họp tổ")
    broken = [file(b"\x00\x00\x00\x18ftypheic" + bytes(5_000), "IMG.heic"), file(camera_picture(4, (1200, 900)))]
    officer.page.locator(GALLERY).set_input_files(broken)
    expect(officer.page.get_by_role("alert")).to_contain_text("không phải ảnh dùng được")
    expect(thumbs(officer)).to_have_count(1)
    assert officer.complaints == []


def test_a_full_phone_says_so_and_keeps_nothing_half(open_phone: OpenPhone) -> None:
    officer = open_phone("officer")
    officer.sign_in("canbo2.caikhe")
    officer.context.set_offline(True)
    record_meeting_with(officer, camera_picture(5))
    officer.kill()
    # A browser remembers for a while how much room it found: a new one looks.
    officer = open_phone("officer", offline=True)
    session = officer.context.new_cdp_session(officer.page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": officer.url, "quotaSize": FULL_BYTES})
    officer.open()
    officer.press("Ghi họp tổ")
    officer.page.locator(GALLERY).set_input_files([file(camera_picture(6))])
    expect(officer.page.get_by_role("alert")).to_contain_text("Bộ nhớ máy đã đầy")
    assert len(photos_of(officer)) == 1
    session.send("Storage.overrideQuotaForOrigin", {"origin": officer.url})
    officer.page.locator(GALLERY).set_input_files([file(camera_picture(6))])
    expect(thumbs(officer)).to_have_count(1)
    assert len(photos_of(officer)) == 2


def test_a_refused_photo_waits_for_a_person(open_phone: OpenPhone) -> None:
    officer = open_phone("officer")
    officer.sign_in("canbo.phongdien")
    body = {"type": "/problems/photo-not-jpeg", "title": "", "detail": "", "status": 422}
    refusal = {"status": 422, "content_type": "application/problem+json", "body": json.dumps(body)}
    officer.page.route("**/api/v1/uploads", lambda route: route.fulfill(**refusal))
    record_meeting_with(officer, camera_picture(7), camera_picture(8))
    row = officer.page.locator("ul.rows > li").first
    expect(row).to_contain_text("Ảnh 0/2", timeout=SEEN_MS_MAX)
    open_first_record(officer)
    expect(officer.page.locator("ul.photos").get_by_text("Cần xem lại")).to_have_count(2, timeout=SEEN_MS_MAX)

    officer.page.unroute("**/api/v1/uploads")
    thumbs(officer).first.click()
    dialog = officer.page.get_by_role("dialog")
    expect(dialog).to_contain_text("không phải ảnh JPEG")
    dialog.get_by_role("button", name="Gửi lại ảnh").click()
    dialog.get_by_role("button", name="Đóng").click()
    expect(officer.page.locator("section.part")).to_contain_text("Ảnh 1/2", timeout=SEEN_MS_MAX)

    officer.page.locator("ul.photos li").filter(has_text="Cần xem lại").get_by_role("button").click()
    dialog.get_by_role("button", name="Bỏ ảnh này").click()
    dialog.get_by_role("button", name="Bỏ ảnh này").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Ghi lý do")
    dialog.get_by_label("Lý do bỏ ảnh").fill(REASON)
    dialog.get_by_role("button", name="Bỏ ảnh này").click()
    expect(thumbs(officer)).to_have_count(1)
    expect(officer.page.locator("section.part")).not_to_contain_text("Ảnh 1/2")
    expect(officer.page.locator(".sync-bar")).to_contain_text("Đã gửi hết", timeout=SEEN_MS_MAX)


def test_everybody_can_take_look_at_and_remove_a_photo(open_phone: OpenPhone) -> None:
    officer = open_phone("officer", size=SMALL_PHONE, bypass_csp=True)
    officer.sign_in("canbo.caikhe")
    officer.context.set_offline(True)
    officer.press("Bắt đầu tuần tra")
    officer.page.locator(GALLERY).set_input_files([file(camera_picture(9, (1200, 900)))])
    expect(thumbs(officer)).to_have_count(1)
    found = faults(officer, "patrol")
    officer.press("Kết thúc tuần tra")
    expect(thumbs(officer)).to_have_count(1)
    found += faults(officer, "results")
    officer.press("Lưu")
    expect(officer.page.get_by_role("button", name="Bắt đầu tuần tra")).to_be_visible()
    open_first_record(officer)
    expect(thumbs(officer)).to_have_count(1)
    found += faults(officer, "record")
    thumbs(officer).click()
    officer.page.get_by_role("button", name="Bỏ ảnh này").click()
    expect(officer.page.get_by_label("Lý do bỏ ảnh")).to_be_visible()
    found += faults(officer, "window")
    officer.page.keyboard.press("Escape")
    expect(officer.page.get_by_role("dialog")).to_have_count(0)
    officer.open("/sync")
    expect(officer.page.get_by_role("heading", name="Ảnh")).to_be_visible()
    found += faults(officer, "sync")
    assert found == []
