from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.attachments import DOCUMENT_LIMIT, LONGEST_NAME, PICTURE_LIMIT, make_attachment
from core.errors import UserError
from tests.core.given_files import JPEG, PDF, archive, png

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OPEN_TEXT = "application/vnd.oasis.opendocument.text"


@pytest.mark.parametrize(
    ("data", "media_type", "name"),
    [
        (png(), "image/png", "plan.png"),
        (JPEG, "image/jpeg", "plan.jpg"),
        (PDF, "application/pdf", "plan.pdf"),
        (b"\xef\xbb\xbf" + PDF, "application/pdf", "plan.pdf"),
        (archive("word/document.xml"), WORD, "plan.docx"),
        (archive("content.xml", mimetype=OPEN_TEXT), OPEN_TEXT, "plan.odt"),
        ("Żółw\r\n\tcafé\n".encode(), "text/plain", "plan.txt"),
    ],
)
def test_what_a_file_is_its_bytes_say_and_the_name_follows(data: bytes, media_type: str, name: str) -> None:
    for given_name in ("plan.exe.png", "plan", "plan.JPEG"):
        made = make_attachment(given_name, data, "A plan")
        assert made.media_type == media_type
        assert made.name == (name if given_name != "plan.exe.png" else name.replace("plan", "plan.exe"))
        assert made.picture == media_type.startswith("image/")
        assert made.data == data


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a" + b"\0" * 20,
        b"MZ\x90\x00",
        b"<svg/>\x00",
        archive("a.exe"),
        archive("word/document.xml", "word/vbaProject.bin"),
        archive(mimetype="application/epub+zip"),
        b"PK\x03\x04 torn",
        "text in UTF-16".encode("utf-16"),
    ],
)
def test_other_files_are_refused_with_what_may_be_sent(data: bytes) -> None:
    with pytest.raises(UserError, match="This kind of file") as caught:
        make_attachment("plan.pdf", data, "A plan")
    assert "PNG or JPEG" in caught.value.mend


def test_a_file_with_nothing_in_it_is_refused() -> None:
    with pytest.raises(UserError, match="empty"):
        make_attachment("a.txt", b"", "")


@pytest.mark.parametrize(("data", "limit"), [(png(), PICTURE_LIMIT), (PDF, DOCUMENT_LIMIT)])
def test_a_file_that_is_too_large_is_refused(data: bytes, limit: int) -> None:
    assert make_attachment("a", data.ljust(limit, b"\0"), "x").data
    with pytest.raises(UserError, match=f"the most is {limit // 1_000_000} MB") as caught:
        make_attachment("a", data.ljust(limit + 1, b"\0"), "x")
    assert caught.value.mend


def test_a_picture_needs_a_description_and_a_document_does_not() -> None:
    with pytest.raises(UserError, match="no description"):
        make_attachment("a.png", png(), "  \n ")
    assert make_attachment("a.pdf", PDF, "").description == ""
    assert make_attachment("a.png", png(), " Two\npeople ").description == "Two people"


@pytest.mark.parametrize("wrong", ["x" * 301, "a\x00b", "a\ufdd0b"])
def test_a_description_can_be_read_out(wrong: str) -> None:
    with pytest.raises(UserError, match="description"):
        make_attachment("a.png", png(), wrong)


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\My files\\Agenda 2.pdf", "Agenda 2.pdf"),
        ('a"b\r\nX: y', "a b X y.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        (".pdf", "file.pdf"),
        ("x" * 300 + ".pdf", "x" * LONGEST_NAME + ".pdf"),
    ],
)
def test_a_name_is_one_that_every_system_takes(name: str, clean: str) -> None:
    assert make_attachment(name, PDF, "").name == clean


@given(st.text(max_size=120))
def test_any_name_becomes_a_usable_one(name: str) -> None:
    made = make_attachment(name, PDF, "").name
    assert made.endswith(".pdf")
    assert 4 < len(made) <= LONGEST_NAME + 4
    assert not set(made) & set('/\\:"<>|*?\r\n\0')
    made.encode()
