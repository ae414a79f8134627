"""The running application's settings."""

from flask import current_app

from backend.config import Settings


def settings() -> Settings:
    """What this process was started with."""
    found: Settings = current_app.extensions["diaban_settings"]
    return found
