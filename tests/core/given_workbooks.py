"""Workbooks made by hand, down to the XML, as no spreadsheet program would write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

BOOK = '<workbook xmlns:r="r"><sheets><sheet name="Calls" r:id="1"/></sheets></workbook>'
LINKS = (
    '<Relationships><Relationship Id="1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="2" Type="x/sharedStrings" Target="/xl/strings.xml"/>'
    '<Relationship Id="3" Type="x/styles" Target="styles.xml"/></Relationships>'
)
HEADER = '<row><c t="str"><v>code</v></c><c t="str"><v>outcome</v></c></row>'
BEGIN, END = f"<worksheet><sheetData>{HEADER}", "</sheetData></worksheet>"


def workbook(
    sheet: str | Iterable[str],
    *,
    book: str = BOOK,
    strings: str = "",
    styles: str = "",
    packing: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """Packs the XML of a sheet, given whole or in pieces, and of what belongs to it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", book)
        archive.writestr("xl/_rels/workbook.xml.rels", LINKS)
        for name, part in (("strings", strings), ("styles", styles)):
            if part:
                archive.writestr(f"xl/{name}.xml", part)
        with archive.open("xl/worksheets/sheet1.xml", "w") as written:
            for piece in [sheet] if isinstance(sheet, str) else sheet:
                written.write(piece.encode())
    return file.getvalue()


def rows(some: str) -> str:
    """Writes a sheet: the header of a call list, then these rows."""
    return f"{BEGIN}{some}{END}"


def many(piece: str, times: int) -> Iterable[str]:
    """Writes a sheet in which a piece comes many times."""
    yield BEGIN
    for _ in range(times // 10_000):
        yield piece * 10_000
    yield END
