"""Who may do what, on which phone, signed in how."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base, Day, DeviceId, Hash, Id, Ms


class User(Base):
    """An account; its roles stand in assignments."""

    __tablename__ = "user_account"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    created_ms: Mapped[int] = mapped_column(Ms)
    disabled_ms: Mapped[int | None] = mapped_column(Ms)


class Assignment(Base):
    """A role in an area's subtree, from one day to another (both included; null = open)."""

    __tablename__ = "assignment"
    __table_args__ = (Index(None, "user"), Index(None, "area"))
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str] = mapped_column(String(16))
    area: Mapped[str] = mapped_column(ForeignKey("area.id"))
    from_on: Mapped[str | None] = mapped_column(Day)
    to_on: Mapped[str | None] = mapped_column(Day)


class Device(Base):
    """One local store of one user, for ever (P1)."""

    __tablename__ = "device"
    __table_args__ = (Index(None, "user"),)
    id: Mapped[str] = mapped_column(DeviceId, primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(8), default="active")
    registered_ms: Mapped[int] = mapped_column(Ms)
    last_sync_ms: Mapped[int | None] = mapped_column(Ms)
    holds: Mapped[int] = mapped_column(default=0)
    # every n up to `seen_n` is stored; none beyond `last_n` is
    seen_n: Mapped[int] = mapped_column(Ms, default=0)
    last_n: Mapped[int] = mapped_column(Ms, default=0, server_default="0")
    # when its user signed in anew in the same browser, whose store was gone
    lost_store_ms: Mapped[int | None] = mapped_column(Ms)


class Session(Base):
    """A signed-in device. Tokens are kept as SHA-256; the previous ones stay good until the new are used (P24)."""

    __tablename__ = "session"
    __table_args__ = (
        Index(None, "previous_access_hash"),
        Index(None, "previous_refresh_hash"),
        Index(None, "spent_refresh_hash"),
        Index(None, "device"),
        UniqueConstraint("access_hash"),
        UniqueConstraint("refresh_hash"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    device: Mapped[str] = mapped_column(ForeignKey("device.id"))
    mode: Mapped[str] = mapped_column(String(6))
    created_ms: Mapped[int] = mapped_column(Ms)
    access_hash: Mapped[str] = mapped_column(Hash)
    access_expires_ms: Mapped[int] = mapped_column(Ms)
    refresh_hash: Mapped[str] = mapped_column(Hash)
    refresh_expires_ms: Mapped[int] = mapped_column(Ms)
    ends_ms: Mapped[int] = mapped_column(Ms)
    previous_access_hash: Mapped[str | None] = mapped_column(Hash)
    previous_refresh_hash: Mapped[str | None] = mapped_column(Hash)
    spent_refresh_hash: Mapped[str | None] = mapped_column(Hash)
    revoked_ms: Mapped[int | None] = mapped_column(Ms)


class SignInFailure(Base):
    """A failed sign-in, counted per account and address over all workers."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index(None, "bucket", "at_ms"),)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    bucket: Mapped[str] = mapped_column(Hash)
    at_ms: Mapped[int] = mapped_column(Ms)
