"""Where an area lies, for the map; apart from the area, which is read far more often."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "area_geometry",
        sa.Column("area", sa.String(36), nullable=False),
        sa.Column("geometry", sa.Text(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name="fk_area_geometry_area_area"),
        sa.PrimaryKeyConstraint("area", name="pk_area_geometry"),
    )


def downgrade() -> None:
    op.drop_table("area_geometry")
