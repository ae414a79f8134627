"""What in a free text looks like a resident's personal data (docs on the domain, 6): a hint on the phone while somebody
writes, and a flag of the record. Never a refusal: a number of a decision may look like a number of a person.

Twin of `frontend/src/sync/core/personal.ts`; the patterns stand in personal.json, and tests/vectors/personal.json binds
both.
"""

import json
import re
from pathlib import Path
from typing import Final

PATTERNS: Final = {
    what: re.compile(pattern)
    for what, pattern in json.loads(Path(__file__).with_name("personal.json").read_text("utf-8")).items()
}
# every pattern needs digits, and most notes have none
_DIGIT: Final = re.compile(r"[0-9]")


def suspected(text: str) -> list[str]:
    """What a text may hold: some of `id_number`, `phone`, `plate`, `name_and_birth`, in that order."""
    if _DIGIT.search(text) is None:
        return []
    return [what for what, pattern in PATTERNS.items() if pattern.search(text)]
