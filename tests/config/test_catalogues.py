"""Every fixed phrase is in the catalogues, and a language is added by a file alone."""

from __future__ import annotations

import ast
import io
import logging
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from config import phrases
from config.catalogues import Catalogues, differences
from core import phrases as said
from core.segments import measure
from core.speech import IN_ENGLISH, Speech

CATALOGUES = sorted(phrases.LOCALE.glob("*.po"))
SPEAK = ("say", "count", "variants", "Phrase")

XX = r"""
msgid ""
msgstr ""
"Language: xx\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=3; plural=(n==0 ? 0 : n==1 ? 1 : 2);\n"

msgid "Yes"
msgstr "Xa"

msgid "{day} at {clock}"
msgstr "{clock}, {day}"

msgid "{n} person"
msgid_plural "{n} people"
msgstr[0] "nix"
msgstr[1] "xo"
msgstr[2] "{n} xi"

msgid "and, for, is, says, said, the, number, option"
msgstr "xu ,, xe"

msgid "Place: {place}."
msgstr "Xo: {placo}."

msgid "For {caller}"
msgstr "Xor {caller"
"""


def read(path: Path) -> Catalog:
    return read_po(io.StringIO(path.read_text(encoding="utf-8")))


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def called(call: ast.Call) -> tuple[str, str]:
    """What is called and on what: `turn.speech.say(...)` is ("speech", "say"), and so is `desk.speech().say(...)`."""
    of = call.func
    if not isinstance(of, ast.Attribute):
        return "speech", of.id if isinstance(of, ast.Name) else ""
    owner = of.value.func if isinstance(of.value, ast.Call) else of.value
    name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    return name.removeprefix("_"), of.attr


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def has_words(node: ast.expr) -> bool:
    """Whether a text that is sent as it stands holds words of its own."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(is_text(part) and any(map(str.isalpha, str(ast.literal_eval(part)))) for part in parts)


def is_wrong(call: ast.Call) -> bool:
    owner, name = called(call)
    if not call.args or name not in SPEAK:
        return False
    if owner == "speech" and not (name == "count" and len(call.args) != 3):
        return not all(is_text(one) for one in call.args[: 2 if name == "count" else 1])
    return owner == "turn" and has_words(call.args[0])


def python_files() -> list[Path]:
    return [path for room in phrases.ROOMS for path in sorted((phrases.ROOT / room).rglob("*.py"))]


def test_every_phrase_of_the_code_and_the_pages_is_in_the_template() -> None:
    def keys(catalogue: Catalog) -> set[object]:
        return {message.id if isinstance(message.id, str) else tuple(message.id) for message in catalogue if message.id}

    assert keys(phrases.gather()) == keys(read(phrases.TEMPLATE)), "make phrases brings the catalogues up to date"


def test_what_is_said_stands_where_it_is_said() -> None:
    """A phrase that is put together by the code can't be found, nor translated; `turn.say` sends what was said."""
    wrong = [
        f"{path.relative_to(phrases.ROOT)}:{call.lineno}"
        for path in python_files()
        for call in calls(path)
        if is_wrong(call)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ('speech.say("Hello {name}.", name=name)', False),
        ("speech.say(words)", True),
        ('speech.say(f"Hello {name}.")', True),
        ('say("a" + "b")', True),
        ('self._speech.count("{n} person", "{n} people", n)', False),
        ('turn.speech.count("{n} person", many, n)', True),
        ('desk.speech("cy").say(words)', True),
        ('turn.say(turn.speech.say("Hello."))', False),
        ('turn.say("Hello.")', True),
        ('turn.say(f"Hello {name}")', True),
        ('turn.say(f"{hello} {name}\\n")', False),
        ("Phrase(words)", True),
        ('text.count("a", 0, 3)', False),
    ],
)
def test_the_search_for_what_is_not_a_phrase_finds_it(code: str, wrong: bool) -> None:
    outer = ast.parse(code, mode="eval").body
    assert isinstance(outer, ast.Call)
    assert is_wrong(outer) is wrong


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_is_whole_and_takes_the_same_values(path: Path) -> None:
    catalogue = read(path)
    template = {message.id if isinstance(message.id, str) else tuple(message.id) for message in read(phrases.TEMPLATE)}
    assert {message.id if isinstance(message.id, str) else tuple(message.id) for message in catalogue} == template
    assert list(phrases.missing(catalogue)) == []
    assert [string for message in catalogue if message.id for string in differences(message)] == []
    assert not [message.id for message in catalogue if message.id and message.fuzzy], "fuzzy ones are never said"
    for message in catalogue:
        english, theirs = (
            next((text for text in ([texts] if isinstance(texts, str) else texts or ())), "")
            for texts in (message.id, message.string)
        )
        assert (english[-1:] == " ") == (theirs[-1:] == " "), f"the space after {message.id!r}"


