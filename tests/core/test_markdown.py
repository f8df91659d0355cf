from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from core.markdown import Marked
from core.placeholders import KNOWN, Template
from tests.core.outline import Outline

TEXT = """\
Hello {first_name},

# Big **news** & <b>more</b>

We *meet* on **Tuesday**. See [the plan](https://example.org/a?b=1&c=2), https://example.org/a_b(c).
Bring:
- tea
- cake
  with {{nuts}}
  1. one
  2. two
- a friend

3. third
4. fourth

---

Write to <pat@example.org> or [ring Pat](tel:+441234567), not [here](javascript:alert(1))."""


def marked(text: str) -> Marked:
    return Marked(Template.parse(text, KNOWN), where="the text")


def test_a_plain_form_reads_well_without_any_marks() -> None:
    assert marked(TEXT).plain().fill({"first_name": "*Ann*"}) == (
        "Hello *Ann*,\n\n"
        "Big news & <b>more</b>\n\n"
        "We meet on Tuesday. See the plan (https://example.org/a?b=1&c=2), https://example.org/a_b(c).\n"
        "Bring:\n\n"
        "- tea\n"
        "- cake\n"
        "  with {nuts}\n"
        "  1. one\n"
        "  2. two\n"
        "- a friend\n\n"
        "3. third\n"
        "4. fourth\n\n"
        "Write to pat@example.org or ring Pat (+441234567), not [here](javascript:alert(1))."
    )


def test_a_telegram_form_holds_only_tags_that_telegram_knows() -> None:
    assert marked(TEXT).telegram().fill({"first_name": "<Ann>"}) == (
        "Hello &lt;Ann&gt;,\n\n"
        "<b>Big news &amp; &lt;b&gt;more&lt;/b&gt;</b>\n\n"
        'We <i>meet</i> on <b>Tuesday</b>. See <a href="https://example.org/a?b=1&amp;c=2">the plan</a>, '
        '<a href="https://example.org/a_b(c)">https://example.org/a_b(c)</a>.\n'
        "Bring:\n\n"
        "• tea\n"
        "• cake\n"
        "  with {nuts}\n"
        "  1. one\n"
        "  2. two\n"
        "• a friend\n\n"
        "3. third\n"
        "4. fourth\n\n"
        "Write to pat@example.org or ring Pat (+441234567), not [here](javascript:alert(1))."
    )


def test_an_email_form_has_real_lists_headings_and_links() -> None:
    html = marked(TEXT).html().fill({"first_name": "<Ann>"})
    assert "<p>Hello &lt;Ann&gt;,</p>" in html
    assert "<h1>Big <strong>news</strong> &amp; &lt;b&gt;more&lt;/b&gt;</h1>" in html
    assert "We <em>meet</em> on <strong>Tuesday</strong>." in html
    assert '<a href="https://example.org/a?b=1&amp;c=2">the plan</a>' in html
    assert '<a href="https://example.org/a_b(c)">https://example.org/a_b(c)</a>.' in html
    assert "<ul>\n<li>tea</li>\n<li>cake<br>\nwith {nuts}\n<ol>\n<li>one</li>" in html
    assert '<ol start="3">' in html
    assert '<a href="mailto:pat@example.org">' in html
    assert '<a href="tel:+441234567">ring Pat</a>' in html
    assert "[here](javascript:alert(1))" in html


@pytest.mark.parametrize(
    "text",
    [
        "[a](https://x.org/{name})",
        "<https://x.org/{name}>",
        "See https://x.org/{name}",
        "[a](mailto:{name}@x.y)",
    ],
)
def test_a_placeholder_in_an_address_is_an_error(text: str) -> None:
    with pytest.raises(UserError, match="address holds a placeholder"):
        marked(text)


def test_a_link_to_nowhere_is_its_words() -> None:
    assert marked("See [the **plan**]() now").html().fixed == "<p>See the <strong>plan</strong> now</p>\n"


def test_without_links_a_link_becomes_its_words_and_numbers_stay() -> None:
    text = marked("See [the plan](https://example.org). [Ring Pat](tel:01234567) or <pat@example.org>.")
    assert text.plain(links=False).fixed == "See the plan. Ring Pat (01234567) or pat@example.org."


@pytest.mark.parametrize("text", ["See https://example.org", "See www.example.org", "[https://a.org](https://a.org)"])
def test_without_links_a_bare_address_is_refused_rather_than_leaving_a_hole(text: str) -> None:
    with pytest.raises(UserError, match="would hold a web address") as error:
        marked(text).plain(links=False)
    assert ".org" not in str(error.value)


@pytest.mark.parametrize(
    "word", ["a_b_c", "2 * 3 * 4", "C:\\dir", "> said", "    four spaces", "`x`", "a\n---\nb", "&amp;"]
)
def test_what_was_not_meant_as_markdown_is_text(word: str) -> None:
    expected = word.strip().replace("\n---\n", "\n\n")
    assert marked(word).plain().fixed == expected


LINK_MARKS = ["[", "](", ")", "https://a.org/", "tel:12", "javascript:x", "mailto:a@b.c", "<", ">", "!"]
BLOCK_MARKS = ["- ", "1. ", "# ", "\n", "\n\n", "  "]
OTHER_MARKS = ["*", "**", "_", "<b>", "</p>", "&", "word ", "{first_name}", '"', "'", "\\"]
MARKS = st.lists(st.sampled_from([*LINK_MARKS, *BLOCK_MARKS, *OTHER_MARKS]), max_size=30)


@given(
    MARKS,
    st.sampled_from(["Ann", "<script>x</script>", "{name}", '"><a href="https://e.org">', "&lt;", "*x*"]),
)
def test_whatever_is_written_or_filled_in_the_html_is_whole(pieces: list[str], value: str) -> None:
    text = Template.parse("".join(pieces), KNOWN)
    try:
        read = Marked(text)
    except UserError:
        return
    for form, tags in ((read.html(), None), (read.telegram(), {"a", "b", "i"})):
        outline, neutral = Outline(), Outline()
        outline.feed(form.fill({"first_name": value}))
        outline.close()
        neutral.feed(form.fill({"first_name": "NAME"}))
        neutral.close()
        assert outline.open == []
        assert outline.tags == neutral.tags
        assert outline.hrefs == neutral.hrefs
        assert outline.text == neutral.text.replace("NAME", value)
        assert tags is None or set(outline.tags) <= tags
        assert all(href.startswith(("https://", "http://", "mailto:", "tel:")) for href in outline.hrefs)
        assert "script" not in outline.tags


@given(st.text(alphabet=st.sampled_from("ab*_#-.1[]()<>&\n ") | st.characters(exclude_categories=["C", "Z"])))
def test_no_letter_is_ever_lost(text: str) -> None:
    try:
        plain = Marked(Template.parse(text, ())).plain().fixed
    except UserError:
        return
    letters = [character for character in text if character.isalpha()]
    assert [character for character in plain if character.isalpha()] == letters
