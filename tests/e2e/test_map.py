"""The map in a real browser: drawn without a network, without a word of the page's policy being broken."""

import re

import pytest
from playwright.sync_api import Geolocation, Locator, Page, expect

from tests.e2e.browser import Phone
from tests.e2e.conftest import OpenPhone

BUTTON_PX_MIN = 48
# somewhere in the demo's made-up outline
HERE: Geolocation = {"latitude": 10.0482, "longitude": 105.7795, "accuracy": 25}
# how many colours the canvases of the map show, and how many points are not empty
PAINTED = """() => {
  const colours = new Set();
  let painted = 0;
  for (const canvas of document.querySelectorAll(".map-box canvas")) {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0; at < data.length; at += 4)
      if (data[at + 3] === 255) { painted += 1; colours.add(data.slice(at, at + 3).join()); }
  }
  return {painted, colours: [...colours]};
}"""
DRAWN_TRIES_MAX = 50
ERROR = "143,18,24"


def colours(page: Page) -> set[str]:
    return set(page.evaluate(PAINTED)["colours"])


def map_of(officer: Phone) -> Locator:
    box = officer.page.get_by_role("application", name="Bản đồ")
    expect(box).to_be_visible()
    expect(officer.page.locator(".map-scale")).to_have_text(re.compile(r"^[125]0* (m|km)$"))
    return box


@pytest.fixture
def officer(open_phone: OpenPhone) -> Phone:
    held = open_phone("officer")
    held.context.grant_permissions(["geolocation"], origin=held.url)
    held.context.set_geolocation(HERE)
    held.sign_in("canbo.caikhe")
    held.go("Bản đồ")
    map_of(held)
    return held


def test_the_map_is_drawn_without_a_network_in_light_and_dark(officer: Phone) -> None:
    page = officer.page
    expect(page.locator(".map-name").first).to_be_visible()
    officer.context.set_offline(True)
    page.reload()
    map_of(officer)
    expect(page.get_by_text("không phải ranh giới thật")).to_be_visible()
    light = page.evaluate(PAINTED)
    assert light["painted"] > 1000
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(200)
    assert set(page.evaluate(PAINTED)["colours"]) != set(light["colours"])
    assert (officer.complaints, officer.foreign) == ([], [])


def test_who_never_opened_the_map_has_the_boundary_without_a_network(open_phone: OpenPhone) -> None:
    held = open_phone("fresh")
    held.sign_in("canbo2.caikhe")
    held.page.wait_for_function("async () => (await (await caches.open('map-boundaries')).keys()).length === 1")
    held.context.set_offline(True)
    held.go("Bản đồ")
    map_of(held)
    expect(held.page.locator(".map-name").first).to_be_visible()
    assert (held.complaints, held.foreign) == ([], [])


def test_a_position_is_asked_for_by_a_tap_alone(officer: Phone) -> None:
    page = officer.page
    assert ERROR not in colours(page)
    page.get_by_role("button", name="Vị trí của tôi").click()
    expect(page.get_by_text("Đang ở trong vòng 25 m")).to_be_visible()
    # the map moves there first
    for _ in range(DRAWN_TRIES_MAX):
        if ERROR in colours(page):
            break
        page.wait_for_timeout(100)
    assert ERROR in colours(page)
    officer.context.clear_permissions()
    page.get_by_role("button", name="Vị trí của tôi").click()
    expect(page.get_by_text("Máy không cho ứng dụng dùng vị trí")).to_be_visible()
    assert (officer.complaints, officer.foreign) == ([], [])


def test_the_scale_follows_the_zoom_and_buttons_take_a_thumb(officer: Phone) -> None:
    page = officer.page
    before = page.locator(".map-scale").inner_text()
    for _ in range(3):
        page.get_by_role("button", name="Phóng to").click()
    expect(page.locator(".map-scale")).not_to_have_text(before)
    for button in page.locator("main button:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= BUTTON_PX_MIN, button.inner_text()


def test_a_unit_without_anything_to_draw_is_told_so(open_phone: OpenPhone) -> None:
    held = open_phone("another")
    held.sign_in("canbo.phongdien")
    held.go("Bản đồ")
    expect(held.page.get_by_text("Chưa có gì để vẽ")).to_be_visible()
    assert (held.complaints, held.foreign) == ([], [])
