from __future__ import annotations

from functools import partial

import pytest

from actions import announcing
from core.chats import ProposalState
from core.errors import UserError
from core.people import Role
from core.roles import Actor
from store import draft_files, groups, proposals
from store.database import Database
from store.notices import by_key
from tests.actions.meetings import around
from tests.store.people import DAY, NOON, add_person
from tests.store.threads import at_once


def test_of_two_who_agree_at_once_one_is_the_first(database_url: str) -> None:
    both = [Database(database_url), Database(database_url)]
    with both[0].writing() as session:
        author = add_person(session, "Sam Lee", "email", staff="coordinator").uid
        written = announcing.Written("draft1", "We meet on Monday.")
        announcing.propose(session, Actor(author, Role.COORDINATOR), written, 1, around())

    def agree(database: Database, name: str) -> announcing.Settled:
        with database.writing() as session:
            return announcing.settle(session, Actor(name, Role.COORDINATOR), "draft1", around(), agree=True)

    settled = at_once([partial(agree, one, name) for one, name in zip(both, ("kim", "jo"), strict=True)])
    assert sorted(one.first for one in settled) == [False, True]
    assert {one.state for one in settled} == {ProposalState.AGREED}
    with both[0].reading() as session:
        assert by_key(session, "chat:draft1") is not None
    for one in both:
        one.close()


def test_a_proposal_is_made_once_and_is_out_of_date_after_three_days(database: Database) -> None:
    with database.writing() as session:
        author = add_person(session, "Sam Lee", "email", staff="coordinator").uid
        proposals.propose(session, "draft1", {"id": "draft1"}, 300, author, NOON)
        proposals.propose(session, "draft1", {"id": "other"}, 300, author, NOON)
        found = proposals.find(session, "draft1", NOON + DAY)
        assert (found.draft, found.people, found.name, found.role) == ({"id": "draft1"}, 300, "Sam Lee", "coordinator")
        with pytest.raises(UserError, match="too long ago"):
            proposals.find(session, "draft1", NOON + 4 * DAY)


def test_a_file_is_kept_for_its_notice_and_not_for_ever(database: Database) -> None:
    from core.attachments import make_attachment

    plan = make_attachment("plan.txt", b"The plan.", "The plan for the year")
    with database.writing() as session:
        first = draft_files.keep(session, plan, NOON)
        assert draft_files.find(session, first) == plan
        second = draft_files.keep(session, plan, NOON + 8 * DAY)
        with pytest.raises(UserError, match="not here any more"):
            draft_files.find(session, first)
        draft_files.forget(session, second)
        draft_files.forget(session, second)
        with pytest.raises(UserError, match="not here any more"):
            draft_files.find(session, second)


def test_groups_are_listed_by_name_with_how_many_people(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email", groups=["Carers", "board"])
        add_person(session, "Joe", "email", groups=["Carers"])
        assert [(name, people) for _, name, people in groups.listing(session)] == [("board", 1), ("Carers", 2)]
