"""What each schedule came to, a line of JSON for each, so that a campaign goes on where it was stopped."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """One schedule, judged."""

    seed: int
    # lives that ended in a death
    kills: int
    # times that the screen said that it had saved
    saves: int
    # times that it said that there is no space
    refusals: int
    seconds: float
    # what was said and is not as it must be on the server
    faults: list[str] = field(default_factory=list)
    # why it could not be judged, if it could not
    broken: str | None = None

    @property
    def is_good(self) -> bool:
        return not self.faults and self.broken is None


def read_journal(path: Path | None) -> dict[int, Outcome]:
    """Outcomes by seed; a last line that was cut off does not count."""
    if path is None or not path.is_file():
        return {}
    found = {}
    for line in path.read_text("utf-8").splitlines():
        try:
            outcome = Outcome(**json.loads(line))
        except ValueError:
            continue
        found[outcome.seed] = outcome
    return found


def note(path: Path | None, outcome: Outcome) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(outcome), ensure_ascii=False) + "\n")


def tell(outcomes: dict[int, Outcome]) -> str:
    """The figures of a campaign in one line."""
    done = list(outcomes.values())
    lost = [fault for outcome in done for fault in outcome.faults]
    broken = sum(outcome.broken is not None for outcome in done)
    return (
        f"{len(done)} schedules ({broken} not judged), {sum(o.kills for o in done)} kills, {sum(o.saves for o in done)} saves said, "
        f"{sum(o.refusals for o in done)} without space, {sum(o.seconds for o in done):.0f} s, {len(lost)} lost or wrong"
    )