def test_a_line_on_lines_of_its_own_stays_so() -> None:
    for path in CATALOGUES:
        for message in read(path):
            if message.id and isinstance(message.id, str) and isinstance(message.string, str):
                assert message.id.count("\n") == message.string.count("\n"), message.id


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'msgid "Yes"\nmsgstr Xa"\nnonsense', b""])
def test_a_file_that_is_no_catalogue_is_passed_over(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    (tmp_path / "xx.po").write_bytes(content)
    assert Catalogues(tmp_path).speech("xx").say("Yes") == "Yes"
    assert bool(caplog.records) == bool(content)


def test_a_group_s_own_file_takes_the_place_of_ours(tmp_path: Path) -> None:
    ours = Catalogues().speech("cy").say("Yes")
    (tmp_path / "cy.po").write_text(XX.replace("Language: xx", "Language: cy"), encoding="utf-8")
    assert ours != "Xa"
    assert Catalogues(tmp_path).speech("cy").say("Yes") == "Xa"


@pytest.mark.parametrize("tag", ["en", "en-GB", "", "nonsense", "../cy", "zz-Latn"])
def test_english_is_spoken_where_there_is_no_other(tag: str) -> None:
    assert Catalogues().speech(tag) is IN_ENGLISH


def test_welsh_days_and_times() -> None:
    welsh = Catalogues().speech("cy-GB")
    assert welsh.language == "cy"
    assert welsh.day(date(2027, 5, 14)) == "Dydd Gwener 14 Mai 2027"
    assert welsh.day(date(2027, 5, 14), year=False) == "Dydd Gwener 14 Mai"
    assert welsh.clock(time(14, 30)) == "14:30"
    assert welsh.when(datetime.fromisoformat("2027-05-14 14:30")) == "Dydd Gwener 14 Mai 2027 am 14:30"


def test_the_update_keeps_what_translators_wrote() -> None:
    template = Catalog(charset="utf-8", fuzzy=False)
    for phrase in ("Yes", "Something new"):
        template.add(phrase)
    before = f'# Xish, {phrases.TO_REVIEW}\nmsgid ""\nmsgstr ""\n"Language: xx\\n"\n\n'
    before += '# as my aunt says it\nmsgid "Yes"\nmsgstr "Xa"\n\nmsgid "Gone"\nmsgstr "Xone"\n'
    after = phrases.update(before, template)
    assert "# as my aunt says it\n" + 'msgid "Yes"\nmsgstr "Xa"' in after
    assert f'# {phrases.TO_REVIEW}\nmsgid "Something new"\nmsgstr ""' in after
    assert "Gone" not in after
    assert phrases.update(after, template) == after
    assert list(phrases.missing(read_po(io.StringIO(after)))) == ["Something new"]


@given(st.text(max_size=30))
def test_a_value_is_filled_in_as_it_stands(value: str) -> None:
    assert Speech().say("Hello {name}.", name=value) == f"Hello {value}."


def test_welsh_waits_for_a_speaker_and_says_so() -> None:
    welsh = read(phrases.LOCALE / "cy.po")
    assert phrases.TO_REVIEW in welsh.header_comment
    assert all(phrases.TO_REVIEW in message.user_comments for message in welsh if message.id)
    assert welsh.num_plurals == 5


def test_welsh_around_a_text_message_keeps_to_the_letters_that_cost_no_more() -> None:
    welsh = Catalogues().speech("cy")
    names = ("RING", "RING_NUMBER", "SPEAK_TO", "ASK_GROUP", "FOR", "OWN_PAGE_SMS")
    for name, phrase in vars(said).items():
        if name in names or name.startswith("SMS_") or (name.startswith("MEETING_") and name.endswith("_SMS")):
            assert measure(welsh.phrase(phrase)).encoding == "GSM-7", name


def test_a_language_is_added_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "xx.po").write_text(XX, encoding="utf-8")
    catalogues = Catalogues(tmp_path)
    assert catalogues.languages == ["en", "cy", "xx"]
    speech = catalogues.speech("xx-YY")
    assert speech.language == "xx"
    assert speech.say("Yes") == "Xa"
    assert [speech.count("{n} person", "{n} people", n) for n in (0, 1, 1200)] == ["nix", "xo", "1,200 xi"]
    assert speech.variants("and, for, is, says, said, the, number, option") == ["xu", "xe"]
    moment = datetime.fromisoformat("2027-05-14 14:00")
    assert speech.when(moment) == "2pm, Friday 14 May 2027", "nobody has described its days"
    assert speech.say("No") == "No", "what a catalogue lacks is English"
    assert catalogues.speech("xx") == speech


def test_a_slip_in_a_catalogue_breaks_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "xx.po").write_text(XX, encoding="utf-8")
    speech = Catalogues(tmp_path).speech("xx")
    assert speech.say("Place: {place}.", place="the library") == "Place: the library."
    assert speech.say("For {caller}", caller="Jo") == "For Jo"
    assert [record.args for record in caplog.records] == [("xx.po", "Place: {place}."), ("xx.po", "For {caller}")]
