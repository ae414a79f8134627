"""Daily figures per area, and the cells that a change made stale."""

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base, Day, Id, Ms


class DirtyCell(Base):
    """An (area, day) that must be counted again; marked in the transaction that changed it."""

    __tablename__ = "dirty_cell"
    area: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[str] = mapped_column(Day, primary_key=True)
    marked_ms: Mapped[int] = mapped_column(Ms)


class DailyFigure(Base):
    """Figures of one (area, day): JSON `{measure: integer}`; absent = null."""

    __tablename__ = "daily_figure"
    __table_args__ = (Index(None, "partition", "day"), Index(None, "day", "area"))
    area: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[str] = mapped_column(Day, primary_key=True)
    partition: Mapped[str] = mapped_column(Id)
    activities: Mapped[int] = mapped_column(default=0)
    figures: Mapped[str] = mapped_column(Text)
    # the same by campaign: {campaign id: {measure: integer}}
    by_campaign: Mapped[str] = mapped_column(Text, default="{}")
    # when the figures last differed from what stood before
    changed_ms: Mapped[int] = mapped_column(Ms)
    counted_ms: Mapped[int] = mapped_column(Ms)
