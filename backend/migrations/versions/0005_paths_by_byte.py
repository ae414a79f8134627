"""Paths of areas are compared byte by byte, whatever language the database was made for."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # SQLite compares so anyway
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE area ALTER COLUMN path TYPE varchar(400) COLLATE "C"')


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE area ALTER COLUMN path TYPE varchar(400)")
