"""One gettext catalogue per language, read by the server and by the phone."""

from pathlib import Path

DIRECTORY = Path(__file__).parent
LANGUAGES = ("vi", "en")

__all__ = ["DIRECTORY", "LANGUAGES"]
