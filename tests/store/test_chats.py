from __future__ import annotations

from datetime import timedelta

from core.chats import InvitePurpose
from core.people import Role
from store import chats, group_chats, invites, joining, staff
from store.chats import Kept
from store.database import Database
from store.tables import Bookmark
from tests.store.people import NOON, add_person, claim, publish, say

MINUTE = timedelta(minutes=1)
SECRET = b"secret"


def test_what_is_under_way_is_kept_for_a_day(database: Database) -> None:
    kept = Kept("announce", "text", {"text": "Tea", "people": [1, 2]}, 7, (("Send", "a:send"), ("Cancel", "a:off")))
    with database.writing() as session:
        chats.keep(session, "501", kept, NOON)
    with database.reading() as session:
        assert chats.kept(session, "501", NOON + timedelta(hours=23)) == kept
        assert chats.kept(session, "501", NOON + timedelta(hours=25)) == Kept()
        assert chats.kept(session, "502", NOON) == Kept()
    with database.writing() as session:
        chats.keep(session, "501", Kept(), NOON)
        assert chats.kept(session, "501", NOON) == Kept()


def test_what_is_offered_by_the_way_leaves_a_conversation_alone(database: Database) -> None:
    with database.writing() as session:
        chats.offer(session, "501", 3, (("Who", "p:who"),), NOON)
        assert chats.kept(session, "501", NOON).buttons == (("Who", "p:who"),)
        busy = Kept("announce", "text", {}, 4, (("Send", "a:send"),))
        chats.keep(session, "501", busy, NOON)
        chats.offer(session, "501", 5, (("Who", "p:who"),), NOON)
        assert chats.kept(session, "501", NOON) == busy


def test_buttons_are_out_of_date_once_a_notice_has_gone_to_the_chat(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "telegram", addresses={"telegram": "501"})
        publish(session)
        chats.keep(session, "501", Kept(message=3, buttons=(("Yes", "join:prefer"),)), NOON - MINUTE)
        assert chats.kept(session, "501", NOON).buttons
        (one,) = claim(session, "telegram")
        say(session, one, "accepted", NOON, provider="telegram")
        assert chats.kept(session, "501", NOON) == Kept()


def test_an_update_is_remembered_by_its_own_number(database: Database) -> None:
    with database.writing() as session:
        for update in (100, 102, 5):
            assert not chats.was_dealt_with(session, "7", update)
            chats.dealt_with(session, "7", update, NOON)
        chats.dealt_with(session, "7", 5, NOON)
        assert [n for n in range(110) if chats.was_dealt_with(session, "7", n)] == [5, 100, 102]
        assert not chats.was_dealt_with(session, "8", 100)


def test_no_more_updates_are_remembered_than_can_be_under_way(database: Database) -> None:
    with database.writing() as session:
        for update in range(chats.REMEMBERED + 5):
            chats.dealt_with(session, "7", update, NOON)
        row = session.get_one(Bookmark, "telegram.updates:7")
        assert row.value.split() == [str(n) for n in range(5, chats.REMEMBERED + 5)]


def test_an_invite_opens_once_and_ends_its_twin(database: Database) -> None:
    with database.writing() as session:
        ann, bob = add_person(session, "Ann", "email"), add_person(session, "Bob", "email")
        for word, person in (("link", ann), ("KRT 482", ann), ("other", bob)):
            assert invites.invite(session, SECRET, word, InvitePurpose.JOIN, person, "terminal", NOON)
        assert not invites.invite(session, SECRET, "other", InvitePurpose.JOIN, ann, "terminal", NOON)
        one = invites.find_invite(session, invites.hash_of(SECRET, "link"))
        assert one is not None
        invites.use_up(session, one, NOON)
        session.expire_all()
        used = {}
        for word in ("link", "KRT 482", "other"):
            found = invites.find_invite(session, invites.hash_of(SECRET, word))
            assert found is not None
            used[word] = found.used_at is not None
        assert used == {"link": True, "KRT 482": True, "other": False}
        assert invites.find_invite(session, invites.hash_of(b"another secret", "link")) is None


def test_codes_are_read_as_people_type_them() -> None:
    assert invites.code_in(invites.new_code()) is not None
    for text in ("KRT 482", "krt482", "Krt-482.", '"KRT 482"'):
        assert invites.code_in(text) == "KRT 482"
    for text in ("KRT 480", "AEI 482", "KRT 4822", "my code is KRT 482", ""):
        assert invites.code_in(text) is None


def test_the_highest_role_behind_a_chat_counts(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "telegram", staff=Role.VIEWER, addresses={"telegram": "501"})
        bob = add_person(session, "Bob", "telegram", staff=Role.ADMIN, addresses={"telegram": "501"})
        add_person(session, "Cy", "telegram", staff=Role.ADMIN, addresses={"telegram": "502"}, status="left")
        assert staff.addresses(session, "telegram") == {"501": Role.ADMIN, "502": None}
        assert [(one.name, role) for one, role in staff.by_address(session, "telegram", "501")] == [
            ("Ann", Role.VIEWER),
            ("Bob", Role.ADMIN),
        ]
        assert staff.admins_beside(session, bob) == 0, "Cy has left"
        staff.suspend(session, bob, NOON)
        assert staff.addresses(session, "telegram") == {"501": Role.VIEWER, "502": None}


def test_a_chat_is_asked_for_once(database: Database) -> None:
    with database.writing() as session:
        first = joining.ask(session, "501", "Eve", NOON)
        assert first is not None
        assert joining.ask(session, "501", "Eve", NOON) is None
        assert [one.name for one in joining.untold(session)] == ["Eve"]
        joining.told(session, first.uid)
        session.expire_all()
        assert joining.untold(session) == []
        assert [one.name for one in joining.open_requests(session)] == ["Eve"]


def test_a_group_chat_that_moves_stays_linked(database: Database) -> None:
    with database.writing() as session:
        group_chats.link(session, "-4001", "Us", "someone", NOON)
        group_chats.move(session, "-4001", "-1004001")
        assert not group_chats.linked(session, "-4001")
        assert group_chats.linked(session, "-1004001")
        assert group_chats.unlink(session, "-1004001")
        assert not group_chats.unlink(session, "-1004001")
