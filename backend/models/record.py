"""Merged records, the per-partition counter of changes, and the marks that let a cursor prove itself."""

from sqlalchemy import Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base, Day, DeviceId, Id, Ms


class Record(Base):
    """Present state of a record: `wire` is its text on the wire (P18); the columns serve queries only."""

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint("partition", "seq"),
        Index(None, "partition", "created_ms", "id"),
        Index(None, "partition", "changed_ms"),
        Index(None, "partition", "kind", "seq"),
        Index(None, "area", "day"),
        Index(None, "parent", sqlite_where=text("parent is not null"), postgresql_where=text("parent is not null")),
        # few records are in conflict at a time: the index holds only those
        Index(
            "ix_record_conflict",
            "partition",
            "created_ms",
            "id",
            sqlite_where=text("conflict = 1"),
            postgresql_where=text("conflict"),
        ),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    partition: Mapped[str] = mapped_column(Id)
    seq: Mapped[int] = mapped_column(Ms)
    kind: Mapped[str] = mapped_column(String(32))
    parent: Mapped[str | None] = mapped_column(Id)
    # the parent's id, else the own: a record and its children arrive together in a first pull (P17)
    family: Mapped[str] = mapped_column(Id)
    reference: Mapped[bool] = mapped_column(default=False)
    # where, when and for which campaign it counts: own values, else the parent's
    area: Mapped[str] = mapped_column(Id)
    day: Mapped[str] = mapped_column(Day)
    at_ms: Mapped[int] = mapped_column(Ms)
    campaign: Mapped[str | None] = mapped_column(Id)
    # own void, and own or parent's void: the second leaves every figure
    void: Mapped[bool] = mapped_column(default=False)
    hidden: Mapped[bool] = mapped_column(default=False)
    author: Mapped[str] = mapped_column(Id)
    device: Mapped[str] = mapped_column(DeviceId)
    created_ms: Mapped[int] = mapped_column(Ms)
    changed_by: Mapped[str] = mapped_column(Id)
    changed_ms: Mapped[int] = mapped_column(Ms)
    conflict: Mapped[bool] = mapped_column(default=False)
    # true: `wire` says all that a plain edit needs, so it is merged without reading the log (`sync.advance`)
    settled: Mapped[bool] = mapped_column(default=False, server_default=false())
    search: Mapped[str] = mapped_column(Text, default="")
    wire: Mapped[str] = mapped_column(Text)


class Departure(Base):
    """A record that the server moved away from a partition (P27)."""

    __tablename__ = "departure"
    __table_args__ = (Index(None, "record"),)
    partition: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(Ms, primary_key=True)
    record: Mapped[str] = mapped_column(Id)


class Counter(Base):
    """The last `seq` given in a partition; its row lock orders the partition's commits (P16)."""

    __tablename__ = "counter"
    partition: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(Ms, default=0)


class FeedMark(Base):
    """A random mark for the run of `seq` that one request gave: a store rolled back cannot forge it (P17)."""

    __tablename__ = "feed_mark"
    partition: Mapped[str] = mapped_column(Id, primary_key=True)
    last_seq: Mapped[int] = mapped_column(Ms, primary_key=True)
    mark: Mapped[str] = mapped_column(String(16))
