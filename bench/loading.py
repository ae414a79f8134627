"""Records that stand before the clock starts."""

from collections.abc import Sequence

from bench.records import Batch
from bench.system import Live
from bench.wire import Caller


def load(live: Live, batches: Sequence[Batch]) -> None:
    """Push batches one after the other. Raises RuntimeError when one is not taken whole."""
    caller = Caller(live.port)
    for batch in batches:
        accepted: set[str] = set()
        for requests in live.push_tries(batch):
            answers = [caller.call(request) for request in requests]
            accepted |= live.accepted(batch, answers)
        if len(accepted) != len(batch.operations):
            raise RuntimeError(f"a batch was not taken: {answers[-1].status} {answers[-1].text()[:500]!r}")
    caller.close()
