"""The built app: its pages, its hashed assets, its service worker. Anything else is a 404."""

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, request, send_from_directory
from werkzeug.exceptions import NotFound

APP: Final = Path(__file__).resolve().parents[1] / "static" / "app"
# every path of the app's own router answers with the same page
APP_PATHS: Final = (
    "/",
    "/record",
    "/record/<path:rest>",
    "/patrol/<path:rest>",
    "/list",
    "/records/<path:rest>",
    "/sync",
    "/feed",
    "/figures",
    "/areas",
    "/conflicts",
    "/held",
    "/map",
    "/more",
    "/sign-in",
)
IMMUTABLE: Final = "public, max-age=31536000, immutable"
PRECOMPRESSED: Final = (("br", ".br"), ("gzip", ".gz"))
NOT_BUILT: Final = (
    "<!doctype html><html lang=vi><meta charset=utf-8><title>Địa bàn</title>"
    "<h1>Địa bàn</h1><p>Ứng dụng chưa được dựng: chạy <code>make build</code>."
    "<p lang=en>The app is not built: run <code>make build</code>."
)

blueprint = Blueprint("pages", __name__)


def show_page(**_rest: str) -> Response:
    """The app's one page, for any of its paths."""
    if not (APP / "index.html").is_file():
        return Response(NOT_BUILT, status=503, content_type="text/html; charset=utf-8")
    return _send("index.html", "no-cache")


for number, path in enumerate(APP_PATHS):
    blueprint.add_url_rule(path, f"page_{number}", show_page)


# the folders of the build by name: a rule for any path would hide the API's 405 behind a 404
@blueprint.get("/<name>")
@blueprint.get("/<any(assets, icons):folder>/<path:name>")
def show_file(name: str, folder: str = "") -> Response:
    """A file of the build; hashed names never change, the others are asked for again each time."""
    if name.startswith(".") or name.endswith((".br", ".gz", ".map")):
        abort(404)
    return _send(f"{folder}/{name}" if folder else name, IMMUTABLE if folder == "assets" else "no-cache")


def _send(name: str, cache_control: str) -> Response:
    """The file, compressed beforehand where the caller takes it. `send_from_directory` refuses to leave the folder."""
    try:
        plain = send_from_directory(APP, name, conditional=True)
    except NotFound:
        abort(404)
    chosen, encoding = plain, None
    for offered, suffix in PRECOMPRESSED:
        if request.accept_encodings.quality(offered) > 0 and (APP / f"{name}{suffix}").is_file():
            chosen, encoding = send_from_directory(APP, name + suffix, conditional=True), offered
            break
    if encoding:
        plain.close()
        chosen.headers["Content-Type"] = plain.headers["Content-Type"]
        chosen.headers["Content-Encoding"] = encoding
    chosen.headers["Cache-Control"] = cache_control
    chosen.headers["Vary"] = "Accept-Encoding"
    return chosen
