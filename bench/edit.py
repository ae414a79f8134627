"""`edit`: one field of each record is changed; one batch in ten is sent again, its first answer thrown away."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bench.case import UNITS
from bench.checking import feeds, judge
from bench.diaban import pushed
from bench.push import captured, plan, replay, send
from bench.raw import Commit
from bench.records import Author, Batch, Wire, deal
from bench.sample import Sample
from bench.system import Ground, Live, Loaded


class Edit:
    """The workload."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.made = plan(ground)
        self.batches = _edits(ground, self.made)
        self.loaded: Loaded | None = Loaded(self.made, "")
        self._commits: list[list[Commit]] = []

    @contextmanager
    def prepared(self) -> Iterator[None]:
        """Put the records in, and find out which rows the edits leave."""
        with pushed(self.ground, self.made) as url:
            self.loaded = Loaded(self.made, url)
            with pushed(self.ground, self.batches, self.loaded) as edited:
                self._commits = captured(self.ground, edited, self.batches, are_edits=True)
            yield

    def measure(self, live: Live) -> Sample:
        """Push over HTTP; an acknowledged edit whose value is not what the feed tells was lost."""
        sample, accepted = send(live, self.batches, [live.edit_tries(batch) for batch in self.batches])
        values = {operation["record"]: operation["set"] for batch in self.batches for operation in batch.operations}
        told = feeds(live, UNITS)
        kept = {one.record for one in told if values[one.record].items() <= one.fields.items()}
        sample.verdict = judge(accepted, live.stored(), told)
        sample.verdict.lost += len((accepted - kept) & {one.record for one in told})
        return sample

    def measure_raw(self) -> Sample:
        if self.loaded is None or not self.loaded.url:
            raise RuntimeError("not prepared")
        return replay(self.ground, self.loaded.url, self._commits)


def _edits(ground: Ground, made: Sequence[Batch]) -> list[Batch]:
    """An edit of every record by the phone that made it, in any order; its numbers go on after those of the making."""
    authors = ground.world.authors(ground.world.phones, ground.case.seed + 1)
    waiting = {phone: _shuffled(made, phone, author) for phone, author in enumerate(authors)}
    case = ground.case

    def operations_of(phone: int, count: int) -> list[Wire]:
        own = [waiting[phone].pop() for _ in range(count)]
        return [authors[phone].edit(operation, authors[phone].device) for operation in own]

    return deal(operations_of, UNITS, (case.records, case.batch, case.clients))


def _shuffled(made: Sequence[Batch], phone: int, author: Author) -> list[Wire]:
    own = [operation for batch in made if batch.phone == phone for operation in batch.operations]
    author.n = len(own)
    random.Random(author.device).shuffle(own)
    return own
