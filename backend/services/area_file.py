"""Reading a list of hamlets and groups from CSV or XLSX, within limits on size, rows and what it unpacks to."""

import csv
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import Final

from python_calamine import CalamineWorkbook

from sync.fold import fold

FILE_BYTES_MAX: Final = 2 * 1024 * 1024
UNPACKED_BYTES_MAX: Final = 32 * 1024 * 1024
MEMBERS_MAX: Final = 200
ROWS_MAX: Final = 5_000
COLUMNS_MAX: Final = 26
COLUMNS: Final = {
    "loai": "kind", "kind": "kind", "type": "kind",
    "ten": "name", "name": "name",
    "cha": "parent", "parent": "parent", "thuoc": "parent", "truc thuoc": "parent",
}  # fmt: skip
XLSX_MAGIC: Final = b"PK\x03\x04"
_CELL: Final = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,7})([0-9]{1,10})["']""")


class FileUnreadable(Exception):
    """Not a CSV or XLSX file with the columns that are needed."""


class TooManyRows(Exception):
    """More rows than one import takes."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row; `number` is what a spreadsheet shows."""

    number: int
    kind: str
    name: str
    parent: str


def read_rows(raw: bytes) -> list[FileRow]:
    """The rows of a file that are not empty.

    Raises FileUnreadable, TooManyRows."""
    table = _read_xlsx(raw) if raw.startswith(XLSX_MAGIC) else _read_csv(raw)
    if len(table) > ROWS_MAX + 1:
        raise TooManyRows
    if not table:
        raise FileUnreadable
    names = [COLUMNS.get(fold(cell).replace("_", " ")) for cell in table[0]]
    if "kind" not in names or "name" not in names:
        raise FileUnreadable
    return [
        FileRow(number, **_named(names, cells))
        for number, cells in enumerate(table[1:], start=2)
        if any(cell.strip() for cell in cells)
    ]


def _named(names: list[str | None], cells: list[str]) -> dict[str, str]:
    given = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
    return {"kind": "", "name": "", "parent": ""} | given


def _read_csv(raw: bytes) -> list[list[str]]:
    try:
        text = raw.decode("utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        table = []
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            table.append(cells[:COLUMNS_MAX])
            if len(table) > ROWS_MAX + 1:
                raise TooManyRows
    except (UnicodeDecodeError, csv.Error):
        raise FileUnreadable from None
    return table


def _read_xlsx(raw: bytes) -> list[list[str]]:
    try:
        workbook = CalamineWorkbook.from_filelike(_repacked(raw))
        table = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (FileUnreadable, TooManyRows):
        raise
    except BaseException as error:
        # a panic of the Rust library is not an Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise FileUnreadable from None
    return [[_text(cell) for cell in cells[:COLUMNS_MAX]] for cells in table]


def _repacked(raw: bytes) -> io.BytesIO:
    """The same workbook with sizes that are known to be true, so that the library cannot be made to unpack more."""
    plain = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as given, zipfile.ZipFile(plain, "w") as safe:
            members = given.infolist()
            if len(members) > MEMBERS_MAX or sum(member.file_size for member in members) > UNPACKED_BYTES_MAX:
                raise FileUnreadable
            for member in members:
                content = given.read(member)
                _refuse_far_cells(member.filename, content)
                safe.writestr(member.filename, content)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError, EOFError, ValueError):
        raise FileUnreadable from None
    plain.seek(0)
    return plain


def _refuse_far_cells(name: str, content: bytes) -> None:
    """One cell in the last row would make the library lay out a million rows in memory."""
    if not name.startswith("xl/worksheets/"):
        return
    for match in _CELL.finditer(content):
        if int(match[2]) > ROWS_MAX + 1:
            raise TooManyRows
        if len(match[1]) > 1:
            raise FileUnreadable


def _text(cell: object) -> str:
    """A number that a spreadsheet holds as 1.0 was written as 1."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
