"""A browser may erase what a phone has stored: its commander is told of it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("lost_store_ms", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("device", "lost_store_ms")
