"""The server's own state: the name of its history, and what its jobs did."""

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base, Id, Ms


class Server(Base):
    """One row: the epoch is drawn anew when a backup is restored (P20)."""

    __tablename__ = "server"
    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[str] = mapped_column(String(16))
    epoch_ms: Mapped[int] = mapped_column(Ms)


class JobRun(Base):
    """One run of a scheduled job. A slot is claimed once, whoever runs it."""

    __tablename__ = "job_run"
    __table_args__ = (Index(None, "name", "slot", unique=True), Index(None, "started_ms"))
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    slot: Mapped[int] = mapped_column(Ms)
    started_ms: Mapped[int] = mapped_column(Ms)
    finished_ms: Mapped[int | None] = mapped_column(Ms)
    ok: Mapped[bool | None]
    detail: Mapped[str | None] = mapped_column(Text)
