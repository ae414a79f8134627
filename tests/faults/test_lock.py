"""The lock of the app in a real browser: a copy of the whole profile shows nothing that was written on the phone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, expect, sync_playwright

from tests.e2e.browser import LOAD_MS_MAX, PASSWORD, STEP_MS_MAX, Phone, phone
from tests.faults.browser import running_copy
from tests.faults.office import Office
from tests.support.chromium import MISSING as NO_BROWSER, find_chromium
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OFFICER = "canbo.caikhe"
PIN, WRONG, PASSPHRASE = "481516", "000111", "mưa rơi lúc hai giờ"
# ASCII, so that it looks the same in every encoding of a text by bytes
SAVED_WORD, DRAFT_WORD, NIGHT_WORD = "zqxkytu7731", "zqxnhap8842", "zqxdem9953"
LOCKED, SAVED, DONE = "Ứng dụng đang khóa", "Đã lưu trên máy", "Đã đặt khóa"
# a browser that is killed has not written its last cookie; the phone proves itself with its own secret
SESSION_LOST = "401 (UNAUTHORIZED)"
DRAFT_KEPT_MS = 600


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_copy(tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest.fixture(scope="module")
def server_without_sealing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_copy(tmp_path_factory.mktemp("app"), "no-sealing") as running:
        yield running


@contextmanager
def held(server: Server, profile: Path, *, offline: bool = False) -> Iterator[Phone]:
    chromium = find_chromium()
    if chromium is None:
        pytest.fail(NO_BROWSER, pytrace=False)
    expect.set_options(timeout=STEP_MS_MAX)
    with sync_playwright() as playwright, phone(playwright, chromium, server.url, profile, offline=offline) as one:
        yield one
        assert [each for each in one.complaints if SESSION_LOST not in each] == []
        one.kill()


def write(one: Phone, word: str) -> None:
    """A meeting whose agenda has the word, saved."""
    one.open("/record/meeting")
    one.page.locator("[name=agenda]").fill(word)
    one.press("Lưu")
    expect(one.page.get_by_text(SAVED)).to_be_visible()


def leave_draft(one: Phone, word: str) -> None:
    one.open("/record/meeting")
    one.page.locator("[name=conclusion]").fill(word)
    one.page.wait_for_timeout(DRAFT_KEPT_MS)


def set_secret(one: Phone, way: str, secret: str, button: str) -> None:
    one.open("/lock")
    one.page.get_by_label(way).check()
    one.page.locator("#secret").fill(secret)
    one.page.locator("#again").fill(secret)
    one.press(button)
    expect(one.page.get_by_text(DONE)).to_be_visible(timeout=LOAD_MS_MAX)


def unlock(one: Phone, secret: str) -> None:
    one.page.locator("#secret").fill(secret)
    one.press("Mở khóa")


def hits(profile: Path, *words: str) -> dict[str, str]:
    """Which of the words stand anywhere in the profile, as bytes of UTF-8 or UTF-16, and in which file."""
    found: dict[str, str] = {}
    for path in profile.rglob("*"):
        if not path.is_file() or path.is_symlink():
            continue
        content = path.read_bytes()
        for word in words:
            if word.encode() in content or word.encode("utf-16-le") in content:
                found[word] = str(path.relative_to(profile))
    return found


def meetings(server: Server) -> list[str]:
    records = Office(server.url).read().values()
    return [str(each["fields"]["agenda"][0]) for each in records if "agenda" in each["fields"]]


def test_nothing_that_was_written_stands_in_the_profile_and_nothing_is_lost(tmp_path: Path, server: Server) -> None:
    profile = tmp_path / "profile"
    with held(server, profile) as one:
        one.sign_in(OFFICER)
        set_secret(one, "Mã PIN", PIN, "Đặt mã PIN")
        one.context.set_offline(True)
        # while it is open, while it is locked, and in a form that is not saved
        write(one, NIGHT_WORD)
        one.open()
        expect(one.page.get_by_role("heading", name=LOCKED)).to_be_visible()
        unlock(one, WRONG)
        expect(one.page.get_by_role("alert")).to_contain_text("còn 9 lần thử")
        unlock(one, PIN)
        expect(one.page.get_by_role("heading", name="Trang chủ")).to_be_visible()
        one.press("Ghi họp tổ")
        one.page.locator("[name=agenda]").fill(SAVED_WORD)
        one.press("Lưu")
        expect(one.page.get_by_text(SAVED)).to_be_visible()
        leave_draft(one, DRAFT_WORD)
    assert hits(profile, SAVED_WORD, DRAFT_WORD, NIGHT_WORD) == {}

    with held(server, profile) as one:
        one.open("/list")
        expect(one.page.get_by_role("heading", name=LOCKED)).to_be_visible()
        unlock(one, PIN)
        expect(one.page.locator(".sync-bar")).to_contain_text("Đã gửi hết", timeout=LOAD_MS_MAX)
    assert {SAVED_WORD, NIGHT_WORD} <= set(meetings(server))


def test_it_does_stand_there_where_nothing_is_sealed(tmp_path: Path, server_without_sealing: Server) -> None:
    """Or the search above would prove nothing."""
    profile = tmp_path / "profile"
    with held(server_without_sealing, profile) as one:
        one.sign_in(OFFICER)
        one.context.set_offline(True)
        write(one, SAVED_WORD)
        leave_draft(one, DRAFT_WORD)
    assert set(hits(profile, SAVED_WORD, DRAFT_WORD)) == {SAVED_WORD, DRAFT_WORD}


def test_a_passphrase_opens_what_was_recorded_before_it_was_set(tmp_path: Path, server: Server) -> None:
    with held(server, tmp_path / "profile") as one:
        one.sign_in("canbo2.caikhe")
        one.context.set_offline(True)
        write(one, "trước khi khóa")
        set_secret(one, "Mật khẩu dài", PASSPHRASE, "Đặt khóa")
        one.open("/list")
        unlock(one, PASSPHRASE)
        expect(one.page.get_by_role("heading", name="Danh sách")).to_be_visible()
        expect(one.page.locator("ul.rows > li")).to_have_count(1)


def phone_with_fingers(one: Phone) -> CDPSession:
    """A virtual authenticator of the phone itself, with a finger on it."""
    session = one.context.new_cdp_session(one.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "hasPrf": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def test_a_passkey_opens_it_without_a_word_typed(tmp_path: Path, server: Server) -> None:
    with held(server, tmp_path / "profile") as one:
        one.sign_in(OFFICER)
        phone_with_fingers(one)
        one.context.set_offline(True)
        one.open("/lock")
        one.page.get_by_label("Khóa vân tay").check()
        one.press("Đặt khóa")
        expect(one.page.get_by_text(DONE)).to_be_visible(timeout=LOAD_MS_MAX)
        one.open("/list")
        expect(one.page.get_by_role("heading", name=LOCKED)).to_be_visible()
        one.press("Mở bằng khóa vân tay")
        expect(one.page.get_by_role("heading", name="Danh sách")).to_be_visible()


def test_what_waits_of_somebody_who_forgot_arrives_with_the_next_sign_in(tmp_path: Path, server: Server) -> None:
    with held(server, tmp_path / "profile") as one:
        one.sign_in("canbo.phongdien")
        set_secret(one, "Mã PIN", PIN, "Đặt mã PIN")
        one.context.set_offline(True)
        one.open("/record/meeting")
        one.page.locator("[name=agenda]").fill("lúc đang khóa")
        one.press("Lưu")
        expect(one.page.get_by_text(SAVED)).to_be_visible()
        one.open()
        one.press("Quên cách mở khóa")
        one.press("Bỏ khóa này")
        one.context.set_offline(False)
        expect(one.page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
        one.fill("Mật khẩu", PASSWORD)
        one.press("Đăng nhập")
        expect(one.page.locator(".sync-bar")).to_contain_text("Đã gửi hết", timeout=LOAD_MS_MAX)
        one.page.locator("nav.bar a[href='/list']").click()
        expect(one.page.locator("ul.rows > li")).to_have_count(1)
