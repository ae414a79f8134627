"""A first load looks for relatives of what changed by their ids, so two indexes of every record are not needed."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

UNUSED = {
    "ix_record_partition_family": ["partition", "family"],
    "ix_record_partition_changed_ms": ["partition", "changed_ms"],
}


def upgrade() -> None:
    for name in UNUSED:
        op.drop_index(name, "record")


def downgrade() -> None:
    for name, columns in UNUSED.items():
        op.create_index(name, "record", columns)
