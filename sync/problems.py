"""The catalogue of failures (P26): codes, HTTP status, retry class. Texts are English msgids."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Problem:
    """One failure. `status` is null where it never travels as an HTTP error (held, phone, import row)."""

    code: str
    where: str
    status: int | None
    retry: str
    title: str
    detail: str


def _load() -> dict[str, Problem]:
    text = (Path(__file__).parent / "problems.json").read_text(encoding="utf-8")
    return {
        code: Problem(code, entry["where"], entry.get("status"), entry["retry"], entry["title"], entry["detail"])
        for code, entry in json.loads(text)["problems"].items()
    }


PROBLEMS: Final = _load()
