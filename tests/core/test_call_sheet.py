from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from actions import fonts
from core.call_sheet import Faces, Sheet, print_calls
from core.call_words import answer_words, result_words
from core.errors import UserError
from core.printed_call import NoFont, Printed, words_on
from core.speech import IN_ENGLISH
from tests.core import paper

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


def test_the_paper_says_all_that_a_caller_needs() -> None:
    """What to say once, then for each person the number, the code, the facts, boxes and a line; when to destroy it."""
    long = "It is about the bus. " * 30
    calls = [
        printed("Ann Carter", 1, script=f"Hello, (their name).\n{long}", held_by="her son", needs="speak slowly"),
        printed("Bob Dean", 2, script=f"Hello, (their name).\n{long}", tries=2, last="No answer", asks=False),
        printed("Cy Egan", 3, why="News", back_at="Friday 14 May at 2pm", voicemail="Please ring us."),
        printed("Dee Fox", 4, why="News", voicemail="Please ring us."),
    ]
    sheet = made(calls)
    first, second, third = (" ".join(page.split()) for page in paper.pages(sheet.data))
    assert sheet.unprintable == []
    once = ("People to ring", "For Jo Bell", "4 people", "Hello. This is River Group.", "Please ring us.", long.strip())
    assert [first.count(said) for said in once] == [1] * len(once)
    for wanted in (
        *("Ann Carter", "Code 3f9a0001", "Ring between 10:00-17:00", "held by her son", "Needs: speak slowly"),
        *("Bob Dean", "Code 3f9a0002", "Tries so far: 2, last: No answer", "Cy Egan", "Note:"),
    ):
        assert wanted in second
    assert second.count("01632 960111") == 3
    assert "Asked to be rung back: Friday 14 May at 2pm" in second
    assert ("Dee Fox" in third, "Code 3f9a0004" in third) == (True, True)
    for number, page in enumerate((first, second, third), 1):
        assert page.startswith("River Group ")
        destroy = "Private. Made on Saturday 27 March 2027. Destroy this paper by Sunday 28 March 2027."
        assert page.endswith(f"{destroy} {number} of 3")
    for words in result_words(IN_ENGLISH).values():
        assert second.count(words) >= 3, words
    assert [second.count(words) for words in answer_words(IN_ENGLISH).values()] == [2, 2, 2]  # Bob is not asked
    assert paper.boxes(sheet.data) == [0, 19 + 16 + 19, 19]


def test_arabic_is_joined_and_hebrew_runs_from_right_to_left() -> None:
    """In Unicode's presentation forms FEE3 is the first form of meem, FEA4 the middle one of hah, and so on."""
    shown = paper.glyphs(made([printed(name, n) for n, name in enumerate(NAMES)]).data)
    assert "uniFEE6 uniFEF4 uniFEE3 uniFEF7 uni0627 space uniFEAA uniFEE4 uniFEA4 uniFEE3" in shown
    assert "uni05DF uni05D4 uni05DB space uni05D3 uni05D5 uni05D3" in shown
    assert "Z o edieresis space C a r t e r" in shown
    assert "B o b space parenleft R o b e r t parenright space D e a n" in shown


def test_bengali_is_shaped() -> None:
    """The sign e is written after its consonant and stands before it; r before a consonant is a hook above it."""
    file = paper.font("lohit-bengali/Lohit-Bengali.ttf", "fonts-lohit-beng-bengali")
    sheet = made([printed("শেখ"), printed("দুর্গা", 1)], [file.parent])
    assert sheet.unprintable == []
    shown = "\n".join(paper.glyphs(sheet.data))
    assert re.search(r"^glyph\d+ uni09B6 uni0996$", shown, re.MULTILINE)
    assert re.search(r"^uni09A6 uni09C1 uni0997 glyph\d+ uni09BE$", shown, re.MULTILINE)


def test_chinese_is_printed() -> None:
    file = paper.font("wqy/wqy-microhei.ttc", "fonts-wqy-microhei")
    sheet = made([printed("王小明", needs="普通话")], [file.parent])
    assert sheet.unprintable == []
    page = paper.pages(sheet.data)[1]
    assert ("王小明" in page, "Needs: 普通话" in page) == (True, True)
    assert b"WenQuanYi" in sheet.data
    assert not any(".notdef" in one for one in paper.glyphs(sheet.data))


def test_three_people_or_so_go_on_a_page_after_the_page_of_what_to_say() -> None:
    assert [len(paper.pages(made([printed("Ann", n) for n in range(count)]).data)) for count in (1, 3, 4)] == [2, 2, 3]


def test_what_no_font_prints_is_named_field_by_field_and_never_printed_in_part(tmp_path: Path) -> None:
    calls = [
        printed("王小明", 1, needs="speaks বাংলা", held_by="小红"),
        printed("Ann 🪿", 2, script="We meet 🪿"),
    ]
    found = fonts.find(words_on(calls, "河 Group"), [tmp_path])
    faces = Faces(found.base, found.bold, found.more, found.missing)
    when = datetime(2027, 3, 27, 10, tzinfo=UTC)
    sheet = print_calls(calls, faces, group="河 Group", caller="小李", made=when, destroy=when)
    assert [one.words(IN_ENGLISH) for one in sheet.unprintable] == [
        "the group: 河 Group",
        "the caller: 小李",
        "name: 王小明",
        "王小明, who holds the phone: 小红",
        "王小明, needs: speaks বাংলা",
        "what to say: We meet 🪿",
        "name: Ann 🪿",
    ]
    words = " ".join(" ".join(paper.pages(sheet.data)).split())
    for wanted in ("(name: see the sheet)", "held by (see the sheet)", "Needs: (see the sheet)", "We meet ·", "Ann ·"):
        assert wanted in words
    assert "For" not in words.split("2 people")[0]
    with pytest.raises(NoFont, match="开会"):
        made([printed("Ann", script="We 开会 on Monday")], [tmp_path])


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


def test_a_list_has_an_end() -> None:
    with pytest.raises(UserError, match="500"):
        made([printed("Ann", n) for n in range(501)])


def test_nothing_that_stands_in_a_row_breaks_the_paper() -> None:
    wild = "x" * 5000 + "\n\u202e\t{nb} \\) (\x0b"
    sheet = made([printed(wild, held_by=wild, needs=wild, why=wild, script=wild, last=wild, tries=3)])
    assert "Code 3f9a0000" in paper.pages(sheet.data)[-1]
