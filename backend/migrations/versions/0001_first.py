"""All tables of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "area",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("code", sa.String(16)),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("type_word", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("full_name", sa.String(240), nullable=False),
        sa.Column("folded", sa.String(240), nullable=False),
        sa.Column("parent", sa.String(36)),
        sa.Column("path", sa.String(400), nullable=False),
        sa.Column("partition", sa.String(36), nullable=False),
        sa.Column("lat_e6", sa.Integer()),
        sa.Column("lon_e6", sa.Integer()),
        sa.Column("valid_from", sa.String(10)),
        sa.Column("valid_to", sa.String(10)),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["area.id"], name="fk_area_parent_area"),
        sa.PrimaryKeyConstraint("id", name="pk_area"),
    )
    op.create_index("ix_area_code", "area", ["code"])
    op.create_index("ix_area_folded", "area", ["folded"])
    op.create_index("ix_area_parent", "area", ["parent"])
    op.create_index("ix_area_partition", "area", ["partition"])
    op.create_index("ix_area_path", "area", ["path"])
    op.create_table(
        "counter",
        sa.Column("partition", sa.String(36), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partition", name="pk_counter"),
    )
    op.create_table(
        "daily_figure",
        sa.Column("area", sa.String(36), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("partition", sa.String(36), nullable=False),
        sa.Column("activities", sa.Integer(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("by_campaign", sa.Text(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("counted_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("area", "day", name="pk_daily_figure"),
    )
    op.create_index("ix_daily_figure_day_area", "daily_figure", ["day", "area"])
    op.create_index("ix_daily_figure_partition_day", "daily_figure", ["partition", "day"])
    op.create_table(
        "departure",
        sa.Column("partition", sa.String(36), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("partition", "seq", name="pk_departure"),
    )
    op.create_index("ix_departure_record", "departure", ["record"])
    op.create_table(
        "dirty_cell",
        sa.Column("area", sa.String(36), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("marked_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("area", "day", name="pk_dirty_cell"),
    )
    op.create_table(
        "feed_mark",
        sa.Column("partition", sa.String(36), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("partition", "last_seq", name="pk_feed_mark"),
    )
    op.create_table(
        "job_run",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), nullable=False),
        sa.Column("finished_ms", sa.BigInteger()),
        sa.Column("ok", sa.Boolean()),
        sa.Column("detail", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_job_run"),
    )
    op.create_index("ix_job_run_name_slot", "job_run", ["name", "slot"], unique=True)
    op.create_index("ix_job_run_started_ms", "job_run", ["started_ms"])
    op.create_table(
        "record",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("partition", sa.String(36), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("parent", sa.String(36)),
        sa.Column("family", sa.String(36), nullable=False),
        sa.Column("reference", sa.Boolean(), nullable=False),
        sa.Column("area", sa.String(36), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("campaign", sa.String(36)),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("author", sa.String(36), nullable=False),
        sa.Column("device", sa.String(16), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(36), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("wire", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
        sa.UniqueConstraint("partition", "seq", name="uq_record_partition_seq"),
    )
    op.create_index("ix_record_area_day", "record", ["area", "day"])
    op.create_index("ix_record_parent", "record", ["parent"])
    op.create_index(
        "ix_record_conflict", "record", ["partition", "created_ms", "id"],
        sqlite_where=sa.text("conflict = 1"), postgresql_where=sa.text("conflict"),
    )
    op.create_index("ix_record_partition_changed_ms", "record", ["partition", "changed_ms"])
    op.create_index("ix_record_partition_created_ms_id", "record", ["partition", "created_ms", "id"])
    op.create_index("ix_record_partition_family", "record", ["partition", "family"])
    op.create_index("ix_record_partition_kind_seq", "record", ["partition", "kind", "seq"])
    op.create_table(
        "server",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(16), nullable=False),
        sa.Column("epoch_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_server"),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("bucket", sa.String(64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_failure"),
    )
    op.create_index("ix_sign_in_failure_bucket_at_ms", "sign_in_failure", ["bucket", "at_ms"])
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("disabled_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("username", name="uq_user_account_username"),
    )
    op.create_table(
        "area_code",
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("area", sa.String(36), nullable=False),
        sa.Column("valid_from", sa.String(10)),
        sa.Column("valid_to", sa.String(10)),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name="fk_area_code_area_area"),
        sa.PrimaryKeyConstraint("code", "area", name="pk_area_code"),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user", sa.String(36), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("area", sa.String(36), nullable=False),
        sa.Column("from_on", sa.String(10)),
        sa.Column("to_on", sa.String(10)),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name="fk_assignment_area_area"),
        sa.ForeignKeyConstraint(["user"], ["user_account.id"], name="fk_assignment_user_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_assignment"),
    )
    op.create_index("ix_assignment_area", "assignment", ["area"])
    op.create_index("ix_assignment_user", "assignment", ["user"])
    op.create_table(
        "device",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("user", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("registered_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_sync_ms", sa.BigInteger()),
        sa.Column("holds", sa.Integer(), nullable=False),
        sa.Column("seen_n", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["user_account.id"], name="fk_device_user_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_device"),
    )
    op.create_index("ix_device_user", "device", ["user"])
    op.create_table(
        "former_name",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("area", sa.String(36), nullable=False),
        sa.Column("name", sa.String(240), nullable=False),
        sa.Column("folded", sa.String(240), nullable=False),
        sa.Column("district", sa.String(200)),
        sa.Column("province", sa.String(200)),
        sa.Column("note", sa.String(200)),
        sa.ForeignKeyConstraint(["area"], ["area.id"], name="fk_former_name_area_area"),
        sa.PrimaryKeyConstraint("id", name="pk_former_name"),
    )
    op.create_index("ix_former_name_area", "former_name", ["area"])
    op.create_index("ix_former_name_folded", "former_name", ["folded"])
    op.create_table(
        "operation",
        sa.Column("device", sa.String(16), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("fork", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("code", sa.String(32)),
        sa.Column("record", sa.String(36)),
        sa.Column("unit", sa.String(36)),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64)),
        sa.Column("author", sa.String(36), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("effective_ms", sa.BigInteger()),
        sa.Column("suspect", sa.Boolean(), nullable=False),
        sa.Column("held_id", sa.String(36)),
        sa.Column("judged_under", sa.String(64)),
        sa.Column("closed_reason", sa.Text()),
        sa.ForeignKeyConstraint(["author"], ["user_account.id"], name="fk_operation_author_user_account"),
        sa.ForeignKeyConstraint(["device"], ["device.id"], name="fk_operation_device_device"),
        sa.PrimaryKeyConstraint("device", "n", "fork", name="pk_operation"),
        sa.UniqueConstraint("held_id", name="uq_operation_held_id"),
    )
    op.create_index("ix_operation_device_status", "operation", ["device", "status"])
    op.create_index("ix_operation_record", "operation", ["record"])
    op.create_index("ix_operation_unit_status_received_ms", "operation", ["unit", "status", "received_ms"])
    op.create_table(
        "session",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user", sa.String(36), nullable=False),
        sa.Column("device", sa.String(16), nullable=False),
        sa.Column("mode", sa.String(6), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("access_hash", sa.String(64), nullable=False),
        sa.Column("access_expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("refresh_hash", sa.String(64), nullable=False),
        sa.Column("refresh_expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
        sa.Column("previous_access_hash", sa.String(64)),
        sa.Column("previous_refresh_hash", sa.String(64)),
        sa.Column("spent_refresh_hash", sa.String(64)),
        sa.Column("revoked_ms", sa.BigInteger()),
        sa.ForeignKeyConstraint(["device"], ["device.id"], name="fk_session_device_device"),
        sa.ForeignKeyConstraint(["user"], ["user_account.id"], name="fk_session_user_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("access_hash", name="uq_session_access_hash"),
        sa.UniqueConstraint("refresh_hash", name="uq_session_refresh_hash"),
    )
    op.create_index("ix_session_device", "session", ["device"])
    op.create_index("ix_session_previous_access_hash", "session", ["previous_access_hash"])
    op.create_index("ix_session_previous_refresh_hash", "session", ["previous_refresh_hash"])
    op.create_index("ix_session_spent_refresh_hash", "session", ["spent_refresh_hash"])


def downgrade() -> None:
    op.drop_table("session")
    op.drop_table("operation")
    op.drop_table("former_name")
    op.drop_table("device")
    op.drop_table("assignment")
    op.drop_table("area_code")
    op.drop_table("user_account")
    op.drop_table("sign_in_failure")
    op.drop_table("server")
    op.drop_table("record")
    op.drop_table("job_run")
    op.drop_table("feed_mark")
    op.drop_table("dirty_cell")
    op.drop_table("departure")
    op.drop_table("daily_figure")
    op.drop_table("counter")
    op.drop_table("area")
