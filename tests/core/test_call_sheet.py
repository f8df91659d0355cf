from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from actions import fonts
from core.call_sheet import Faces, Sheet, print_calls
from core.errors import UserError
from core.printed_call import Printed, words_on

NAMES = ("Zoë Carter", "محمد الأمين", "דוד כהן", "Bob (Robert) Dean")


def printed(name: str, n: int = 0, **more: object) -> Printed:
    values: dict[str, object] = {
        "code": f"3f9a0{n:03}",
        "name": name,
        "number": "01632 960111",
        "held_by": "",
        "why": "Invitation",
        "needs": "",
        "between": "10:00-17:00",
        "tries": 0,
        "last": "",
        "script": "Hello, may I speak to (their name)?",
        "voicemail": "Hello. This is River Group.",
        "asks": True,
    }
    return Printed(**(values | more))  # type: ignore[arg-type]


def made(calls: Sequence[Printed], folders: Sequence[Path] = ()) -> Sheet:
    found = fonts.find(words_on(calls, "River Group"), folders)
    return print_calls(
        calls,
        Faces(found.base, found.bold, found.more, found.missing),
        group="River Group",
        caller="Jo Bell",
        made=datetime(2027, 3, 27, 10, tzinfo=UTC),
        destroy=datetime(2027, 3, 28, 17, tzinfo=UTC),
    )


def pages(sheet: Sheet) -> int:
    return len(re.findall(rb"/Type /Page\b", sheet.data))


def glyphs(sheet: Sheet) -> int:
    """Counts how many letters are on the paper: what is shown is in the streams of the pages."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", sheet.data, re.DOTALL)
    shown = b""
    for stream in streams:
        try:
            shown += zlib.decompress(stream)
        except zlib.error:
            continue
    return len(re.findall(rb"T[jJ]", shown))


def test_the_font_that_comes_with_us_prints_latin_arabic_and_hebrew() -> None:
    sheet = made([printed(name, n) for n, name in enumerate(NAMES)])
    assert sheet.data.startswith(b"%PDF")
    assert sheet.unprintable == []
    assert glyphs(sheet) > 50


def test_three_people_or_so_go_on_a_page_after_the_page_of_what_to_say() -> None:
    assert [pages(made([printed("Ann", n) for n in range(count)])) for count in (0, 1, 3, 4)] == [1, 2, 2, 3]


def test_a_name_that_no_font_prints_is_told_of(tmp_path: Path) -> None:
    sheet = made([printed("Ann"), printed("王小明")], [tmp_path])
    assert [one.text for one in sheet.unprintable] == ["王小明"]


def a_font_for(letters: str, path: Path) -> None:
    """Makes a font that has these letters, by giving them the shapes of others."""
    from fontTools.ttLib import TTFont

    font = TTFont(fonts.find("").base)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap.update(dict.fromkeys(map(ord, letters), "A"))
    font.save(path)


def test_a_font_of_the_machine_stands_in(tmp_path: Path) -> None:
    a_font_for("王小明", tmp_path / "SomeCJK-Regular.ttf")
    (tmp_path / "broken.ttf").write_bytes(b"this is no font")
    sheet = made([printed("王小明")], [tmp_path])
    assert sheet.unprintable == []
    found = fonts.find("王小明", [tmp_path])
    assert [path.name for path in found.more] == ["SomeCJK-Regular.ttf"]


@pytest.mark.skipif(not Path("/usr/share/fonts").is_dir(), reason="no fonts where Linux keeps them")
def test_bengali_is_printed_where_the_machine_has_a_font() -> None:
    found = fonts.find("শেখ")
    if not found.more:
        pytest.skip("this machine has no font for Bengali")
    assert made([printed("শেখ মুজিব")], [found.more[0].parent]).unprintable == []


def test_a_list_has_an_end() -> None:
    with pytest.raises(UserError, match="500"):
        made([printed("Ann", n) for n in range(501)])


def test_nothing_that_stands_in_a_row_breaks_the_paper() -> None:
    wild = "x" * 5000 + "\n\u202e\t{nb} \\) (\x0b"
    sheet = made([printed(wild, held_by=wild, needs=wild, why=wild, script=wild, last=wild, tries=3)])
    assert sheet.data.startswith(b"%PDF")
