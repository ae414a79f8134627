"""Records that a plain edit can be merged into without their log."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # rows from before say false: the first edit of each merges its whole log once more
    op.add_column("record", sa.Column("settled", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("record", "settled")
