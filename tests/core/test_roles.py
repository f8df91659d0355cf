from __future__ import annotations

import pytest

from core.errors import Refused
from core.people import Role
from core.roles import ORDER, SERVICE, TERMINAL, Actor


@pytest.mark.parametrize("wanted", ORDER)
@pytest.mark.parametrize("held", ORDER)
def test_each_role_may_do_all_that_the_ones_before_it_may(held: Role, wanted: Role) -> None:
    actor = Actor("p1", held)
    if ORDER.index(held) >= ORDER.index(wanted):
        actor.must_be(wanted, "do this")
    else:
        article = "an" if wanted is Role.ADMIN else "a"
        with pytest.raises(Refused, match=f"Only {article} {wanted} may do this"):
            actor.must_be(wanted, "do this")


def test_every_role_has_its_place() -> None:
    assert set(ORDER) == set(Role)
    assert SERVICE.role is TERMINAL.role is Role.ADMIN
