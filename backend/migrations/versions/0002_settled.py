"""What lets a push read less (settled records, the last number of a device, lean indexes), and merged communes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


HELD = "status = 'held'"
# name, table, columns, the rows that it holds
LEAN = [
    ("ix_operation_unit_status_received_ms", "operation", ["unit", "status", "received_ms"], HELD),
    ("ix_operation_device_status", "operation", ["device", "status"], HELD),
    ("ix_record_parent", "record", ["parent"], "parent is not null"),
]
CHECKED = [
    ("fk_operation_device_device", "device", "device"),
    ("fk_operation_author_user_account", "author", "user_account"),
]


def upgrade() -> None:
    # rows from before say false: the first edit of each merges its whole log once more
    op.add_column("record", sa.Column("settled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("device", sa.Column("last_n", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("update device set last_n = coalesce((select max(n) from operation where device = device.id), 0)")
    # the commune that took another one in (P27)
    op.add_column("area", sa.Column("merged_into", sa.String(36)))
    # checked for each row of the log, a fifth of a push: the device's row is locked when its operations are appended,
    # and neither a device nor an account is ever deleted
    with op.batch_alter_table("operation") as operation:
        for name, _, _ in CHECKED:
            operation.drop_constraint(name, type_="foreignkey")
    for name, table, columns, where in LEAN:
        op.drop_index(name, table)
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    with op.batch_alter_table("operation") as operation:
        for name, column, table in CHECKED:
            operation.create_foreign_key(name, table, [column], ["id"])
    for name, table, columns, _ in LEAN:
        op.drop_index(name, table)
        op.create_index(name, table, columns)
    op.drop_column("area", "merged_into")
    op.drop_column("device", "last_n")
    op.drop_column("record", "settled")
