"""The places of changes in their partitions' feeds (P16, P17), and the cells that they made stale.

The counters are locked already, so on PostgreSQL one statement does what would be three."""

import json
from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import Connection, bindparam, insert, text, update

from backend.ambient import Ambient
from backend.models import Counter, DirtyCell, FeedMark
from backend.services.bulk import POSTGRESQL
from backend.services.upsert import insert_missing

MARK_LETTERS = 8
COUNT: Final = (
    update(Counter)
    .where(Counter.partition == bindparam("of_partition"))
    .values(seq=Counter.seq + bindparam("added"))
    .returning(Counter.seq)
)
ALL_AT_ONCE: Final = text("""
WITH counted AS (
    UPDATE counter SET seq = counter.seq + new.added
    FROM json_to_recordset(CAST(:counts AS json)) AS new(partition varchar, added bigint, mark varchar)
    WHERE counter.partition = new.partition
    RETURNING counter.partition, counter.seq, new.mark
), marked AS (
    INSERT INTO feed_mark (partition, last_seq, mark) SELECT partition, seq, mark FROM counted
), stale AS (
    INSERT INTO dirty_cell (area, day, marked_ms)
    SELECT area, day, :now_ms FROM json_to_recordset(CAST(:cells AS json)) AS new(area varchar, day varchar)
    ORDER BY area, day
    ON CONFLICT DO NOTHING
)
SELECT partition, seq FROM counted
""")


def number_changes(
    connection: Connection, added: Mapping[str, int], cells: Collection[tuple[str, str]], now_ms: int, ambient: Ambient
) -> dict[str, int]:
    """Advance the counters by how many records changed, mark each run (one mark a request) and mark cells
    (area, day) as stale; the counters' new values by partition. The caller holds their locks."""
    marks = {partition: ambient.letters(MARK_LETTERS) for partition in sorted(added)}
    if not marks and not cells:
        return {}
    if connection.dialect.name == POSTGRESQL:
        counts = [{"partition": p, "added": added[p], "mark": mark} for p, mark in marks.items()]
        stale = [{"area": area, "day": day} for area, day in sorted(cells)]
        given = {"counts": json.dumps(counts), "cells": json.dumps(stale), "now_ms": now_ms}
        return {row.partition: row.seq for row in connection.execute(ALL_AT_ONCE, given)}
    reached = {
        partition: connection.execute(COUNT, {"of_partition": partition, "added": added[partition]}).scalar_one()
        for partition in marks
    }
    if marks:
        rows = [{"partition": p, "last_seq": reached[p], "mark": mark} for p, mark in marks.items()]
        connection.execute(insert(FeedMark), rows)
    insert_missing(connection, DirtyCell, [{"area": a, "day": d, "marked_ms": now_ms} for a, d in sorted(cells)])
    return reached
