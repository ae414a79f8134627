"""The declarative base of every table. Models subclass this, not `db.Model`, so that types hold."""

from sqlalchemy import BigInteger, MetaData, String
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# ids and codes are ASCII and must sort the same in Python and in both stores
Id = String(36)
DeviceId = String(16)
Hash = String(64)
Day = String(10)
Ms = BigInteger()


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(naming_convention=NAMING)
