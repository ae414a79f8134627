"""Tables. Importing this package fills `Base.metadata`."""

from backend.models.account import Assignment, Device, Session, SignInFailure, User
from backend.models.area import Area, AreaCode, AreaGeometry, FormerName
from backend.models.base import Base
from backend.models.figure import DailyFigure, DirtyCell
from backend.models.operation import IS_CLOSED, IS_HELD, Operation
from backend.models.photo import Photo, Upload, UploadPart
from backend.models.record import Counter, Departure, FeedMark, Record
from backend.models.server import JobRun, Server

__all__ = [
    "IS_CLOSED",
    "IS_HELD",
    "Area",
    "AreaCode",
    "AreaGeometry",
    "Assignment",
    "Base",
    "Counter",
    "DailyFigure",
    "Departure",
    "Device",
    "DirtyCell",
    "FeedMark",
    "FormerName",
    "JobRun",
    "Operation",
    "Photo",
    "Record",
    "Server",
    "Session",
    "SignInFailure",
    "Upload",
    "UploadPart",
    "User",
]
