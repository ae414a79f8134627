"""Nothing looks for the records of a family by its index any more: a first load finds them in the feed's order."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NAME, COLUMNS = "ix_record_partition_family", ["partition", "family"]


def upgrade() -> None:
    op.drop_index(NAME, "record")


def downgrade() -> None:
    op.create_index(NAME, "record", COLUMNS)
