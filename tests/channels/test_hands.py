"""Who wrote an e-mail, by the marks that programs put on it: a person, a machine, or nobody can tell."""

from __future__ import annotations

import pytest

from channels.letters import read_letter
from core.receipts import Hand
from tests.channels.a_letter import DELIVERY, heard, letter

OURS = {"In_Reply_To": f"<{DELIVERY}@group.example.org>"}


@pytest.mark.parametrize("more", [{}, OURS], ids=["out of the blue", "an answer"])
@pytest.mark.parametrize(
    "header",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner=x"},
        {"Auto_Submitted": "auto-notified"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "Away"},
        {"X_AutoReply_From": "ann@example.org"},
        {"Precedence": "auto_reply"},
        {"Precedence": "Auto-Reply"},
        {"X_Auto_Response_Suppress": "All", "Subject": "Automatic reply: We meet"},
        {"Return_Path": "<>", "Subject": "Out of Office: We meet"},
        {"Return_Path": "<>", "Subject": "Ymateb awtomatig: Cyfarfod"},
        {"Precedence": "bulk", "Subject": "Auto-Reply: We meet"},
    ],
)
def test_what_nobody_wrote_is_not_heard(header: dict[str, str], more: dict[str, str]) -> None:
    assert read_letter(letter("I am on holiday. Yes, until Monday.", **header, **more).as_bytes()) == []


@pytest.mark.parametrize(
    ("header", "hand"),
    [
        ({}, Hand.PERSON),
        ({"Auto_Submitted": "no"}, Hand.PERSON),
        ({"Auto_Submitted": "No; a remark"}, Hand.PERSON),
        ({"X_Autoreply": "no"}, Hand.PERSON),
        ({"Precedence": "normal"}, Hand.PERSON),
        ({"Subject": "Out of office: I can't come"}, Hand.PERSON),
        ({"From": "Juan <juan.no-reply@example.org>"}, Hand.PERSON),
        ({"From": "A Postmaster <postmaster.jones@example.org>"}, Hand.PERSON),
        ({"X_Auto_Response_Suppress": "None"}, Hand.PERSON),
        ({"X_Auto_Response_Suppress": "All"}, Hand.UNANSWERED),
        ({"X_Auto_Response_Suppress": "DR, OOF, AutoReply"}, Hand.UNANSWERED),
        ({"X_Auto_Response_Suppress": "All", "List_Id": "<all.example.org>"}, Hand.DOUBTFUL),
        ({"List_Id": "<list.example.org>"}, Hand.DOUBTFUL),
        ({"Precedence": "list"}, Hand.DOUBTFUL),
        ({"Precedence": "bulk"}, Hand.DOUBTFUL),
        ({"Return_Path": "<>"}, Hand.DOUBTFUL),
        ({"From": "no-reply@example.org"}, Hand.DOUBTFUL),
        ({"From": "Council <DoNotReply+7@example.org>"}, Hand.DOUBTFUL),
        ({"From": "postmaster@example.org"}, Hand.DOUBTFUL),
    ],
)
def test_what_somebody_may_have_written_is_heard(header: dict[str, str], hand: Hand) -> None:
    one = heard(letter("I can't cope any more", **OURS, **header))
    assert (one.text, one.delivery, one.hand) == ("I can't cope any more", DELIVERY, hand)


@pytest.mark.parametrize("precedence", ["bulk", "junk"])
def test_a_circular_that_answers_nothing_of_ours_is_a_machines(precedence: str) -> None:
    assert read_letter(letter("News", Precedence=precedence).as_bytes()) == []
