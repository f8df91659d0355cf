from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import httpx
import pytest
from sqlmodel import select

from core.receipts import Outcome
from sandbox.twilio_callbacks import signature
from store.database import Database, Session
from store.tables import Delivery, Event, InboxItem
from tests.store.people import add_person, claim, deliveries, publish, say
from tests.web.callbacks import FORM, TOKEN, Callback, altered, genuine
from tests.web.conftest import PUBLIC, Open, browser, make_desk
from web.app import WebDoor


def sent(session: Session, people: int) -> list[tuple[str, int, str]]:
    """Sends as many texts, all of them taken by the provider; gives the delivery, the attempt and the reference."""
    for at in range(people):
        add_person(session, f"Person {at}", "sms", addresses={"sms": f"+4477009{at:05d}"})
    notice = publish(session)
    found = []
    for at, one in enumerate(claim(session, "sms", people)):
        say(session, one, Outcome.ACCEPTED, provider="sms", status="queued", ref=f"SM{at:032x}")
        found.append((one.uid, one.n, f"SM{at:032x}"))
    assert len(deliveries(session, notice)) == people
    return found


async def tables(database: Database) -> list[Any]:
    """Everything that a callback may change."""

    def read(session: Session) -> list[Any]:
        return [
            [(one.uid, one.state, one.reason) for one in session.exec(select(Delivery))],
            [(one.ref, one.status) for one in session.exec(select(Event))],
            [(one.ref, one.text) for one in session.exec(select(InboxItem))],
            session.connection().exec_driver_sql("SELECT count(*) FROM stray_receipt").scalar(),
            session.connection().exec_driver_sql("SELECT count(*) FROM notice").scalar(),
        ]

    return await database.read(read)


async def send(client: httpx.AsyncClient, one: Callback) -> int:
    return (await client.post(one.path, content=one.body, headers=one.headers)).status_code


async def test_altered_callbacks_change_nothing_while_every_genuine_one_is_taken(site: Open) -> None:
    await storm(site, wrong=1_000, texts=60)


@pytest.mark.chaos
async def test_ten_thousand_altered_callbacks_change_nothing(site: Open) -> None:
    await storm(site, wrong=10_000, texts=300)


