"""The operation log: what every device ever said, never rewritten and never deleted (P7)."""

from sqlalchemy import Index, String, Text, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base, DeviceId, Hash, Id, Ms

HELD = text("status = 'held'")
CLOSED = text("status = 'closed'")


class Operation(Base):
    """One operation with its receipt. `fork` 0 is the first under its number; others are kept aside (P14)."""

    __tablename__ = "operation"
    __table_args__ = (
        Index(None, "record"),
        # held and closed operations are few, and only they are asked for by unit or by device
        Index(None, "unit", "status", "received_ms", sqlite_where=HELD, postgresql_where=HELD),
        Index(None, "device", "status", sqlite_where=HELD, postgresql_where=HELD),
        Index("ix_operation_closed_unit", "unit", "received_ms", sqlite_where=CLOSED, postgresql_where=CLOSED),
        Index("ix_operation_closed_device", "device", sqlite_where=CLOSED, postgresql_where=CLOSED),
    )
    # no foreign keys: checking two for each row was a fifth of a push, and devices and accounts are never deleted
    device: Mapped[str] = mapped_column(DeviceId, primary_key=True)
    n: Mapped[int] = mapped_column(Ms, primary_key=True)
    fork: Mapped[int] = mapped_column(primary_key=True, default=0)
    # accepted | held | closed (held, and closed by a person with a reason)
    status: Mapped[str] = mapped_column(String(8))
    code: Mapped[str | None] = mapped_column(String(32))
    # the record named, when it is a readable id; so that held operations are found with their record (P8)
    record: Mapped[str | None] = mapped_column(Id)
    # where a held one is shown: the partition of its record, else the author's unit
    unit: Mapped[str | None] = mapped_column(Id)
    # canonical JSON as sent; JSON text that keeps what was sent when it cannot be made canonical
    text: Mapped[str] = mapped_column(Text)
    hash: Mapped[str | None] = mapped_column(Hash)
    author: Mapped[str] = mapped_column(Id)
    received_ms: Mapped[int] = mapped_column(Ms)
    effective_ms: Mapped[int | None] = mapped_column(Ms)
    suspect: Mapped[bool] = mapped_column(default=False)
    held_id: Mapped[str | None] = mapped_column(Id, unique=True)
    # what a held one was last judged under (access and schema); another value asks for a new judgement
    judged_under: Mapped[str | None] = mapped_column(Hash)
    # a person's decision on a held one: released or closed by whom (a user's id), when and why; null = by itself
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_ms: Mapped[int | None] = mapped_column(Ms)
    decided_reason: Mapped[str | None] = mapped_column(Text)


# written out, not bound: SQLite uses a partial index only where the text of the query implies its condition
IS_HELD = Operation.status == literal_column("'held'")
IS_CLOSED = Operation.status == literal_column("'closed'")
