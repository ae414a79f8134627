"""Who decided on a held operation, when and why; a reason is kept of a release, too."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CLOSED = sa.text("status = 'closed'")
INDEXES = {"ix_operation_closed_unit": ["unit", "received_ms"], "ix_operation_closed_device": ["device"]}


def upgrade() -> None:
    # plain SQL: Alembic's own renaming copies the whole log on SQLite
    op.execute("ALTER TABLE operation RENAME COLUMN closed_reason TO decided_reason")
    op.add_column("operation", sa.Column("decided_by", sa.String(36)))
    op.add_column("operation", sa.Column("decided_ms", sa.BigInteger()))
    for name, columns in INDEXES.items():
        op.create_index(name, "operation", columns, sqlite_where=CLOSED, postgresql_where=CLOSED)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "operation")
    op.drop_column("operation", "decided_ms")
    op.drop_column("operation", "decided_by")
    op.execute("ALTER TABLE operation RENAME COLUMN decided_reason TO closed_reason")
