"""The service dies in each gap between two of its steps, on each channel; afterwards everybody stands right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store import notices
from tests.faults.crowd import CHANNELS, Fate
from tests.faults.gaps import DIED, GAPS, PAGE, between_pages, small_pages
from tests.faults.town import Town, town

PEOPLE = 16


@pytest.fixture(scope="module")
def place(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town"), sqlite_template, latency=0, unknown_wait=0) as built:
        built.crowd.join(PEOPLE, (*CHANNELS, "phone"))
        yield built


def fates(place: Town, notice: int) -> list[Fate]:
    found = [fate for fate in place.crowd.fates() if fate.told.notice == notice]
    assert len(found) == len({fate.told for fate in found}) == place.crowd.people
    return found


def check(place: Town, notice: int) -> None:
    """Nobody is told twice, nobody who counts as told was not, and the rest is left to a person to decide."""
    told = place.provider.told
    for fate in fates(place, notice):
        assert told[fate.told] <= 1
        if fate.told.channel == "phone":
            assert fate.state == "accepted"
        elif fate.state in ("accepted", "delivered"):
            assert told[fate.told] == 1
        else:
            assert fate.state == "review"
            assert fate.crashes == 1
            assert fate.told.channel in ("email", "telegram"), "texts can be looked up"


@pytest.mark.parametrize("channel", [*CHANNELS, "phone"])
@pytest.mark.parametrize("gap", GAPS)
def test_a_death_loses_nobody_and_doubles_nobody(place: Town, gap: str, channel: str) -> None:
    notice = place.crowd.publish()
    place.program.start(GAPS[gap], channel)
    assert place.program.ended() == DIED
    place.finish()
    check(place, notice)
    own = [fate for fate in fates(place, notice) if fate.told.channel == channel]
    if gap == "before the claim is committed":
        assert [fate.crashes for fate in own] == [0] * len(own), "nothing was claimed"
    elif gap != "after the record is committed":
        assert any(fate.crashes for fate in own), "it died with something in hand"


def test_a_death_between_two_pages_of_the_audience_leaves_nobody_out(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PAGE", PAGE)
    with town(tmp_path, sqlite_template, latency=0, unknown_wait=0) as place:
        place.crowd.join(4 * PAGE + 5)
        notice = place.crowd.publish()
        assert place.crowd.recipients == PAGE
        place.program.start(between_pages)
        assert place.program.ended() == DIED
        assert place.crowd.recipients == 2 * PAGE
        place.program.start(between_pages)
        assert place.program.ended() == DIED
        assert place.crowd.recipients == 3 * PAGE
        place.finish(small_pages)
        check(place, notice)
