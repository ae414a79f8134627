"""The tree of areas, its codes with validity dates, and former names for search."""

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base, Day, Id, Ms

# a subtree is a range of paths, byte by byte; in the order of a language `/` may count for nothing
Path = String(400).with_variant(String(400, collation="C"), "postgresql")


class Area(Base):
    """A node of the tree. `path` is every id from the root to itself, each followed by `/`."""

    __tablename__ = "area"
    __table_args__ = (
        Index(None, "parent"),
        Index(None, "path"),
        Index(None, "code"),
        Index(None, "folded"),
        Index(None, "partition"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code: Mapped[str | None] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(8))
    type_word: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    full_name: Mapped[str] = mapped_column(String(240))
    folded: Mapped[str] = mapped_column(String(240))
    parent: Mapped[str | None] = mapped_column(ForeignKey("area.id"))
    path: Mapped[str] = mapped_column(Path)
    # the commune-level area at or above this one; a city or province is its own partition
    partition: Mapped[str] = mapped_column(Id)
    lat_e6: Mapped[int | None]
    lon_e6: Mapped[int | None]
    valid_from: Mapped[str | None] = mapped_column(Day)
    valid_to: Mapped[str | None] = mapped_column(Day)
    # the commune that took this one in; what phones still record for this one goes there (P27)
    merged_into: Mapped[str | None] = mapped_column(Id)
    changed_ms: Mapped[int] = mapped_column(Ms)


class AreaCode(Base):
    """A statistics-office code of an area while it was in force: an attribute, never an identity."""

    __tablename__ = "area_code"
    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    area: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True)
    valid_from: Mapped[str | None] = mapped_column(Day)
    valid_to: Mapped[str | None] = mapped_column(Day)


class FormerName(Base):
    """A name that people still search by, now part of `area`."""

    __tablename__ = "former_name"
    __table_args__ = (Index(None, "area"), Index(None, "folded"))
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    area: Mapped[str] = mapped_column(ForeignKey("area.id"))
    name: Mapped[str] = mapped_column(String(240))
    folded: Mapped[str] = mapped_column(String(240))
    district: Mapped[str | None] = mapped_column(String(200))
    province: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(String(200))


class AreaGeometry(Base):
    """Where an area lies: a GeoJSON geometry, thinned out; `source` says in words where it comes from."""

    __tablename__ = "area_geometry"
    area: Mapped[str] = mapped_column(ForeignKey("area.id"), primary_key=True)
    geometry: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(200))
    changed_ms: Mapped[int] = mapped_column(Ms)
