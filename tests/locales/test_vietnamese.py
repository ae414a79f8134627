"""The house rules for Vietnamese on screens."""

import re
import unicodedata
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message

from locales import LANGUAGES
from locales.catalogue import po_path, read

PLACEHOLDER = re.compile(r"%\(\w+\)s")
# Tone marks stand in the old places: hóa, thủy, ủy; "quý", "thuế", "hoán" keep theirs on the nucleus.
NEW_TONE_PLACE = re.compile(r"(?<![qQ])(o[àáảãạ]|o[èéẻẽẹ]|u[ỳýỷỹỵ])(?!\w)", re.IGNORECASE)
# Signature blocks, titles and abbreviations that officers know.
CAPITALS_ALLOWED = {
    "ANTT", "CBCS", "CSKV", "PCCC", "NDTQ", "VPHC", "BCĐ", "MTTQ", "XLSX", "CSV", "JSON", "PIN", "GPS", "4G", "MB", "VND",
    "JPEG",
}  # fmt: skip
NO_WORDS = {"bạn", "vui lòng", "xin vui lòng", "đồng chí"}
# đối tượng = suspect, tổ tự quản = a night-patrol team in some provinces: never for anything else.
FALSE_FRIENDS = ("đối tượng", "tổ tự quản")


def messages(language: str) -> Iterator[Message]:
    return (message for message in read(po_path(language), language) if message.id)


def strings(message: Message) -> tuple[str, ...]:
    string = message.string or ""
    return (string,) if isinstance(string, str) else tuple(string)


VIETNAMESE = [
    pytest.param(string, id=f"{message.context}|{number}")
    for message in messages("vi")
    for number, string in enumerate(strings(message))
]


@pytest.mark.parametrize("text", VIETNAMESE)
def test_a_text_keeps_the_house_rules(text: str) -> None:
    lower = text.lower()
    assert unicodedata.is_normalized("NFC", text)
    assert NEW_TONE_PLACE.search(text) is None
    assert "!" not in text
    assert text == text.strip()
    assert "  " not in text
    words = set(re.findall(r"\w+", lower)) | {word for word in NO_WORDS if " " in word and word in lower}
    assert not words & NO_WORDS
    assert not any(word in lower for word in FALSE_FRIENDS)


@pytest.mark.parametrize("text", VIETNAMESE)
def test_no_word_is_written_in_capitals(text: str) -> None:
    shouted = {word for word in re.findall(r"\w+", PLACEHOLDER.sub("", text)) if len(word) > 1 and word.isupper()}
    assert shouted <= CAPITALS_ALLOWED


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_gaps_of_its_text(language: str) -> None:
    for message in messages(language):
        ids = (message.id,) if isinstance(message.id, str) else message.id
        wanted = {gap for text in ids for gap in PLACEHOLDER.findall(text)}
        for string in strings(message):
            assert set(PLACEHOLDER.findall(string)) == wanted, (message.context, string)


@pytest.mark.parametrize(
    ("text", "is_new"),
    [
        ("hoà", True), ("xoá", True), ("thuỷ", True), ("uỷ ban", True), ("khoẻ", True),
        ("hòa", False), ("xóa", False), ("thủy", False), ("quý", False), ("hoàn", False), ("quả", False),
        ("thuế", False), ("đường thủy", False), ("chuyển", False),
    ],
)  # fmt: skip
def test_the_rule_of_tone_places_tells_old_from_new(text: str, is_new: bool) -> None:
    assert (NEW_TONE_PLACE.search(text) is not None) is is_new


@pytest.mark.parametrize(
    ("context", "fixed"),
    [
        ("ui.username", "Tên đăng nhập"),
        ("ui.password", "Mật khẩu"),
        ("ui.sign_in", "Đăng nhập"),
        ("ui.patrol_start", "Bắt đầu tuần tra"),
        ("ui.patrol_end", "Kết thúc tuần tra"),
        ("ui.outreach_new", "Ghi tuyên truyền"),
        ("ui.meeting_new", "Ghi họp tổ"),
        ("ui.save", "Lưu"),
        ("ui.send_now", "Gửi ngay"),
        ("state.saved", "Đã lưu trên máy"),
        ("state.waiting", "Chờ gửi"),
        ("state.received", "Đã gửi"),
        ("state.offline", "Ngoại tuyến"),
        ("ui.home", "Trang chủ"),
        ("ui.sync", "Đồng bộ"),
        ("ui.feed", "Bảng tin"),
        ("ui.figures", "Số liệu"),
        ("handout.leaflet", "Mẫu tờ rơi"),
        ("handout.leaflets", "Số tờ"),
        ("meeting.households_invited", "Số hộ mời"),
        ("meeting.households_present", "Số hộ dự"),
        ("patrol.officers", "Số cán bộ, chiến sĩ"),
        ("place", "Địa bàn"),
    ],
)
def test_a_fixed_label_stands_unbroken(context: str, fixed: str) -> None:
    found = [strings(message)[0] for message in messages("vi") if message.context == context]
    assert found
    assert all(fixed in text for text in found)
