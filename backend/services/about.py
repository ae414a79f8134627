"""The deployment's own text: `about.json` in the instance folder. Nothing is invented for a real authority."""

import logging
from pathlib import Path
from typing import Any, Final

import orjson

NAMES: Final = ("authority", "document", "data_class")
DEMO: Final = {
    "authority": "Địa bàn – bản dùng thử với dữ liệu mẫu",
    "document": "bản giới thiệu phần mềm, không của cơ quan nào",
    "data_class": "dữ liệu giả định; không bí mật nhà nước, không thông tin cá nhân của người dân",
}

log = logging.getLogger(__name__)


def read_about(instance_dir: Path, *, is_demo: bool) -> dict[str, Any]:
    """The text of the file; where it says nothing, a demo's defaults, else empty text."""
    defaults = DEMO if is_demo else {}
    given = _read(instance_dir / "about.json")
    return {name: str(given.get(name) or defaults.get(name, "")) for name in NAMES} | {"demo": is_demo}


def _read(path: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        log.warning("about.json cannot be read")
        return {}
    return found if isinstance(found, dict) else {}
