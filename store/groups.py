"""Groups by name, and who is in them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from sqlmodel import Session, col, func, select

from core.cells import fold
from core.errors import UserError
from store.chunks import chunks
from store.tables import Group, Membership
from store.tables.base import known


def find_group(session: Session, name: str) -> Group:
    """Finds a group by its name in any case; raises `UserError` that names the nearest ones."""
    groups = session.exec(select(Group).order_by(Group.name)).all()
    by_key = {group.key: group for group in groups}
    if found := by_key.get(fold(name)):
        return found
    near = get_close_matches(fold(name), list(by_key), n=3) or list(by_key)[:5]
    names = ", ".join(by_key[key].name for key in near)
    raise UserError(
        f"There is no group called {name[:60]!r}",
        mend=f"The nearest are: {names}." if names else "No groups are on file yet.",
    )


def listing(session: Session) -> list[tuple[int, str, int]]:
    """Lists the groups by name: key, name and how many people are in each."""
    query = (
        select(Group.id, Group.name, func.count(col(Membership.person_id)))
        .join(Membership, col(Membership.group_id) == Group.id, isouter=True)
        .group_by(col(Group.id), col(Group.name), col(Group.key))
        .order_by(Group.key)
    )
    return [(known(id_), name, people) for id_, name, people in session.exec(query)]


def ensure_groups(session: Session, names: Iterable[str]) -> dict[str, Group]:
    """Finds groups by name and makes those that are missing; returns them by folded name."""
    wanted = {fold(name): name for name in names}
    found: dict[str, Group] = {}
    for keys in chunks(list(wanted)):
        found |= {group.key: group for group in session.exec(select(Group).where(col(Group.key).in_(keys)))}
    missing = [Group(name=name, key=key) for key, name in wanted.items() if key not in found]
    if missing:
        session.add_all(missing)
        session.flush()
    return found | {group.key: group for group in missing}


def groups_of(session: Session, people: list[int]) -> dict[int, dict[str, Group]]:
    """Returns each person's groups by folded name; people without any are not in the answer."""
    found: dict[int, dict[str, Group]] = {}
    for ids in chunks(people):
        pairs = session.exec(
            select(Membership.person_id, Group)
            .join(Group, col(Group.id) == Membership.group_id)
            .where(col(Membership.person_id).in_(ids))
            .order_by(Group.key)
        )
        for person, group in pairs:
            found.setdefault(person, {})[group.key] = group
    return found
