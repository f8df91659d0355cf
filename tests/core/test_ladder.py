from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ladder import NO_CONSENT, NO_ROUTE, NO_WORKING_ROUTE, OPTED_OUT, SWITCHED_OFF, Route, Step, next_step
from core.people import RouteState

ALL = ("email", "sms", "phone")


def route(id_: int, channel: str = "email", state: str = "active", *, consented: bool = False) -> Route:
    return Route(id_, channel, state, consented)


EMAIL, SMS, PHONE = route(1), route(2, "sms"), route(3, "phone")


@pytest.mark.parametrize(
    ("routes", "tried", "promotion", "expected"),
    [
        ([], [], False, Step(task=NO_ROUTE)),
        ([EMAIL, SMS], [], False, Step(route=EMAIL)),
        ([EMAIL, SMS], [1], False, Step(route=SMS)),
        ([EMAIL, SMS], [1, 2], False, Step(task=NO_WORKING_ROUTE)),
        ([EMAIL, PHONE], [1], False, Step(route=PHONE)),
        ([route(1, state="stopped")], [], False, Step(left_out=OPTED_OUT)),
        ([route(1, state="stopped"), SMS], [], False, Step(route=SMS)),
        ([route(1, state="stopped"), SMS], [2], False, Step(task=NO_WORKING_ROUTE)),
        ([route(1, state="dead")], [], False, Step(task=NO_WORKING_ROUTE)),
        ([route(1, "telegraph")], [], False, Step(task=SWITCHED_OFF)),
        ([route(1, state="stopped"), route(2, "telegraph")], [], False, Step(task=SWITCHED_OFF)),
        ([EMAIL, route(2, "telegraph")], [1], False, Step(task=SWITCHED_OFF)),
        ([EMAIL], [], True, Step(left_out=NO_CONSENT)),
        ([EMAIL, route(2, "sms", consented=True)], [], True, Step(route=route(2, "sms", consented=True))),
    ],
)
def test_the_next_step(routes: list[Route], tried: list[int], promotion: bool, expected: Step) -> None:
    assert next_step(routes, tried, ALL, promotion=promotion) == expected


routes_of_a_person = st.lists(
    st.builds(
        Route,
        id=st.integers(1, 6),
        channel=st.sampled_from([*ALL, "telegraph"]),
        state=st.sampled_from(list(RouteState)),
        consented=st.booleans(),
    ),
    unique_by=lambda one: one.id,
    max_size=6,
)


@given(routes=routes_of_a_person, tried=st.sets(st.integers(1, 6)), promotion=st.booleans())
def test_nobody_falls_through_and_no_closed_route_is_used(
    routes: list[Route], tried: set[int], promotion: bool
) -> None:
    step = next_step(routes, tried, ALL, promotion=promotion)
    assert sum(part is not None for part in step) == 1
    if step.route is not None:
        assert step.route.state == RouteState.ACTIVE
        assert step.route.id not in tried
        assert step.route.channel in ALL
        assert step.route.consented or not promotion
