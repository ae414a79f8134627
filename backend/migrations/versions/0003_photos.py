"""Uploads of photos' bytes, and the receipts of those that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photo",
        sa.Column("record", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("full_tag", sa.String(64), nullable=False),
        sa.Column("thumb_tag", sa.String(64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(36), nullable=False),
        sa.Column("device", sa.String(16), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("record", "sha256", name="pk_photo"),
    )
    op.create_index("ix_photo_sha256", "photo", ["sha256"])
    op.create_table(
        "upload",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("user", sa.String(36), nullable=False),
        sa.Column("device", sa.String(16), nullable=False),
        sa.Column("record", sa.String(36), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("received_bytes", sa.Integer(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device.id"], name="fk_upload_device_device"),
        sa.ForeignKeyConstraint(["user"], ["user_account.id"], name="fk_upload_user_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
    )
    op.create_index("ix_upload_changed_ms", "upload", ["changed_ms"])
    op.create_index("ix_upload_device_changed_ms", "upload", ["device", "changed_ms"])
    op.create_table(
        "upload_part",
        sa.Column("upload", sa.String(32), nullable=False),
        sa.Column("from_byte", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.ForeignKeyConstraint(["upload"], ["upload.id"], name="fk_upload_part_upload_upload"),
        sa.PrimaryKeyConstraint("upload", "from_byte", name="pk_upload_part"),
    )


def downgrade() -> None:
    op.drop_table("upload_part")
    op.drop_table("upload")
    op.drop_table("photo")
