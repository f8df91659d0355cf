"""People to ring, behind the web door."""

from __future__ import annotations

from typing import Any

from core.notices import About, Kind, Whom
from store.database import Session
from tests.actions.meetings import add as add_meeting
from tests.actions.ringing import list_calls, number
from tests.store.people import DAY, NOON, add_person, publish
from tests.web.conftest import Open

NAMES = ("Ann Carter", "Bob Dean", "Cy Egan")
SCRIPT = "<script>document.title='owned'</script>"
"""What somebody may write who wishes us ill; on every page it is text."""


def _put(session: Session, names: tuple[str, ...], meeting: bool, more: dict[str, Any]) -> str:
    for at, name in enumerate(names):
        add_person(session, name, "phone", addresses={"phone": number(1000 + at)}, groups=["Ringing"], **more)
    about = About(add_meeting(session), 1, Whom.EVERYONE) if meeting else None
    notice = publish(
        session,
        "calls",
        group="Ringing",
        about=about,
        kind=Kind.INVITATION if meeting else Kind.UPDATE,
        not_after=NOON + 20 * DAY,
    )
    list_calls(session)
    return notice.uid


async def to_ring(site: Open, *names: str, meeting: bool = False, **more: Any) -> str:
    """Puts people in who are to be rung about one notice, and gives its id."""
    return await site.desk.database.write(_put, names or NAMES, meeting, more)
