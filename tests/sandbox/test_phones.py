from __future__ import annotations

import re
from email.message import EmailMessage
from html import unescape
from typing import Any

import aiohttp
import aiosmtplib
import pytest

from sandbox.faults import Fault
from sandbox.telegram_html import parse, render
from sandbox.world import World

NASTY = '<script>alert("1")</script>'


async def get(world: World, path: str = "") -> str:
    async with aiohttp.ClientSession() as session, session.get(world.page_url + path) as answer:
        assert answer.status == 200
        return await answer.text()


async def post(world: World, path: str, headers: dict[str, str] | None = None, **fields: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(world.page_url + path, data=fields, headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status, answer.headers.get("Location", await answer.text())


async def mail(world: World, to: str = "Ada Löwe <ada@example.org>", text: str = "Dear Ada", html: str = "") -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "Group <group@example.org>", to, "Tea"
    letter["Date"], letter["Message-ID"] = "Tue, 24 Nov 2026 10:00:00 +0000", "<1@example.org>"
    letter.set_content(text)
    if html:
        letter.add_alternative(html, subtype="html")
    await aiosmtplib.send(letter, hostname=world.mail_host, port=world.mail_port, start_tls=False)


async def telegram(world: World, chat_id: int, text: str, **more: Any) -> None:
    url = f"{world.telegram_url}/bot{world.telegram_token}/sendMessage"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json={"chat_id": chat_id, "text": text, **more}),
    ):
        pass


async def test_only_links_to_the_group_s_own_pages_can_be_opened(world: World) -> None:
    world.pages = "http://127.0.0.1:9"
    await mail(world, text="See http://127.0.0.1:9/visit/a.b-c_1. Not http://127.0.0.1:99/x nor https://example.org/x")
    text = await get(world)
    assert '<a href="http://127.0.0.1:9/visit/a.b-c_1">http://127.0.0.1:9/visit/a.b-c_1</a>.' in text
    assert re.findall(r'<a href="(http[^"]*)', text) == ["http://127.0.0.1:9/", "http://127.0.0.1:9/visit/a.b-c_1"]


async def test_everybody_has_a_card_with_what_arrived(world: World) -> None:
    world.introduce("Ada Löwe", email="ada@example.org", telegram=501)
    await mail(world)
    await telegram(world, 501, "<b>Tea</b> &amp; cake", parse_mode="HTML")
    await mail(world, "Bob <bob@example.org>", "Dear Bob")
    text = await get(world)
    assert text.count("<article") == 2
    assert re.search(r"Ada Löwe.*Dear Ada.*<b>Tea</b> &amp; cake.*>Bob<.*Dear Bob", text, re.DOTALL)


async def test_nothing_that_came_from_outside_is_markup(world: World) -> None:
    world.introduce(NASTY, email="ada@example.org", telegram=501)
    await mail(world, text=NASTY, html=f"<p>Tea</p>{NASTY}")
    await telegram(world, 501, NASTY, reply_markup={"inline_keyboard": [[{"text": NASTY, "callback_data": NASTY}]]})
    await telegram(world, 501, "x", reply_markup={"inline_keyboard": [[{"text": "y", "url": "javascript:alert(1)"}]]})
    text = await get(world, f"?q={NASTY}".replace("<", "%3C"))
    assert "<script>" not in text
    assert 'href="javascript' not in text
    frame = re.search(r'<iframe sandbox=""[^>]* srcdoc="([^"]*)"', text)
    assert frame is not None
    assert "<p>Tea</p>" in unescape(frame[1])
    assert "default-src 'none'" in unescape(frame[1])


async def test_the_page_loads_only_what_is_its_own(world: World) -> None:
    text = await get(world)
    assert re.findall(r'(?:src|href)="([^"]+)"', text) == ["/phones.css", "/phones.js", "#people"]
    assert "color-scheme" in await get(world, "phones.css")
    assert "fetch" in await get(world, "phones.js")
    async with aiohttp.ClientSession() as session, session.get(world.page_url) as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_people_are_found_by_name_and_channel(world: World) -> None:
    world.introduce("Ada", email="ada@example.org")
    world.introduce("Bob", mobile="+447700900123")
    assert "Bob" not in await get(world, "?q=ADA")
    assert "Ada" not in await get(world, "?channel=sms")
    assert "Ada" in await get(world, "?q=ada%40&channel=email")
    assert "Nobody matches" in await get(world, "?q=zoe")


async def test_the_part_that_changes_is_sent_only_when_it_has_changed(world: World) -> None:
    await mail(world)
    async with aiohttp.ClientSession() as session:
        async with session.get(world.page_url + "cards") as answer:
            changes = answer.headers["X-Changes"]
            assert "<html" not in await answer.text()
        async with session.get(f"{world.page_url}cards?since={changes}") as answer:
            assert answer.status == 204
        await mail(world)
        async with session.get(f"{world.page_url}cards?since={changes}") as answer:
            assert answer.status == 200


async def test_one_answers_as_a_person_on_each_channel(world: World) -> None:
    world.introduce("Ada", email="ada@example.org", mobile="+447700900123", telegram=501)
    await mail(world)
    await telegram(world, 501, "Coming?", reply_markup={"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]})
    for address, text in (
        ("sms +447700900123", "By text"),
        ("email ada@example.org", "By mail"),
        ("telegram 501", "By chat"),
    ):
        status, where = await post(world, "answer", address=address, text=text, back="q=ada", card="p1")
        assert (status, where) == (303, "/?q=ada#p1")
    await post(world, "answer", address="501", message_id="1", button="Yes")
    assert b"Re: Tea" in world.mail_people.inbox[0]
    said = [event.text for event in world.record.events if event.kind == "inbound"]
    assert said == ["By text", "By mail", "By chat", "[Yes]"]
    text = await get(world)
    assert all(words in text for words in said)


async def test_what_did_not_get_through_is_shown(world: World) -> None:
    world.introduce("Ada", email="ada@example.org")
    world.fail(Fault("email", "rcpt-550"))
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await mail(world)
    world.fail(Fault("email", "greylist", to="ada@example.org"))
    world.slow("sms", 2)
    await world.down("telegram")
    text = await get(world)
    assert "Not accepted: 550 5.1.1" in text
    assert "E-mail will fail: greylist for ada@example.org" in text
    assert "Text message is slow (2 s)" in text
    assert "Telegram is down" in text
    assert (await post(world, "heal"))[0] == 303
    assert "Made to fail" not in await get(world)


async def test_a_form_from_another_site_or_with_a_mistake_is_refused(world: World) -> None:
    assert (await post(world, "heal", {"Origin": "https://example.org"}))[0] == 403
    assert (await post(world, "heal", {"Origin": world.http_url}))[0] == 303
    assert (await post(world, "answer", address="sms +44", text=" "))[0] == 400
    assert (await post(world, "answer"))[0] == 400
    assert (await post(world, "elsewhere"))[0] == 404


async def test_two_people_who_share_a_phone_both_see_it(world: World) -> None:
    world.introduce("Joe", mobile="+447700900123")
    world.introduce("Flo", mobile="+44 7700 900123")
    await world.text_in("+447700900123", "It is Flo")
    assert (await get(world)).count("It is Flo") == 2


def test_set_text_is_shown_as_it_was_set() -> None:
    source = '<b>Tea <i>🍰</i></b> <a href="https://a.b">here</a> 1 &lt; 2'
    assert render(*parse(source)) == "<b>Tea <i>🍰</i></b> <u>here</u> 1 &lt; 2"
