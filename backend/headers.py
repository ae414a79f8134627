"""Headers on every answer: a page without holes (strict CSP, Trusted Types), nothing cached by accident, gzip."""

import gzip

from flask import Flask, Response, request

from backend.body import discard_rest
from backend.config import Settings

CSP = "; ".join((
    "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "img-src 'self' blob: data:",
    "connect-src 'self'", "worker-src 'self'", "manifest-src 'self'", "font-src 'self'", "base-uri 'none'",
    "object-src 'none'", "form-action 'self'", "frame-ancestors 'none'",
    "require-trusted-types-for 'script'", "trusted-types swurl",
))  # fmt: skip
FIXED = {
    "Content-Security-Policy": CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
STRICT_TRANSPORT = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
GZIP_FROM_BYTES = 1024
GZIP_LEVEL = 4


def init_headers(app: Flask, settings: Settings) -> None:
    """Set them after each request, errors and static files included."""
    fixed = FIXED if settings.is_demo else FIXED | STRICT_TRANSPORT

    @app.after_request
    def finish(response: Response) -> Response:
        for name, value in fixed.items():
            response.headers.setdefault(name, value)
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.add("Vary", "Accept-Encoding, Accept-Language, Authorization, Cookie")
        if response.status_code == 204:
            response.headers.pop("Content-Type", None)
        if response.status_code >= 400:
            discard_rest()
        return _compress(response)


def _compress(response: Response) -> Response:
    ready = response.direct_passthrough or response.is_streamed or "Content-Encoding" in response.headers
    if ready or response.status_code == 304 or "json" not in (response.mimetype or ""):
        return response
    body = response.get_data()
    if len(body) < GZIP_FROM_BYTES or not request.accept_encodings.quality("gzip"):
        return response
    response.set_data(gzip.compress(body, GZIP_LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
