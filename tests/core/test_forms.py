from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.catalogues import Catalogues
from core.content import Content, make_content
from core.errors import UserError
from core.forms import TELEGRAM_LIMIT, call_form, email_form, fields, one_line, sms_form, telegram_form
from core.group import Group
from core.segments import measure
from tests.core.given_files import DOCUMENT, PICTURE, SHOWS
from tests.core.outline import Outline

GROUP = Group("Maple Group", "Sam Lee", "01234 567890")
SHORT = make_content(
    "Hello {first_name},\n\n"
    "The next meeting is on **Tuesday 2 March** at 2pm – in the library. See [the plan](https://example.org/p?a=1&b=2).\n\n"
    "- Bring a friend\n- We have “Joe’s” cake"
)
LONG = make_content(
    "Hello {first_name},\n\n"
    + "We talked about the new day centre, and what people want from it. " * 30
    + "\n\n{contact_name} has more news.",
    sms_text="{first_name}, there is news of the day centre in your e-mail.",
)
ANN = fields("Ann Jones", "", GROUP)
FOR_JOE = fields("Joe Jones", "", GROUP, "Joe")


def test_an_email_is_whole_and_says_whom_to_ask_and_how_to_stop() -> None:
    form = email_form(SHORT, GROUP)
    assert form.subject.fill(ANN) == "The next meeting is on Tuesday 2 March at 2pm – in the…"
    assert form.plain.fill(ANN) == (
        "Hello Ann,\n\n"
        "The next meeting is on Tuesday 2 March at 2pm – in the library. "
        "See the plan (https://example.org/p?a=1&b=2).\n\n"
        "- Bring a friend\n- We have “Joe’s” cake\n\n"
        "This message is from Maple Group.\n"
        "To stop these messages or to answer, ring Sam Lee on 01234 567890.\n"
    )
    assert form.html.fill(ANN) == (
        "<!doctype html>\n"
        '<html lang="en" dir="ltr">\n'
        "<head>\n"
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="supported-color-schemes" content="light dark">\n'
        "<title>The next meeting is on Tuesday 2 March at 2pm – in the…</title>\n"
        "<style>:root { color-scheme: light dark; } a { color: inherit; }</style>\n"
        "</head>\n"
        '<body style="margin: 0; padding: 16px; font-family: system-ui, sans-serif; '
        'font-size: 18px; line-height: 1.5">\n'
        '<div style="max-width: 36em; margin: 0 auto">\n'
        "<div></div>\n"
        "<p>Hello Ann,</p>\n"
        "<p>The next meeting is on <strong>Tuesday 2 March</strong> at 2pm – in the library. "
        'See <a href="https://example.org/p?a=1&amp;b=2">the plan</a>.</p>\n'
        "<ul>\n<li>Bring a friend</li>\n<li>We have “Joe’s” cake</li>\n</ul>\n"
        "<hr>\n"
        '<p lang="en" dir="ltr">This message is from Maple Group.<br>\n'
        "To stop these messages or to answer, "
        'ring Sam Lee on <a href="tel:01234567890">01234 567890</a>.</p>\n'
        "</div>\n</body>\n</html>\n"
    )


def test_a_shared_mailbox_sees_first_for_whom_it_is() -> None:
    form = email_form(SHORT, GROUP)
    assert form.subject.fill(FOR_JOE).startswith("For Joe: The next meeting")
    assert form.plain.fill(FOR_JOE).startswith("For Joe: Hello Joe,")
    assert "<div>For Joe: </div>\n<p>Hello Joe,</p>" in form.html.fill(FOR_JOE)
    assert "<title>For Joe: The next meeting" in form.html.fill(FOR_JOE)


@pytest.mark.parametrize("form", [email_form(LONG, GROUP), telegram_form(LONG, GROUP)])
def test_a_long_notice_is_told_whole(form: object) -> None:
    for template in (form.plain, form.html):  # type: ignore[attr-defined]
        text = template.fill(ANN)
        assert text.count("new day centre") == (30 if "<title>" not in text else 31)
        assert "Sam Lee has more news." in text


