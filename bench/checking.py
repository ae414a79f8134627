"""What was missed, doubled and lost, from what clients were told and what a store holds."""

from collections import Counter
from collections.abc import Iterable, Sequence

from bench.sample import Verdict
from bench.system import Live, Reader, Told
from bench.wire import Answer, Caller


def read_feed(port: int, reader: Reader) -> list[Told]:
    """Everything a feed tells now."""
    caller, request, told = Caller(port), reader.first(), []
    has_more = True
    while has_more:
        answer = caller.call(request)
        told += reader.told(answer)
        request, has_more = reader.following(answer)
    caller.close()
    return told


def told_by(answers: Iterable[tuple[Reader, Sequence[Answer]]]) -> list[Told]:
    """What some readers were told."""
    return [told for reader, got in answers for answer in got for told in reader.told(answer)]


def judge(acknowledged: set[str], stored: Counter[str], told: Sequence[Told]) -> Verdict:
    """Missed: stored and not told. Doubled: stored twice, or one state told twice. Lost: acknowledged, not stored."""
    seen = {one.record for one in told}
    states = Counter((one.record, one.version) for one in told)
    doubled = sum(count - 1 for count in stored.values()) + sum(count - 1 for count in states.values())
    return Verdict(missed=len(stored.keys() - seen), doubled=doubled, lost=len(acknowledged - stored.keys()))


def feeds(live: Live, units: int) -> list[Told]:
    """What the feeds of some units tell a new phone."""
    return [one for unit in range(units) for one in read_feed(live.port, live.reader(unit, from_nothing=True))]
