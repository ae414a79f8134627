"""Photos' bytes: uploads on their way, and the receipt of each photo whose bytes are kept (P23)."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.models.base import Base, DeviceId, Hash, Id, Ms

UploadId = String(32)
# of a file or an object: `backend.services.photos.store`
Name = String(100)


class Upload(Base):
    """Bytes on their way: bound to one user, one device and one photo record. Whole = kept, with a receipt."""

    __tablename__ = "upload"
    __table_args__ = (Index(None, "device", "changed_ms"), Index(None, "changed_ms"))
    id: Mapped[str] = mapped_column(UploadId, primary_key=True)
    user: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    device: Mapped[str] = mapped_column(ForeignKey("device.id"))
    record: Mapped[str] = mapped_column(Id)
    # of the bytes as uploaded
    sha256: Mapped[str] = mapped_column(Hash)
    bytes: Mapped[int]
    received_bytes: Mapped[int] = mapped_column(default=0)
    created_ms: Mapped[int] = mapped_column(Ms)
    changed_ms: Mapped[int] = mapped_column(Ms)


class UploadPart(Base):
    """One part of an upload that is durable in the store under `name`."""

    __tablename__ = "upload_part"
    upload: Mapped[str] = mapped_column(ForeignKey("upload.id"), primary_key=True)
    from_byte: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Name)


class Photo(Base):
    """The receipt of a photo record's bytes. What is kept under `name` is a bare re-encoding of them."""

    __tablename__ = "photo"
    __table_args__ = (Index(None, "sha256"),)
    record: Mapped[str] = mapped_column(Id, primary_key=True)
    # of the bytes as uploaded
    sha256: Mapped[str] = mapped_column(Hash, primary_key=True)
    name: Mapped[str] = mapped_column(Name)
    # SHA-256 of what is kept: the ETags
    full_tag: Mapped[str] = mapped_column(Hash)
    thumb_tag: Mapped[str] = mapped_column(Hash)
    bytes: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    author: Mapped[str] = mapped_column(Id)
    device: Mapped[str] = mapped_column(DeviceId)
    received_ms: Mapped[int] = mapped_column(Ms)