def test_an_email_may_be_answered_where_somebody_reads_it() -> None:
    heard = "To stop these messages or to answer, reply to this e-mail or ring Sam Lee on 01234 567890."
    with_reader = Group("Maple Group", "Sam Lee", "01234 567890", reply_to="sam@example.org")
    assert heard in email_form(SHORT, with_reader).plain.fill(ANN)
    assert heard in email_form(SHORT, GROUP, listening=True).plain.fill(ANN)
    assert "reply" not in email_form(SHORT, GROUP).plain.fill(ANN)


def test_another_language_has_its_own_direction_and_the_footer_keeps_its_own() -> None:
    html = email_form(make_content("مرحبا {first_name}", language="ar"), GROUP).html.fill(ANN)
    assert '<html lang="ar" dir="rtl">' in html
    assert '<p lang="en" dir="ltr">This message' in html


def test_a_telegram_message() -> None:
    form = telegram_form(SHORT, GROUP)
    assert form.html.fill(FOR_JOE) == (
        "For Joe: Hello Joe,\n\n"
        "The next meeting is on <b>Tuesday 2 March</b> at 2pm – in the library. "
        'See <a href="https://example.org/p?a=1&amp;b=2">the plan</a>.\n\n'
        "• Bring a friend\n• We have “Joe’s” cake\n\n"
        "This message is from Maple Group.\n"
        "To stop these messages or to answer, ring Sam Lee on 01234 567890."
    )
    assert form.plain.fill(ANN).startswith("Hello Ann,\n\nThe next meeting is on Tuesday 2 March at 2pm")
    heard = telegram_form(SHORT, GROUP, listening=True).plain.fill(ANN)
    assert heard.endswith(
        "To answer, write here. To stop these messages, write STOP here. You can also ring Sam Lee on 01234 567890."
    )


