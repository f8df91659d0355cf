from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from core.errors import UserError
from core.headings import COLUMNS
from core.people import Status
from store import people, stops
from store.database import Database
from tests.store.people import NOON, add_person, publish, recipient_of, route_of, the_delivery

LATER = NOON + timedelta(hours=1)


def test_people_are_found_by_id_or_by_part_of_a_name_in_any_script(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann Carter", "email", called="Nanny")
        add_person(session, "ÉMILE Zola", "sms")
        add_person(session, "李小龍")
    with database.reading() as session:

        def names(query: str) -> list[str]:
            return [one.name for one in people.find(session, query)]

        assert names(ann.uid) == ["Ann Carter"]
        assert names("CART") == names("nann") == ["Ann Carter"]
        assert names("émile") == ["ÉMILE Zola"]
        assert names("小") == ["李小龍"]
        assert names("nobody") == names("") == []
        with pytest.raises(UserError, match="nobody with this id"):
            people.person_by_uid(session, "nobody")


def test_a_list_is_by_name_and_can_be_narrowed(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "ben", "email", groups=["Planning"])
        add_person(session, "Ann", "sms", "email", groups=["Planning", "Carers"])
        add_person(session, "Cy", status=Status.DIED)
        add_person(session, "Erased person", status=Status.ERASED)
    with database.reading() as session:
        assert [one.name for one in people.people(session)] == ["Ann", "ben", "Cy"]
        assert [one.name for one in people.people(session, group="CARERS")] == ["Ann"]
        assert [one.name for one in people.people(session, status=Status.DIED)] == ["Cy"]
        ann = people.people(session, group="Carers")[0]
        assert (ann.channels, ann.groups) == (["sms", "email"], ["Carers", "Planning"])
        with pytest.raises(UserError, match="no group of this name"):
            people.people(session, group="Nowhere")


def test_a_channel_that_may_not_be_used_is_not_listed(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "sms", "email", "phone", never="phone")
        stops.stop_route(session, route_of(session, ann, "sms"), NOON)
    with database.reading() as session:
        assert people.people(session)[0].channels == ["email"]


def test_a_card_holds_routes_consents_groups_and_recent_deliveries(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email", "phone", groups=["Planning"], consent=["email"], never="telegram;sms")
        notice = publish(session)
    with database.reading() as session:
        card = people.person_card(session, ann.uid)
        assert [(route.channel, route.state) for route in card.routes] == [("email", "active"), ("phone", "active")]
        assert card.routes[0].consents == ["consent 2026-01-01"]
        assert (card.person.groups, card.never) == (["Planning"], ["sms", "telegram"])
        assert [(one.notice, one.subject, one.state) for one in card.deliveries] == [(notice.uid, "News", "queued")]
        plain = json.loads(json.dumps(card.to_json()))
        assert (plain["id"], plain["name"], plain["deliveries"][0]["at"][:10]) == (ann.uid, "Ann", "2026-03-02")
        with pytest.raises(UserError, match="nobody with this id"):
            people.person_card(session, "nobody")


@pytest.mark.parametrize("status", [Status.DIED, Status.LEFT, Status.PAUSED])
def test_what_waits_for_somebody_who_is_not_active_is_withdrawn_at_once(database: Database, status: Status) -> None:
    with database.writing() as session:
        ann, ben = add_person(session, "Ann", "email"), add_person(session, "Ben", "email")
        notice = publish(session)
        assert people.set_status(session, ann, status, date(2026, 5, 1), LATER) == 1
    with database.reading() as session:
        assert recipient_of(session, ann, notice).left_out
        assert recipient_of(session, ben, notice).left_out is None
        card = people.person_card(session, ann.uid)
        assert (card.person.status, card.deliveries[0].state) == (status, "withdrawn")
        assert card.person.paused_until == (date(2026, 5, 1) if status is Status.PAUSED else None)


def test_a_mistake_can_be_mended_by_marking_as_active_again(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email")
        people.set_status(session, ann, Status.PAUSED, date(2026, 5, 1), NOON)
        assert people.set_status(session, ann, Status.ACTIVE, None, LATER) == 0
        publish(session)
        assert the_delivery(session).state == "queued"
    with database.reading() as session:
        line = people.people(session)[0]
        assert (line.status, line.paused_until) == ("active", None)


def test_erased_is_no_status_to_be_marked_with(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "email")
        gone = add_person(session, "Erased person", status=Status.ERASED)
        for person, status in ((ann, Status.ERASED), (gone, Status.ACTIVE)):
            with pytest.raises(UserError, match="erased"):
                people.set_status(session, person, status, None, NOON)


def test_an_export_has_the_columns_of_an_import_and_leaves_out_who_is_gone(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "sms", "email", addresses={"sms": "+447700900001", "email": "ann@example.org"})
        for status in (Status.DIED, Status.LEFT, Status.ERASED):
            add_person(session, f"Gone {status}", "email", status=status)
    with database.reading() as session:
        table = people.export(session)
    assert tuple(table.header) == COLUMNS
    assert [dict(zip(COLUMNS, row, strict=True)) for row in table.rows] == [
        dict.fromkeys(COLUMNS, "")
        | {"name": "Ann", "preferred_channel": "sms", "mobile": "+447700900001", "email": "ann@example.org"}
    ]


def test_an_export_says_never_of_a_channel_that_was_stopped_so_that_it_does_no_harm_elsewhere(
    database: Database,
) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann", "sms", "email")
        stops.stop_route(session, route_of(session, ann, "sms"), NOON)
        stops.stop_everything(session, add_person(session, "Ben", "email", "phone"), NOON)
    with database.reading() as session:
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in people.export(session).rows]
    assert [(row["preferred_channel"], row["never"]) for row in rows] == [("email", "sms"), ("", "email; phone")]