async def storm(site: Open, *, wrong: int, texts: int) -> None:
    """Sends altered callbacks, then genuine ones mixed in, in any order and tripled."""
    seed = random.Random(wrong)
    found = await site.desk.database.write(sent, texts)
    good = [
        genuine(delivery, attempt, ref, status) for delivery, attempt, ref in found for status in ("sent", "delivered")
    ]
    before = await tables(site.desk.database)
    bad = [altered(seed.choice(good), seed) for _ in range(wrong)]
    statuses = await in_turns(site, bad)
    assert all(400 <= status < 500 for status in statuses), sorted(set(statuses))
    assert await tables(site.desk.database) == before
    mixed = [(one, True) for one in good * 3] + [(altered(seed.choice(good), seed), False) for _ in range(wrong // 5)]
    seed.shuffle(mixed)
    statuses = await in_turns(site, [one for one, _ in mixed])
    for (_, is_good), status in zip(mixed, statuses, strict=True):
        assert status == 200 if is_good else 400 <= status < 500
    states = await site.desk.database.read(lambda session: {one.state for one in session.exec(select(Delivery))})
    assert states == {"delivered"}


async def in_turns(site: Open, callbacks: list[Callback], lanes: int = 4) -> list[int]:
    """Sends them over a few connections at once; gives the statuses, in their order."""
    answers: dict[int, int] = {}

    async def lane(first: int) -> None:
        async with httpx.AsyncClient(base_url=site.door.url) as client:
            for at in range(first, len(callbacks), lanes):
                answers[at] = await send(client, callbacks[at])

    await asyncio.gather(*(lane(first) for first in range(lanes)))
    return [answers[at] for at in range(len(callbacks))]


async def test_a_receipt_before_our_own_commit_is_kept_until_it_is_known_whose_it_is(site: Open) -> None:
    one = genuine("no such delivery", 1, "SM" + "f" * 32, "delivered")
    assert await send(site.client, one) == 200
    kept = await tables(site.desk.database)
    assert kept[3] == 1


async def test_a_text_from_somebody_is_heard_once(site: Open) -> None:
    def join(session: Session) -> None:
        add_person(session, "Ann Carter", "sms", addresses={"sms": "+447700900123"})

    await site.desk.database.write(join)
    for path in ("/callbacks/sms", "/callbacks/sms/in", "/callbacks/sms/in"):
        fields = {**FORM, "SmsStatus": "received", "From": "+447700900123", "Body": "Is there parking? £5 – é\x00"}
        if path.endswith("in"):
            fields["MessageSid"] = "SM" + "e" * 32
        answer = await site.client.post(
            path, data=fields, headers={"X-Twilio-Signature": signature(TOKEN, PUBLIC + path, fields)}
        )
        assert (answer.status_code, answer.text) == (200, "<Response/>")
    heard = await tables(site.desk.database)
    assert [text for _, text in heard[2]] == ["Is there parking? £5 – é"] * 2


async def test_a_signed_callback_of_another_account_is_refused(site: Open) -> None:
    fields = {**FORM, "AccountSid": "AC" + "1" * 32, "MessageStatus": "delivered"}
    answer = await site.client.post(
        "/callbacks/sms",
        data=fields,
        headers={"X-Twilio-Signature": signature(TOKEN, PUBLIC + "/callbacks/sms", fields)},
    )
    assert answer.status_code == 400


async def test_without_texts_or_a_public_address_there_is_no_such_place(database: Database, tmp_path: Any) -> None:
    without: list[dict[str, Any]] = [{"public_url": ""}, {"sms": {}}]
    for more in without:
        async with WebDoor(make_desk(database, tmp_path, **more)) as door, browser(door) as client:
            assert await send(client, genuine("d", 1, "SM" + "0" * 32, "sent")) == 404


async def test_an_update_of_the_chat_needs_the_secret_and_with_it_telegram_need_not_repeat_what_cannot_be_read(
    database: Database, tmp_path: Any
) -> None:
    fed: list[dict[str, Any]] = []

    async def feed(update: dict[str, Any]) -> bool:
        fed.append(update)
        return True

    desk = make_desk(database, tmp_path, telegram={"token": "1:x", "webhook_secret": "the-right-one"})
    async with WebDoor(desk, chat=feed) as door, browser(door) as client:

        async def post(secret: str | None, content: bytes, kind: str = "application/json") -> int:
            headers = {"Content-Type": kind} | ({"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {})
            return (await client.post("/callbacks/telegram", content=content, headers=headers)).status_code

        update = json.dumps({"update_id": 7, "message": {"text": "é"}}).encode()
        for wrong in (None, "the-wrong-one", "the-right-on", "x" * 4000):
            assert await post(wrong, update) == 403
        for bad in (b"", b"{", b"[]", b'{"update_id": "7"}', b"\xff", b"[" * 50_000, b" " * 300_000):
            assert await post("the-right-one", bad) == 200
        assert await post("the-right-one", update, "text/plain") == 200
        assert fed == []
        assert door.app.state.unreadable == 8
        assert await post("the-right-one", update + b" " * 70_000) == 200
    assert fed == [{"update_id": 7, "message": {"text": "é"}}]
    async with WebDoor(desk) as door, browser(door) as client:
        assert (await client.post("/callbacks/telegram", content=b"{}")).status_code == 404


def test_the_altered_ones_are_all_different_from_the_genuine_one() -> None:
    seed = random.Random(1)
    one = genuine("d", 1, "SM" + "0" * 32, "sent")
    kinds = {altered(one, seed) for _ in range(500)}
    assert one not in kinds
    assert len(kinds) > 100