def test_telegrams_limit_is_for_the_text_with_names_in_it() -> None:
    footer = len(telegram_form(make_content("x"), GROUP).plain.fixed) - 1
    room = TELEGRAM_LIMIT - footer - 40  # for "For Joe: "
    telegram_form(make_content("x" * room), GROUP)
    telegram_form(make_content("&" * room), GROUP)
    for text in ("x" * (room + 1), "😀" * (room // 2 + 1), "{first_name}" + "x" * room):
        with pytest.raises(UserError, match="Telegram takes 4,096"):
            telegram_form(make_content(text), GROUP)


@pytest.mark.parametrize(
    ("stop_word", "listening", "ending"),
    [
        (False, False, "To stop these messages or to answer, ring Sam Lee on 01234 567890."),
        (True, False, "Text STOP to stop. To answer, ring Sam Lee on 01234 567890."),
        (True, True, "To answer, text back or ring Sam Lee on 01234 567890. Text STOP to stop."),
        (False, True, "To answer, text back or ring Sam Lee on 01234 567890. Text STOP to stop."),
    ],
)
def test_a_text_message_promises_only_what_is_heard(stop_word: bool, listening: bool, ending: str) -> None:
    form = sms_form(SHORT, GROUP, stop_word=stop_word, listening=listening)
    assert form.text.fill(FOR_JOE) == (
        "Maple Group: For Joe: Hello Joe,\n"
        "The next meeting is on Tuesday 2 March at 2pm - in the library. See the plan.\n"
        '- Bring a friend\n- We have "Joe\'s" cake\n' + ending
    )
    assert measure(form.text.fill(ANN)).encoding == "GSM-7"


def test_a_shorter_text_stands_in_and_is_plain() -> None:
    assert sms_form(LONG, GROUP, stop_word=True).text.fill(ANN) == (
        "Maple Group: Ann, there is news of the day centre in your e-mail.\n"
        "Text STOP to stop. To answer, ring Sam Lee on 01234 567890."
    )


def test_links_go_into_a_text_message_only_when_asked_for() -> None:
    assert "See the plan (https://example.org/p?a=1&b=2)." in sms_form(
        SHORT, GROUP, stop_word=True, links=True
    ).text.fill(ANN)
    bare = make_content("See https://example.org/p")
    given_bare = make_content("See it.", sms_text="See www.example.org")
    for content in (bare, given_bare):
        assert "example.org" in sms_form(content, GROUP, stop_word=True, links=True).text.fill(ANN)
        with pytest.raises(UserError, match="would hold a web address"):
            sms_form(content, GROUP, stop_word=True)


def test_a_long_notice_needs_a_shorter_text_for_text_messages() -> None:
    with pytest.raises(UserError, match=r"too long for a text message: 14 segments, and the most is 6"):
        sms_form(make_content("x" * 2048), GROUP, stop_word=True)


def test_names_in_a_text_message_become_gsm_where_that_is_honest() -> None:
    form = sms_form(make_content("Hi {name}"), GROUP, stop_word=True)
    assert "Hi Joe O'Neil\n" in form.text.fill(fields("Joe O’Neil", "", GROUP))
    assert "Hi Siân\n" in form.text.fill(fields("Siân", "", GROUP))


def test_a_caller_gets_a_script_and_the_machine_hears_nothing_of_the_matter() -> None:
    form = call_form(make_content("The meeting on **HIV care** is on Tuesday, {first_name}."), GROUP)
    assert form.script.fill(ANN) == (
        "Hello, may I speak to Ann Jones?\n"
        "This is (your name) from Maple Group.\n"
        "(Go on only when you are speaking to Ann Jones.)\n"
        "I have a message for you.\n\n"
        "The meeting on HIV care is on Tuesday, Ann.\n\n"
        "Shall I say any of that again?\n"
        "If you have a question later, ring Sam Lee on 01234 567890.\n"
        "If you do not want these calls, tell me now, and we will stop them."
    )
    assert form.voicemail.fill(FOR_JOE) == (
        "Hello. This is Maple Group. Please ring Sam Lee on 01234 567890. "
        "The number again is 01234 567890. Thank you. Goodbye."
    )


@pytest.mark.parametrize(
    ("group", "contact"),
    [
        (Group("Us", "Sam", ""), "speak to Sam."),
        (Group("Us", "", "01234"), "ring 01234."),
        (Group("Us", "", ""), "speak to Us."),
    ],
)
def test_a_group_without_all_its_settings_names_whom_it_can(group: Group, contact: str) -> None:
    for template in (
        email_form(SHORT, group).plain,
        telegram_form(SHORT, group).html,
        sms_form(SHORT, group, stop_word=True).text,
        call_form(SHORT, group).script,
        call_form(SHORT, group).voicemail,
    ):
        assert contact in template.fill(ANN)


def test_a_number_that_can_not_be_dialled_is_no_link() -> None:
    html = email_form(SHORT, Group("Us", "Sam", "01234 567890 (mornings)")).html.fill(ANN)
    assert "tel:" not in html
    assert "on 01234 567890 (mornings)." in html


def test_the_values_for_a_person() -> None:
    assert fields("Dr  Ann\tJones", None, GROUP, " Ann\n") == {
        "first_name": "Ann",
        "name": "Dr Ann Jones",
        "group": "Maple Group",
        "contact_name": "Sam Lee",
        "contact_phone": "01234 567890",
        "_for": "For Ann: ",
    }
    assert ANN["_for"] == ""


NASTY = st.text(max_size=20) | st.sampled_from(
    [
        "{group}",
        "{{",
        "<b>x",
        "</p></div>",
        "a\r\nBcc: b@c.d",
        "&amp;",
        '" onclick="',
        "\ufdd0group\ufdd1",
        "*x*",
        "`",
        "🙂",
    ]
)


@given(NASTY, NASTY, st.none() | NASTY)
def test_a_name_never_changes_the_form_around_it(name: str, group_name: str, for_whom: str | None) -> None:
    group = Group(group_name, "Sam", "01234 567890")
    values, neutral = fields(name, "", group, for_whom), fields("NAME", "", group, for_whom)
    content: Content = make_content("Hello {name}, **welcome** to {group}.\n\n- {first_name}", "To {name}")
    email, telegram = email_form(content, group), telegram_form(content, group)
    assert len(email.subject.fill(values).splitlines()) == 1
    for html, plain in ((email.html, email.plain), (telegram.html, telegram.plain)):
        shape, other = Outline(), Outline()
        shape.feed(html.fill(values))
        shape.close()
        other.feed(html.fill(neutral))
        other.close()
        assert shape.open == []
        assert shape.tags == other.tags
        # The parser drops or replaces some control characters, as browsers do.
        assert not name.isprintable() or values["name"] in shape.text
        assert f"Hello {values['name']}," in plain.fill(values)
    begins = values["_for"] or "Hello"
    assert telegram.plain.fill(values).startswith(begins)
    text = sms_form(content, group, stop_word=True).text.fill(values)
    assert text.endswith("ring Sam on 01234 567890.")
    assert "`" not in text


def test_a_header_value_is_one_line() -> None:
    assert one_line("a\r\nBcc: b\u2028c") == "a Bcc: b c"
    assert one_line("Siân 🙂") == "Siân 🙂"


WELSH = Catalogues().speech("cy")


def test_a_welsh_notice_has_welsh_around_it() -> None:
    content = make_content("Bore da {first_name}.", language="cy")
    email = email_form(content, GROUP, WELSH, listening=True, own_page=True, attachment=PICTURE)
    telegram = telegram_form(content, GROUP, WELSH, listening=True, attachment=DOCUMENT)
    text = sms_form(content, GROUP, WELSH, stop_word=True, listening=True, asks=True, attachment=PICTURE)
    call = call_form(content, GROUP, WELSH, attachment=PICTURE)
    joe = fields("Joe Jones", "", GROUP, "Joe", WELSH) | {"_visit": "https://m.example.org/visit/x"}
    every = [email.plain, email.html, telegram.plain, telegram.html, text.text, call.script, call.voicemail]
    for template in every:
        said = template.fill(joe)
        assert "Sam Lee" in said
        for english in ("This message", "To answer", "ring ", "picture", "For Joe", "your own", "Hello", "document"):
            assert english not in said.replace("picture@ringround", "")
    assert email.plain.fill(joe).startswith("I Joe: Bore da Joe.")
    assert '<p lang="cy" dir="ltr">' in email.html.fill(joe)


def test_what_goes_along_is_told_in_words_on_every_channel() -> None:
    for file, said, elsewhere in (
        (
            PICTURE,
            f"With this message comes a picture. It shows: {SHOWS}",
            f"There is also a picture. It shows: {SHOWS}",
        ),
        (
            DOCUMENT,
            "With this message comes a document: Agenda żółw.pdf. What it is about: What we will talk about",
            "There is also a document. What it is about: What we will talk about",
        ),
    ):
        assert f"\n\n{said}\n\nThis message is from" in email_form(SHORT, GROUP, attachment=file).plain.fill(ANN)
        assert f"\n\n{said}\n\nThis message is from" in telegram_form(SHORT, GROUP, attachment=file).plain.fill(ANN)
        assert f"\n{elsewhere}\nText STOP" in sms_form(SHORT, GROUP, stop_word=True, attachment=file).text.fill(ANN)
        assert f"\n\n{elsewhere}\n\nShall I say" in call_form(SHORT, GROUP, attachment=file).script.fill(ANN)


def test_a_description_never_brings_a_web_address_into_a_text_message() -> None:
    shows = replace(PICTURE, description="The page www.example.org on a screen")
    assert "example.org" in sms_form(SHORT, GROUP, stop_word=True, links=True, attachment=shows).text.fill(ANN)
    with pytest.raises(UserError, match="web address"):
        sms_form(SHORT, GROUP, stop_word=True, attachment=shows)


def test_a_value_in_a_description_is_no_placeholder() -> None:
    shows = replace(PICTURE, description="A form with {first_name} and {_visit} on it")
    email, telegram = email_form(SHORT, GROUP, attachment=shows), telegram_form(SHORT, GROUP, attachment=shows)
    for template in (email.plain, telegram.html):
        assert "A form with {first_name} and {_visit} on it" in template.fill(ANN)
