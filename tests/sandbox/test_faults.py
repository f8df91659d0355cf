from __future__ import annotations

import pytest

from sandbox.failures import lookup
from sandbox.faults import Fault, Faults


def test_a_name_that_no_provider_knows_is_refused_with_the_list() -> None:
    with pytest.raises(ValueError, match=r"email cannot fail by 'rcpt-999'.*greylist"):
        Fault("email", "rcpt-999")
    with pytest.raises(ValueError, match="email, sms, telegram"):
        Fault("pigeon", "lost")
    with pytest.raises(ValueError, match="cannot fail"):
        lookup("telegram", "21610")


@pytest.mark.parametrize(
    ("how", "point"),
    [("rcpt 550 5.7.1 Blocked", "rcpt"), ("dot 451 4.3.0 Later", "dot"), ("mail 421 4.7.0 Bye", "mail")],
)
def test_any_smtp_reply_can_be_named(how: str, point: str) -> None:
    assert lookup("email", how).point == point


async def test_a_fault_strikes_only_its_recipient_after_its_count_and_as_often_as_told() -> None:
    faults = Faults()
    fault = Fault("sms", "21610", to="+44", after=1, times=2)
    faults.add(fault)
    assert faults.take("sms", "send", "+45") is None
    assert faults.take("email", "send", "+44") is None
    assert faults.take("sms", "list", "+44") is None
    taken = [faults.take("sms", "send", "+44") is not None for _ in range(4)]
    assert taken == [False, True, True, False]
    assert (fault.hits, faults.waiting()) == (2, [])


async def test_a_fault_without_an_end_lasts_until_heal() -> None:
    faults = Faults()
    faults.add(Fault("sms", "http-503", times=None))
    faults.add(Fault("email", "greylist"))
    assert all(faults.take("sms", "send") for _ in range(20))
    faults.heal("sms")
    assert faults.take("sms", "send") is None
    assert [fault.how for fault in faults.waiting()] == ["greylist"]


def test_a_recipient_makes_no_sense_before_it_is_known() -> None:
    with pytest.raises(ValueError, match="leave `to` out"):
        Fault("email", "connect-421", to="ada@example.org")
    with pytest.raises(ValueError, match="leave `at` out"):
        Fault("email", "greylist", at="dot")
    with pytest.raises(ValueError, match="at least 1"):
        Fault("email", "greylist", times=0)
